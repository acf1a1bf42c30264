/* Proves the checks and conversions of short texts against their standards' corner cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/file.h"
#include "core/text.h"

static void uuid_is_version_7_unique_and_ordered(void **state)
{
	char last[UUID_TEXT_LEN + 1], next[UUID_TEXT_LEN + 1], hex[13];
	int64_t before = clock_unix_ms(), ms;

	(void)state;
	uuid_generate(last);
	memcpy(hex, last, 8);
	memcpy(hex + 8, last + 9, 5); /* with a dash as the end */
	ms = strtoll(hex, NULL, 16);
	assert_in_range(ms, before, clock_unix_ms());
	for (int i = 0; i < 100000; i++) {
		uuid_generate(next);
		assert_true(uuid_valid(next));
		assert_int_equal(next[14], '7');
		assert_non_null(strchr("89ab", next[19]));
		assert_true(strcmp(last, next) < 0);
		memcpy(last, next, sizeof(last));
	}
}

static void uuid_valid_takes_the_36_character_form_only(void **state)
{
	(void)state;
	assert_true(uuid_valid("0193a5f0-0000-7abc-8def-0123456789ab"));
	assert_true(uuid_valid("0193A5F0-0000-7ABC-8DEF-0123456789AB"));
	assert_false(uuid_valid(NULL));
	assert_false(uuid_valid(""));
	assert_false(uuid_valid("0193a5f0-0000-7abc-8def-0123456789a"));
	assert_false(uuid_valid("0193a5f0-0000-7abc-8def-0123456789ab0"));
	assert_false(uuid_valid("0193a5f0-0000-7abc-8def-0123456789ag"));
	assert_false(uuid_valid("0193a5f00000-7abc-8def-0123456789ab00"));
	assert_false(uuid_valid("{193a5f0-0000-7abc-8def-0123456789ab}"));
	assert_false(uuid_valid("0193a5f0-0000-7abc-8def_0123456789ab"));
}

#define UTF8(text) utf8_valid((text), sizeof(text) - 1)

static void utf8_valid_follows_the_table(void **state)
{
	(void)state;
	assert_true(UTF8(""));
	assert_true(UTF8("ascii \x7F"));
	assert_true(UTF8("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"));
	assert_true(UTF8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
	assert_false(UTF8("a\0b"));
	assert_false(UTF8("\x80"));
	assert_false(UTF8("\xC1\xBF"));
	assert_false(UTF8("\xC2"));
	assert_false(UTF8("\xE0\x9F\xBF"));
	assert_false(UTF8("\xED\xA0\x80"));
	assert_false(UTF8("\xE2\x82"));
	assert_false(UTF8("\xF0\x8F\xBF\xBF"));
	assert_false(UTF8("\xF4\x90\x80\x80"));
	assert_false(UTF8("\xF5\x80\x80\x80"));
	assert_false(UTF8("\xFF"));
}

static void base64url_encodes_the_rfc_4648_vectors(void **state)
{
	static const char *const vector[][2] = {
	    {"", ""},		{"f", "Zg"},	      {"fo", "Zm8"},	     {"foo", "Zm9v"},
	    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
	char text[16];
	uint8_t back[8];
	size_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vector); i++) {
		len = base64url_encode(vector[i][0], strlen(vector[i][0]), text);
		assert_int_equal(len, strlen(vector[i][1]));
		assert_string_equal(text, vector[i][1]);
		assert_int_equal(base64url_decode(text, len, back, sizeof(back), &len), OK);
		assert_int_equal(len, strlen(vector[i][0]));
		assert_memory_equal(back, vector[i][0], len);
	}
	assert_int_equal(base64url_encode("\xFB\xFF\xBF", 3, text), 4);
	assert_string_equal(text, "-_-_");
}

static enum err decode(const char *text)
{
	uint8_t out[4];
	size_t len;

	return base64url_decode(text, strlen(text), out, sizeof(out), &len);
}

static void base64url_refuses_what_is_not_canonical(void **state)
{
	(void)state;
	assert_int_equal(decode("Zg"), OK);
	assert_int_equal(decode("Zh"), ERR_INVALID); /* bits set beyond the last byte */
	assert_int_equal(decode("Zm9"), ERR_INVALID);
	assert_int_equal(decode("Zg=="), ERR_INVALID);
	assert_int_equal(decode("Z"), ERR_INVALID);
	assert_int_equal(decode("Zm9vY"), ERR_INVALID);
	assert_int_equal(decode("Zm+v"), ERR_INVALID);
	assert_int_equal(decode("Zm/v"), ERR_INVALID);
	assert_int_equal(decode("Zm v"), ERR_INVALID);
	assert_int_equal(decode("Zm9v\n"), ERR_INVALID);
	assert_int_equal(decode("Zm9vYmFy"), ERR_TOO_LARGE);
}

