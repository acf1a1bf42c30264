/* SHA-256, HMAC and random bytes, on algorithms fetched once. */
#include "core/digest.h"

#include <assert.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "core/text.h"

/* Set before threads start, then only read: an implicit fetch a call costs more than the hash. */
static struct {
	EVP_MD *sha256;
	EVP_MAC *hmac;
} fetched;

enum err digest_start(void)
{
	if (fetched.sha256 && fetched.hmac)
		return OK;
	fetched.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	fetched.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (fetched.sha256 && fetched.hmac)
		return OK;
	digest_stop();
	return ERR_INTERNAL;
}

void digest_stop(void)
{
	EVP_MD_free(fetched.sha256);
	EVP_MAC_free(fetched.hmac);
	fetched.sha256 = NULL;
	fetched.hmac = NULL;
}

enum err sha256(const void *bytes, size_t len, uint8_t out[SHA256_LEN])
{
	assert(fetched.sha256);
	return EVP_Digest(bytes, len, out, NULL, fetched.sha256, NULL) == 1 ? OK : ERR_MEMORY;
}

enum err sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_LEN + 1])
{
	uint8_t digest[SHA256_LEN];

	TRY(sha256(bytes, len, digest));
	hex_encode(digest, sizeof(digest), out);
	return OK;
}

enum err hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
		     uint8_t out[SHA256_LEN])
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
	    OSSL_PARAM_construct_end(),
	};
	const void *safe_key = key_len > 0 ? key : ""; /* NULL would mean: keep the last key */
	size_t out_len = 0;
	EVP_MAC_CTX *ctx;
	int done;

	assert(fetched.hmac);
	ctx = EVP_MAC_CTX_new(fetched.hmac);
	done = ctx && EVP_MAC_init(ctx, safe_key, key_len, params) == 1 &&
	       EVP_MAC_update(ctx, bytes, len) == 1 &&
	       EVP_MAC_final(ctx, out, &out_len, SHA256_LEN) == 1;
	EVP_MAC_CTX_free(ctx);
	assert(!done || out_len == SHA256_LEN);
	return done ? OK : ERR_MEMORY;
}

enum err random_bytes(void *out, size_t len)
{
	assert(len <= INT_MAX);
	return RAND_bytes(out, (int)len) == 1 ? OK : ERR_UNAVAILABLE;
}
