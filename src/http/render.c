/* Rows of the database as JSON: a column's type decides how its value is spelled. */
#include <ctype.h>

#include "http/app.h"

/* PostgreSQL's type OIDs, which never change. */
enum {
	TYPE_BOOL = 16,
	TYPE_INT8 = 20,
	TYPE_INT2 = 21,
	TYPE_INT4 = 23,
	TYPE_JSON = 114,
	TYPE_FLOAT4 = 700,
	TYPE_FLOAT8 = 701,
	TYPE_TIMESTAMPTZ = 1184,
	TYPE_NUMERIC = 1700,
	TYPE_JSONB = 3802
};

bool render_is_hidden(const char *name)
{
	switch (name[0]) { /* few begin alike: most names are told by one letter */
	case '_':
		return true;
	case 'r':
		return strncmp(name, "refusal", strlen("refusal")) == 0;
	case 's':
		return strcmp(name, "sort_key") == 0;
	default:
		return false;
	}
}

static bool is_web_url(const char *name)
{
	return name[0] == 'w' && strcmp(name, "web_url") == 0;
}

/*
 * "2026-11-22 14:46:00.123456+00" as "2026-11-22T14:46:00.123Z". Sessions run in UTC; what looks
 * otherwise (infinity) stays as it is.
 */
static void write_time(struct json_writer *json, const char *text, size_t len)
{
	char out[] = "0000-00-00T00:00:00.000Z";
	size_t digits = 0;

	if (len < 22 || text[4] != '-' || text[10] != ' ' || strcmp(text + len - 3, "+00") != 0) {
		json_text_len(json, text, len);
		return;
	}
	memcpy(out, text, 10);
	memcpy(out + 11, text + 11, 8);
	if (text[19] == '.') {
		while (digits < 3 && isdigit((unsigned char)text[20 + digits])) {
			out[20 + digits] = text[20 + digits];
			digits++;
		}
	}
	json_text_len(json, out, sizeof(out) - 1);
}

/* NaN and the infinities have no spelling in JSON. */
static void write_number(struct json_writer *json, const char *text, size_t len)
{
	if (isdigit((unsigned char)text[0]) || (text[0] == '-' && isdigit((unsigned char)text[1])))
		json_raw(json, text, len);
	else
		json_put_null(json);
}

static void write_value(struct json_writer *json, unsigned type, const char *text, size_t len)
{
	switch (type) {
	case TYPE_BOOL:
		json_put_boolean(json, text[0] == 't');
		break;
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
	case TYPE_NUMERIC:
		write_number(json, text, len);
		break;
	case TYPE_JSON:
	case TYPE_JSONB:
		json_raw(json, text, len);
		break;
	case TYPE_TIMESTAMPTZ:
		write_time(json, text, len);
		break;
	default:
		json_text_len(json, text, len);
	}
}

/* A page's path, as the address under which browsers reach it. */
static void write_web_url(struct request *rq, const char *path, size_t len)
{
	const char *origin = rq->app->web_origin ? rq->app->web_origin : "";
	char url[2200];

	snprintf(url, sizeof(url), "%s%.*s", origin, (int)len, path);
	json_text(&rq->json, url);
}

bool render_is_text(const struct db_rows *rows, int column)
{
	switch (rows->column[column].type) {
	case TYPE_BOOL:
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
	case TYPE_NUMERIC:
	case TYPE_JSON:
	case TYPE_JSONB:
	case TYPE_TIMESTAMPTZ:
		return false;
	default:
		return !is_web_url(rows->column[column].name);
	}
}

void render_value(struct request *rq, const struct db_rows *rows, int row, int column)
{
	int at = row * rows->columns + column;

	if (rows->value[at] && is_web_url(rows->column[column].name))
		write_web_url(rq, rows->value[at], (size_t)rows->length[at]);
	else if (rows->value[at])
		write_value(&rq->json, rows->column[column].type, rows->value[at],
			    (size_t)rows->length[at]);
	else
		json_put_null(&rq->json);
}

void render_members(struct request *rq, const struct db_rows *rows, int row)
{
	struct json_writer *json = &rq->json;

	for (int i = 0; i < rows->columns; i++) {
		if (render_is_hidden(rows->column[i].name))
			continue;
		json_key(json, rows->column[i].name);
		render_value(rq, rows, row, i);
	}
}

void render_row(struct request *rq, const struct db_rows *rows, int row)
{
	json_open_object(&rq->json);
	render_members(rq, rows, row);
	json_close_object(&rq->json);
}
