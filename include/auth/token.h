/* Access tokens: issued with libjwt, verified through one strict gate. */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "auth/principal.h"
#include "core/attr.h"
#include "core/buffer.h"
#include "core/error.h"

struct token_keys; /* signing key, next key, retired keys: shared, immutable between rotations */

#define TOKEN_MAX    4096
#define TOKEN_LIFE_S 600 /* of an access token */
#define TOKEN_SKEW_S 30	 /* how far ahead another node's clock may be */

/*
 * Reads the keys of `dir` (made on first start, EC P-256, mode 0400), which must belong to the
 * running user. `issuer` and `audience` are compared exactly. The sentence of a failure goes to
 * `reason`.
 */
enum err token_keys_open(struct token_keys **keys, const char *dir, const char *issuer,
			 const char *audience, char reason[256]) MUST_USE;
void token_keys_close(struct token_keys *keys);
/*
 * Makes the next key when it is time, forgets retired ones, and takes up what other processes
 * have written to the directory. Called by the maintenance timer about once a minute, in every
 * process, from any thread; what every key is for follows from its file's name and the clock
 * (kid-<when it starts to sign>.pem), so all agree.
 */
enum err token_keys_rotate(struct token_keys *keys, int64_t now_s) MUST_USE;
/* The public keys as a JSON Web Key Set. */
enum err token_keys_jwks(const struct token_keys *keys, struct buffer *out) MUST_USE;

/* Writes the token, NUL-terminated. */
enum err token_issue(const struct token_keys *keys, const struct principal *who, int64_t now_s,
		     char out[TOKEN_MAX + 1]) MUST_USE;

/*
 * ERR_DENIED for anything but a token that this server wrote, unexpired at now_s, with every
 * claim in its place. Any doubt, also about memory, is ERR_DENIED.
 */
enum err token_verify(const struct token_keys *keys, const char *token, size_t len, int64_t now_s,
		      struct principal *who) MUST_USE;

/*
 * A worker's cache of verified tokens, keyed by SHA-256; proves the signature only. It forgets
 * everything when the set of keys changes.
 */
struct token_cache;
struct token_cache *token_cache_new(size_t entries); /* NULL: no memory */
void token_cache_free(struct token_cache *cache);
enum err token_verify_cached(struct token_cache *cache, const struct token_keys *keys,
			     const char *token, size_t len, int64_t now_s,
			     struct principal *who) MUST_USE;

#endif
