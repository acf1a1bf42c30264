/* Argon2id as published, no difference for unknown users, and the rules for new passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "auth/password.h"
#include "core/clock.h"
#include "core/digest.h"

static void hashes_are_verified(void **state)
{
	char hash[PASSWORD_HASH_MAX], again[PASSWORD_HASH_MAX];

	(void)state;
	assert_int_equal(password_hash("violet tractor 19", hash), OK);
	assert_int_equal(password_hash("violet tractor 19", again), OK);
	assert_string_not_equal(hash, again); /* salted */
	assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
	assert_int_equal(password_verify("violet tractor 19", hash), OK);
	assert_int_equal(password_verify("violet tractor 18", hash), ERR_DENIED);
	assert_int_equal(password_verify("", hash), ERR_DENIED);
	assert_int_equal(password_verify("violet tractor 19", "no hash"), ERR_DENIED);
	assert_false(password_needs_rehash(hash));
}

/* From the reference implementation's own test suite (src/test.c, version 0x13, argon2id). */
static void hashes_are_as_published(void **state)
{
	(void)state;
	assert_int_equal(password_verify("password",
					 "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
					 "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
			 OK);
	assert_int_equal(password_verify("passwore",
					 "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
					 "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
			 ERR_DENIED);
}

static int64_t time_of(const char *password, const char *hash)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < 5; i++) {
		int64_t start = clock_monotonic_us(), took;

		assert_int_equal(password_verify(password, hash), ERR_DENIED);
		took = clock_monotonic_us() - start;
		best = took < best ? took : best;
	}
	return best;
}

static void unknown_users_take_as_long(void **state)
{
	char hash[PASSWORD_HASH_MAX], giant[5000];
	int64_t known, unknown;

	(void)state;
	assert_int_equal(password_hash("violet tractor 19", hash), OK);
	known = time_of("a wrong one", hash);
	unknown = time_of("a wrong one", NULL);
	assert_true(unknown * 2 > known && unknown < known * 2);
	memset(giant, 'x', sizeof(giant) - 1);
	giant[sizeof(giant) - 1] = '\0';
	assert_true(time_of(giant, hash) * 2 > known);
}

static void weaker_parameters_are_renewed(void **state)
{
	static const char *const old[] = {
	    "",
	    "$2b$12$abcdefghijklmnopqrstuv",
	    "$argon2i$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
	    "$argon2id$v=16$m=19456,t=2,p=1$c2FsdA$aGFzaA",
	    "$argon2id$v=19$m=19455,t=2,p=1$c2FsdA$aGFzaA",
	    "$argon2id$v=19$m=19456,t=1,p=1$c2FsdA$aGFzaA",
	    "$argon2id$v=19$m=19456,t=2,p=0$c2FsdA$aGFzaA",
	    "$argon2id$v=19$m=99999999999999999999,t=2,p=1$c2FsdA$aGFzaA",
	    "$argon2id$m=19456,t=2,p=1$c2FsdA$aGFzaA",
	    "$argon2id$v=19$m=19456;t=2,p=1$c2FsdA$aGFzaA",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		assert_true(password_needs_rehash(old[i]));
	assert_false(password_needs_rehash("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"));
}

static void weak_ones_are_named(void **state)
{
	static const char *const weak[] = {
	    "elevenchars",
	    "password1234",
	    "Password1234",
	    "P@ssw0rd!2024",
	    "password password",
	    "passwordpassword1",
	    "123456789012",
	    "839201748562",
	    "qwertyuiop12",
	    "QWERTYuiop[]",
	    "1qaz2wsx3edc",
	    "asdfghjklasdfghjkl",
	    "aaaaaaaaaaaa",
	    "abababababab",
	    "xy7xy7xy7xy7",
	    "letmein12345",
	    "LetMeIn!!!!!!",
	    "welcome20242024",
	    "Summer2024!!!!",
	    "adminadmin123",
	    "iloveyou1234",
	    "1loveyou!!!!",
	    "changeme!!!!!!",
	    "correcthorsebatterystaple",
	    "assay-assay-2026",
	    "abcdefghijkl",
	    "zyxwvutsrqpo",
	    "mona.lisa@example.org",
	    "mona.lisa1234",
	    "Mona.Lisa2024!",
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
	    "twelve\xff"
	    "chars!",
	};
	static const char *const good[] = {
	    "violet tractor 19",
	    "kJ8#mQ2$vX9p",
	    "the heron eats at dusk",
	    "Grün-Öl-Übung-7x",
	    "\xd0\xb2\xd0\xbe\xd0\xbb\xd0\xba \xd0\xb8 \xd0\xbb\xd1\x83\xd0\xbd\xd0\xb0 7",
	};
	char longest[130];

	(void)state;
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
		if (!password_weakness(weak[i], "mona.lisa@example.org"))
			fail_msg("accepted: %s", weak[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (password_weakness(good[i], "mona.lisa@example.org"))
			fail_msg("refused: %s: %s", good[i],
				 password_weakness(good[i], "mona.lisa@example.org"));
	assert_null(password_weakness("violet tractor 19", NULL));
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = (char)('!' + i * 37 % 90);
	longest[129] = '\0';
	assert_non_null(password_weakness(longest, NULL));
	longest[128] = '\0';
	assert_null(password_weakness(longest, NULL));
}

static int start(void **state)
{
	(void)state;
	return digest_start() != OK;
}

static int stop(void **state)
{
	(void)state;
	digest_stop();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashes_are_verified),
	    cmocka_unit_test(hashes_are_as_published),
	    cmocka_unit_test(unknown_users_take_as_long),
	    cmocka_unit_test(weaker_parameters_are_renewed),
	    cmocka_unit_test(weak_ones_are_named),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
