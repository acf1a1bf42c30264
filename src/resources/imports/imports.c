/* Imports: /v1/imports. The file is taken here, and brought in by the importer. */
#include "auth/scopes.h"
#include "import_reader.h"
#include "resources/handlers.h"
#include "runtime/offload.h"
#include "statements.h"

#define ROWS_MOST ((size_t)64 << 20)

enum err imports_list(struct request *rq)
{
	return LIST(rq, imports_list);
}

enum err imports_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, import_get, &rows, .import_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err import_errors_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, import_get, &rows, .import_id = rq->param[0]));
	if (rows.count == 0)
		return answer_one(rq, 200, &rows);
	return LIST_OF(rq, import_errors_list, .import_id = rq->param[0]);
}

/* ---- taking a file ----------------------------------------------------------------------------
 */

struct taking {
	struct request *rq;
	json_t *mapping;
	bool csv, applications;
	struct buffer lines; /* of a JSON array, one object each */
	const char *text;
	size_t len;
	struct why why;
	enum err err;
};

/* The elements of an array, a line each: from here on there are two formats. */
static void write_lines(struct taking *taking)
{
	const json_t *element;
	size_t i;

	buffer_init(&taking->lines, ROWS_MOST);
	json_array_foreach(taking->rq->body, i, element)
	{
		char *line = json_dumps(element, JSON_COMPACT);

		if (!line) {
			taking->err = ERR_MEMORY;
			return;
		}
		buffer_text(&taking->lines, line);
		buffer_char(&taking->lines, '\n');
		free(line);
	}
	if (taking->lines.failed)
		taking->err = ERR_MEMORY;
	taking->text = taking->lines.data ? taking->lines.data : "";
	taking->len = taking->lines.len;
}

static void take_work(void *arg)
{
	struct taking *taking = arg;
	struct import_reader reader;

	if (taking->rq->body) {
		write_lines(taking);
	} else if (!utf8_valid(taking->text, taking->len) ||
		   memchr(taking->text, '\0', taking->len)) {
		taking->err = why_set(&taking->why, ERR_INVALID, "The file is not UTF-8.");
	} else {
		taking->err =
		    import_reader_init(&reader, NULL, taking->text, taking->len, taking->csv,
				       taking->applications, taking->mapping, &taking->why);
	}
}

static enum err take_mapping(struct request *rq, json_t **mapping)
{
	const char *text = request_query(rq, "mapping"), *name;
	json_t *value;
	bool sound;

	*mapping = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	sound = !text || json_is_object(*mapping);
	json_object_foreach(*mapping, name, value) sound = sound && json_is_string(value);
	if (sound)
		return OK;
	json_decref(*mapping);
	*mapping = NULL;
	refuse_field(rq, "?mapping", "not_a_mapping",
		     "It is a JSON object from columns to fields.");
	return fail(rq, PROBLEM_invalid, "A query parameter breaks a rule.");
}

static enum err keep(struct request *rq, const struct taking *taking)
{
	const char *dry = request_query(rq, "dry_run");
	struct db_rows rows;

	TRY(RUN(rq, import_create, &rows, .kind = request_query(rq, "kind"),
		.format = taking->csv ? "csv" : "ndjson", .source = request_query(rq, "source"),
		.mapping = request_query(rq, "mapping"), .dry_run = dry ? dry : "false",
		.content = taking->text));
	return answer_created(rq, "/v1/imports", &rows);
}

static enum err take(struct request *rq, struct taking *taking)
{
	TRY(offload_run(rq->offload, take_work, taking));
	if (taking->err == ERR_INVALID) {
		refuse_field(rq, "", "header", "%s", taking->why.text);
		return fail(rq, PROBLEM_invalid, "%s", taking->why.text);
	}
	TRY(taking->err);
	return keep(rq, taking);
}

enum err imports_create(struct request *rq)
{
	const char *type = request_header(rq, "Content-Type");
	struct taking taking = {
	    .rq = rq,
	    .csv = type && strncasecmp(type, "text/csv", 8) == 0,
	    .applications = text_equal(request_query(rq, "kind"), "applications"),
	    .text = rq->body_text,
	    .len = rq->body_len,
	};
	enum err err;

	if (rq->who.kind == PRINCIPAL_CLIENT && taking.applications &&
	    !(rq->who.scopes & (scope_set)SCOPE_APPLICATIONS_WRITE))
		return fail(rq, PROBLEM_forbidden, "The scope applications:write is needed.");
	TRY(take_mapping(rq, &taking.mapping));
	err = take(rq, &taking);
	buffer_release(&taking.lines);
	json_decref(taking.mapping);
	return err;
}
