/* Makes and reads opaque credentials. */
#include "auth/secret.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

#define SECRET_BYTES 32
#define ORG_LEN	     32
#define RANDOM_LEN   43

/* Where the dashes of a UUID stand, counted in its hex digits. */
static bool dash_before(size_t digit)
{
	return digit == 8 || digit == 12 || digit == 16 || digit == 20;
}

static enum err spell(const char *prefix, const char *organization_id,
		      const uint8_t bytes[SECRET_BYTES], char out[SECRET_MAX + 1],
		      char digest[SHA256_HEX_LEN + 1])
{
	char organization[ORG_LEN + 1], text[RANDOM_LEN + 2];
	size_t n = 0;

	assert(strlen(prefix) <= SECRET_PREFIX_MAX && uuid_valid(organization_id));
	for (const char *c = organization_id; *c; c++)
		if (*c != '-')
			organization[n++] = (char)(*c >= 'A' && *c <= 'F' ? *c + ('a' - 'A') : *c);
	organization[n] = '\0';
	base64url_encode(bytes, SECRET_BYTES, text);
	snprintf(out, SECRET_MAX + 1, "%s_%s_%s", prefix, organization, text);
	return sha256_hex(out, strlen(out), digest);
}

enum err secret_generate(const char *prefix, const char *organization_id, char out[SECRET_MAX + 1],
			 char digest[SHA256_HEX_LEN + 1])
{
	uint8_t bytes[SECRET_BYTES];

	TRY(random_bytes(bytes, sizeof(bytes)));
	return spell(prefix, organization_id, bytes, out, digest);
}

enum err secret_derive(const char *prefix, const char *organization_id, const uint8_t key[32],
		       const char *from, char out[SECRET_MAX + 1], char digest[SHA256_HEX_LEN + 1])
{
	uint8_t bytes[SECRET_BYTES];

	TRY(hmac_sha256(key, 32, from, strlen(from), bytes));
	return spell(prefix, organization_id, bytes, out, digest);
}

static bool read_organization(const char *hex, char out[PRINCIPAL_UUID])
{
	size_t n = 0;

	if (strspn(hex, "0123456789abcdef") != ORG_LEN)
		return false;
	for (size_t i = 0; i < ORG_LEN; i++) {
		if (dash_before(i))
			out[n++] = '-';
		out[n++] = hex[i];
	}
	out[n] = '\0';
	return true;
}

/* By position, since the random part may hold underscores of its own. */
enum err secret_parse(const char *prefix, const char *text, char organization_id[PRINCIPAL_UUID],
		      char digest[SHA256_HEX_LEN + 1])
{
	size_t prefix_len = strlen(prefix), len = strnlen(text, SECRET_MAX + 1), random_len;
	uint8_t bytes[SECRET_BYTES];
	const char *organization;

	if (len != prefix_len + 1 + ORG_LEN + 1 + RANDOM_LEN ||
	    memcmp(text, prefix, prefix_len) != 0 || text[prefix_len] != '_')
		return ERR_DENIED;
	organization = text + prefix_len + 1;
	if (!read_organization(organization, organization_id) || organization[ORG_LEN] != '_')
		return ERR_DENIED;
	if (base64url_decode(organization + ORG_LEN + 1, RANDOM_LEN, bytes, sizeof(bytes),
			     &random_len) != OK)
		return ERR_DENIED;
	return sha256_hex(text, len, digest);
}
