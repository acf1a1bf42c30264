/* Partners: what their files share, and the token endpoint's part for them. */
#ifndef RESOURCES_PARTNERS_PARTNER_H
#define RESOURCES_PARTNERS_PARTNER_H

#include "http/request.h"

#define PARTNER_SECRET_PREFIX  "pts"
#define PARTNER_HANDLE_PREFIX  "pth" /* of what a consent screen answers for */
#define PARTNER_CODE_PREFIX    "ptc"
#define PARTNER_REFRESH_PREFIX "ptr"

#define PARTNER_HEX 33 /* a UUID's hex digits without dashes, and a NUL */

/* pt_<home>_<partner>, both in undashed hex. */
struct partner_id {
	char home[PARTNER_HEX], partner[PARTNER_HEX];
};
bool partner_id_parse(const char *client_id, struct partner_id *out);

/*
 * Whether `asked` is one of `registered`, an address a line: exactly, but for the port of a
 * loopback address, which an application on the person's own machine takes as it comes (RFC 8252
 * §7.3).
 */
bool partner_redirect_registered(const char *registered, const char *asked);
/* The address with these parameters added, pairs of name and value up to a NULL name; a NULL value
 * leaves its name out. NULL: no memory. */
const char *partner_redirect_with(struct request *rq, const char *uri, const char *const *pairs);

/* Whether a request's `resource` (RFC 8707) names this server, or nothing. */
bool partner_resource_is_ours(const struct request *rq, const char *resource);
/* The issuer, which answers name (RFC 9207). */
const char *partner_issuer(const struct request *rq);

/* A token for a code, or for a refresh token. */
enum err partner_token(struct request *rq, bool refresh) MUST_USE;

#endif
