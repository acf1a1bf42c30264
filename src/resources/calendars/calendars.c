/* Calendars: an interview's file, feeds to subscribe to, and when people are busy. */
#include "auth/secret.h"
#include "calendar_write.h"
#include "http/app.h"
#include "outbound/outbound.h"
#include "resources/handlers.h"
#include "resources/service.h"
#include "statements.h"

#define FEED_PREFIX "cf"
#define FEED_SUFFIX ".ics"

/* ---- interviews as calendars show them --------------------------------------------------------
 */

static const char *origin_of(const struct request *rq)
{
	return rq->app->web_origin ? rq->app->web_origin : "";
}

static bool is_true(const struct db_rows *rows, int row, const char *column)
{
	return text_equal(db_value(rows, row, column), "t");
}

/* Those who conduct it find the kit and their scorecard; others who read the role, the interview.
 */
static const char *describe(struct request *rq, const struct db_rows *rows, int row)
{
	const char *id = db_value(rows, row, "id"), *people = db_value(rows, row, "people");
	const char *page = arena_printf(rq->arena, "%s/interviews/%s", origin_of(rq), id);
	const char *links =
	    is_true(rows, row, "mine")
		? arena_printf(rq->arena, "Kit: %s#kit\nScorecard: %s#scorecard", page, page)
		: arena_printf(rq->arena, "Interview: %s", page);

	return arena_printf(rq->arena, "%s\n%s%s%s%s", db_value(rows, row, "local_time"),
			    people ? "Interviewers: " : "", people ? people : "",
			    people ? "\n" : "", links);
}

static void put_entry(struct request *rq, const struct db_rows *rows, int row)
{
	const struct service *service = rq->app->context;
	const char *from =
	    service->mail_from && service->mail_from[0] ? service->mail_from : "assay@localhost";
	const char *id = db_value(rows, row, "id");
	const struct calendar_entry entry = {
	    .id = id,
	    .sequence = db_value(rows, row, "sequence"),
	    .stamp = db_value(rows, row, "stamp"),
	    .starts = db_value(rows, row, "starts"),
	    .ends = db_value(rows, row, "ends"),
	    .summary = arena_printf(rq->arena, "%s: %s, %s", db_value(rows, row, "stage"),
				    db_value(rows, row, "candidate"), db_value(rows, row, "role")),
	    .description = describe(rq, rows, row),
	    .location = db_value(rows, row, "place"),
	    .url = arena_printf(rq->arena, "%s/interviews/%s%s", origin_of(rq), id,
				is_true(rows, row, "mine") ? "#kit" : ""),
	    .organizer = {.name = db_value(rows, row, "organization"), .address = from},
	    .cancelled = is_true(rows, row, "cancelled"),
	};

	calendar_put(&rq->out, &entry);
}

static enum err answer_calendar(struct request *rq, const struct db_rows *rows, const char *method,
				const char *name)
{
	answer_begin(rq, 200);
	rq->content_type = "text/calendar; charset=utf-8";
	calendar_begin(&rq->out, method, name);
	for (int i = 0; i < rows->count; i++) {
		if (db_value(rows, i, "id"))
			put_entry(rq, rows, i);
	}
	calendar_end(&rq->out);
	answer_digest(rq);
	return OK;
}

enum err interviews_calendar(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, calendar_entry_get, &rows, .interview_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such interview.");
	reply_header(rq, "Content-Disposition", "attachment; filename=\"interview.ics\"");
	return answer_calendar(rq, &rows, is_true(&rows, 0, "cancelled") ? "CANCEL" : "PUBLISH",
			       NULL);
}

/* ---- feeds ------------------------------------------------------------------------------------
 */

/* Of the role, or one's own where there is none. */
static enum err feed_get(struct request *rq, const char *role_id)
{
	struct db_rows rows;

	TRY(RUN(rq, calendar_feed_get, &rows, .role_id = role_id));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such role.");
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	answer_digest(rq);
	return OK;
}

/* Not remembered under an Idempotency-Key, since the answer holds the address. */
static enum err feed_create(struct request *rq, const char *role_id)
{
	char token[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;
	const char *url,
	    *location = role_id ? arena_printf(rq->arena, "/v1/roles/%s/calendar_feed", role_id)
				: "/v1/me/calendar_feed";

	rq->idempotency.key = NULL;
	TRY(secret_generate(FEED_PREFIX, rq->who.organization_id, token, digest));
	TRY(RUN(rq, calendar_feed_create, &rows, .role_id = role_id, .digest = digest));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such role.");
	url = arena_printf(rq->arena, "%s/v1/calendar_feeds/%s" FEED_SUFFIX, origin_of(rq), token);
	if (!url || !location)
		return ERR_MEMORY;
	reply_header(rq, "Location", location);
	answer_begin(rq, 201);
	json_open_object(&rq->json);
	render_members(rq, &rows, 0);
	json_member(&rq->json, "url", url);
	json_close_object(&rq->json);
	return OK;
}

static enum err feed_remove(struct request *rq, const char *role_id)
{
	struct db_rows rows;

