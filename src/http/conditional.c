/* Entity tags and content negotiation, parsed in place without allocation. */
#include "conditional.h"

#include <ctype.h>
#include <strings.h>

static const char *skip_space(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/* One member of a list of entity tags. */
struct tag {
	bool weak;
	const char *text; /* within the quotes */
	size_t len;
};

/* The next tag from `*at`, which moves behind it. False at the end; `malformed` says why. */
static bool next_tag(const char **at, struct tag *tag, bool *malformed)
{
	const char *p = *at, *end;

	while (*p == ' ' || *p == '\t' || *p == ',')
		p++;
	*malformed = false;
	if (!*p)
		return false;
	*malformed = true;
	tag->weak = p[0] == 'W' && p[1] == '/';
	if (tag->weak)
		p += 2;
	if (*p++ != '"')
		return false;
	end = strchr(p, '"');
	if (!end)
		return false;
	tag->text = p;
	tag->len = (size_t)(end - p);
	p = skip_space(end + 1);
	if (*p && *p != ',')
		return false;
	*malformed = false;
	*at = p;
	return true;
}

bool etag_none_match(const char *if_none_match, const char *etag)
{
	const char *at = if_none_match;
	bool malformed;
	struct tag tag;
	size_t len;

	if (!if_none_match || !etag)
		return false;
	if (strcmp(skip_space(if_none_match), "*") == 0)
		return true;
	if (strncmp(etag, "W/", 2) == 0)
		etag += 2;
	len = strlen(etag) - 2; /* without the quotes */
	while (next_tag(&at, &tag, &malformed)) {
		if (tag.len == len && memcmp(tag.text, etag + 1, len) == 0)
			return true;
	}
	return false;
}

/* The length of the version that a tag begins with, and 0 for a tag that is none of ours. Its
 * variant says what was shown, not what would be overwritten. */
static size_t version_len(const struct tag *tag)
{
	size_t len = 0, at;

	while (len < tag->len && isdigit((unsigned char)tag->text[len]))
		len++;
	if (tag->weak || len == 0 || len > 18 || tag->text[0] == '0')
		return 0;
	if (len == tag->len)
		return len;
	at = len + 1;
	while (at < tag->len && isalnum((unsigned char)tag->text[at]))
		at++;
	return tag->text[len] == '-' && at == tag->len && at - len > 1 && at - len <= 17 ? len : 0;
}

enum err if_match_version(const char *if_match, char version[VERSION_TEXT_MAX], bool *any)
{
	const char *at = if_match;
	bool malformed, seen = false;
	struct tag tag;
	size_t len = 0;

	version[0] = '\0';
	*any = strcmp(skip_space(if_match), "*") == 0;
	if (*any)
		return OK;
	while (next_tag(&at, &tag, &malformed)) {
		size_t digits = version_len(&tag);

		seen = true;
		/* Decimal without leading zeros: the longer, then the greater text is the higher.
		 */
		if (digits == 0 || digits < len ||
		    (digits == len && memcmp(tag.text, version, len) <= 0))
			continue;
		len = digits;
		memcpy(version, tag.text, len);
		version[len] = '\0';
	}
	if (malformed || !seen)
		return ERR_INVALID;
	return len ? OK : ERR_CONFLICT;
}

/* A member of a list such as Accept: its name, and whether its weight is above zero. */
struct choice {
	const char *name;
	size_t len;
	bool wanted;
};

static bool weight_above_zero(const char *params, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (params[i] != ';')
			continue;
		while (i + 1 < len && (params[i + 1] == ' ' || params[i + 1] == '\t'))
			i++;
		if (i + 2 < len && (params[i + 1] == 'q' || params[i + 1] == 'Q') &&
		    params[i + 2] == '=')
			return strcspn(params + i + 3, "123456789") < len - i - 3;
	}
	return true;
}

static bool next_choice(const char **at, struct choice *choice)
{
	const char *p = *at;
	size_t len;

	while (*p == ' ' || *p == '\t' || *p == ',')
		p++;
	if (!*p)
		return false;
	len = strcspn(p, ",");
	choice->name = p;
	choice->len = strcspn(p, ",; \t");
	choice->wanted = weight_above_zero(p, len);
	*at = p + len;
	return true;
}

/* How closely a media range names the type: 3 exactly, 2 by its main type, 1 any, 0 not. */
static int range_matches(const struct choice *range, const char *type)
{
	size_t type_len = strcspn(type, ";"), main_len = strcspn(type, "/");

	if (range->len == type_len && strncasecmp(range->name, type, type_len) == 0)
		return 3;
	if (range->len == main_len + 2 && strncasecmp(range->name, type, main_len + 1) == 0 &&
	    range->name[main_len + 1] == '*')
		return 2;
	return range->len == 3 && strncmp(range->name, "*/*", 3) == 0;
}

bool accepts_type(const char *accept, const char *type)
{
	bool wanted = false;
	struct choice range;
	int best = 0;

	if (!accept || !*skip_space(accept))
		return true;
	while (next_choice(&accept, &range)) {
		int closeness = range_matches(&range, type);

		if (closeness > best) {
			best = closeness;
			wanted = range.wanted;
		}
	}
	return wanted;
}

bool accepts_coding(const char *accept_encoding, const char *coding)
{
	size_t len = strlen(coding);
	struct choice choice;

	if (!accept_encoding)
		return false;
	while (next_choice(&accept_encoding, &choice)) {
		if (choice.len == len && strncasecmp(choice.name, coding, len) == 0)
			return choice.wanted;
	}
	return false;
}
