/* Percent-decoding of path segments and queries; the gate has seen the raw text before. */
#include "decode.h"

#include "core/text.h"

const char *decode_text(struct arena *arena, const char *text, size_t len, bool form)
{
	char *out = arena_alloc(arena, len + 1);
	size_t used = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < len ? hex_value(text[i + 1]) : -1;
			int low = i + 2 < len ? hex_value(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && form) {
			c = ' ';
		}
		out[used++] = c;
	}
	return utf8_valid(out, used) ? out : NULL;
}

enum err decode_query(struct arena *arena, const char *query, const struct query_param **params,
		      int *count)
{
	struct query_param *list;
	int used = 0;

	*params = NULL;
	*count = 0;
	if (!query || !*query)
		return OK;
	list = arena_alloc(arena, sizeof(*list) * QUERY_PARAMS_MAX);
	if (!list)
		return ERR_MEMORY;
	for (const char *at = query;;) {
		size_t len = strcspn(at, "&"), name_len = strcspn(at, "=&");
		bool has_value = name_len < len;

		if (len > 0) {
			if (used == QUERY_PARAMS_MAX)
				return ERR_TOO_LARGE;
			list[used].name = decode_text(arena, at, name_len, true);
			list[used].value = decode_text(arena, at + name_len + has_value,
						       len - name_len - has_value, true);
			if (!list[used].name || !list[used].value)
				return arena->failed ? ERR_MEMORY : ERR_INVALID;
			used++;
		}
		if (!at[len])
			break;
		at += len + 1;
	}
	*params = list;
	*count = used;
	return OK;
}
