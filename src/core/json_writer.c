/* Writes JSON straight into a buffer. */
#include "core/json_writer.h"

#include <assert.h>
#include <math.h>

#include "core/text.h"

void json_writer_init(struct json_writer *writer, struct buffer *out)
{
	*writer = (struct json_writer){.out = out, .first = {true}};
}

/* Before any value: a comma when one is due, and the proof that a value may stand here. */
static void before_value(struct json_writer *writer)
{
	if (writer->after_key) {
		writer->after_key = false;
		return;
	}
	assert(!writer->object[writer->depth]); /* a member needs its key first */
	assert(writer->depth > 0 || writer->first[0]);
	if (!writer->first[writer->depth])
		buffer_char(writer->out, ',');
	writer->first[writer->depth] = false;
}

static void open_level(struct json_writer *writer, char bracket, bool object)
{
	before_value(writer);
	assert(writer->depth + 1 < JSON_WRITER_DEPTH);
	buffer_char(writer->out, bracket);
	writer->depth++;
	writer->first[writer->depth] = true;
	writer->object[writer->depth] = object;
}

static void close_level(struct json_writer *writer, char bracket, bool object)
{
	assert(writer->depth > 0 && writer->object[writer->depth] == object && !writer->after_key);
	buffer_char(writer->out, bracket);
	writer->depth--;
}

void json_open_object(struct json_writer *writer)
{
	open_level(writer, '{', true);
}

void json_close_object(struct json_writer *writer)
{
	close_level(writer, '}', true);
}

void json_open_array(struct json_writer *writer)
{
	open_level(writer, '[', false);
}

void json_close_array(struct json_writer *writer)
{
	close_level(writer, ']', false);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#define EVERY_BYTE(b) (0x0101010101010101U * (b))

/* How many bytes from the start need no second look: eight at a time, then one by one. */
static size_t plain_run(const char *text, size_t len)
{
	size_t at = 0;

	for (; at + 8 <= len; at += 8) {
		uint64_t word, quote, slash, odd;

		memcpy(&word, text + at, sizeof(word));
		quote = word ^ EVERY_BYTE('"');
		slash = word ^ EVERY_BYTE('\\');
		/* The high bit of a byte is set where it is below the subtrahend, or high itself.
		 */
		odd = word | (word - EVERY_BYTE(0x20)) | (quote - EVERY_BYTE(1)) |
		      (slash - EVERY_BYTE(1));
		if (odd & EVERY_BYTE(0x80))
			break;
	}
	while (at < len && is_plain((unsigned char)text[at]))
		at++;
	return at;
}

static void put_escaped(struct buffer *out, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *found = c ? strchr(from, c) : NULL;

	if (found) {
		const char pair[2] = {'\\', to[found - from]};

		buffer_add(out, pair, sizeof(pair));
	} else {
		char hex[3];

		hex_encode(&c, 1, hex);
		buffer_add(out, "\\u00", 4);
		buffer_add(out, hex, 2);
	}
}

static void put_string(struct buffer *out, const char *text, size_t len)
{
	size_t at = plain_run(text, len), from = 0; /* from..at waits to be copied in one piece */

	if (at == len) {
		char *to = buffer_extend(out, len + 2);

		if (to) {
			to[0] = '"';
			memcpy(to + 1, text, len);
			to[len + 1] = '"';
		}
		return;
	}
	buffer_char(out, '"');
	while (at < len) {
		unsigned char c = (unsigned char)text[at];
		bool valid = true;
		size_t step = 1;

		if (is_plain(c)) {
			at++;
			continue;
		}
		if (c >= 0x80)
			step = utf8_next(text + at, len - at, &valid);
		if (c < 0x80 || !valid) {
			buffer_add(out, text + from, at - from);
			if (valid)
				put_escaped(out, text[at]);
			else
				buffer_add(out, "\xEF\xBF\xBD", 3);
			from = at + step;
		}
		at += step;
	}
	buffer_add(out, text + from, at - from);
	buffer_char(out, '"');
}

void json_key(struct json_writer *writer, const char *key)
{
	assert(writer->object[writer->depth] && !writer->after_key);
	if (!writer->first[writer->depth])
		buffer_char(writer->out, ',');
	writer->first[writer->depth] = false;
	put_string(writer->out, key, strlen(key));
	buffer_char(writer->out, ':');
	writer->after_key = true;
}

void json_text(struct json_writer *writer, const char *text)
{
	json_text_len(writer, text, text ? strlen(text) : 0);
}

void json_text_len(struct json_writer *writer, const char *text, size_t len)
{
	if (!text) {
		json_put_null(writer);
		return;
	}
	before_value(writer);
	put_string(writer->out, text, len);
}

void json_put_integer(struct json_writer *writer, int64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		digits[--at] = '-';
	json_raw(writer, digits + at, sizeof(digits) - at);
}

void json_put_number(struct json_writer *writer, double value, int decimals)
{
	if (!isfinite(value)) {
		json_put_null(writer);
		return;
	}
	before_value(writer);
	buffer_printf(writer->out, "%.*f", decimals, value);
}

void json_put_boolean(struct json_writer *writer, bool value)
{
	json_raw(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_put_null(struct json_writer *writer)
{
	json_raw(writer, "null", 4);
}

void json_raw(struct json_writer *writer, const char *json, size_t len)
{
	before_value(writer);
	buffer_add(writer->out, json, len);
}

void json_member(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	json_text(writer, text);
}
