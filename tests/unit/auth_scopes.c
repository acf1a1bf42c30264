/* Scopes and opaque credentials are read only as they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "auth/scopes.h"
#include "auth/secret.h"

#define ORG "0190a000-0000-7000-8000-00000000000a"

static void every_set_survives_its_text(void **state)
{
	char text[SCOPES_TEXT_MAX];
	scope_set all = scopes_all(), read;

	(void)state;
	assert_int_equal(all, (1 << 21) - 1);
	for (scope_set set = 0; set <= all; set = set * 3 + 1) {
		scopes_format(set & all, text);
		assert_int_equal(scopes_parse(text, &read), OK);
		assert_int_equal(read, set & all);
	}
	scopes_format(all, text);
	assert_int_equal(scopes_parse(text, &read), OK);
	assert_int_equal(read, all);
	assert_int_equal(scopes_parse("events:read roles:read", &read), OK); /* in any order */
	assert_int_equal(read, SCOPE_EVENTS_READ | SCOPE_ROLES_READ);
}

static void other_texts_are_refused(void **state)
{
	static const char *const texts[] = {
	    " ",
	    "roles:read ",
	    " roles:read",
	    "roles:read  users:read",
	    "roles",
	    "roles:delete",
	    "Roles:read",
	    "roles:read,users:read",
	    "roles:readx",
	    "roles:rea",
	    "roles:read roles:read",
	    "roles:read\tusers:read",
	    "*",
	    "roles:read admin",
	};
	scope_set read = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(scopes_parse(texts[i], &read), ERR_INVALID);
		assert_int_equal(read, 0);
	}
}

static void a_secret_begins_with_its_organization(void **state)
{
	char a[SECRET_MAX + 1], b[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1],
	    again[SHA256_HEX_LEN + 1], organization[PRINCIPAL_UUID];

	(void)state;
	assert_int_equal(secret_generate("rt", ORG, a, digest), OK);
	assert_int_equal(secret_generate("rt", ORG, b, again), OK);
	assert_string_not_equal(a, b);
	assert_int_equal(strncmp(a, "rt_0190a00000007000800000000000000a_", 36), 0);
	assert_int_equal(strlen(a), 36 + 43);
	assert_int_equal(secret_parse("rt", a, organization, again), OK);
	assert_string_equal(organization, ORG);
	assert_string_equal(again, digest);
	assert_int_equal(secret_parse("cs", a, organization, again), ERR_DENIED);
	assert_int_equal(secret_parse("r", a, organization, again), ERR_DENIED);
}

static void broken_secrets_are_refused(void **state)
{
	char text[SECRET_MAX + 1], bad[SECRET_MAX + 8], digest[SHA256_HEX_LEN + 1],
	    organization[PRINCIPAL_UUID];

	(void)state;
	assert_int_equal(secret_generate("rt", ORG, text, digest), OK);
	for (size_t cut = 0; cut < strlen(text); cut++) {
		snprintf(bad, sizeof(bad), "%.*s", (int)cut, text);
		assert_int_equal(secret_parse("rt", bad, organization, digest), ERR_DENIED);
	}
	for (size_t i = 0; i < strlen(text); i++) {
		snprintf(bad, sizeof(bad), "%s", text);
		bad[i] = '.';
		assert_int_equal(secret_parse("rt", bad, organization, digest), ERR_DENIED);
	}
	snprintf(bad, sizeof(bad), "%sA", text);
	assert_int_equal(secret_parse("rt", bad, organization, digest), ERR_DENIED);
	snprintf(bad, sizeof(bad), "%s", text);
	bad[strlen(bad) - 1] = 'B'; /* its last two bits belong to no byte */
	assert_int_equal(secret_parse("rt", bad, organization, digest), ERR_DENIED);
	bad[5] = 'A'; /* upper case is not what we write */
	assert_int_equal(secret_parse("rt", bad, organization, digest), ERR_DENIED);
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
	    cmocka_unit_test(every_set_survives_its_text),
	    cmocka_unit_test(other_texts_are_refused),
	    cmocka_unit_test(a_secret_begins_with_its_organization),
	    cmocka_unit_test(broken_secrets_are_refused),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
