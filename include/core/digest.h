/* SHA-256, HMAC and random bytes from OpenSSL, with its algorithms fetched once. */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"

#define SHA256_LEN     32
#define SHA256_HEX_LEN 64

/* Call once before threads start. */
enum err digest_start(void) MUST_USE;
void digest_stop(void);

enum err sha256(const void *bytes, size_t len, uint8_t out[SHA256_LEN]) MUST_USE;
enum err sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_LEN + 1]) MUST_USE;
enum err hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
		     uint8_t out[SHA256_LEN]) MUST_USE;
enum err random_bytes(void *out, size_t len) MUST_USE;

#endif
