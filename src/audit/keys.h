/* Ed25519 signatures of heads. */
#ifndef AUDIT_KEYS_H
#define AUDIT_KEYS_H

#include "audit/audit.h"

#define SIGNATURE_LEN	   64
#define SIGNATURE_TEXT_LEN 86 /* in base64url */

enum err keys_sign(const struct audit_keys *keys, const char *bytes, size_t len,
		   char text[SIGNATURE_TEXT_LEN + 1]) MUST_USE;

/* The public keys of a PEM file: any of them may have signed. */
struct public_keys;
enum err public_keys_read(struct public_keys **out, const char *file, struct why *why) MUST_USE;
void public_keys_free(struct public_keys *keys);
bool public_keys_verify(const struct public_keys *keys, const char *bytes, size_t len,
			const char *text, size_t text_len);

#endif
