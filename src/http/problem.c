/* The only way to refuse: problem+json after RFC 9457, from the table in problems.def. */
#include <assert.h>

#include "core/markup.h"
#include "exchange.h"

static const struct {
	const char *code, *title;
	int status;
} problems[PROBLEM_COUNT] = {
#define PROBLEM(code, status, title) [PROBLEM_##code] = {#code, title, status},
#include "problems.def"
#undef PROBLEM
};

const char *problem_code(enum problem problem)
{
	return problems[problem].code;
}

const char *problem_title(enum problem problem)
{
	return problems[problem].title;
}

bool problem_find(const char *code, enum problem *problem)
{
	for (int i = 0; i < PROBLEM_COUNT; i++) {
		if (strcmp(problems[i].code, code) == 0) {
			*problem = (enum problem)i;
			return true;
		}
	}
	return false;
}

void refuse_field(struct request *rq, const char *pointer, const char *code, const char *format,
		  ...)
{
	struct exchange *ex = exchange_of(rq);
	struct field_error *error = arena_alloc(rq->arena, sizeof(*error));
	va_list args;

	if (!error)
		return;
	error->pointer = arena_strdup(rq->arena, pointer);
	error->code = arena_strdup(rq->arena, code);
	va_start(args, format);
	error->sentence = arena_vprintf(rq->arena, format, args);
	va_end(args);
	if (ex->last_error)
		ex->last_error->next = error;
	else
		ex->errors = error;
	ex->last_error = error;
}

/* What clients of another product's API look for: its members beside ours. */
static void write_foreign(struct json_writer *json, const char *detail)
{
	json_member(json, "message", detail);
	json_member(json, "error", detail);
}

static void write_errors(struct json_writer *json, const struct field_error *error, bool foreign)
{
	json_key(json, "errors");
	json_open_array(json);
	for (; error; error = error->next) {
		json_open_object(json);
		json_member(json, "pointer", error->pointer);
		json_member(json, "code", error->code);
		json_member(json, "detail", error->sentence);
		if (foreign) {
			json_member(json, "message", error->sentence);
			json_member(json, "field", error->pointer + (*error->pointer != 0));
		}
		json_close_object(json);
	}
	json_close_array(json);
}

/* RFC 7644, section 3.12: what may be told of a refusal by one word. */
static const char *scim_type(enum problem problem)
{
	switch ((int)problem) {
	case PROBLEM_bad_request:
	case PROBLEM_malformed_json:
	case PROBLEM_malformed_target:
		return "invalidSyntax";
	case PROBLEM_invalid:
		return "invalidValue";
	case PROBLEM_invalid_filter:
		return "invalidFilter";
	case PROBLEM_invalid_path:
		return "invalidPath";
	case PROBLEM_no_target:
		return "noTarget";
	case PROBLEM_immutable:
		return "mutability";
	case PROBLEM_already_exists:
	case PROBLEM_external_id_taken:
		return "uniqueness";
	default:
		return NULL;
	}
}

/* In the form that identity providers read, which know 400 for a value that breaks a rule. */
static void write_scim(struct request *rq, enum problem problem, const char *detail)
{
	int status = problem == PROBLEM_invalid ? 400 : problems[problem].status;
	struct json_writer *json = &rq->json;
	const char *type = scim_type(problem);
	const struct field_error *field = exchange_of(rq)->errors;
	char text[16];

	if (field)
		detail = arena_printf(rq->arena, "%s %s",
				      field->pointer[0] ? field->pointer + 1 : "The body",
				      field->sentence);
	snprintf(text, sizeof(text), "%d", status);
	json_open_object(json);
	json_key(json, "schemas");
	json_open_array(json);
	json_text(json, "urn:ietf:params:scim:api:messages:2.0:Error");
	json_close_array(json);
	json_member(json, "status", text);
	if (type)
		json_member(json, "scimType", type);
	json_member(json, "detail", detail);
	json_member(json, "code", problems[problem].code);
	json_close_object(json);
	rq->status = status;
	rq->content_type = "application/scim+json";
}

/* The same for people: a browser that opened a page is not answered with JSON. */
static void write_page(struct request *rq, enum problem problem, const char *detail)
{
	struct buffer *out = &rq->out;

	buffer_clear(out);
	buffer_text(out,
		    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	markup_text(out, problems[problem].title);
	buffer_text(out, "</title>\n<link rel=\"stylesheet\" href=\"/careers.css\">\n</head>\n"
			 "<body>\n<main>\n<h1>");
	markup_text(out, problems[problem].title);
	buffer_text(out, "</h1>\n<p>");
	markup_text(out, detail);
	buffer_text(out, "</p>\n</main>\n</body>\n</html>\n");
	rq->content_type = "text/html; charset=utf-8";
}

enum err fail(struct request *rq, enum problem problem, const char *format, ...)
{
	struct exchange *ex = exchange_of(rq);
	char link[96], urn[96], detail[512];
	struct json_writer *json = &rq->json;
	va_list args;

	assert(problem < PROBLEM_COUNT);
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	snprintf(link, sizeof(link), "/docs/problems#%s", problems[problem].code);
	snprintf(urn, sizeof(urn), "urn:request:%s", ex->request_id);
	buffer_clear(&rq->out);
	json_writer_init(json, &rq->out);
	ex->code = problems[problem].code;
	if (path_is_scim(rq->path)) {
		write_scim(rq, problem, detail);
		return ERR_REFUSED;
	}
	json_open_object(json);
	json_member(json, "type", link);
	json_member(json, "title", problems[problem].title);
	json_key(json, "status");
	json_put_integer(json, problems[problem].status);
	json_member(json, "detail", detail);
	json_member(json, "instance", urn);
	json_member(json, "code", problems[problem].code);
	if (path_is_foreign(rq->path))
		write_foreign(json, detail);
	if (ex->errors)
		write_errors(json, ex->errors, path_is_foreign(rq->path));
	json_close_object(json);
	rq->status = problems[problem].status;
	rq->content_type = "application/problem+json";
	if (exchange_is_page(ex) && ex->gate.header[HEADER_ACCEPT] &&
	    strstr(ex->gate.header[HEADER_ACCEPT], "text/html"))
		write_page(rq, problem, detail);
	return ERR_REFUSED;
}
