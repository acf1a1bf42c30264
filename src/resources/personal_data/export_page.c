/* Writes an export as one page that a person can read, without anything that runs or loads. */
#include "export_page.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "core/text.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Data export</title>"
    "<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:0 0 1.5em;width:100%}"
    "th,td{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top;"
    "white-space:pre-wrap;overflow-wrap:anywhere}th{width:14em}"
    "strong{background:#fd8}</style></head><body><h1>Data export</h1>\n";

static void add_text(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			buffer_text(out, "&lt;");
			break;
		case '>':
			buffer_text(out, "&gt;");
			break;
		case '&':
			buffer_text(out, "&amp;");
			break;
		case '"':
			buffer_text(out, "&quot;");
			break;
		default:
			buffer_char(out, *text);
		}
	}
}

/* "key_takeaways" as "Key takeaways". */
static void add_label(struct buffer *out, const char *name)
{
	if (*name >= 'a' && *name <= 'z')
		buffer_char(out, (char)(*name++ - 'a' + 'A'));
	for (; *name; name++) {
		if (*name == '_')
			buffer_char(out, ' ');
		else
			buffer_char(out, *name);
	}
}

/* With the name of what an id stands for, where the export knows it. */
static enum err add_value(struct buffer *out, const json_t *value, const json_t *names)
{
	const char *name;
	char *text;

	if (json_is_string(value)) {
		name = json_string_value(json_object_get(names, json_string_value(value)));
		add_text(out, name ? name : json_string_value(value));
		return OK;
	}
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_INDENT(1));
	if (!text)
		return ERR_MEMORY;
	add_text(out, text);
	free(text);
	return OK;
}

/* "text" itself is private, or a member of it ("content.private_note"). */
static bool is_private(const json_t *section, const char *key)
{
	size_t i, len = strlen(key);
	json_t *name;

	json_array_foreach(json_object_get(section, "private"), i, name)
	{
		const char *path = json_string_value(name);

		if (path && strncmp(path, key, len) == 0 && (path[len] == '\0' || path[len] == '.'))
			return true;
	}
	return false;
}

static enum err add_row(struct buffer *out, const json_t *section, json_t *row, const json_t *names)
{
	const char *key;
	json_t *value;

	buffer_text(out, "<table>");
	json_object_foreach(row, key, value)
	{
		buffer_text(out, "<tr><th>");
		add_label(out, key);
		if (is_private(section, key))
			buffer_text(out, " <strong>private note</strong>");
		buffer_text(out, "</th><td>");
		TRY(add_value(out, value, names));
		buffer_text(out, "</td></tr>\n");
	}
	buffer_text(out, "</table>\n");
	return OK;
}

static enum err add_sections(struct buffer *out, const json_t *content)
{
	const json_t *names = json_object_get(content, "names");
	json_t *section, *row;
	size_t i, k;

	json_array_foreach(json_object_get(content, "sections"), i, section)
	{
		const char *name = json_string_value(json_object_get(section, "name"));

		buffer_text(out, "<h2>");
		add_label(out, name ? name : "");
		buffer_text(out, "</h2>\n");
		json_array_foreach(json_object_get(section, "rows"), k, row)
		    TRY(add_row(out, section, row, names));
	}
	return OK;
}

enum err export_page(struct buffer *out, const char *content, const char *made_at)
{
	json_t *json = json_loads(content, JSON_REJECT_DUPLICATES, NULL);
	enum err err;

	if (!json)
		return ERR_MEMORY;
	buffer_text(out, head);
	buffer_printf(out,
		      "<p>All that was held on %s. Members marked <strong>private note</strong> "
		      "were written by colleagues for each other.</p>\n",
		      made_at);
	err = add_sections(out, json);
	buffer_text(out, "</body></html>\n");
	json_decref(json);
	if (err == OK && out->failed)
		err = ERR_MEMORY;
	return err;
}
