/* What handlers ask of a request, and how the database's refusals become problems. */
#include <assert.h>
#include <microhttpd.h>

#include "conditional.h"
#include "core/log.h"
#include "exchange.h"
#include "steps.h"

/* clang-format off */
static const struct constraint {
	const char *name;
	enum problem problem;
	const char *pointer, *sentence;
} constraints[] = {
#define CONSTRAINT(name, problem, pointer, sentence) {#name, PROBLEM_##problem, pointer, sentence},
#include "constraints.def"
#undef CONSTRAINT
	{"idempotency_mismatch", PROBLEM_idempotency_mismatch, NULL,
	 "The Idempotency-Key was used with another request."},
	{"idempotency_in_progress", PROBLEM_idempotency_in_progress, NULL,
	 "The first request with this Idempotency-Key is still under way."},
};
/* clang-format on */

const char *request_header(const struct request *rq, const char *name)
{
	/* The exchange is the request's home; a const request is one all the same. */
	const struct exchange *ex = (const struct exchange *)(const void *)rq;

	for (size_t i = 0; !ex->connection && i < ARRAY_LEN(ex->local_headers); i++) {
		if (ex->local_headers[i].name && strcasecmp(ex->local_headers[i].name, name) == 0)
			return ex->local_headers[i].value;
	}
	if (!ex->connection)
		return NULL;
	return MHD_lookup_connection_value(ex->connection, MHD_HEADER_KIND, name);
}

const char *request_query(const struct request *rq, const char *name)
{
	for (int i = 0; i < rq->query_count; i++) {
		if (strcmp(rq->query[i].name, name) == 0)
			return rq->query[i].value;
	}
	return NULL;
}

bool request_accepts(const struct request *rq, const char *type)
{
	const struct exchange *ex = (const struct exchange *)(const void *)rq;

	return accepts_type(ex->gate.header[HEADER_ACCEPT], type);
}

static enum err unavailable(struct request *rq, const char *sentence)
{
	reply_header(rq, "Retry-After", "1");
	return fail(rq, PROBLEM_unavailable, "%s", sentence);
}

enum err request_fail(struct request *rq, enum err err)
{
	switch (err) {
	case ERR_DENIED:
		reply_header(rq, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
		return fail(rq, PROBLEM_unauthenticated, "Your access was changed or has ended.");
	case ERR_NOT_FOUND:
		return fail(rq, PROBLEM_not_found, "It does not exist, or not for you.");
	case ERR_CONFLICT:
		return fail(rq, PROBLEM_conflict, "The change contradicts what is stored.");
	case ERR_INVALID:
		return fail(rq, PROBLEM_invalid, "A value breaks a rule.");
	case ERR_TOO_LARGE:
		return fail(rq, PROBLEM_body_too_large, "A limit was exceeded.");
	case ERR_BUSY:
		return unavailable(rq, "Too much is under way; try again in a moment.");
	case ERR_TIMEOUT:
		return unavailable(rq, "It took too long; try again in a moment.");
	case ERR_UNAVAILABLE:
		return unavailable(rq, "The database cannot be reached; try again in a moment.");
	case ERR_MEMORY:
		return unavailable(rq, "Memory is short; try again in a moment.");
	case OK:
	case ERR_REFUSED:
	case ERR_INTERNAL:
		break;
	}
	log_line(LOG_ERROR, "request.failed", "id=%s err=%s", rq->request_id, err_text(err));
	return fail(rq, PROBLEM_internal, "It was logged under the id of this request.");
}

/* The row of constraints.def: a constraint of the database, or a word that a statement refuses by.
 */
static const struct constraint *constraint_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(constraints); i++) {
		if (strcmp(constraints[i].name, name) == 0)
			return &constraints[i];
	}
	return NULL;
}

static enum err refuse_constraint(struct request *rq, const struct constraint *constraint)
{
	if (constraint->pointer && constraint->pointer[0] != '\0')
		refuse_field(rq, constraint->pointer, problem_code(constraint->problem), "%s",
			     constraint->sentence);
	return fail(rq, constraint->problem, "%s", constraint->sentence);
}

static int column_of(const struct db_rows *rows, const char *name)
{
	for (int i = 0; i < rows->columns; i++) {
		if (strcmp(rows->column[i].name, name) == 0)
			return i;
	}
	return -1;
}

static const char *value_of(const struct db_rows *rows, const char *name)
{
	int column = column_of(rows, name);

	return column < 0 ? NULL : rows->value[column];
}

/* `refusal_errors` is a JSON array of {pointer, rule, detail}. */
static void refuse_fields(struct request *rq, const char *text)
{
	json_t *errors = text ? json_loads(text, 0, NULL) : NULL, *one;
	size_t i;

	json_array_foreach(errors, i, one)
	    refuse_field(rq, json_string_value(json_object_get(one, "pointer")),
			 json_string_value(json_object_get(one, "rule")), "%s",
			 json_string_value(json_object_get(one, "detail")));
	json_decref(errors);
}

