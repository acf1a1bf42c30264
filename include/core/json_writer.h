/* Writes JSON straight into a buffer; commas and quoting are its business alone. */
#ifndef CORE_JSON_WRITER_H
#define CORE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

#define JSON_WRITER_DEPTH 32

struct json_writer {
	struct buffer *out; /* borrowed */
	int depth;
	bool first[JSON_WRITER_DEPTH];	/* no comma is due yet at this depth */
	bool object[JSON_WRITER_DEPTH]; /* an object is open at this depth, else an array */
	bool after_key;
};

/* One writer writes one value; misuse (a member without key, a wrong close) is an assert. */
void json_writer_init(struct json_writer *writer, struct buffer *out);
void json_open_object(struct json_writer *writer);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer);
void json_close_array(struct json_writer *writer);
void json_key(struct json_writer *writer, const char *key);
/* NULL writes null. Bytes that are not UTF-8 become U+FFFD, so that the output is always valid. */
void json_text(struct json_writer *writer, const char *text);
void json_text_len(struct json_writer *writer, const char *text, size_t len);
/* The names with put_: jansson has taken the plain ones. */
void json_put_integer(struct json_writer *writer, int64_t value);
/* With that many decimals; what JSON cannot spell (NaN, infinity) becomes null. */
void json_put_number(struct json_writer *writer, double value, int decimals);
void json_put_boolean(struct json_writer *writer, bool value);
void json_put_null(struct json_writer *writer);
/* `json` is already valid JSON (a number or jsonb from the database): copied as it is. */
void json_raw(struct json_writer *writer, const char *json, size_t len);
/* Shorthand for a key and its text. */
void json_member(struct json_writer *writer, const char *key, const char *text);

#endif
