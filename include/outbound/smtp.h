/* Hands a message to a mail server, and says what became of it. */
#ifndef OUTBOUND_SMTP_H
#define OUTBOUND_SMTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

struct smtp;

struct smtp_rules {
	const char *url;	     /* smtp:// or smtps:// */
	const char *user, *password; /* "": none */
	const char *ca_file;	     /* certificates to trust instead of the system's; "": none */
	bool plain;		     /* do without TLS though the server is another machine */
	unsigned timeout_ms;	     /* for all of a message */
};

/* Why the url cannot be one, as a sentence, or NULL. */
const char *smtp_url_refused(const char *url);

/* `stopping` ends what is under way once it is true. The rules' texts outlive it. */
enum err smtp_new(struct smtp **out, const struct smtp_rules *rules, const atomic_bool *stopping,
		  struct why *why) MUST_USE;
void smtp_free(struct smtp *smtp); /* NULL is fine */

enum smtp_end {
	SMTP_TAKEN,   /* the server has it */
	SMTP_REFUSED, /* for good: of this address, or of this message */
	SMTP_LATER,   /* may be tried again */
};
/* `said` is the server's word, or why there is none. */
enum smtp_end smtp_send(struct smtp *smtp, const char *from, const char *to, const char *message,
			size_t len, char said[256]);

#endif
