/* What the OAuth 2 endpoints share: their errors, the client's credentials, the answer with a
 * token. */
#ifndef RESOURCES_SIGN_IN_OAUTH_H
#define RESOURCES_SIGN_IN_OAUTH_H

#include "http/request.h"

/* RFC 6749 §5.2 asks for this form instead of problem+json. */
enum err oauth_refuse(struct request *rq, int status, const char *code,
		      const char *sentence) MUST_USE;
/*
 * The credentials of the form, or of HTTP Basic; `both`: of either, which is refused. `secret` is
 * NULL where none was sent. False where nothing names a client.
 */
bool oauth_credentials(struct request *rq, const char **id, const char **secret, bool *both);
/* An access token for `who`; with `refresh`, if it is not NULL. */
enum err oauth_answer(struct request *rq, const struct principal *who,
		      const char *refresh) MUST_USE;

#endif
