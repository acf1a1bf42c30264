/* Signing secrets of webhooks, and signatures as Standard Webhooks has them. */
#ifndef RESOURCES_WEBHOOKS_SECRET_H
#define RESOURCES_WEBHOOKS_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/digest.h"
#include "core/error.h"

#define WEBHOOK_KEY_LEN	      32
#define WEBHOOK_SECRET_LEN    50 /* whsec_ and 32 bytes in base64 */
#define WEBHOOK_SIGNATURE_LEN 47 /* v1, and 32 bytes in base64 */

/*
 * A secret is derived from the server's key and what is stored of the webhook, so that neither the
 * database nor a backup of it holds anything to sign with.
 */
enum err webhook_secret(const uint8_t key[WEBHOOK_KEY_LEN], const char *organization,
			const char *webhook, const char *salt, uint8_t out[SHA256_LEN]) MUST_USE;
void webhook_secret_text(const uint8_t secret[SHA256_LEN], char out[WEBHOOK_SECRET_LEN + 1]);

/* Over `id.timestamp.body`. */
enum err webhook_signature(const uint8_t secret[SHA256_LEN], const char *id, int64_t timestamp_s,
			   const char *body, size_t len,
			   char out[WEBHOOK_SIGNATURE_LEN + 1]) MUST_USE;

#endif
