/* Who asks, how often they may, and whether they may at all. */
#include <arpa/inet.h>
#include <assert.h>
#include <strings.h>

#include "auth/limits.h"
#include "auth/token.h"
#include "core/clock.h"
#include "core/control.h"
#include "exchange.h"
#include "steps.h"

/* Rules of the limiter; sign-in keeps its own above these. */
enum {
	LIMIT_CALLER = 1,
	LIMIT_ORGANIZATION = 2,
	LIMIT_LINK = 3,
	LIMIT_LINK_ADDRESS = 4,
	LIMIT_FORM = 5
};

#define ACCESS_COOKIE "__Host-access="

static const char *cookie_token(const char *cookies, size_t *len)
{
	const char *at = cookies;

	while (at && *at) {
		at += strspn(at, "; \t");
		if (strncmp(at, ACCESS_COOKIE, strlen(ACCESS_COOKIE)) == 0) {
			at += strlen(ACCESS_COOKIE);
			*len = strcspn(at, "; \t");
			return at;
		}
		at += strcspn(at, ";");
	}
	return NULL;
}

static bool is_safe(const struct request *rq)
{
	return rq->method == METHOD_GET;
}

/* The site that a request came from must be this one: as configured, or as its Host says. */
static bool origin_matches(const struct exchange *ex)
{
	const char *origin = ex->gate.header[HEADER_ORIGIN], *host = ex->gate.header[HEADER_HOST];
	const char *expected = ex->rq.app->settings.public_origin;

	if (expected)
		return strcasecmp(origin, expected) == 0;
	if (strncmp(origin, "https://", 8) == 0)
		origin += 8;
	else if (strncmp(origin, "http://", 7) == 0)
		origin += 7;
	else
		return false;
	return host && strcasecmp(origin, host) == 0;
}

/*
 * A write without Authorization may be a browser's, whose cookies another site can make it send:
 * a foreign Origin is refused, and with our cookie a missing one, too.
 */
static enum err check_origin(struct exchange *ex, bool by_cookie)
{
	const char *origin = ex->gate.header[HEADER_ORIGIN];

	if (is_safe(&ex->rq) || ex->gate.header[HEADER_AUTHORIZATION] || !DEFENCE(origin_check))
		return OK;
	if (origin ? origin_matches(ex) : !by_cookie)
		return OK;
	return fail(&ex->rq, PROBLEM_wrong_origin, "Write from this site's own pages only.");
}

static enum err unauthenticated(struct exchange *ex, bool sent)
{
	reply_header(&ex->rq, "WWW-Authenticate",
		     sent ? "Bearer error=\"invalid_token\"" : "Bearer");
	return fail(&ex->rq, PROBLEM_unauthenticated,
		    sent ? "The token is not valid, or no longer." : "Send an access token.");
}

enum err access_authenticate(struct exchange *ex)
{
	const char *authorization = ex->gate.header[HEADER_AUTHORIZATION], *token = NULL;
	struct request *rq = &ex->rq;
	bool by_cookie = false;
	size_t len = 0;

	if (authorization) {
		if (strncasecmp(authorization, "Bearer ", 7) == 0) {
			token = authorization + 7;
			len = strlen(token);
		}
	} else {
		token = cookie_token(ex->gate.header[HEADER_COOKIE], &len);
		by_cookie = token != NULL;
	}
	ex->waits = authorization && exchange_takes_secret(ex, authorization);
	if (ex->waits)
		return OK;
	if (rq->route->may == MAY_ANYONE)
		return check_origin(ex, ex->gate.header[HEADER_COOKIE] &&
					    strstr(ex->gate.header[HEADER_COOKIE], "__Host-"));
	if (!token || !rq->app->keys || !ex->tokens ||
	    token_verify_cached(ex->tokens, rq->app->keys, token, len, clock_unix_ms() / 1000,
				&rq->who) != OK) {
		rq->who = (struct principal){0};
		return unauthenticated(ex, token != NULL);
	}
	rq->who.by_cookie = by_cookie;
	ex->authenticated = true;
	return check_origin(ex, by_cookie);
}

const char *access_link(const struct exchange *ex)
{
	return ex->rq.route && ex->rq.route->may == MAY_ANYONE
		   ? request_header(&ex->rq, LINK_HEADER)
		   : NULL;
}

/* ---- limits -----------------------------------------------------------------------------------
 */

static void limit_headers(struct request *rq, const struct limit_answer *answer)
{
	char text[64];

	snprintf(text, sizeof(text), "\"default\";q=%u;w=60", answer->limit);
	reply_header(rq, "RateLimit-Policy", text);
	snprintf(text, sizeof(text), "\"default\";r=%u;t=%u", answer->remaining, answer->reset_s);
	reply_header(rq, "RateLimit", text);
	snprintf(text, sizeof(text), "%u", answer->limit);
	reply_header(rq, "X-RateLimit-Limit", text);
	snprintf(text, sizeof(text), "%u", answer->remaining);
	reply_header(rq, "X-RateLimit-Remaining", text);
	snprintf(text, sizeof(text), "%lld",
		 (long long)clock_unix_ms() / 1000 + (long long)answer->reset_s);
	reply_header(rq, "X-RateLimit-Reset", text);
}

