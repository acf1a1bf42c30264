/* What the tests of tokens share: a key directory of their own, and a forger's workshop. */
#ifndef AUTH_TOKEN_FORGE_H
#define AUTH_TOKEN_FORGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jwt.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/token_internal.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/text.h"

#define ISSUER	 "https://assay.example"
#define AUDIENCE "assay-api"
#define ORG_ID	 "0190a000-0000-7000-8000-00000000000a"
#define USER_ID	 "0190a000-0000-7000-8000-000000000001"
#define JTI	 "0190a000-0000-7000-8000-0000000000ff"

struct forge {
	char dir[64];
	struct token_keys *keys;
	const struct token_key *key; /* the one that signs */
	EVP_PKEY *other;	     /* a key that the server does not know */
	char *public_pem;	     /* what a forger can fetch */
	int64_t now;
};

/* Every text a forger makes fits here, also those that are too long for the gate. */
#define FORGED_MAX (4 * TOKEN_MAX)

static inline void remove_directory(const char *dir)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;

	while (stream && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(stream), entry->d_name, 0);
	if (stream)
		closedir(stream);
	rmdir(dir);
}

static inline char *public_pem_of(EVP_PKEY *pair)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes, *pem;
	long len;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, pair), 1);
	len = BIO_get_mem_data(bio, &bytes);
	pem = strndup(bytes, (size_t)len);
	BIO_free(bio);
	return pem;
}

static inline int forge_open(void **state)
{
	struct forge *f = calloc(1, sizeof(*f));
	char reason[256];

	assert_non_null(f);
	assert_int_equal(digest_start(), OK);
	snprintf(f->dir, sizeof(f->dir), "/tmp/assay-keys-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	if (token_keys_open(&f->keys, f->dir, ISSUER, AUDIENCE, reason) != OK)
		fail_msg("%s", reason);
	f->now = clock_unix_ms() / 1000;
	f->key = token_ring_signer(f->keys->ring, f->now);
	f->other = EVP_EC_gen("P-256");
	assert_non_null(f->other);
	f->public_pem = public_pem_of(f->key->pair);
	*state = f;
	return 0;
}

static inline int forge_close(void **state)
{
	struct forge *f = *state;

	token_keys_close(f->keys);
	EVP_PKEY_free(f->other);
	free(f->public_pem);
	remove_directory(f->dir);
	free(f);
	digest_stop();
	return 0;
}

static inline struct principal some_user(void)
{
	struct principal who = {.kind = PRINCIPAL_USER, .level = ACCESS_ADMIN, .token_version = 7};

	memcpy(who.organization_id, ORG_ID, sizeof(ORG_ID));
	memcpy(who.id, USER_ID, sizeof(USER_ID));
	return who;
}

/* An ECDSA signature of `text` in both spellings. */
static inline void ecdsa_sign(EVP_PKEY *pair, const char *text, uint8_t raw[64], uint8_t der[80],
			      size_t *der_len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const uint8_t *at = der;
	ECDSA_SIG *numbers;

	*der_len = 80;
	assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair), 1);
	assert_int_equal(EVP_DigestSign(context, der, der_len, (const uint8_t *)text, strlen(text)),
			 1);
	numbers = d2i_ECDSA_SIG(NULL, &at, (long)*der_len);
	assert_non_null(numbers);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(numbers), raw, 32), 32);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(numbers), raw + 32, 32), 32);
	ECDSA_SIG_free(numbers);
	EVP_MD_CTX_free(context);
}

/* header.payload, both given as bytes */
static inline void encode_parts(const char *header, const void *payload, size_t payload_len,
				char out[FORGED_MAX])
{
	size_t n = base64url_encode(header, strlen(header), out);

	out[n++] = '.';
	base64url_encode(payload, payload_len, out + n);
}

static inline void append_segment(char out[FORGED_MAX], const void *bytes, size_t len)
{
	size_t n = strlen(out);

	out[n++] = '.';
	base64url_encode(bytes, len, out + n);
}

static inline void forge_token(EVP_PKEY *pair, const char *header, const void *payload,
			       size_t payload_len, char out[FORGED_MAX])
{
	uint8_t raw[64], der[80];
	size_t der_len;

	encode_parts(header, payload, payload_len, out);
	ecdsa_sign(pair, out, raw, der, &der_len);
	append_segment(out, raw, sizeof(raw));
}

