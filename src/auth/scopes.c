/* Between the text of scopes and their bits. */
#include "auth/scopes.h"

#include <assert.h>
#include <string.h>

static const struct scope_row {
	scope_set bit;
	const char *text;
} rows[] = {
#define SCOPE(name, bit, text, sentence) {(scope_set)1 << (bit), text},
#include "scopes.def"
#undef SCOPE
};

/* 0: there is no such scope. */
static scope_set scope_bit(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strlen(rows[i].text) == len && !memcmp(rows[i].text, text, len))
			return rows[i].bit;
	return 0;
}

enum err scopes_parse(const char *text, scope_set *scopes)
{
	scope_set found = 0;

	*scopes = 0;
	while (*text) {
		size_t len = strcspn(text, " ");
		scope_set bit = scope_bit(text, len);

		if (!bit || (found & bit) || (text[len] && !text[len + 1]))
			return ERR_INVALID;
		found |= bit;
		text += len + (text[len] == ' ');
	}
	*scopes = found;
	return OK;
}

void scopes_format(scope_set scopes, char out[SCOPES_TEXT_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].text);

		if (!(scopes & rows[i].bit))
			continue;
		assert(used + len + 2 <= SCOPES_TEXT_MAX);
		if (used)
			out[used++] = ' ';
		memcpy(out + used, rows[i].text, len);
		used += len;
	}
	out[used] = '\0';
}

scope_set scopes_all(void)
{
	scope_set all = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		all |= rows[i].bit;
	return all;
}