/* Any text that is accepted must be the one that its bytes are written as. */
static void base64url_is_a_bijection(void **state)
{
	int accepted = 0;

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		const char text[3] = {(char)(i >> 8), (char)(i & 0xFF), '\0'};
		char again[8];
		uint8_t out[4];
		size_t len;

		if (base64url_decode(text, 2, out, sizeof(out), &len) != OK)
			continue;
		accepted++;
		assert_int_equal(len, 1);
		assert_int_equal(base64url_encode(out, len, again), 2);
		assert_string_equal(again, text);
	}
	assert_int_equal(accepted, 256);
}

static void time_format_is_rfc_3339(void **state)
{
	char out[TIME_TEXT_LEN + 1];

	(void)state;
	time_format(0, out);
	assert_string_equal(out, "1970-01-01T00:00:00.000Z");
	time_format(-1, out);
	assert_string_equal(out, "1969-12-31T23:59:59.999Z");
	time_format(INT64_C(1795358760123), out);
	assert_string_equal(out, "2026-11-22T14:46:00.123Z");
	time_format(INT64_C(951782400000), out);
	assert_string_equal(out, "2000-02-29T00:00:00.000Z");
	time_format(INT64_C(4107542400000), out);
	assert_string_equal(out, "2100-03-01T00:00:00.000Z");
	time_format(INT64_MAX, out);
	assert_string_equal(out, "9999-12-31T23:59:59.999Z");
	time_format(INT64_MIN, out);
	assert_string_equal(out, "0000-01-01T00:00:00.000Z");
}

static void time_format_agrees_with_libc(void **state)
{
	(void)state;
	for (int64_t day = -719528; day < 2932896; day += 13) {
		time_t seconds = (time_t)(day * 86400 + (day & 0xFFFF));
		char out[TIME_TEXT_LEN + 1], libc[80];
		struct tm tm;

		time_format(seconds * 1000 + 7, out);
		assert_non_null(gmtime_r(&seconds, &tm));
		(void)snprintf(libc, sizeof(libc), "%04d-%02d-%02dT%02d:%02d:%02d.007Z",
			       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			       tm.tm_sec);
		assert_string_equal(out, libc);
	}
}

static void texts_compare(void **state)
{
	char hex[7];

	(void)state;
	assert_true(text_equal("a", "a"));
	assert_false(text_equal("a", "b"));
	assert_false(text_equal("a", NULL));
	assert_false(text_equal(NULL, ""));
	assert_true(text_equal(NULL, NULL));
	assert_true(bytes_equal_secret("abc", "abd", 2));
	assert_false(bytes_equal_secret("abc", "abd", 3));
	assert_true(bytes_equal_secret("", "", 0));
	hex_encode("\x00\xAF\x10", 3, hex);
	assert_string_equal(hex, "00af10");
	for (int c = -128; c < 128; c++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *at = c != 0 ? strchr(digits, c) : NULL;

		assert_int_equal(hex_value((char)c), at ? (at - digits) % 16 : -1);
	}
}

static void a_file_is_written_whole(void **state)
{
	static char sent[300000], got[sizeof(sent) + 1];
	char path[] = "/tmp/core_text_XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	memset(sent, 'x', sizeof(sent));
	assert_true(file_write_whole(fd, sent, sizeof(sent)));
	assert_int_equal(pread(fd, got, sizeof(got), 0), sizeof(sent));
	assert_memory_equal(got, sent, sizeof(sent));
	assert_int_equal(close(fd), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_false(file_write_whole(fd, sent, 1));
	assert_int_equal(errno, EBADF);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void every_error_has_its_own_sentence(void **state)
{
	(void)state;
	for (int i = OK; i <= ERR_INTERNAL; i++) {
		for (int other = OK; other < i; other++)
			assert_string_not_equal(err_text((enum err)i), err_text((enum err)other));
	}
	assert_string_equal(err_text((enum err)99), "an unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(uuid_is_version_7_unique_and_ordered),
	    cmocka_unit_test(uuid_valid_takes_the_36_character_form_only),
	    cmocka_unit_test(utf8_valid_follows_the_table),
	    cmocka_unit_test(base64url_encodes_the_rfc_4648_vectors),
	    cmocka_unit_test(base64url_refuses_what_is_not_canonical),
	    cmocka_unit_test(base64url_is_a_bijection),
	    cmocka_unit_test(time_format_is_rfc_3339),
	    cmocka_unit_test(time_format_agrees_with_libc),
	    cmocka_unit_test(texts_compare),
	    cmocka_unit_test(a_file_is_written_whole),
	    cmocka_unit_test(every_error_has_its_own_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
