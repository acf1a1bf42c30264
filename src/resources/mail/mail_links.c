/* What the links in mail are for, without sign-in: a password forgotten and set, reminders ended.
 */
#include "mail_links.h"

#include "auth/password.h"
#include "auth/secret.h"
#include "core/clock.h"
#include "core/text.h"
#include "http/app.h"
#include "resources/handlers.h"
#include "resources/mailer.h"
#include "resources/service.h"
#include "runtime/loop.h"
#include "runtime/offload.h"
#include "statements.h"

#define NO_ORGANIZATION "00000000-0000-0000-0000-000000000000"

/* How long an answer takes, whether there is such a user or not. */
#define FORGET_US 400000

struct link {
	char organization[PRINCIPAL_UUID], digest[SHA256_HEX_LEN + 1];
	struct db_caller caller;
};

/* A token of the wrong form is looked for, too, where there is none: all are answered alike. */
static enum err link_take(struct request *rq, const char *prefix, const char *token,
			  struct link *link)
{
	if (!token || secret_parse(prefix, token, link->organization, link->digest) != OK) {
		snprintf(link->organization, sizeof(link->organization), "%s", NO_ORGANIZATION);
		TRY(sha256_hex("", 0, link->digest));
	}
	link->caller = (struct db_caller){.organization_id = link->organization,
					  .actor_kind = "system",
					  .request_id = rq->request_id};
	return OK;
}

static enum err no_link(struct request *rq)
{
	return fail(rq, PROBLEM_not_found, "The link does not hold, or no longer.");
}

/* ---- forgotten --------------------------------------------------------------------------------
 */

/* For an address of the network as for sign-in; for an account a few in an hour. */
static enum err limit(struct request *rq, const char *email)
{
	struct service *service = rq->app->context;
	const struct limit_rule address = {
	    .id = 1, .limit = service->sign_ins_per_minute, .window_s = 60};
	const struct limit_rule account = {.id = 2, .limit = 5, .window_s = 3600};
	int64_t now = clock_monotonic_us();
	struct limit_answer answer;
	char key[255], wait[16];
	size_t len = 0;

	if (!service->sign_ins)
		return OK;
	for (const char *c = email; *c && len + 1 < sizeof(key); c++)
		key[len++] = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
	key[len] = '\0';
	answer = limits_take(service->sign_ins, &address, rq->remote, strlen(rq->remote), now);
	if (answer.allowed)
		answer = limits_take(service->sign_ins, &account, key, len, now);
	if (answer.allowed)
		return OK;
	snprintf(wait, sizeof(wait), "%u", answer.retry_after_s ? answer.retry_after_s : 1);
	reply_header(rq, "Retry-After", wait);
	return fail(rq, PROBLEM_too_many_requests, "Too many attempts; try again in %s s.", wait);
}

/* Said to those whose password it is, by mail; to whoever asks, always the same. */
static enum err forget(struct request *rq)
{
	struct db_caller caller = {.request_id = rq->request_id};
	struct db_rows found, rows;

	TRY(RUN_AS(rq, &caller, sign_in_lookup, &found,
		   .email = json_string_value(json_object_get(rq->body, "email")),
		   .organization = json_string_value(json_object_get(rq->body, "organization"))));
	caller.actor_kind = "system";
	for (int i = 0; i < found.count; i++) {
		caller.organization_id = db_value(&found, i, "organization_id");
		TRY(RUN_AS(rq, &caller, password_forget, &rows,
			   .user_id = db_value(&found, i, "user_id")));
	}
	return OK;
}

enum err auth_forgot_password(struct request *rq)
{
	const struct service *service = rq->app->context;
	int64_t until = clock_monotonic_us() + FORGET_US, now;

	if (service->mail_mode == MAIL_OFF)
		return fail(rq, PROBLEM_mail_off, "Ask an admin for another password.");
	TRY(limit(rq, json_string_value(json_object_get(rq->body, "email"))));
	TRY(forget(rq));
	now = clock_monotonic_us();
	if (now < until && loop_current())
		loop_sleep(loop_current(), until - now);
	return answer_nothing(rq, NULL);
}

/* ---- set --------------------------------------------------------------------------------------
 */

struct hash_job {
	const char *password;
	char hash[PASSWORD_HASH_MAX];
	enum err err;
};

static void hash_work(void *arg)
{
	struct hash_job *job = arg;

	job->err = password_hash(job->password, job->hash);
}

enum err auth_set_password(struct request *rq)
{
	struct hash_job job = {.password =
				   json_string_value(json_object_get(rq->body, "password"))};
	const char *weakness;
	struct link link;
	struct db_rows rows;

	TRY(link_take(rq, PASSWORD_LINK_PREFIX,
		      json_string_value(json_object_get(rq->body, "token")), &link));
	TRY(RUN_AS(rq, &link.caller, password_link_get, &rows, .digest = link.digest));
	if (rows.count == 0)
		return no_link(rq);
	weakness = password_weakness(job.password, db_value(&rows, 0, "email"));
	if (weakness) {
		refuse_field(rq, "/password", "weak_password", "%s", weakness);
		return fail(rq, PROBLEM_weak_password, "Choose another password.");
	}
	if (offload_run(rq->offload, hash_work, &job) != OK) {
		reply_header(rq, "Retry-After", "1");
		return fail(rq, PROBLEM_unavailable, "Too many people are signing in at once.");
	}
	TRY(job.err);
	TRY(RUN_AS(rq, &link.caller, password_link_use, &rows, .digest = link.digest,
		   .hash = job.hash));
	return rows.count ? answer_nothing(rq, NULL) : no_link(rq);
}

/* ---- ended ------------------------------------------------------------------------------------
 */

enum err mail_unsubscribes_use(struct request *rq)
{
	struct link link;
	struct db_rows rows;

	TRY(link_take(rq, UNSUBSCRIBE_PREFIX, rq->param[0], &link));
	TRY(RUN_AS(rq, &link.caller, mail_unsubscribe, &rows, .digest = link.digest));
	return rows.count ? answer_nothing(rq, NULL) : no_link(rq);
}
