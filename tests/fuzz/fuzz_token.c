/*
 * Fuzzes the token gate: any bytes as a token, as a signed payload, and as bare claims. Built with
 * clang -fsanitize=fuzzer, or with -DFUZZ_REPLAY as a program that replays the files it is given.
 */
#include <assert.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/token_internal.h"
#include "core/digest.h"
#include "core/text.h"

#define NOW INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct token_keys *keys;
static struct token_cache *cache;

static void start(void)
{
	char dir[] = "/tmp/assay-fuzz-XXXXXX", path[128], reason[256];
	enum err err = digest_start();

	assert(err == OK && mkdtemp(dir));
	err = token_keys_open(&keys, dir, "https://assay.example", "assay-api", reason);
	assert(err == OK);
	cache = token_cache_new(64);
	assert(cache);
	/* The keys are in memory; the directory need not outlive the program. */
	for (size_t i = 0; i < keys->ring->count; i++) {
		snprintf(path, sizeof(path), "%s/%s.pem", dir, keys->ring->key[i].kid);
		unlink(path);
	}
	rmdir(dir);
}

static void check_principal(enum err err, const struct principal *who)
{
	if (err != OK) {
		assert(who->kind == PRINCIPAL_NONE);
		return;
	}
	assert(who->kind == PRINCIPAL_USER || who->kind == PRINCIPAL_CLIENT);
	assert(uuid_valid(who->id) && uuid_valid(who->organization_id));
	assert(who->expires_at > NOW && who->expires_at <= NOW + TOKEN_SKEW_S + TOKEN_LIFE_S);
}

/* The bytes as a token. Nobody here has the key, so none may pass. */
static void as_token(const uint8_t *data, size_t size)
{
	struct principal who, cached;
	enum err err = token_verify(keys, (const char *)data, size, NOW, &who);

	check_principal(err, &who);
	assert(err == ERR_DENIED);
	err = token_verify_cached(cache, keys, (const char *)data, size, NOW, &cached);
	assert(err == ERR_DENIED && cached.kind == PRINCIPAL_NONE);
}

/* The bytes behind a right header, before junk of the right length. */
static void as_payload(const uint8_t *data, size_t size)
{
	char token[2 * TOKEN_MAX];
	const struct token_key *key = &keys->ring->key[0];
	uint8_t signature[TOKEN_SIGNATURE_LEN];
	size_t len = key->header_len;

	if (size < TOKEN_SIGNATURE_LEN || size > TOKEN_MAX)
		return;
	memcpy(signature, data, sizeof(signature));
	memcpy(token, key->header, len);
	token[len++] = '.';
	len += base64url_encode(data + 64, size - 64, token + len);
	token[len++] = '.';
	len += base64url_encode(signature, sizeof(signature), token + len);
	as_token((const uint8_t *)token, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct principal who = {0};

	if (!keys)
		start();
	if (!size)
		return 0;
	switch (data[0] % 3) {
	case 0:
		as_token(data + 1, size - 1);
		break;
	case 1:
		as_payload(data + 1, size - 1);
		break;
	default:
		check_principal(token_claims_read(keys, data + 1, size - 1, NOW, &who), &who);
	}
	return 0;
}

#ifdef FUZZ_REPLAY
int main(int argc, char **argv)
{
	static uint8_t bytes[1 << 20];

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		size_t len;

		if (!file) {
			perror(argv[i]);
			return 1;
		}
		len = fread(bytes, 1, sizeof(bytes), file);
		fclose(file);
		LLVMFuzzerTestOneInput(bytes, len);
	}
	printf("%d inputs replayed\n", argc - 1);
	return 0;
}
#endif
