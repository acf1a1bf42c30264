/* Escapes texts for HTML, XML and data blocks. */
#include "core/markup.h"

#include <string.h>

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* How many bytes at `at` no XML document can hold; 0: none. */
static size_t strange(const char *at)
{
	unsigned char c = (unsigned char)*at;

	if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
		return 1;
	return strncmp(at, "\xef\xbf\xbe", 3) == 0 || strncmp(at, "\xef\xbf\xbf", 3) == 0 ? 3 : 0;
}

void markup_text(struct buffer *out, const char *text)
{
	while (*text) {
		const char *named = entity(*text);
		size_t skipped = strange(text);

		if (skipped)
			buffer_char(out, ' ');
		else if (named)
			buffer_text(out, named);
		else
			buffer_char(out, *text);
		text += skipped ? skipped : 1;
	}
}

void markup_json(struct buffer *out, const char *json, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (json[i] == '<' || json[i] == '>' || json[i] == '&')
			buffer_printf(out, "\\u%04x", (unsigned)json[i]);
		else
			buffer_char(out, json[i]);
	}
}
