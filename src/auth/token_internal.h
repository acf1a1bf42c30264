/* What the key ring, the issuer and the gate share, and nobody else sees. */
#ifndef AUTH_TOKEN_INTERNAL_H
#define AUTH_TOKEN_INTERNAL_H

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/token.h"

#define TOKEN_KEYS_MAX	    8	 /* in a directory that is looked after there are at most three */
#define TOKEN_KID_MAX	    24	 /* kid-<unix seconds> */
#define TOKEN_PEM_MAX	    1024 /* a P-256 key takes 241 bytes */
#define TOKEN_HEADER_MAX    128
#define TOKEN_SIGNATURE_LEN 64		 /* r and s, 32 bytes each */
#define TOKEN_ISSUER_MAX    256		 /* and audience */
#define TOKEN_KEY_LIFE_S    (30 * 86400) /* how long one key signs */
#define TOKEN_PUBLISH_S	    3600	 /* how long the next one is published before it signs */
#define TOKEN_RETIRE_S	    300		 /* beyond a token's life, for clocks that differ */

struct token_key {
	char kid[TOKEN_KID_MAX];
	int64_t starts_at; /* unix seconds; it signs until a later one starts */
	EVP_PKEY *pair;	   /* only read after it was made, so threads may share it */
	char pem[TOKEN_PEM_MAX];
	size_t pem_len;
	char header[TOKEN_HEADER_MAX]; /* the first segment of every token it signs */
	size_t header_len;
	char x[44], y[44]; /* the public point, base64url */
};

struct token_ring {
	size_t count;
	struct token_key key[TOKEN_KEYS_MAX]; /* by starts_at */
};

struct token_keys {
	char dir[4096];
	char issuer[TOKEN_ISSUER_MAX], audience[TOKEN_ISSUER_MAX];
	pthread_rwlock_t lock; /* held to read the ring, and for the swap of a rotation */
	struct token_ring *ring;
	atomic_uint_fast64_t generation; /* grows when the ring changes: caches then forget */
};

/* Borrows: the key that signs at now_s. Call with the lock held. */
const struct token_key *token_ring_signer(const struct token_ring *ring, int64_t now_s);

/* Lends jansson a spare piece of memory whenever libjwt issues; before threads start. */
void token_issue_start(void);

/* The payload's claims; the half of the gate behind the signature. Never trusts its input. */
enum err token_claims_read(const struct token_keys *keys, const uint8_t *payload, size_t len,
			   int64_t now_s, struct principal *who) MUST_USE;

#endif
