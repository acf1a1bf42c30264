/* Reads what is at an address that others gave us; blocks, on a thread that may. */
#ifndef OUTBOUND_FETCH_H
#define OUTBOUND_FETCH_H

#include <stdatomic.h>

#include "core/buffer.h"
#include "outbound/outbound.h"

/*
 * Under the rules of outbound.h: public addresses alone, the one that was checked is the one that
 * is asked, no redirect is followed, all within the time. Into `body`, as much as it takes. NULL:
 * it answered 200; else a word: timeout, address_refused, unknown_host, connection_refused,
 * certificate_refused, connection_lost, too_large, redirect, denied, not_found, refused. Ends early
 * once `stopping` is set.
 */
const char *outbound_fetch(const struct outbound_rules *rules, const char *url, const char *accept,
			   struct buffer *body, const atomic_bool *stopping);

#endif
