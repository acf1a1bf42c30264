/* API clients and their secrets, which are shown once: /v1/api_clients. */
#include "auth/scopes.h"
#include "auth/secret.h"
#include "resources/handlers.h"
#include "statements.h"

enum err api_clients_list(struct request *rq)
{
	return LIST(rq, api_clients_list);
}

enum err api_clients_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, api_client_get, &rows, .client_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* The body's scopes as the one text that is stored. */
static enum err take_scopes(struct request *rq, char out[SCOPES_TEXT_MAX])
{
	const json_t *names = json_object_get(rq->body, "scopes");
	scope_set all = 0, one;
	bool unknown = false;
	char pointer[32];

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (name && scopes_parse(name, &one) == OK && one) {
			all |= one;
			continue;
		}
		snprintf(pointer, sizeof(pointer), "/scopes/%zu", i);
		refuse_field(rq, pointer, "enum", "There is no such scope.");
		unknown = true;
	}
	if (unknown)
		return fail(rq, PROBLEM_invalid, "A scope is not known.");
	scopes_format(all, out);
	return OK;
}

/* The one answer that shows the secret; what is stored is its digest. */
static enum err answer_secret(struct request *rq, int status, const struct db_rows *rows,
			      const char *secret)
{
	answer_begin(rq, status);
	json_open_object(&rq->json);
	render_members(rq, rows, 0);
	json_member(&rq->json, "client_secret", secret);
	json_close_object(&rq->json);
	return OK;
}

/* Not remembered under an Idempotency-Key, since the answer holds the secret. */
enum err api_clients_create(struct request *rq)
{
	char scopes[SCOPES_TEXT_MAX], secret[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;
	const char *location;

	rq->idempotency.key = NULL;
	TRY(take_scopes(rq, scopes));
	TRY(secret_generate("acs", rq->who.organization_id, secret, digest));
	TRY(RUN(rq, api_client_create, &rows, .body = rq->body_text, .scopes = scopes,
		.secret_digest = digest));
	location = arena_printf(rq->arena, "/v1/api_clients/%s", db_value(&rows, 0, "id"));
	if (!location)
		return ERR_MEMORY;
	reply_header(rq, "Location", location);
	return answer_secret(rq, 201, &rows, secret);
}

enum err api_clients_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, api_client_update, &rows, .client_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err api_clients_rotate(struct request *rq)
{
	char secret[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;

	rq->idempotency.key = NULL;
	TRY(secret_generate("acs", rq->who.organization_id, secret, digest));
	TRY(RUN(rq, api_client_rotate, &rows, .client_id = rq->param[0], .secret_digest = digest));
	if (rows.count == 0)
		return answer_one(rq, 200, &rows);
	return answer_secret(rq, 200, &rows, secret);
}

enum err api_clients_revoke(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, api_client_revoke, &rows, .client_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}
