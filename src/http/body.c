/* Query and body, read and checked against the API document; all broken fields are told at once. */
#include <assert.h>

#include "api_schema/api_schema.h"
#include "core/digest.h"
#include "core/text.h"
#include "decode.h"
#include "exchange.h"
#include "steps.h"

#define BODY_DEPTH_MAX	    32
#define IDEMPOTENCY_KEY_MAX 200

static void violation(void *context, const char *pointer, const char *rule, const char *sentence)
{
	refuse_field(context, pointer, rule, "%s", sentence);
}

/* Whoever leads people to a page adds what they count by, identity providers add flags of their
 * own; it is nothing to us. */
static bool is_added_by_others(const struct exchange *ex, const char *name)
{
	return (exchange_is_page(ex) || path_is_scim(ex->rq.path)) &&
	       !api_query_known(ex->compiled->operation, name);
}

static int check_param(struct exchange *ex, int i)
{
	const struct query_param *param = &ex->rq.query[i];
	char pointer[72];

	for (int j = 0; j < i; j++) {
		if (strcmp(ex->rq.query[j].name, param->name) == 0) {
			snprintf(pointer, sizeof(pointer), "?%.64s", param->name);
			refuse_field(&ex->rq, pointer, "repeated", "The parameter stands twice.");
			return 1;
		}
	}
	if (!ex->compiled->operation || is_added_by_others(ex, param->name))
		return 0;
	return api_check_query(ex->compiled->operation, param->name, param->value, violation,
			       &ex->rq);
}

static int check_required(struct exchange *ex)
{
	const struct api_operation *operation = ex->compiled->operation;
	const char *name;
	char pointer[72];
	int missing = 0;

	for (int i = 0; operation && (name = api_operation_required_query(operation, i)); i++) {
		if (request_query(&ex->rq, name))
			continue;
		snprintf(pointer, sizeof(pointer), "?%.64s", name);
		refuse_field(&ex->rq, pointer, "required", "The parameter is required.");
		missing++;
	}
	return missing;
}

static enum err check_query(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	int broken = 0;
	enum err err = decode_query(rq->arena, ex->query_text, &rq->query, &rq->query_count);

	if (err == ERR_MEMORY)
		return err;
	if (err != OK)
		return fail(rq, PROBLEM_bad_request,
			    "The query is not at most %d percent-encoded UTF-8 parameters.",
			    QUERY_PARAMS_MAX);
	for (int i = 0; i < rq->query_count; i++)
		broken += check_param(ex, i);
	broken += check_required(ex);
	if (broken)
		return fail(rq, PROBLEM_invalid, "A query parameter breaks a rule.");
	return OK;
}

/* Parameters of the path, by the names that the route gives them. */
static enum err check_path(struct exchange *ex)
{
	const struct api_operation *operation = ex->compiled->operation;
	const char *at = ex->rq.route->path;
	int broken = 0, param = 0;
	char name[64];

	while (operation && (at = strchr(at, '{'))) {
		size_t len = strcspn(++at, "}");

		assert(len < sizeof(name) && param < REQUEST_PARAMS_MAX);
		memcpy(name, at, len);
		name[len] = '\0';
		broken +=
		    api_check_path(operation, name, ex->rq.param[param++], violation, &ex->rq);
	}
	if (broken)
		return fail(&ex->rq, PROBLEM_invalid, "A part of the path breaks a rule.");
	return OK;
}

static enum err parse_json(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	json_error_t error;

	if (json_depth_check(rq->body_text, rq->body_len, BODY_DEPTH_MAX) != OK)
		return fail(rq, PROBLEM_malformed_json, "At most %d levels are read.",
			    BODY_DEPTH_MAX);
	rq->body = json_loadb(rq->body_text, rq->body_len, JSON_REJECT_DUPLICATES, &error);
	if (rq->body)
		return OK;
	if (json_error_code(&error) == json_error_out_of_memory)
		return ERR_MEMORY;
	return fail(rq, PROBLEM_malformed_json, "The body is not valid JSON at line %d, column %d.",
		    error.line, error.column);
}

static enum err check_body(struct exchange *ex)
{
	const struct api_operation *operation = ex->compiled->operation;
	struct request *rq = &ex->rq;

	if (ex->body.failed)
		return ERR_MEMORY;
	if (ex->body.len == 0) {
		if (operation && api_operation_body_required(operation))
			return fail(rq, PROBLEM_malformed_json, "A body is required.");
		return OK;
	}
	rq->body_text = ex->body.data;
	rq->body_len = ex->body.len;
	if (!ex->json_body)
		return OK;
	if (!utf8_valid(rq->body_text, rq->body_len))
		return fail(rq, PROBLEM_malformed_json, "The body is not UTF-8.");
	TRY(parse_json(ex));
	if (operation && api_check_body(operation, rq->body, violation, rq) > 0)
		return fail(rq, PROBLEM_invalid, "The body breaks rules of the API document.");
	return OK;
}

static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if (*text < 0x21 || *text > 0x7e)
			return false;
	}
	return true;
}

/* What must be the same for a key to mean the same request: body, query, precondition. */
static enum err digest_request(struct exchange *ex, char out[SHA256_HEX_LEN + 1])
{
	struct request *rq = &ex->rq;
	char body[SHA256_HEX_LEN + 1];
	const char *text;

	TRY(sha256_hex(ex->body.len ? ex->body.data : "", ex->body.len, body));
	text = arena_printf(rq->arena, "%s\n%s\n%s", body, ex->query_text,
			    rq->if_match ? rq->if_match : "");
	return text ? sha256_hex(text, strlen(text), out) : ERR_MEMORY;
}

static enum err take_idempotency_key(struct exchange *ex)
{
	const char *key = ex->gate.header[HEADER_IDEMPOTENCY_KEY];
	struct request *rq = &ex->rq;
	char *digest;
	size_t len;

	if (!key || rq->who.kind == PRINCIPAL_NONE ||
	    (rq->method != METHOD_POST && rq->method != METHOD_PATCH))
		return OK;
	len = strlen(key);
	if (len == 0 || len > IDEMPOTENCY_KEY_MAX || !is_printable(key))
		return fail(rq, PROBLEM_bad_request,
			    "Idempotency-Key is 1 to %d printable ASCII characters.",
			    IDEMPOTENCY_KEY_MAX);
	digest = arena_alloc(rq->arena, SHA256_HEX_LEN + 1);
	if (!digest)
		return ERR_MEMORY;
	TRY(digest_request(ex, digest));
	rq->idempotency.scope =
	    arena_printf(rq->arena, "%s %s %s", rq->who.id, method_names[rq->method], rq->path);
	rq->idempotency.body_digest = digest;
	rq->idempotency.key = key;
	return rq->idempotency.scope ? OK : ERR_MEMORY;
}

enum err body_check(struct exchange *ex)
{
	TRY(check_path(ex));
	TRY(check_query(ex));
	TRY(check_body(ex));
	return take_idempotency_key(ex);
}
