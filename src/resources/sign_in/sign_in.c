/* Signing in with e-mail and password, who one is, and changing one's password. */
#include "sign_in.h"

#include "auth/password.h"
#include "core/clock.h"
#include "http/app.h"
#include "resources/handlers.h"
#include "resources/service.h"
#include "runtime/offload.h"
#include "statements.h"

#define ACCOUNTS_MAX 20 /* as sign_in_candidates gives at most */

static const struct sign_in_rule per_account = {.id = 1, .free_failures = 5, .window_s = 900};
static const struct sign_in_rule per_address = {.id = 2, .free_failures = 20, .window_s = 900};

static const char *body_member(const struct request *rq, const char *key)
{
	return json_string_value(json_object_get(rq->body, key));
}

static enum err refuse_later(struct request *rq, unsigned seconds)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", seconds);
	reply_header(rq, "Retry-After", text);
	return fail(rq, PROBLEM_too_many_requests, "Too many attempts; try again in %u s.",
		    seconds);
}

/* What guards against guessing: sign-ins a minute of an address, and growing waits after failures.
 */
struct attempt {
	struct service *service;
	char account[256];
	const char *address;
};

/*
 * One key for all spellings that the database's lower() takes for the same address. Two letters
 * become ASCII by it, U+0130 and U+212A; what else is not ASCII is one mark a letter, so that its
 * case does not matter. Addresses that look alike then share their waits, which harms nobody.
 */
static void fold_account(const char *email, char *out, size_t cap)
{
	size_t len = 0;

	for (const char *at = email; *at != '\0' && len + 1 < cap; at++) {
		if ((*at & 0xC0) == 0x80) /* within a letter */
			continue;
		if (strncmp(at, "\xC4\xB0", 2) == 0)
			out[len++] = 'i';
		else if (strncmp(at, "\xE2\x84\xAA", 3) == 0)
			out[len++] = 'k';
		else if ((*at & 0x80) != 0)
			out[len++] = '?';
		else
			out[len++] = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
	}
	out[len] = '\0';
}

static enum err attempt_begin(struct request *rq, struct attempt *attempt, const char *email)
{
	struct service *service = rq->app->context;
	int64_t now = clock_monotonic_us();
	unsigned wait;

	*attempt = (struct attempt){.service = service, .address = rq->remote};
	fold_account(email, attempt->account, sizeof(attempt->account));
	if (service == NULL || service->delay == NULL)
		return OK;
	if (service->sign_ins != NULL) {
		const struct limit_rule rule = {
		    .id = 1, .limit = service->sign_ins_per_minute, .window_s = 60};
		struct limit_answer answer = limits_take(service->sign_ins, &rule, attempt->address,
							 strlen(attempt->address), now);

		if (!answer.allowed)
			return refuse_later(rq, answer.retry_after_s);
	}
	wait = sign_in_delay_begin(service->delay, &per_account, attempt->account,
				   strlen(attempt->account), now);
	if (wait > 0)
		return refuse_later(rq, wait);
	wait = sign_in_delay_begin(service->delay, &per_address, attempt->address,
				   strlen(attempt->address), now);
	if (wait > 0) {
		sign_in_delay_undo(service->delay, &per_account, attempt->account,
				   strlen(attempt->account));
		return refuse_later(rq, wait);
	}
	return OK;
}

static void attempt_succeeded(const struct attempt *attempt)
{
	if (attempt->service == NULL || attempt->service->delay == NULL)
		return;
	sign_in_delay_succeeded(attempt->service->delay, &per_account, attempt->account,
				strlen(attempt->account));
	sign_in_delay_undo(attempt->service->delay, &per_address, attempt->address,
			   strlen(attempt->address));
}

static void attempt_undo(const struct attempt *attempt)
{
	if (attempt->service == NULL || attempt->service->delay == NULL)
		return;
	sign_in_delay_undo(attempt->service->delay, &per_account, attempt->account,
			   strlen(attempt->account));
	sign_in_delay_undo(attempt->service->delay, &per_address, attempt->address,
			   strlen(attempt->address));
}

/* Runs on another thread: every account of this address, or a dummy when there is none. */
struct verification {
	const char *password;
	const char *hash[ACCOUNTS_MAX];
	bool holds[ACCOUNTS_MAX];
	int count;
	char rehash[PASSWORD_HASH_MAX]; /* of the only match, when its parameters are old */
};

static void verify_all(void *arg)
{
	struct verification *v = arg;
	int matches = 0, match = 0;

	if (v->count == 0)
		(void)!password_verify(v->password, NULL);
	for (int i = 0; i < v->count; i++) {
		v->holds[i] = password_verify(v->password, v->hash[i]) == OK && v->hash[i] != NULL;
		if (v->holds[i]) {
			matches++;
			match = i;
		}
	}
	if (matches == 1 && password_needs_rehash(v->hash[match]) &&
	    password_hash(v->password, v->rehash) != OK)
		v->rehash[0] = '\0';
}

