/* Rate limits and the growing delay after failed sign-ins, exact across the process's workers. */
#ifndef AUTH_LIMITS_H
#define AUTH_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"

/*
 * Token buckets in a table of fixed size, shared by all workers; a lookup locks one of 64 shards
 * for well under a microsecond and allocates nothing. When a shard's row is full, the bucket
 * nearest to full gives way, since forgetting it forgives least.
 */
struct limits;
struct limits *limits_new(size_t entries); /* NULL: no memory or random bytes */
void limits_free(struct limits *limits);

/* `limit` requests may come at once, and as many more spread over each `window_s`. */
struct limit_rule {
	unsigned id; /* keeps one key's buckets of several rules apart */
	unsigned limit, window_s;
};

/* The words of the RateLimit and Retry-After headers. */
struct limit_answer {
	bool allowed;
	unsigned limit, remaining; /* remaining after this one */
	unsigned reset_s;	   /* until the bucket is full again */
	unsigned retry_after_s;	   /* 0 when allowed */
};

/* Takes one from the bucket of `key` under `rule`. now_us is the monotonic clock's. */
struct limit_answer limits_take(struct limits *limits, const struct limit_rule *rule,
				const char *key, size_t len, int64_t now_us) MUST_USE;

/*
 * Failed sign-ins: after `free_failures` within `window_s` each attempt must wait, 1, 2, 4 … 60 s
 * after the one before. Never a lock, so that nobody can shut another person out for long.
 */
struct sign_in_delay;
struct sign_in_delay *sign_in_delay_new(size_t entries);
void sign_in_delay_free(struct sign_in_delay *delay);

struct sign_in_rule {
	unsigned id; /* as in limit_rule: account, address */
	unsigned free_failures, window_s;
};

/*
 * 0: go on and check the password; the attempt counts as failed from now on, so that parallel
 * guesses do not slip through. Else the seconds to wait; a refused attempt counts for nothing.
 */
unsigned sign_in_delay_begin(struct sign_in_delay *delay, const struct sign_in_rule *rule,
			     const char *key, size_t len, int64_t now_us) MUST_USE;
/* The password was right: the account's failures are forgotten. */
void sign_in_delay_succeeded(struct sign_in_delay *delay, const struct sign_in_rule *rule,
			     const char *key, size_t len);
/*
 * Takes back one attempt: it was never judged (503), or it succeeded and `key` is an address,
 * whose other failures stand, or an attacker's own account would wipe them out.
 */
void sign_in_delay_undo(struct sign_in_delay *delay, const struct sign_in_rule *rule,
			const char *key, size_t len);

#endif
