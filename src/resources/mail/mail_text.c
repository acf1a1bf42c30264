/* Fills templates in, as plain text and as HTML. */
#include "mail_text.h"

#include "core/text.h"

#define NAME_MAX_LEN 40

const struct mail_template *mail_template_find(const char *id)
{
	for (unsigned i = 0; i < mail_template_count; i++)
		if (text_equal(mail_templates[i].id, id))
			return &mail_templates[i];
	return NULL;
}

static const char *const language_codes[MAIL_LANGUAGES] = {"en", "de"};

enum mail_language mail_language_find(const char *code)
{
	for (unsigned i = 0; i < MAIL_LANGUAGES; i++)
		if (text_equal(language_codes[i], code))
			return (enum mail_language)i;
	return MAIL_ENGLISH;
}

const char *mail_language_code(enum mail_language language)
{
	return language_codes[language];
}

/* ---- placeholders -----------------------------------------------------------------------------
 */

/* A placeholder at `at`, which it moves behind; "" for braces that are none. */
static bool take_name(const char **at, char name[NAME_MAX_LEN + 1])
{
	const char *begin;
	size_t len;

	if (strncmp(*at, "{{", 2) != 0)
		return false;
	begin = *at + 2;
	len = strspn(begin, "abcdefghijklmnopqrstuvwxyz_");
	name[0] = '\0';
	if (len > 0 && len <= NAME_MAX_LEN && strncmp(begin + len, "}}", 2) == 0) {
		memcpy(name, begin, len);
		name[len] = '\0';
		*at = begin + len + 2;
	}
	return true;
}

bool mail_text_check(const struct mail_template *template, const char *text, char strange[64])
{
	const char *at = text;

	while ((at = strstr(at, "{{")) != NULL) {
		char name[NAME_MAX_LEN + 1], between[NAME_MAX_LEN + 3];

		(void)take_name(&at, name);
		snprintf(between, sizeof(between), " %s ", name);
		if (name[0] == '\0' || strstr(template->placeholders, between) == NULL) {
			snprintf(strange, 64, "%s", name);
			return false;
		}
	}
	return true;
}

bool mail_text_has_link(const char *text)
{
	return strstr(text, "{{link}}") != NULL;
}

/* ---- filling in -------------------------------------------------------------------------------
 */

struct filling {
	struct buffer *out;
	const json_t *facts;
	bool html;
};

static const char *value_of(const json_t *facts, const char *name)
{
	const char *value = json_string_value(json_object_get(facts, name));

	return value ? value : "";
}

static void put_char(const struct filling *f, char c)
{
	if (!f->html)
		buffer_char(f->out, c);
	else if (c == '&')
		buffer_text(f->out, "&amp;");
	else if (c == '<')
		buffer_text(f->out, "&lt;");
	else if (c == '>')
		buffer_text(f->out, "&gt;");
	else if (c == '"')
		buffer_text(f->out, "&quot;");
	else if (c == '\'')
		buffer_text(f->out, "&#39;");
	else
		buffer_char(f->out, c);
}

/* A value stays on its line, whatever is in it. */
static void put_value(const struct filling *f, const char *value)
{
	for (const char *c = value; *c; c++) {
		bool control = (unsigned char)*c < ' ' || *c == 0x7f;

		put_char(f, *(control ? " " : c));
	}
}

static void put_named(const struct filling *f, const char *name)
{
	const char *value = value_of(f->facts, name);
	bool link = f->html && text_equal(name, "link") && value[0] != '\0';

	if (link) {
		buffer_text(f->out, "<a href=\"");
		put_value(f, value);
		buffer_text(f->out, "\">");
	}
	put_value(f, value);
	if (link)
		buffer_text(f->out, "</a>");
}

/* Does the line have placeholders, and nothing to put in any of them? */
static bool says_nothing(const char *line, size_t len, const json_t *facts)
{
	bool any = false;

	for (const char *at = line; at < line + len;) {
		char name[NAME_MAX_LEN + 1] = "";

		if (take_name(&at, name) && name[0] != '\0') {
			if (value_of(facts, name)[0] != '\0')
				return false;
			any = true;
		} else {
			at++;
		}
	}
	return any;
}

static void put_line(const struct filling *f, const char *line, size_t len)
{
	for (const char *at = line; at < line + len;) {
		char name[NAME_MAX_LEN + 1] = "";

		if (take_name(&at, name) && name[0] != '\0')
			put_named(f, name);
		else
			put_char(f, *at++);
	}
}

/* Line by line; `between` stands between two lines of a paragraph, `apart` between paragraphs. */
static void fill(const struct filling *f, const char *text, const char *between, const char *apart)
{
	bool begun = false, gap = false;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		size_t shown = len > 0 && line[len - 1] == '\r' ? len - 1 : len;

		if (shown == 0) {
			gap = begun;
		} else if (!says_nothing(line, shown, f->facts)) {
			if (begun)
				buffer_text(f->out, gap ? apart : between);
			put_line(f, line, shown);
			begun = true;
			gap = false;
		}
		line += len + (line[len] == '\n');
	}
}

void mail_text_plain(struct buffer *out, const char *text, const json_t *facts)
{
	fill(&(struct filling){out, facts, false}, text, "\n", "\n\n");
	buffer_char(out, '\n');
}

void mail_text_html(struct buffer *out, const char *text, const json_t *facts)
{
	buffer_text(out, "<p>");
	fill(&(struct filling){out, facts, true}, text, "<br>\n", "</p>\n<p>");
	buffer_text(out, "</p>\n");
}

void mail_text_subject(struct buffer *out, const char *text, const json_t *facts)
{
	fill(&(struct filling){out, facts, false}, text, " ", " ");
}
