/* What the ways of signing in share: sessions, cookies, the answer with tokens. */
#ifndef RESOURCES_SIGN_IN_H
#define RESOURCES_SIGN_IN_H

#include "auth/secret.h"
#include "http/request.h"

#define REFRESH_PREFIX "rt"
#define CLIENT_PREFIX  "acs"
#define SESSION_S      (30 * 24 * 3600)

/* The system, in one organization: who acts before anybody has signed in. */
struct db_caller sign_in_caller(const struct request *rq, const char *organization_id);

/*
 * Answers with an access token for the user in `row` (user_id, access_level, token_version,
 * organization_id, organization_name, organization_slug) and the refresh token, as cookies or in
 * the body. `lives_s` is what is left of the session.
 */
enum err sign_in_answer(struct request *rq, const struct db_rows *rows, int row,
			const char *refresh, long lives_s, bool cookie) MUST_USE;

/* The refresh token of the body or else of the cookie; NULL when there is none. */
const char *sign_in_refresh_token(struct request *rq, bool *cookie);
void sign_in_forget_cookies(struct request *rq);

/*
 * Lets in an API client by its secret, where request_waits. ERR_DENIED: it is none, or no longer
 * one; ERR_REFUSED: limits or rights.
 */
enum err client_admit(struct request *rq, const char *secret) MUST_USE;

#endif
