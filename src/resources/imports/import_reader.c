/* Reads the rows of an import's file, and holds each against the API document. */
#include "import_reader.h"

#include <assert.h>
#include <csv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api_schema/api_schema.h"
#include "core/text.h"

#define DEPTH_MOST 32
#define FIELD_MOST ((size_t)1 << 17)

static const char *const candidate_fields[] = {"external_id", "name",	  "email",   "phone",
					       "location",    "headline", "summary", "skills",
					       "tags",	      "links",	  "source",  NULL};
static const char *const application_fields[] = {
    "external_id", "candidate_external_id", "role_external_id", "role_id", "source", NULL};

static const char *const *fields_of(const struct import_reader *reader)
{
	return reader->applications ? application_fields : candidate_fields;
}

/* ---- a line of CSV ----------------------------------------------------------------------------
 */

/* One row's cells; libcsv calls back for each. */
struct cells {
	char *text[IMPORT_COLUMNS_MOST];
	size_t count;
	bool ended, many, memory;
};

static void cell_read(void *bytes, size_t len, void *arg)
{
	struct cells *cells = arg;

	if (cells->count == IMPORT_COLUMNS_MOST) {
		cells->many = true;
		return;
	}
	cells->text[cells->count] = strndup(len ? bytes : "", len);
	cells->memory |= cells->text[cells->count] == NULL;
	cells->count++;
}

static void row_ended(int end UNUSED, void *arg)
{
	((struct cells *)arg)->ended = true;
}

static void cells_release(struct cells *cells)
{
	for (size_t i = 0; i < cells->count; i++)
		free(cells->text[i]);
	*cells = (struct cells){0};
}

/* A line ends in LF, CRLF or CR. */
static size_t line_len(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			return i + 1;
		if (text[i] == '\r')
			return i + 1 < len && text[i + 1] == '\n' ? i + 2 : i + 1;
	}
	return len;
}

/*
 * The next row from `*at`, which may go over several lines within quotation marks. ERR_INVALID:
 * it is broken, and `*at` is behind its first line; ERR_NOT_FOUND: there is none.
 */
static enum err row_read(const char *text, size_t len, size_t *at, struct cells *cells)
{
	size_t first = *at + line_len(text + *at, len - *at), begin = *at;
	struct csv_parser parser;
	enum err err = OK;

	*cells = (struct cells){0};
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return ERR_MEMORY;
	while (*at < len && !cells->ended && err == OK) {
		size_t line = line_len(text + *at, len - *at);

		if (csv_parse(&parser, text + *at, line, cell_read, row_ended, cells) != line)
			err = csv_error(&parser) == CSV_EPARSE ? ERR_INVALID : ERR_MEMORY;
		*at += line;
		if (*at - begin > FIELD_MOST)
			err = ERR_INVALID;
	}
	if (err == OK && !cells->ended &&
	    csv_fini(&parser, cell_read, row_ended, cells) != CSV_SUCCESS)
		err = ERR_INVALID;
	csv_free(&parser);
	if (cells->memory)
		err = ERR_MEMORY;
	if (err == OK && cells->many)
		err = ERR_INVALID;
	if (err == OK && !cells->ended)
		return ERR_NOT_FOUND; /* blank lines only */
	if (err != OK) {
		*at = first;
		cells_release(cells);
	}
	return err;
}

/* ---- the header -------------------------------------------------------------------------------
 */

static enum err take_column(struct import_reader *reader, const json_t *mapping, const char *column,
			    struct why *why)
{
	const json_t *mapped = json_object_get(mapping, column);
	const char *field = mapped ? json_string_value(mapped) : column;
	const char *const *known = fields_of(reader);

	if (field && *field) {
		while (*known && strcasecmp(*known, field) != 0) /* spreadsheets write "Email" */
			known++;
		if (!*known)
			return why_set(why, ERR_INVALID,
				       "\"%.60s\" is no field here; say what it is, or leave it "
				       "out, with mapping={\"%.60s\": \"…\"}.",
				       field, column);
		field = *known;
		for (size_t i = 0; i < reader->columns; i++) {
			if (strcmp(reader->field[i], field) == 0)
				return why_set(why, ERR_INVALID, "Two columns are \"%.40s\".",
					       field);
		}
	}
	snprintf(reader->field[reader->columns++], sizeof(reader->field[0]), "%s",
		 field ? field : "");
	return OK;
}

static enum err take_header(struct import_reader *reader, const json_t *mapping, struct why *why)
{
	struct cells cells;
	enum err err;

	if (reader->len >= 3 && memcmp(reader->text, "\xEF\xBB\xBF", 3) == 0)
		reader->first = 3; /* what some spreadsheets put before UTF-8 */
	err = row_read(reader->text, reader->len, &reader->first, &cells);
	if (err == ERR_MEMORY)
		return err;
	if (err != OK)
		return why_set(why, ERR_INVALID, "The file has no header.");
	for (size_t i = 0; i < cells.count && err == OK; i++)
		err = take_column(reader, mapping, cells.text[i], why);
	cells_release(&cells);
	return err;
}