	TRY(RUN(rq, calendar_feed_remove, &rows, .role_id = role_id));
	return answer_nothing(rq, &rows);
}

enum err calendar_feeds_get(struct request *rq)
{
	return feed_get(rq, NULL);
}

enum err calendar_feeds_create(struct request *rq)
{
	return feed_create(rq, NULL);
}

enum err calendar_feeds_remove(struct request *rq)
{
	return feed_remove(rq, NULL);
}

enum err role_calendar_feeds_get(struct request *rq)
{
	return feed_get(rq, rq->param[0]);
}

enum err role_calendar_feeds_create(struct request *rq)
{
	return feed_create(rq, rq->param[0]);
}

enum err role_calendar_feeds_remove(struct request *rq)
{
	return feed_remove(rq, rq->param[0]);
}

static enum err no_feed(struct request *rq)
{
	return fail(rq, PROBLEM_not_found, "There is no feed at this address, or no longer.");
}

/* What the address holds before its end; of another form it is looked for, too, where there is
 * none. */
static enum err feed_find(struct request *rq, char organization[PRINCIPAL_UUID],
			  struct db_rows *rows)
{
	const char *given = rq->param[0];
	size_t len = strlen(given), end = sizeof(FEED_SUFFIX) - 1;
	char token[SECRET_MAX + 1] = "", digest[SHA256_HEX_LEN + 1];
	struct db_caller system = {
	    .organization_id = organization, .actor_kind = "system", .request_id = rq->request_id};

	if (len > end && len - end <= SECRET_MAX && strcmp(given + len - end, FEED_SUFFIX) == 0)
		snprintf(token, sizeof(token), "%.*s", (int)(len - end), given);
	if (secret_parse(FEED_PREFIX, token, organization, digest) != OK) {
		snprintf(organization, PRINCIPAL_UUID, "%s",
			 "00000000-0000-0000-0000-000000000000");
		TRY(sha256_hex("", 0, digest));
	}
	return RUN_AS(rq, &system, calendar_feed_find, rows, .digest = digest);
}

/* With the eyes of whoever made it, as they are now. */
enum err calendar_feeds_read(struct request *rq)
{
	char organization[PRINCIPAL_UUID];
	struct db_caller owner = {
	    .organization_id = organization, .actor_kind = "user", .request_id = rq->request_id};
	const char *role_id;
	struct db_rows found, rows;

	TRY(request_limit_secret(rq, rq->param[0]));
	TRY(feed_find(rq, organization, &found));
	if (found.count == 0)
		return no_feed(rq);
	owner.actor_id = db_value(&found, 0, "user_id");
	owner.token_version = db_value(&found, 0, "token_version");
	role_id = db_value(&found, 0, "role_id");
	if (role_id)
		TRY(RUN_AS(rq, &owner, calendar_feed_role, &rows, .role_id = role_id));
	else
		TRY(RUN_AS(rq, &owner, calendar_feed_mine, &rows, NO_PARAMETERS));
	if (rows.count == 0)
		return no_feed(rq);
	reply_header(rq, "Cache-Control", "private, max-age=300");
	return answer_calendar(rq, &rows, "PUBLISH",
			       arena_printf(rq->arena, "%s (%s)",
					    role_id ? db_value(&rows, 0, "calendar") : "Interviews",
					    db_value(&rows, 0, "organization")));
}

/* ---- when people are busy ---------------------------------------------------------------------
 */

static enum err answer_busy_calendar(struct request *rq, const struct db_rows *rows)
{
	answer_begin(rq, 200);
	render_row(rq, rows, 0);
	answer_digest(rq);
	return OK;
}

enum err busy_calendars_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, busy_calendar_get, &rows, NO_PARAMETERS));
	return answer_busy_calendar(rq, &rows);
}

/* Calendars give their addresses as webcal, which is https for other programs to open. */
static const char *https_of(struct request *rq, const char *url)
{
	bool webcal = strncasecmp(url, "webcal://", 9) == 0;

	return webcal ? arena_printf(rq->arena, "https://%s", url + 9) : url;
}

static const char *host_of(struct request *rq, const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return arena_printf(rq->arena, "%.*s", (int)strcspn(host, "/?#"), host);
}

enum err busy_calendars_put(struct request *rq)
{
	const struct service *service = rq->app->context;
	const char *url = https_of(rq, json_string_value(json_object_get(rq->body, "url")));
	const char *refused = url ? outbound_url_refused(url, service->outbound_development) : NULL;
	struct db_rows rows;

	if (!url)
		return ERR_MEMORY;
	if (refused || strlen(host_of(rq, url)) > 255) {
		refuse_field(rq, "/url", "url", "%s", refused ? refused : "is too long.");
		return fail(rq, PROBLEM_invalid, "The address cannot be read.");
	}
	TRY(RUN(rq, busy_calendar_put, &rows, .url = url, .host = host_of(rq, url)));
	return answer_busy_calendar(rq, &rows);
}

enum err busy_calendars_remove(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, busy_calendar_remove, &rows, NO_PARAMETERS));
	return answer_nothing(rq, &rows);
}

enum err users_busy(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, user_busy, &rows, .user_id = rq->param[0], .from = request_query(rq, "from"),
		.to = request_query(rq, "to"),
		.except_interview_id = request_query(rq, "except_interview_id")));
	return answer_collection(rq, &rows, "source");
}
