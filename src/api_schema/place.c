/* Spells places as JSON Pointers. */
#include "api_schema/schema.h"

static size_t escaped_length(const char *name)
{
	size_t len = 0;
	for (; *name; name++)
		len += *name == '~' || *name == '/' ? 2 : 1;
	return len;
}

/* Writes "~0" for "~" and "~1" for "/". */
static void escape(const char *name, char *out)
{
	for (; *name; name++) {
		if (*name == '~' || *name == '/') {
			*out++ = '~';
			*out++ = *name == '~' ? '0' : '1';
		} else {
			*out++ = *name;
		}
	}
	*out = '\0';
}

/* Returns the length, or cap when this place does not fit; `out` then holds the ancestor. */
static size_t spell(const struct place *place, char *out, size_t cap)
{
	if (!place->up) {
		int len = snprintf(out, cap, "%s", place->name);
		return len >= 0 && (size_t)len < cap ? (size_t)len : cap;
	}
	size_t at = spell(place->up, out, cap);
	if (at == cap)
		return cap;
	char digits[24];
	const char *name = place->name;
	if (!name) {
		(void)snprintf(digits, sizeof(digits), "%zu", place->index);
		name = digits;
	}
	size_t len = escaped_length(name);
	if (len + 2 > cap - at)
		return cap;
	out[at] = '/';
	escape(name, out + at + 1);
	return at + 1 + len;
}

void place_spell(const struct place *place, char *out, size_t cap)
{
	(void)spell(place, out, cap);
}
