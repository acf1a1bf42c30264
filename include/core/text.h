/* Checks and conversions of short texts: UUID, UTF-8, hex, base64url, times. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"

#define UUID_TEXT_LEN 36

/* UUIDv7 of now: 36 lower-case characters and a NUL. Ordered within a thread. */
void uuid_generate(char out[UUID_TEXT_LEN + 1]);
/* Exactly the 36-character lower- or upper-case form. */
bool uuid_valid(const char *text);

/* Well-formed UTF-8 without NUL. */
bool utf8_valid(const char *text, size_t len);
/*
 * The length of the character at `text`; when it is not well-formed, *valid is false and the
 * length is what one U+FFFD stands for. `len` > 0.
 */
size_t utf8_next(const char *text, size_t len, bool *valid);

/* 0 to 15 for a hexadecimal digit of either case, else -1. */
int hex_value(char c);
void hex_encode(const void *bytes, size_t len, char *out /* 2 * len + 1 */);
/* Canonical, without padding. Returns the text's length; out takes 4 * ((len + 2) / 3) + 1. */
size_t base64url_encode(const void *bytes, size_t len, char *out);
/* Refuses padding, foreign characters and non-canonical last bits with ERR_INVALID. */
enum err base64url_decode(const char *text, size_t len, uint8_t *out, size_t cap,
			  size_t *out_len) MUST_USE;

/* RFC 3339 in UTC with milliseconds: 2026-11-22T14:46:00.123Z (24 characters and a NUL). */
#define TIME_TEXT_LEN 24
void time_format(int64_t unix_ms, char out[TIME_TEXT_LEN + 1]);

bool text_equal(const char *a, const char *b); /* NULL equals NULL only */
/* Constant time in `len`. */
bool bytes_equal_secret(const void *a, const void *b, size_t len);

#endif