static enum err refuse_limit(struct request *rq, const struct limit_answer *answer)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", answer->retry_after_s ? answer->retry_after_s : 1);
	reply_header(rq, "Retry-After", text);
	return fail(rq, PROBLEM_too_many_requests, "Wait %s seconds.", text);
}

enum err request_limit_secret(struct request *rq, const char *secret)
{
	unsigned most = rq->app->settings.rate_limit_link;
	struct limit_rule one = {LIMIT_LINK, most, 60},
			  address = {LIMIT_LINK_ADDRESS, most * 10, 60};
	int64_t now = exchange_of(rq)->started_us;
	struct limit_answer answer;

	if (!rq->app->limits)
		return OK;
	answer = limits_take(rq->app->limits, &address, rq->remote, strlen(rq->remote), now);
	if (answer.allowed)
		answer = limits_take(rq->app->limits, &one, secret, strlen(secret), now);
	return answer.allowed ? OK : refuse_limit(rq, &answer);
}

static enum err limit_link(struct exchange *ex)
{
	const char *link = access_link(ex);

	return link ? request_limit_secret(&ex->rq, link) : OK;
}

enum err request_limit_form(struct request *rq)
{
	struct limit_rule rule = {LIMIT_FORM, rq->app->settings.rate_limit_form, 3600};
	struct limit_answer answer;

	if (!rq->app->limits)
		return OK;
	answer = limits_take(rq->app->limits, &rule, rq->remote, strlen(rq->remote),
			     exchange_of(rq)->started_us);
	return answer.allowed ? OK : refuse_limit(rq, &answer);
}

enum err access_limit(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	const struct http_settings *settings = &rq->app->settings;
	struct limit_rule caller = {LIMIT_CALLER, settings->rate_limit, 60};
	struct limit_rule all = {LIMIT_ORGANIZATION, settings->rate_limit_organization, 60};
	const char *key = rq->who.kind == PRINCIPAL_NONE ? rq->remote : rq->who.id;
	struct limit_answer answer;

	if (!rq->app->limits || ex->compiled->direct || !DEFENCE(rate_limit))
		return OK;
	answer = limits_take(rq->app->limits, &caller, key, strlen(key), ex->started_us);
	limit_headers(rq, &answer);
	if (!answer.allowed)
		return refuse_limit(rq, &answer);
	if (rq->who.kind == PRINCIPAL_NONE)
		return limit_link(ex);
	answer = limits_take(rq->app->limits, &all, rq->who.organization_id,
			     strlen(rq->who.organization_id), ex->started_us);
	return answer.allowed ? OK : refuse_limit(rq, &answer);
}

/* ---- permission -------------------------------------------------------------------------------
 */

static bool user_may(const struct principal *who, enum may may)
{
	switch (may) {
	case MAY_RECRUIT:
		return who->level >= ACCESS_RECRUITER;
	case MAY_ADMIN:
	case MAY_AUDIT:
	case MAY_PROVISION:
		return who->level == ACCESS_ADMIN;
	case MAY_ANYONE:
	case MAY_READ:
	case MAY_WRITE:
	case MAY_USER:
		return true;
	}
	return false;
}

static bool client_may(const struct exchange *ex, enum may may)
{
	bool read = (is_safe(&ex->rq) && may != MAY_PROVISION) || may == MAY_AUDIT;
	scope_set needed = read ? ex->compiled->scope_read : ex->compiled->scope_write;

	switch (may) {
	case MAY_ANYONE:
		return true;
	case MAY_READ:
		/* Without a scope: what any client may know, such as who it is. */
		return (ex->rq.who.scopes & needed) == needed;
	case MAY_WRITE:
	case MAY_RECRUIT:
	case MAY_AUDIT:
	case MAY_PROVISION:
		return needed != 0 && (ex->rq.who.scopes & needed) == needed;
	case MAY_ADMIN:
	case MAY_USER:
		return false;
	}
	return false;
}

enum err access_authorise(struct exchange *ex)
{
	const struct principal *who = &ex->rq.who;
	enum may may = ex->rq.route->may;
	bool allowed = may == MAY_ANYONE || (ex->waits && who->kind == PRINCIPAL_NONE);

	if (who->kind == PRINCIPAL_USER)
		allowed = user_may(who, may);
	else if (who->kind == PRINCIPAL_CLIENT)
		allowed = client_may(ex, may);
	if (allowed || !DEFENCE(authorise))
		return OK;
	if (who->kind == PRINCIPAL_NONE)
		return unauthenticated(ex, false);
	return fail(&ex->rq, PROBLEM_forbidden, "Your access level or scopes do not allow it.");
}

bool request_waits(const struct request *rq)
{
	return ((const struct exchange *)(const void *)rq)->waits;
}

enum err request_admit(struct request *rq, const struct principal *who)
{
	struct exchange *ex = exchange_of(rq);

	rq->who = *who;
	ex->waits = false;
	ex->authenticated = true;
	TRY(access_limit(ex));
	return access_authorise(ex);
}
