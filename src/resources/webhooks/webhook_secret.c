/* Derives the secrets of webhooks and signs with them (HMAC-SHA256, base64). */
#include "webhook_secret.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"

#define BASE64_LEN   44
#define CONTENT_MOST ((size_t)1 << 20)

static void base64(const uint8_t bytes[SHA256_LEN], char out[BASE64_LEN + 1])
{
	int len = EVP_EncodeBlock((unsigned char *)out, bytes, SHA256_LEN);

	assert(len == BASE64_LEN);
}

enum err webhook_secret(const uint8_t key[WEBHOOK_KEY_LEN], const char *organization,
			const char *webhook, const char *salt, uint8_t out[SHA256_LEN])
{
	char text[160];
	int len = snprintf(text, sizeof(text), "webhook:%s:%s:%s", organization, webhook, salt);

	assert(len > 0 && (size_t)len < sizeof(text));
	return hmac_sha256(key, WEBHOOK_KEY_LEN, text, (size_t)len, out);
}

void webhook_secret_text(const uint8_t secret[SHA256_LEN], char out[WEBHOOK_SECRET_LEN + 1])
{
	char text[BASE64_LEN + 1];

	base64(secret, text);
	snprintf(out, WEBHOOK_SECRET_LEN + 1, "whsec_%s", text);
}

enum err webhook_signature(const uint8_t secret[SHA256_LEN], const char *id, int64_t timestamp_s,
			   const char *body, size_t len, char out[WEBHOOK_SIGNATURE_LEN + 1])
{
	struct buffer content;
	uint8_t mac[SHA256_LEN];
	char text[BASE64_LEN + 1];
	enum err err = ERR_MEMORY;

	buffer_init(&content, CONTENT_MOST);
	buffer_printf(&content, "%s.%" PRId64 ".", id, timestamp_s);
	buffer_add(&content, body, len);
	if (!content.failed)
		err = hmac_sha256(secret, SHA256_LEN, content.data, content.len, mac);
	buffer_release(&content);
	if (err != OK)
		return err;
	base64(mac, text);
	snprintf(out, WEBHOOK_SIGNATURE_LEN + 1, "v1,%s", text);
	return OK;
}