/* The row whose password matched; -1 and a refusal when none or several did. */
static enum err choose(struct request *rq, const struct db_rows *rows, const struct verification *v,
		       int *chosen)
{
	*chosen = -1;
	for (int i = 0; i < v->count; i++) {
		if (!v->holds[i] || !text_equal(db_value(rows, i, "status"), "active"))
			continue;
		if (*chosen >= 0)
			return fail(rq, PROBLEM_organization_required,
				    "You belong to several organizations; name one.");
		*chosen = i;
	}
	if (*chosen < 0)
		return fail(rq, PROBLEM_bad_credentials, "E-mail or password is wrong.");
	return OK;
}

static enum err start_session(struct request *rq, const struct db_rows *rows, int chosen,
			      const char *rehash)
{
	const char *org = db_value(rows, chosen, "organization_id");
	struct db_caller caller = sign_in_caller(rq, org);
	char refresh[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1];
	struct db_rows started;

	if (secret_generate(REFRESH_PREFIX, org, refresh, digest) != OK)
		return fail(rq, PROBLEM_internal, "No token could be made.");
	TRY(RUN_AS(rq, &caller, session_start, &started,
		   .user_id = db_value(rows, chosen, "user_id"),
		   .token_version = db_value(rows, chosen, "token_version"), .digest = digest,
		   .new_hash = rehash[0] == '\0' ? NULL : rehash));
	if (started.count == 0)
		return fail(rq, PROBLEM_bad_credentials, "E-mail or password is wrong.");
	return sign_in_answer(rq, rows, chosen, refresh, SESSION_S,
			      text_equal(body_member(rq, "session"), "cookie"));
}

enum err auth_login(struct request *rq)
{
	struct db_caller nobody = {.request_id = rq->request_id};
	struct verification *v = arena_alloc(rq->arena, sizeof(*v));
	struct attempt attempt;
	struct db_rows rows;
	enum err err;
	int chosen;

	if (v == NULL)
		return fail(rq, PROBLEM_unavailable, "There is no memory for this now.");
	TRY(attempt_begin(rq, &attempt, body_member(rq, "email")));
	err = RUN_AS(rq, &nobody, sign_in_lookup, &rows, .email = body_member(rq, "email"),
		     .organization = body_member(rq, "organization"));
	if (err != OK) {
		attempt_undo(&attempt);
		return err;
	}
	v->password = body_member(rq, "password");
	for (int i = 0; i < rows.count && i < ACCOUNTS_MAX; i++)
		v->hash[v->count++] = db_value(&rows, i, "password_hash");
	if (offload_run(rq->offload, verify_all, v) != OK) {
		attempt_undo(&attempt);
		reply_header(rq, "Retry-After", "1");
		return fail(rq, PROBLEM_unavailable, "Too many people are signing in at once.");
	}
	TRY(choose(rq, &rows, v, &chosen));
	attempt_succeeded(&attempt);
	return start_session(rq, &rows, chosen, v->rehash);
}

enum err me_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, me_get, &rows, NO_PARAMETERS));
	return answer_one(rq, 200, &rows);
}

/* Runs on another thread: the old one checked, the new one hashed. */
struct password_change {
	const char *current, *hash, *new;
	char new_hash[PASSWORD_HASH_MAX];
	enum err err;
};

static void change_password(void *arg)
{
	struct password_change *change = arg;

	change->err = password_verify(change->current, change->hash);
	if (change->err == OK)
		change->err = password_hash(change->new, change->new_hash);
}

enum err auth_change_password(struct request *rq)
{
	char refresh[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1];
	struct password_change change = {.current = body_member(rq, "current_password"),
					 .new = body_member(rq, "new_password")};
	struct attempt attempt;
	struct db_rows rows;
	const char *weakness;

	TRY(attempt_begin(rq, &attempt, rq->who.id));
	TRY(RUN(rq, my_password, &rows, NO_PARAMETERS));
	if (rows.count == 0 || db_value(&rows, 0, "password_hash") == NULL)
		return fail(rq, PROBLEM_bad_credentials, "There is no password to change.");
	weakness = password_weakness(change.new, db_value(&rows, 0, "email"));
	if (weakness != NULL) {
		attempt_undo(&attempt);
		refuse_field(rq, "/new_password", "weak_password", "%s", weakness);
		return fail(rq, PROBLEM_weak_password, "Choose another password.");
	}
	change.hash = db_value(&rows, 0, "password_hash");
	if (offload_run(rq->offload, change_password, &change) != OK)
		return fail(rq, PROBLEM_unavailable, "Too many people are signing in at once.");
	if (change.err != OK)
		return fail(rq, PROBLEM_bad_credentials, "The current password is wrong.");
	attempt_succeeded(&attempt);
	if (secret_generate(REFRESH_PREFIX, rq->who.organization_id, refresh, digest) != OK)
		return fail(rq, PROBLEM_internal, "No token could be made.");
	TRY(RUN(rq, password_change, &rows, .hash = change.new_hash, .was = change.hash,
		.digest = digest));
	if (rows.count == 0)
		return fail(rq, PROBLEM_conflict, "The password was changed meanwhile.");
	return sign_in_answer(rq, &rows, 0, refresh, SESSION_S, rq->who.by_cookie);
}
