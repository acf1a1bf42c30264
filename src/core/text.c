/* Checks and converts short texts: UUID, UTF-8, hex, base64url, times. */
#include "core/text.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <sys/random.h>

#include "core/clock.h"

/* ---- UUID -------------------------------------------------------------------------------- */

#define UUID_COUNTER_MOST 0xFFF

static void put_uuid(const uint8_t bytes[16], char out[UUID_TEXT_LEN + 1])
{
	static const uint8_t group[] = {4, 2, 2, 2, 6};

	for (size_t i = 0; i < ARRAY_LEN(group); i++) {
		hex_encode(bytes, group[i], out);
		bytes += group[i];
		out += (size_t)2 * group[i];
		*out++ = i + 1 < ARRAY_LEN(group) ? '-' : '\0';
	}
}

/* Random bytes are fetched for several at a time: each call of the kernel costs more than the rest.
 */
static void take_random(uint8_t *out, size_t len)
{
	static _Thread_local uint8_t pool[250];
	static _Thread_local size_t left;
	ssize_t got;

	if (left < len) {
		got = getrandom(pool, sizeof(pool), 0);
		assert(got == (ssize_t)sizeof(pool)); /* under 256 bytes it is never cut short */
		left = sizeof(pool);
	}
	memcpy(out, pool + sizeof(pool) - left, len);
	left -= len;
}

/* The 12 bits after the time count within a millisecond, from a random start in the lower half. */
void uuid_generate(char out[UUID_TEXT_LEN + 1])
{
	static _Thread_local int64_t last_ms;
	static _Thread_local unsigned counter;
	int64_t now = clock_unix_ms();
	uint8_t bytes[16];

	take_random(bytes + 6, 10);
	if (now > last_ms) {
		last_ms = now;
		counter = (unsigned)((bytes[6] & 0x07) << 8 | bytes[7]);
	} else if (++counter > UUID_COUNTER_MOST) {
		last_ms++; /* ahead of the clock, but in order; also when the clock was set back */
		counter = 0;
	}
	for (int i = 0; i < 6; i++)
		bytes[i] = (uint8_t)((uint64_t)last_ms >> (40 - 8 * i));
	bytes[6] = (uint8_t)(0x70 | counter >> 8);
	bytes[7] = (uint8_t)(counter & 0xFF);
	bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3F));
	put_uuid(bytes, out);
}

int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool uuid_valid(const char *text)
{
	if (!text)
		return false;
	for (int i = 0; i < UUID_TEXT_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : hex_value(text[i]) < 0)
			return false;
	}
	return text[UUID_TEXT_LEN] == '\0';
}

/* ---- UTF-8 ------------------------------------------------------------------------------- */

/*
 * The table of well-formed sequences (Unicode 15, table 3-7): only the second byte's range
 * depends on the first, and keeps out overlong forms, surrogates and what is beyond U+10FFFF.
 */
static size_t utf8_lead(uint8_t lead, uint8_t *low, uint8_t *high)
{
	*low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	*high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
	if (lead < 0x80)
		return 1;
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

size_t utf8_next(const char *text, size_t len, bool *valid)
{
	uint8_t low, high;
	size_t at = 1, want;

	assert(len > 0);
	want = utf8_lead((uint8_t)text[0], &low, &high);
	for (; at < want && at < len; at++) {
		uint8_t c = (uint8_t)text[at];

		if (c < low || c > high)
			break;
		low = 0x80;
		high = 0xBF;
	}
	*valid = at == want;
	return at;
}

bool utf8_valid(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		bool valid;

		if (text[at] == '\0')
			return false;
		at += utf8_next(text + at, len - at, &valid);
		if (!valid)
			return false;
	}
	return true;
}

/* ---- hex and base64url ------------------------------------------------------------------- */

void hex_encode(const void *bytes, size_t len, char *out)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *in = bytes;

	for (size_t i = 0; i < len; i++) {
		*out++ = digit[in[i] >> 4];
		*out++ = digit[in[i] & 0x0F];
	}
	*out = '\0';
}

size_t base64url_encode(const void *bytes, size_t len, char *out)
{
	static const char digit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const uint8_t *in = bytes;
	const char *start = out;
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | in[i];
		for (have += 8; have >= 6; have -= 6)
			*out++ = digit[bits >> (have - 6) & 0x3F];
	}
	if (have > 0)
		*out++ = digit[bits << (6 - have) & 0x3F];
	*out = '\0';
	return (size_t)(out - start);
}

static int base64url_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

enum err base64url_decode(const char *text, size_t len, uint8_t *out, size_t cap, size_t *out_len)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t done = 0;

	if (len % 4 == 1)
		return ERR_INVALID;
	for (size_t i = 0; i < len; i++) {
		int value = base64url_value(text[i]);

		if (value < 0)
			return ERR_INVALID;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (done == cap)
			return ERR_TOO_LARGE;
		out[done++] = (uint8_t)(bits >> have & 0xFF);
	}
	if (bits & ((1U << have) - 1)) /* else two texts would stand for the same bytes */
		return ERR_INVALID;
	*out_len = done;
	return OK;
}

/* ---- times ------------------------------------------------------------------------------- */

#define DAY_MS	   INT64_C(86400000)
#define ERA_DAYS   146097	       /* 400 years */
#define EPOCH_DAYS (719468 + ERA_DAYS) /* from 1 March of the year -400 to 1970-01-01 */

/* 0000-01-01 and 9999-12-31T23:59:59.999: what the form can spell. */
#define TIME_LEAST (-INT64_C(62167219200000))
#define TIME_MOST  INT64_C(253402300799999)

static char *put_digits(char *out, unsigned value, unsigned width, char after)
{
	for (unsigned i = width; i > 0; i--) {
		out[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	out[width] = after;
	return out + width + 1;
}

/* By hand, since gmtime_r takes a lock that all threads share. Years begin in March here. */
void time_format(int64_t unix_ms, char out[TIME_TEXT_LEN + 1])
{
	int64_t kept = unix_ms < TIME_LEAST ? TIME_LEAST : unix_ms;
	int64_t since = (kept > TIME_MOST ? TIME_MOST : kept) + EPOCH_DAYS * DAY_MS;
	unsigned ms = (unsigned)(since % DAY_MS);
	unsigned days = (unsigned)(since / DAY_MS);
	unsigned of_era = days % ERA_DAYS;
	unsigned of_era_years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * of_era_years + of_era_years / 4 - of_era_years / 100);
	unsigned shifted = (5 * of_year + 2) / 153; /* the month, counted from March */
	unsigned day = of_year - (153 * shifted + 2) / 5 + 1;
	unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
	unsigned year = of_era_years + days / ERA_DAYS * 400 - 400 + (month <= 2);

	out = put_digits(out, year, 4, '-');
	out = put_digits(out, month, 2, '-');
	out = put_digits(out, day, 2, 'T');
	out = put_digits(out, ms / 3600000, 2, ':');
	out = put_digits(out, ms / 60000 % 60, 2, ':');
	out = put_digits(out, ms / 1000 % 60, 2, '.');
	out = put_digits(out, ms % 1000, 3, 'Z');
	*out = '\0';
}

/* ---- comparison -------------------------------------------------------------------------- */

bool text_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool bytes_equal_secret(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
