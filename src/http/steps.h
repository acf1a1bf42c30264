/* The steps that have files of their own. */
#ifndef SRC_HTTP_STEPS_H
#define SRC_HTTP_STEPS_H

#include "core/attr.h"
#include "core/error.h"

struct exchange;
struct request;

/* access.c */
enum err access_authenticate(struct exchange *ex) MUST_USE;
enum err access_limit(struct exchange *ex) MUST_USE;
enum err access_authorise(struct exchange *ex) MUST_USE;

/* body.c: query, body and idempotency key, against the API document. */
enum err body_check(struct exchange *ex) MUST_USE;

/* request.c: an error that no one has put into words yet; returns ERR_REFUSED. */
enum err request_fail(struct request *rq, enum err err);

#endif
