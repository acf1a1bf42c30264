/* The one gate for access tokens: it lets through what token_issue.c writes, and nothing else. */
#include <jansson.h>
#include <openssl/err.h>
#include <string.h>

#include "auth/scopes.h"
#include "auth/token_internal.h"
#include "core/control.h"
#include "core/digest.h"
#include "core/text.h"

struct segment {
	const char *text;
	size_t len;
};

/* Three segments, none of them empty, at most TOKEN_MAX bytes in all. */
static bool split(const char *token, size_t len, struct segment part[3])
{
	size_t n = 0, start = 0;

	if (len > TOKEN_MAX && DEFENCE(token_size))
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && token[i] != '.')
			continue;
		if (DEFENCE(token_segments) && (n == 3 || i == start))
			return false;
		if (n < 3)
			part[n++] = (struct segment){token + start, i - start};
		start = i + 1;
	}
	return n == 3 || !DEFENCE(token_segments);
}

#ifdef ASSAY_CONTROL
/* As lenient decoders do: foreign characters are skipped, and the last bits do not matter. */
static enum err decode_anything(const struct segment *part, uint8_t *out, size_t cap, size_t *len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char kept[TOKEN_MAX];
	size_t n = 0;

	for (size_t i = 0; i < part->len && n < sizeof(kept); i++)
		if (part->text[i] && strchr(digits, part->text[i]))
			kept[n++] = part->text[i];
	n -= n % 4 == 1;
	if (n % 4) {
		size_t value = (size_t)(strchr(digits, kept[n - 1]) - digits);

		kept[n - 1] = digits[value & (n % 4 == 2 ? 0x30 : 0x3c)];
	}
	return base64url_decode(kept, n, out, cap, len);
}
#endif

static enum err decode(const struct segment *part, uint8_t *out, size_t cap, size_t *len)
{
#ifdef ASSAY_CONTROL
	if (!DEFENCE(token_text))
		return decode_anything(part, out, cap, len);
#endif
	return base64url_decode(part->text, part->len, out, cap, len);
}

static bool is_header_of(const struct token_key *key, const struct segment *header)
{
	return key->header_len == header->len && !memcmp(key->header, header->text, header->len);
}

/* A positive 32-byte number as a DER INTEGER; returns its length, 35 at most. */
static size_t der_integer(const uint8_t number[32], uint8_t *out)
{
	size_t skip = 0, pad;

	while (skip < 31 && !number[skip])
		skip++;
	pad = number[skip] >> 7;
	out[0] = 0x02;
	out[1] = (uint8_t)(32 - skip + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, number + skip, 32 - skip);
	return 2 + pad + 32 - skip;
}

/* JWS has r and s side by side, OpenSSL wants a DER SEQUENCE; it refuses 0 and the order itself. */
static bool signature_holds(const struct token_key *key, const uint8_t digest[SHA256_LEN],
			    const uint8_t signature[TOKEN_SIGNATURE_LEN])
{
	uint8_t der[2 + 2 * 35];
	size_t len = der_integer(signature, der + 2);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pair, NULL);
	bool holds;

	len += der_integer(signature + 32, der + 2 + len);
	der[0] = 0x30;
	der[1] = (uint8_t)len;
	/* Only 1 is a yes: 0 is a no, and less than 0 an error such as no memory. */
	holds = context && EVP_PKEY_verify_init(context) == 1 &&
		EVP_PKEY_verify(context, der, len + 2, digest, SHA256_LEN) == 1;
	EVP_PKEY_CTX_free(context);
	if (!holds)
		ERR_clear_error();
	return holds;
}

/*
 * The header alone says which key must have signed, and it is one of the few texts that we write:
 * no algorithm, critical extension or key location can be chosen by whoever sends it.
 */
static bool ring_holds(const struct token_ring *ring, const struct segment *header,
		       const uint8_t digest[SHA256_LEN],
		       const uint8_t signature[TOKEN_SIGNATURE_LEN])
{
	for (size_t i = 0; i < ring->count; i++) {
		const struct token_key *key = &ring->key[i];

		if (DEFENCE(token_header) && !is_header_of(key, header))
			continue;
		if (!DEFENCE(token_signature) || signature_holds(key, digest, signature))
			return true;
	}
	return false;
}

static enum err check_signature(const struct token_keys *keys, const char *token,
				const struct segment part[3])
{
	pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)&keys->lock;
	uint8_t signature[TOKEN_SIGNATURE_LEN] = {0}, digest[SHA256_LEN];
	size_t len;
	bool holds;

	if ((decode(&part[2], signature, sizeof(signature), &len) != OK ||
	     len != TOKEN_SIGNATURE_LEN) &&
	    DEFENCE(token_signature_form))
		return ERR_DENIED;
	if (sha256(token, part[0].len + 1 + part[1].len, digest) != OK)
		return ERR_DENIED;
	pthread_rwlock_rdlock(lock);
	holds = ring_holds(keys->ring, &part[0], digest, signature);
	pthread_rwlock_unlock(lock);
	return holds ? OK : ERR_DENIED;
}