/*
 * A statement refuses through its column `refusal`, with `refusal_detail` (a sentence),
 * `refusal_errors` (fields) and `refusal_version` (the current one, for a 412) where it has them.
 */
static enum err refuse_row(struct request *rq, const struct db_rows *rows)
{
	const char *code = rows->count > 0 ? value_of(rows, "refusal") : NULL, *detail, *version;
	const struct constraint *constraint;
	enum problem problem;
	char etag[48];

	if (!code)
		return OK;
	constraint = constraint_find(code);
	if (constraint)
		return refuse_constraint(rq, constraint);
	if (!problem_find(code, &problem)) {
		log_line(LOG_ERROR, "refusal.unknown", "id=%s code=%s", rq->request_id, code);
		return request_fail(rq, ERR_INTERNAL);
	}
	detail = value_of(rows, "refusal_detail");
	version = value_of(rows, "refusal_version");
	if (problem == PROBLEM_precondition_failed && version) {
		snprintf(etag, sizeof(etag), "\"%s\"", version);
		reply_header(rq, "ETag", etag);
	}
	refuse_fields(rq, value_of(rows, "refusal_errors"));
	return fail(rq, problem, "%s.", detail ? detail : problem_title(problem));
}

static enum err settle_run(struct request *rq, enum err err, const struct db_rows *rows,
			   const struct db_refusal *refusal)
{
	if (err == OK)
		return refuse_row(rq, rows);
	if ((err == ERR_CONFLICT || err == ERR_INVALID) && refusal->constraint[0]) {
		const struct constraint *constraint = constraint_find(refusal->constraint);

		if (constraint)
			return refuse_constraint(rq, constraint);
		log_line(LOG_WARN, "constraint.unknown", "id=%s sqlstate=%s constraint=%s",
			 rq->request_id, refusal->sqlstate, refusal->constraint);
	}
	return request_fail(rq, err);
}

void request_caller(struct request *rq, struct db_caller *caller)
{
	struct exchange *ex = exchange_of(rq);

	*caller = (struct db_caller){.request_id = rq->request_id};
	if (rq->who.kind == PRINCIPAL_NONE)
		return;
	snprintf(ex->token_version, sizeof(ex->token_version), "%u", rq->who.token_version);
	caller->organization_id = rq->who.organization_id;
	caller->actor_id = rq->who.id;
	caller->actor_kind = rq->who.kind == PRINCIPAL_USER ? "user" : "client";
	caller->token_version = ex->token_version;
	if (rq->idempotency.key)
		caller->idempotency = &rq->idempotency;
}

enum err request_run_as(struct request *rq, const struct db_caller *caller,
			const struct db_statement *statement, const char *const *args,
			struct db_rows *rows)
{
	struct db_refusal refusal = {0};
	enum err err;

	*rows = (struct db_rows){0};
	if (!rq->db)
		return request_fail(rq, ERR_UNAVAILABLE);
	err = db_run(rq->db, rq->arena, caller, statement, args, rows, &refusal);
	return settle_run(rq, err, rows, &refusal);
}

enum err request_run(struct request *rq, const struct db_statement *statement,
		     const char *const *args, struct db_rows *rows)
{
	struct db_caller caller;

	request_caller(rq, &caller);
	return request_run_as(rq, &caller, statement, args, rows);
}

enum err request_run_list(struct request *rq, const struct db_statement *statement,
			  const char *const *args, const struct db_list_request *list,
			  struct db_rows *rows)
{
	struct db_refusal refusal = {0};
	struct db_caller caller;
	enum err err;

	*rows = (struct db_rows){0};
	if (!rq->db)
		return request_fail(rq, ERR_UNAVAILABLE);
	request_caller(rq, &caller);
	err = db_run_list(rq->db, rq->arena, &caller, statement, args, list, rows, &refusal);
	return settle_run(rq, err, rows, &refusal);
}

enum err request_if_match(struct request *rq, bool required, const char **version)
{
	char text[VERSION_TEXT_MAX];
	bool any;
	enum err err;

	*version = NULL;
	if (!rq->if_match) {
		if (!required)
			return OK;
		return fail(rq, PROBLEM_precondition_required,
			    "Send the ETag that you have read as If-Match.");
	}
	err = if_match_version(rq->if_match, text, &any);
	if (err == ERR_INVALID)
		return fail(rq, PROBLEM_bad_request, "If-Match is not a list of entity tags.");
	if (err == ERR_CONFLICT)
		return fail(rq, PROBLEM_precondition_failed,
			    "None of the entity tags is a version of this object.");
	if (any)
		return OK;
	*version = arena_strdup(rq->arena, text);
	return *version ? OK : request_fail(rq, ERR_MEMORY);
}
