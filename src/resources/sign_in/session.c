/* Sessions: refresh, sign-out, and the answer with tokens that every sign-in ends with. */
#include "sign_in.h"

#include "auth/token.h"
#include "core/clock.h"
#include "http/app.h"
#include "resources/handlers.h"
#include "statements.h"

#define REFRESH_COOKIE "__Host-refresh="
/* For scripts: there is a session to ask about. It opens nothing. */
#define HERE_COOKIE "__Host-here="

struct db_caller sign_in_caller(const struct request *rq, const char *organization_id)
{
	return (struct db_caller){
	    .organization_id = organization_id,
	    .actor_kind = "system",
	    .request_id = rq->request_id,
	};
}

static enum access_level level_of(const char *name)
{
	if (text_equal(name, "admin"))
		return ACCESS_ADMIN;
	return text_equal(name, "recruiter") ? ACCESS_RECRUITER : ACCESS_MEMBER;
}

static void set_cookie(struct request *rq, const char *name, const char *value, long max_age)
{
	const char *hidden = text_equal(name, HERE_COOKIE) ? "" : " HttpOnly;";
	const char *cookie =
	    arena_printf(rq->arena, "%s%s; Path=/; Max-Age=%ld; Secure;%s SameSite=Strict", name,
			 value, max_age, hidden);

	if (cookie != NULL)
		reply_header(rq, "Set-Cookie", cookie);
}

void sign_in_forget_cookies(struct request *rq)
{
	set_cookie(rq, "__Host-access=", "", 0);
	set_cookie(rq, REFRESH_COOKIE, "", 0);
	set_cookie(rq, HERE_COOKIE, "", 0);
}

static enum err issue(struct request *rq, const struct db_rows *rows, int row,
		      char token[TOKEN_MAX + 1])
{
	struct principal who = {
	    .kind = PRINCIPAL_USER,
	    .level = level_of(db_value(rows, row, "access_level")),
	    .token_version = (uint32_t)strtoul(db_value(rows, row, "token_version"), NULL, 10),
	};

	snprintf(who.organization_id, sizeof(who.organization_id), "%s",
		 db_value(rows, row, "organization_id"));
	snprintf(who.id, sizeof(who.id), "%s", db_value(rows, row, "user_id"));
	return token_issue(rq->app->keys, &who, clock_unix_ms() / 1000, token);
}

enum err sign_in_answer(struct request *rq, const struct db_rows *rows, int row,
			const char *refresh, long lives_s, bool cookie)
{
	struct json_writer *json = &rq->json;
	char *token = arena_alloc(rq->arena, TOKEN_MAX + 1);

	if (token == NULL || issue(rq, rows, row, token) != OK)
		return fail(rq, PROBLEM_internal, "No token could be issued.");
	if (cookie) {
		set_cookie(rq, "__Host-access=", token, TOKEN_LIFE_S);
		set_cookie(rq, REFRESH_COOKIE, refresh, lives_s);
		set_cookie(rq, HERE_COOKIE, "1", lives_s);
	}
	answer_begin(rq, 200);
	reply_header(rq, "Cache-Control", "no-store");
	json_open_object(json);
	json_member(json, "access_token", token);
	json_member(json, "token_type", "Bearer");
	json_key(json, "expires_in");
	json_put_integer(json, TOKEN_LIFE_S);
	json_member(json, "refresh_token", cookie ? NULL : refresh);
	json_key(json, "organization");
	json_open_object(json);
	json_member(json, "id", db_value(rows, row, "organization_id"));
	json_member(json, "name", db_value(rows, row, "organization_name"));
	json_member(json, "slug", db_value(rows, row, "organization_slug"));
	json_close_object(json);
	json_close_object(json);
	return OK;
}

/* Of "a=1; b=2", the value of one; the arena's. */
static const char *cookie_value(struct request *rq, const char *name)
{
	const char *at = request_header(rq, "Cookie");
	size_t len = strlen(name);

	while (at != NULL && *at != '\0') {
		at += strspn(at, " ;");
		if (strncmp(at, name, len) == 0)
			return arena_memdup(rq->arena, at + len, strcspn(at + len, ";"));
		at = strchr(at, ';');
	}
	return NULL;
}

const char *sign_in_refresh_token(struct request *rq, bool *cookie)
{
	const char *given = json_string_value(json_object_get(rq->body, "refresh_token"));

	*cookie = given == NULL;
	/* Where there is Authorization, cookies are nothing, and the Origin was not asked for. */
	if (given == NULL && request_header(rq, "Authorization") == NULL)
		given = cookie_value(rq, REFRESH_COOKIE);
	return given;
}

enum err auth_refresh(struct request *rq)
{
	char org[PRINCIPAL_UUID], digest[SHA256_HEX_LEN + 1], new_digest[SHA256_HEX_LEN + 1];
	char refresh[SECRET_MAX + 1];
	struct db_rows rows;
	bool cookie;
	const char *token = sign_in_refresh_token(rq, &cookie);

	if (token == NULL || secret_parse(REFRESH_PREFIX, token, org, digest) != OK)
		return fail(rq, PROBLEM_refresh_refused, "Sign in again.");
	if (secret_generate(REFRESH_PREFIX, org, refresh, new_digest) != OK)
		return fail(rq, PROBLEM_internal, "No token could be made.");
	struct db_caller caller = sign_in_caller(rq, org);
	TRY(RUN_AS(rq, &caller, session_refresh, &rows, .digest = digest,
		   .new_digest = new_digest));
	if (rows.count == 0)
		return fail(rq, PROBLEM_refresh_refused, "Sign in again.");
	return sign_in_answer(rq, &rows, 0, refresh,
			      strtol(db_value(&rows, 0, "lives_s"), NULL, 10), cookie);
}

/* Ends the session whatever state it is in; says nothing of tokens that are not known. */
enum err auth_logout(struct request *rq)
{
	char org[PRINCIPAL_UUID], digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;
	bool cookie;
	const char *token = sign_in_refresh_token(rq, &cookie);

	if (token != NULL && secret_parse(REFRESH_PREFIX, token, org, digest) == OK) {
		struct db_caller caller = sign_in_caller(rq, org);

		TRY(RUN_AS(rq, &caller, session_end, &rows, .digest = digest));
	}
	sign_in_forget_cookies(rq);
	return answer_nothing(rq, NULL);
}
