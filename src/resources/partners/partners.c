/* Partners that are registered here, and connections to partners: /v1/partners, /v1/connections. */
#include "auth/scopes.h"
#include "auth/secret.h"
#include "partner.h"
#include "resources/handlers.h"
#include "statements.h"

enum err partners_list(struct request *rq)
{
	return LIST(rq, partners_list);
}

enum err partners_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, partner_get, &rows, .partner_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* The body's scopes as the one text that is stored; they are an enum of the document. */
static bool take_scopes(const struct request *rq, char out[SCOPES_TEXT_MAX])
{
	const json_t *names = json_object_get(rq->body, "scopes"), *name;
	scope_set all = 0, one;
	size_t i;

	json_array_foreach(names, i, name)
	{
		if (scopes_parse(json_string_value(name), &one) == OK)
			all |= one;
	}
	scopes_format(all, out);
	return names != NULL;
}

/* The one answer that shows the secret; a public partner has none. */
static enum err answer_secret(struct request *rq, int status, const struct db_rows *rows,
			      const char *secret)
{
	bool is_public = text_equal(db_value(rows, 0, "kind"), "public");

	answer_begin(rq, status);
	reply_header(rq, "Cache-Control", "no-store");
	json_open_object(&rq->json);
	render_members(rq, rows, 0);
	json_member(&rq->json, "client_secret", is_public ? NULL : secret);
	json_close_object(&rq->json);
	return OK;
}

/* Not remembered under an Idempotency-Key, since the answer holds the secret. */
enum err partners_create(struct request *rq)
{
	char scopes[SCOPES_TEXT_MAX], secret[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;
	const char *location;

	rq->idempotency.key = NULL;
	take_scopes(rq, scopes);
	TRY(secret_generate(PARTNER_SECRET_PREFIX, rq->who.organization_id, secret, digest));
	TRY(RUN(rq, partner_create, &rows, .body = rq->body_text, .scopes = scopes,
		.secret_digest = digest));
	location = arena_printf(rq->arena, "/v1/partners/%s", db_value(&rows, 0, "id"));
	if (!location)
		return ERR_MEMORY;
	reply_header(rq, "Location", location);
	return answer_secret(rq, 201, &rows, secret);
}

enum err partners_update(struct request *rq)
{
	char scopes[SCOPES_TEXT_MAX];
	struct db_rows rows;
	const char *version;
	bool has_scopes = take_scopes(rq, scopes);

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, partner_update, &rows, .partner_id = rq->param[0], .if_match = version,
		.body = rq->body_text, .scopes = has_scopes ? scopes : NULL));
	return answer_one(rq, 200, &rows);
}

enum err partners_rotate(struct request *rq)
{
	char secret[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;

	rq->idempotency.key = NULL;
	TRY(secret_generate(PARTNER_SECRET_PREFIX, rq->who.organization_id, secret, digest));
	TRY(RUN(rq, partner_rotate, &rows, .partner_id = rq->param[0], .secret_digest = digest,
		.body = rq->body_text));
	if (rows.count == 0)
		return answer_one(rq, 200, &rows);
	return answer_secret(rq, 200, &rows, secret);
}

enum err partners_disable(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, partner_able, &rows, .partner_id = rq->param[0], .disabled = "true"));
	return answer_one(rq, 200, &rows);
}

enum err partners_enable(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, partner_able, &rows, .partner_id = rq->param[0], .disabled = "false"));
	return answer_one(rq, 200, &rows);
}

enum err connections_list(struct request *rq)
{
	return LIST(rq, connections_list);
}

enum err connections_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, connection_get, &rows, .connection_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err connections_disconnect(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, connection_disconnect, &rows, .connection_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}
