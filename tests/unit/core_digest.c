/* Proves SHA-256 and HMAC against the published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/digest.h"
#include "core/text.h"

static int start(void **state)
{
	(void)state;
	return digest_start() == OK ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	digest_stop();
	return 0;
}

static void sha256_gives_the_fips_180_vectors(void **state)
{
	char hex[SHA256_HEX_LEN + 1];

	(void)state;
	assert_int_equal(sha256_hex("", 0, hex), OK);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(sha256_hex(NULL, 0, hex), OK);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(sha256_hex("abc", 3, hex), OK);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void expect_hmac(const void *key, size_t key_len, const char *text, const char *want)
{
	uint8_t out[SHA256_LEN];
	char hex[SHA256_HEX_LEN + 1];

	assert_int_equal(hmac_sha256(key, key_len, text, strlen(text), out), OK);
	hex_encode(out, sizeof(out), hex);
	assert_string_equal(hex, want);
}

static void hmac_gives_the_rfc_4231_vectors(void **state)
{
	uint8_t key[131];

	(void)state;
	memset(key, 0x0b, 20);
	expect_hmac(key, 20, "Hi There",
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	expect_hmac("Jefe", 4, "what do ya want for nothing?",
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	expect_hmac(key, sizeof(key), "Test Using Larger Than Block-Size Key - Hash Key First",
		    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	expect_hmac(NULL, 0, "",
		    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void random_bytes_differ(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0};

	(void)state;
	assert_int_equal(random_bytes(a, sizeof(a)), OK);
	assert_int_equal(random_bytes(b, sizeof(b)), OK);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(random_bytes(a, 0), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256_gives_the_fips_180_vectors),
	    cmocka_unit_test(hmac_gives_the_rfc_4231_vectors),
	    cmocka_unit_test(random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