/* The claims are one object of plain values: what nests is not ours, however deep. */
static bool is_flat(const uint8_t *json, size_t len)
{
	bool quoted = false;

	if (!len || json[0] != '{')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (quoted && json[i] == '\\')
			i++;
		else if (json[i] == '"')
			quoted = !quoted;
		else if (!quoted && (json[i] == '{' || json[i] == '['))
			return false;
	}
	return true;
}

static bool text_claim(const json_t *claims, const char *name, const char *expected)
{
	const json_t *value = json_object_get(claims, name);

	return json_is_string(value) && text_equal(json_string_value(value), expected);
}

static bool uuid_claim(const json_t *claims, const char *name, char out[PRINCIPAL_UUID])
{
	const json_t *value = json_object_get(claims, name);

	if (!json_is_string(value) || !uuid_valid(json_string_value(value)))
		return false;
	memcpy(out, json_string_value(value), PRINCIPAL_UUID);
	return true;
}

static bool integer_claim(const json_t *claims, const char *name, int64_t max, int64_t *out)
{
	const json_t *value = json_object_get(claims, name);

	*out = json_integer_value(value);
	return json_is_integer(value) && *out >= 0 && *out <= max;
}

static bool level_claim(const json_t *claims, enum access_level *out)
{
	*out = ACCESS_MEMBER;
	if (text_claim(claims, "level", "admin"))
		*out = ACCESS_ADMIN;
	else if (text_claim(claims, "level", "recruiter"))
		*out = ACCESS_RECRUITER;
	else
		return text_claim(claims, "level", "member");
	return true;
}

static bool rights_claims(const json_t *claims, struct principal *who)
{
	const json_t *scopes = json_object_get(claims, "scopes");

	if (text_claim(claims, "kind", "user")) {
		who->kind = PRINCIPAL_USER;
		return level_claim(claims, &who->level);
	}
	if (!text_claim(claims, "kind", "client"))
		return false;
	who->kind = PRINCIPAL_CLIENT;
	return json_is_string(scopes) &&
	       scopes_parse(json_string_value(scopes), &who->scopes) == OK;
}

/* Every claim is there and as we write it, and there is no other. */
static bool claims_hold(const struct token_keys *keys, const json_t *claims, struct principal *who)
{
	char jti[PRINCIPAL_UUID];
	int64_t version;
	bool hold = json_object_size(claims) == 10;

	hold &= text_claim(claims, "iss", keys->issuer);
	hold &= text_claim(claims, "aud", keys->audience);
	hold &= uuid_claim(claims, "sub", who->id);
	hold &= uuid_claim(claims, "org", who->organization_id);
	hold &= uuid_claim(claims, "jti", jti);
	hold &= rights_claims(claims, who);
	hold &= integer_claim(claims, "ver", UINT32_MAX, &version);
	who->token_version = (uint32_t)version;
	return hold;
}

static bool times_hold(const json_t *claims, int64_t now_s, struct principal *who)
{
	int64_t issued;
	bool hold = integer_claim(claims, "iat", now_s + TOKEN_SKEW_S, &issued);

	hold &= integer_claim(claims, "exp", INT64_MAX, &who->expires_at);
	return hold && who->expires_at > now_s && who->expires_at > issued &&
	       who->expires_at - issued <= TOKEN_LIFE_S;
}

/* NULL: not one whole object of plain values. Without that defence what is not there is empty. */
static json_t *claims_parse(const uint8_t *payload, size_t len)
{
	size_t flags = DEFENCE(token_claims) ? JSON_REJECT_DUPLICATES : 0;
	json_t *claims;

	if (DEFENCE(token_payload))
		return is_flat(payload, len) ? json_loadb((const char *)payload, len, flags, NULL)
					     : NULL;
	flags |= JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK;
	claims = json_loadb((const char *)payload, len, flags, NULL);
	return claims ? claims : json_object();
}

enum err token_claims_read(const struct token_keys *keys, const uint8_t *payload, size_t len,
			   int64_t now_s, struct principal *who)
{
	struct principal read = {0};
	json_t *claims = claims_parse(payload, len);
	bool hold, timely;

	if (!claims)
		return ERR_DENIED;
	hold = claims_hold(keys, claims, &read);
	timely = times_hold(claims, now_s, &read);
	json_decref(claims);
	if (DEFENCE(token_claims) && !hold)
		return ERR_DENIED;
	if (DEFENCE(token_expiry) && !timely)
		return ERR_DENIED;
	*who = read;
	return OK;
}

enum err token_verify(const struct token_keys *keys, const char *token, size_t len, int64_t now_s,
		      struct principal *who)
{
	struct segment part[3] = {{"", 0}, {"", 0}, {"", 0}};
	uint8_t payload[TOKEN_MAX];
	size_t payload_len;

	memset(who, 0, sizeof(*who));
	if (!split(token, len, part))
		return ERR_DENIED;
	TRY(check_signature(keys, token, part));
	if (decode(&part[1], payload, sizeof(payload), &payload_len) != OK) {
		if (DEFENCE(token_payload))
			return ERR_DENIED;
		payload_len = 0;
	}
	return token_claims_read(keys, payload, payload_len, now_s, who);
}