enum err import_reader_init(struct import_reader *reader, const struct api_schema *schema,
			    const char *text, size_t len, bool csv, bool applications,
			    const json_t *mapping, struct why *why)
{
	*reader = (struct import_reader){
	    .schema = schema, .text = text, .len = len, .csv = csv, .applications = applications};
	return csv ? take_header(reader, mapping, why) : OK;
}

/* ---- a row as an object -----------------------------------------------------------------------
 */

/* "a; b" as ["a", "b"]; links as objects. */
static json_t *list_of(const char *text, bool links)
{
	json_t *list = json_array();

	while (*text) {
		size_t len = strcspn(text, ";"), begin = strspn(text, " "), end = len;

		while (end > begin && text[end - 1] == ' ')
			end--;
		if (end > begin && links)
			json_array_append_new(
			    list, json_pack("{s:s%}", "url", text + begin, end - begin));
		else if (end > begin)
			json_array_append_new(list, json_stringn(text + begin, end - begin));
		text += len + (text[len] == ';');
	}
	return list;
}

static json_t *cells_object(const struct import_reader *reader, const struct cells *cells)
{
	json_t *object = json_object();

	for (size_t i = 0; i < cells->count && i < reader->columns; i++) {
		const char *field = reader->field[i], *text = cells->text[i];
		json_t *value;

		if (!*field || !*text) /* an empty cell says nothing */
			continue;
		if (strcmp(field, "skills") == 0 || strcmp(field, "tags") == 0)
			value = list_of(text, false);
		else if (strcmp(field, "links") == 0)
			value = list_of(text, true);
		else
			value = json_string(text);
		json_object_set_new(object, field, value);
	}
	return object;
}

static void copy_member(json_t *to, const char *name, const json_t *from, const char *member)
{
	json_t *value = json_object_get(from, member);

	if (value && !json_is_null(value) && !text_equal(json_string_value(value), ""))
		json_object_set(to, name, value);
}

static json_t *resume_past(const json_t *entries, const char *where, const char *what)
{
	json_t *list = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		json_t *one = json_object();

		copy_member(one, what, entry,
			    strcmp(what, "title") == 0 ? "position" : "studyType");
		copy_member(one, "organization", entry, where);
		copy_member(one, "start", entry, "startDate");
		copy_member(one, "end", entry, "endDate");
		if (strcmp(what, "title") == 0)
			copy_member(one, "highlights", entry, "highlights");
		json_array_append_new(list, one);
	}
	return list;
}

/* A JSON Resume as a candidate; its external id is its own, or else the e-mail address. */
static json_t *resume_object(const json_t *resume)
{
	static const char *const same[] = {"name", "email", "phone", "summary"};
	const json_t *basics = json_object_get(resume, "basics");
	json_t *object = json_object(), *skills, *entry;
	size_t i;

	copy_member(object, "external_id", basics, "email");
	copy_member(object, "external_id", resume, "external_id");
	for (i = 0; i < ARRAY_LEN(same); i++)
		copy_member(object, same[i], basics, same[i]);
	copy_member(object, "headline", basics, "label");
	copy_member(object, "location", json_object_get(basics, "location"), "city");
	if (json_object_get(basics, "url"))
		json_object_set_new(object, "links",
				    json_pack("[{s:O}]", "url", json_object_get(basics, "url")));
	skills = json_array();
	json_array_foreach(json_object_get(resume, "skills"), i, entry)
	{
		if (json_object_get(entry, "name"))
			json_array_append(skills, json_object_get(entry, "name"));
	}
	json_object_set_new(object, "skills", skills);
	json_object_set_new(object, "experience",
			    resume_past(json_object_get(resume, "work"), "name", "title"));
	json_object_set_new(
	    object, "education",
	    resume_past(json_object_get(resume, "education"), "institution", "degree"));
	return object;
}

/* ---- judging ----------------------------------------------------------------------------------
 */

struct judge {
	json_t *bad;
	size_t row;
	int count;
};

static void violation(void *context, const char *pointer, const char *rule, const char *sentence)
{
	struct judge *judge = context;

	judge->count++;
	json_array_append_new(judge->bad,
			      json_pack("{s:I,s:s,s:s,s:s}", "row", (json_int_t)judge->row,
					"pointer", pointer, "code", rule, "message", sentence));
}

static const char *take_external_id(json_t *object)
{
	const json_t *id = json_object_get(object, "external_id");
	const char *text = json_string_value(id);
	size_t chars = 0, bytes = text ? strlen(text) : 0;

	for (size_t at = 0; at < bytes; chars++) {
		bool valid = true;

		at += utf8_next(text + at, bytes - at, &valid);
	}
	return chars >= 1 && chars <= 200 ? text : NULL;
}