static inline const char *true_header(const struct forge *f, char out[TOKEN_HEADER_MAX])
{
	snprintf(out, TOKEN_HEADER_MAX, "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
		 f->key->kid);
	return out;
}

/* The claims of a valid token, a member each; tests replace one, or add to them. */
enum claim { ISS, AUD, SUB, ORG, KIND, LEVEL, VER, JTI_CLAIM, IAT, EXP, CLAIMS };

static inline void claims_text(const struct forge *f, int replaced, const char *by,
			       const char *more, char out[FORGED_MAX])
{
	char iat[40], exp[40];
	const char *claims[CLAIMS] = {
	    [ISS] = "\"iss\":\"" ISSUER "\"",
	    [AUD] = "\"aud\":\"" AUDIENCE "\"",
	    [SUB] = "\"sub\":\"" USER_ID "\"",
	    [ORG] = "\"org\":\"" ORG_ID "\"",
	    [KIND] = "\"kind\":\"user\"",
	    [LEVEL] = "\"level\":\"admin\"",
	    [VER] = "\"ver\":7",
	    [JTI_CLAIM] = "\"jti\":\"" JTI "\"",
	    [IAT] = iat,
	    [EXP] = exp,
	};
	size_t n = 0;

	snprintf(iat, sizeof(iat), "\"iat\":%lld", (long long)f->now);
	snprintf(exp, sizeof(exp), "\"exp\":%lld", (long long)f->now + TOKEN_LIFE_S);
	if (replaced >= 0)
		claims[replaced] = by;
	out[n++] = '{';
	for (size_t i = 0; i < CLAIMS; i++)
		if (claims[i])
			n += (size_t)snprintf(out + n, FORGED_MAX - n, "%s%s", n > 1 ? "," : "",
					      claims[i]);
	snprintf(out + n, FORGED_MAX - n, "%s}", more ? more : "");
}

/* A token that the gate takes, made without libjwt. */
static inline void valid_token(const struct forge *f, char out[FORGED_MAX])
{
	char header[TOKEN_HEADER_MAX], claims[FORGED_MAX];

	claims_text(f, -1, NULL, NULL, claims);
	forge_token(f->key->pair, true_header(f, header), claims, strlen(claims), out);
}

static inline enum err gate(const struct forge *f, const char *token, size_t len)
{
	struct principal who;

	return token_verify(f->keys, token, len, f->now, &who);
}

/* ---- what keeps an attack out ------------------------------------------------------------------
 */

struct attack {
	const char *name;
	const char *control; /* defences */
	bool libjwt;	     /* libjwt 1.10.2 takes it, given the public key */
};

static inline bool libjwt_takes(const struct forge *f, const char *token)
{
	jwt_t *jwt = NULL;
	bool taken = jwt_decode(&jwt, token, (const unsigned char *)f->public_pem,
				(int)strlen(f->public_pem)) == 0;

	jwt_free(jwt);
	return taken;
}

#ifdef ASSAY_CONTROL
/* All but the named ones refuse nothing; each of these refuses it without the others' help. */
static inline void expect_control(const struct forge *f, const struct attack *attack,
				  const char *token, size_t len)
{
	const char *end;

	setenv("ASSAY_CONTROL_OFF", attack->control, 1);
	if (gate(f, token, len) != OK)
		fail_msg("refused without %s: %s: %s", attack->control, attack->name, token);
	for (const char *one = attack->control; *one; one = end + (*end == ',')) {
		char others[256];

		end = one + strcspn(one, ",");
		snprintf(others, sizeof(others), "%.*s%s", (int)(one - attack->control),
			 attack->control, end);
		setenv("ASSAY_CONTROL_OFF", others, 1);
		if (gate(f, token, len) != ERR_DENIED)
			fail_msg("%.*s does not refuse it alone: %s: %s", (int)(end - one), one,
				 attack->name, token);
	}
	unsetenv("ASSAY_CONTROL_OFF");
}
#endif

static inline void expect_refused(const struct forge *f, const struct attack *attack,
				  const char *token, size_t len)
{
	if (gate(f, token, len) != ERR_DENIED)
		fail_msg("accepted: %s: %s", attack->name, token);
	if (attack->libjwt && !libjwt_takes(f, token))
		fail_msg("libjwt refuses, so this row proves nothing: %s", attack->name);
#ifdef ASSAY_CONTROL
	expect_control(f, attack, token, len);
#endif
}

#endif
