/* The steps that have files of their own. */
#ifndef SRC_HTTP_STEPS_H
#define SRC_HTTP_STEPS_H

#include "core/attr.h"
#include "core/error.h"

struct exchange;
struct request;

/* access.c */
/* A file that comes with a candidate's link, and how much of such files is in memory at a time. */
#define LINK_BODY_MAX	((size_t)10 << 20)
#define LINK_BODIES_MAX ((size_t)48 << 20)

/* The candidate's link that came with a request that needs no sign-in, or NULL. */
const char *access_link(const struct exchange *ex);
enum err access_authenticate(struct exchange *ex) MUST_USE;
enum err access_limit(struct exchange *ex) MUST_USE;
enum err access_authorise(struct exchange *ex) MUST_USE;

/* body.c: query, body and idempotency key, against the API document. */
enum err body_check(struct exchange *ex) MUST_USE;

/* request.c: an error that no one has put into words yet; returns ERR_REFUSED. */
enum err request_fail(struct request *rq, enum err err);

#endif
