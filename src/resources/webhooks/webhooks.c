/* Webhooks and their deliveries: /v1/webhooks. What is due is sent by the courier. */
#include "auth/scopes.h"
#include "http/app.h"
#include "outbound/outbound.h"
#include "resources/handlers.h"
#include "resources/service.h"
#include "statements.h"
#include "webhook_secret.h"

enum err webhooks_list(struct request *rq)
{
	return LIST(rq, webhooks_list);
}

enum err webhooks_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, webhook_get, &rows, .webhook_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* What the API document cannot say of a body; all findings at once. */
static enum err check_body(struct request *rq)
{
	const struct service *service = rq->app->context;
	const char *url = json_string_value(json_object_get(rq->body, "url")), *said;
	bool bad = false;

	said = url ? outbound_url_refused(url, service->outbound_development) : NULL;
	if (said) {
		refuse_field(rq, "/url", "url_refused", "%s", said);
		bad = true;
	}
	if (rq->who.kind == PRINCIPAL_CLIENT && !(rq->who.scopes & SCOPE_CANDIDATES_READ) &&
	    json_array_size(json_object_get(rq->body, "include")) > 0) {
		refuse_field(rq, "/include", "scope_missing", "needs the scope candidates:read.");
		bad = true;
	}
	return bad ? fail(rq, PROBLEM_invalid, "A field breaks a rule.") : OK;
}

/* The one answer that shows the secret. */
static enum err answer_secret(struct request *rq, int status, const struct db_rows *rows)
{
	const struct service *service = rq->app->context;
	uint8_t secret[SHA256_LEN];
	char text[WEBHOOK_SECRET_LEN + 1];

	TRY(webhook_secret(service->webhook_key, rq->who.organization_id, db_value(rows, 0, "id"),
			   db_value(rows, 0, "_secret_salt"), secret));
	webhook_secret_text(secret, text);
	answer_begin(rq, status);
	json_open_object(&rq->json);
	render_members(rq, rows, 0);
	json_member(&rq->json, "secret", text);
	json_close_object(&rq->json);
	return OK;
}

/* Not remembered under an Idempotency-Key, since the answer holds the secret. */
enum err webhooks_create(struct request *rq)
{
	struct db_rows rows;
	const char *location;

	rq->idempotency.key = NULL;
	TRY(check_body(rq));
	TRY(RUN(rq, webhook_create, &rows, .body = rq->body_text));
	location = arena_printf(rq->arena, "/v1/webhooks/%s", db_value(&rows, 0, "id"));
	if (!location)
		return ERR_MEMORY;
	reply_header(rq, "Location", location);
	return answer_secret(rq, 201, &rows);
}

enum err webhooks_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(check_body(rq));
	TRY(RUN(rq, webhook_update, &rows, .webhook_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err webhooks_rotate(struct request *rq)
{
	struct db_rows rows;

	rq->idempotency.key = NULL;
	TRY(RUN(rq, webhook_rotate, &rows, .webhook_id = rq->param[0],
		.body = rq->body ? rq->body_text : "{}"));
	if (rows.count == 0)
		return answer_one(rq, 200, &rows);
	return answer_secret(rq, 200, &rows);
}

enum err webhooks_archive(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, webhook_archive, &rows, .webhook_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err webhooks_pause(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, webhook_pause_by_hand, &rows, .webhook_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err webhooks_resume(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, webhook_resume, &rows, .webhook_id = rq->param[0],
		.body = rq->body ? rq->body_text : "{}"));
	return answer_one(rq, 200, &rows);
}

enum err webhooks_ping(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, webhook_ping, &rows, .webhook_id = rq->param[0]));
	return answer_one(rq, 202, &rows);
}

enum err webhooks_replay(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, webhook_replay, &rows, .webhook_id = rq->param[0], .body = rq->body_text));
	return answer_one(rq, 202, &rows);
}

enum err webhook_deliveries_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, webhook_get, &rows, .webhook_id = rq->param[0]));
	if (rows.count == 0)
		return answer_one(rq, 200, &rows);
	return LIST_OF(rq, webhook_deliveries_list, .webhook_id = rq->param[0]);
}

enum err webhook_deliveries_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, webhook_delivery_get, &rows, .delivery_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err webhook_deliveries_replay(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, webhook_delivery_replay, &rows, .delivery_id = rq->param[0]));
	return answer_one(rq, 202, &rows);
}