/* What the API document says of no operation: each a text, and the two that must be there. */
static void judge_application(struct judge *judge, const json_t *object)
{
	const char *name, *const *known,
	    *role = json_string_value(json_object_get(object, "role_id"));
	char pointer[80];
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		for (known = application_fields; *known && strcmp(*known, name) != 0;)
			known++;
		snprintf(pointer, sizeof(pointer), "/%.70s", name);
		if (!*known)
			violation(judge, pointer, "additionalProperties", "It is no field here.");
		else if (!json_is_string(value) || json_string_length(value) == 0 ||
			 json_string_length(value) > (strcmp(name, "source") == 0 ? 100 : 200))
			violation(judge, pointer, "maxLength", "It is a text, and not a long one.");
	}
	if (!json_object_get(object, "candidate_external_id"))
		violation(judge, "/candidate_external_id", "required", "It is required.");
	if (!json_object_get(object, "role_id") == !json_object_get(object, "role_external_id"))
		violation(judge, "/role_external_id", "required",
			  "Either this or role_id is required.");
	else if (json_object_get(object, "role_id") && (!role || !uuid_valid(role)))
		violation(judge, "/role_id", "format", "It is not a UUID.");
}

static void judge_candidate(const struct import_reader *reader, struct judge *judge,
			    const json_t *object)
{
	const struct api_operation *operation =
	    api_operation_find(reader->schema, "candidates_create");

	assert(operation);
	(void)api_check_body(operation, object, violation, judge);
}

/* False: the row's external id is in this batch already, so it is for the next one. */
static bool judge_row(const struct import_reader *reader, json_t *object, size_t row,
		      struct import_rows *rows, json_t *ids)
{
	struct judge judge = {.bad = rows->bad, .row = row};
	const char *id = take_external_id(object);
	json_t *own;

	if (!id) {
		violation(&judge, "/external_id", "required",
			  "It is a text of 1 to 200 characters.");
		return true;
	}
	if (json_object_get(ids, id))
		return false;
	own = json_string(id);
	json_object_set_new(ids, id, json_true());
	json_object_del(object, "external_id");
	if (reader->applications)
		judge_application(&judge, object);
	else
		judge_candidate(reader, &judge, object);
	if (judge.count == 0)
		json_array_append_new(rows->good, json_pack("{s:I,s:O,s:O}", "row", (json_int_t)row,
							    "external_id", own, "body", object));
	json_decref(own);
	return true;
}

/* ---- a batch ----------------------------------------------------------------------------------
 */

static void refuse_row(struct import_rows *rows, size_t row, const char *code, const char *message)
{
	struct judge judge = {.bad = rows->bad, .row = row};

	violation(&judge, "", code, message);
}

/* The object at `*at`; NULL: there is none, and a broken one was told. */
static enum err csv_object(const struct import_reader *reader, size_t *at, size_t row,
			   struct import_rows *rows, json_t **object)
{
	struct cells cells;
	enum err err = row_read(reader->text, reader->len, at, &cells);

	*object = NULL;
	if (err == ERR_INVALID) {
		refuse_row(rows, row, "malformed", "The line is not valid CSV.");
		return OK;
	}
	TRY(err);
	if (cells.count != reader->columns)
		refuse_row(rows, row, "columns", "It has not as many cells as the header.");
	else
		*object = cells_object(reader, &cells);
	cells_release(&cells);
	return OK;
}

static enum err json_object_at(const struct import_reader *reader, size_t *at, size_t row,
			       struct import_rows *rows, json_t **object)
{
	size_t line;

	*object = NULL;
	while (*at < reader->len && strchr(" \t\r\n", reader->text[*at]))
		(*at)++;
	if (*at == reader->len)
		return ERR_NOT_FOUND;
	line = line_len(reader->text + *at, reader->len - *at);
	if (line <= FIELD_MOST && json_depth_check(reader->text + *at, line, DEPTH_MOST) == OK)
		*object = json_loadb(reader->text + *at, line, JSON_REJECT_DUPLICATES, NULL);
	*at += line;
	if (!json_is_object(*object)) {
		json_decref(*object);
		*object = NULL;
		refuse_row(rows, row, "malformed", "The line is not a JSON object.");
	} else if (!reader->applications && json_object_get(*object, "basics")) {
		json_t *resume = *object;

		*object = resume_object(resume);
		json_decref(resume);
	}
	return OK;
}

enum err import_read(const struct import_reader *reader, size_t from, size_t row, size_t most,
		     struct import_rows *rows)
{
	json_t *ids = json_object();
	enum err err = OK;

	*rows = (struct import_rows){.good = json_array(), .bad = json_array()};
	rows->next = from < reader->first ? reader->first : from;
	while (rows->count < most) {
		size_t at = rows->next, number = row + rows->count + 1;
		json_t *object;
		bool taken = true;

		err = reader->csv ? csv_object(reader, &at, number, rows, &object)
				  : json_object_at(reader, &at, number, rows, &object);
		if (err != OK)
			break;
		if (object)
			taken = judge_row(reader, object, number, rows, ids);
		json_decref(object);
		if (!taken)
			break;
		rows->next = at;
		rows->count++;
	}
	rows->finished = err == ERR_NOT_FOUND;
	json_decref(ids);
	if (err == OK || err == ERR_NOT_FOUND)
		return OK;
	import_rows_release(rows);
	return err;
}

void import_rows_release(struct import_rows *rows)
{
	json_decref(rows->good);
	json_decref(rows->bad);
	*rows = (struct import_rows){0};
}
