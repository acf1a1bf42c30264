/* Turns a PDF, a text or a JSON Resume into plain words; what is hostile ends as "unreadable". */
#include "document_text.h"

#include <string.h>

#include "core/text.h"
#include "runtime/child.h"

#define PAGES_MOST "200"

static bool is_plain(unsigned char c)
{
	return c >= 0x20 ? c != 0x7f : c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool document_is(const char *media_type, const char *bytes, size_t len)
{
	if (strcmp(media_type, "application/pdf") == 0)
		return len > 8 && memcmp(bytes, "%PDF-", 5) == 0;
	if (strcmp(media_type, "text/plain") != 0)
		return true; /* JSON was parsed on its way in */
	for (size_t i = 0; i < len; i++) {
		if (!is_plain((unsigned char)bytes[i]))
			return false;
	}
	return utf8_valid(bytes, len);
}

/* Adds it without what a text of ours does not hold; what is no UTF-8 becomes a space. */
static void add_clean(struct buffer *out, const char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len && !out->failed) {
		bool valid;
		size_t step = utf8_next(bytes + at, len - at, &valid);

		if (!valid || (step == 1 && !is_plain((unsigned char)bytes[at])))
			buffer_char(out, ' ');
		else if (bytes[at] == '\f')
			buffer_char(out, '\n');
		else if (bytes[at] != '\r')
			buffer_add(out, bytes + at, step);
		at += step ? step : 1;
	}
}

/* Every string of it; the body's depth was bounded when it came in. */
static void add_strings(struct buffer *out, const json_t *value) /* NOLINT(misc-no-recursion) */
{
	const char *key;
	size_t i;
	json_t *inner;

	if (json_is_string(value)) {
		add_clean(out, json_string_value(value), json_string_length(value));
		buffer_char(out, '\n');
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, inner) add_strings(out, inner);
	} else if (json_is_object(value)) {
		json_object_foreach((json_t *)(uintptr_t)value, key, inner) add_strings(out, inner);
	}
}

static void unreadable(struct document_text *out, const char *problem)
{
	buffer_clear(&out->text);
	out->state = "unreadable";
	out->problem = problem;
}

static enum err read_pdf(struct document_text *out, const char *bytes, size_t len)
{
	static const char *const argv[] = {"/usr/bin/pdftotext", "-q", "-enc", "UTF-8", "-l",
					   PAGES_MOST,		 "-",  "-",    NULL};
	const struct child_order order = {
	    .argv = argv,
	    .input = bytes,
	    .input_len = len,
	    .cpu_s = 3,
	    .wall_ms = 6000,
	    .memory = (size_t)512 << 20,
	};
	struct buffer raw;
	enum err err;

	buffer_init(&raw, DOCUMENT_TEXT_MOST);
	err = child_filter(&order, &raw);
	if (err == OK)
		add_clean(&out->text, raw.data ? raw.data : "", raw.len);
	else if (err == ERR_TIMEOUT)
		unreadable(out, "too_slow");
	else if (err == ERR_TOO_LARGE)
		unreadable(out, "too_long");
	else if (err == ERR_UNAVAILABLE)
		unreadable(out, "no_reader");
	else if (err == ERR_INVALID)
		unreadable(out, "broken");
	buffer_release(&raw);
	return err == ERR_MEMORY ? err : OK;
}

static bool has_words(const struct buffer *text)
{
	return text->len > 0 && strspn(text->data, " \t\n") < text->len;
}

enum err document_read(struct document_text *out, const char *media_type, const char *bytes,
		       size_t len, const json_t *json)
{
	*out = (struct document_text){.state = "read"};
	buffer_init(&out->text, DOCUMENT_TEXT_MOST);
	if (strcmp(media_type, "application/pdf") == 0)
		TRY(read_pdf(out, bytes, len));
	else if (json)
		add_strings(&out->text, json);
	else
		add_clean(&out->text, bytes, len);
	if (out->text.failed)
		unreadable(out, "too_long");
	else if (!out->problem && !has_words(&out->text))
		out->state = "empty";
	return OK;
}

void document_text_release(struct document_text *text)
{
	buffer_release(&text->text);
}
