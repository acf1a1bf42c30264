/* Requests to addresses that others gave us: many at once, on the thread that owns them. */
#ifndef OUTBOUND_OUTBOUND_H
#define OUTBOUND_OUTBOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

/* So much of an answer is kept, and so much of one is read at most. */
#define OUTBOUND_EXCERPT      500
#define OUTBOUND_HEADERS_MOST 16384
#define OUTBOUND_BODY_MOST    65536

struct outbound_rules {
	bool development;    /* this machine may be reached, and by plain http */
	unsigned timeout_ms; /* for all of a request */
	const char *ca_file; /* certificates to trust instead of the system's; NULL: none */
};

/*
 * What is wrong with an address as one that requests are to go to, as a sentence's end ("is …"),
 * or NULL: it has to be https, name a host without user or password, and if that is a number, a
 * public one. Names are looked up only when a request is sent.
 */
const char *outbound_url_refused(const char *url, bool development);

struct outbound;
enum err outbound_new(struct outbound **out, const struct outbound_rules *rules,
		      size_t most) MUST_USE;
void outbound_free(struct outbound *outbound); /* NULL is fine; what is under way is dropped */
size_t outbound_room(const struct outbound *outbound);

struct outbound_header {
	const char *name, *value;
};

/* Everything is copied. ERR_BUSY: `most` are under way. */
enum err outbound_post(struct outbound *outbound, const char *url,
		       const struct outbound_header *headers, size_t count, const char *body,
		       size_t len, void *owner) MUST_USE;

struct outbound_answer {
	void *owner;
	int status;	     /* 0: there was none */
	const char *failure; /* NULL, or a word: timeout, address_refused, connection_refused … */
	unsigned ms;
	char excerpt[OUTBOUND_EXCERPT * 4 + 1]; /* UTF-8, so many characters at most */
};
/* One that has ended; false: none has. */
bool outbound_next(struct outbound *outbound, struct outbound_answer *answer);

/* Drops one that is under way and gives back its owner; NULL: none is. */
void *outbound_drop(struct outbound *outbound) MUST_USE;

/* Works until something has ended, or outbound_wake was called, or so long. */
void outbound_wait(struct outbound *outbound, unsigned ms);
void outbound_wake(struct outbound *outbound); /* from any thread */

#endif
