/* The mailer: a thread that sends the messages of the queue. */
#ifndef RESOURCES_MAILER_H
#define RESOURCES_MAILER_H

#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

struct mailer;
struct settings;

/* What becomes of messages: nothing, kept to be read, or sent. */
enum mail_mode { MAIL_OFF, MAIL_CAPTURE, MAIL_SMTP };
const char *mail_mode_name(enum mail_mode mode);
/* ERR_INVALID: the settings contradict each other, or an address is none. */
enum err mail_mode_of(const struct settings *settings, enum mail_mode *mode,
		      struct why *why) MUST_USE;

struct mailer_rules {
	const struct settings *settings;
	enum mail_mode mode;
	const char *origin;	/* that links begin with */
	const uint8_t *key;	/* 32 bytes that links are derived from */
	const char *worker_url; /* whose role looks for what is due */
	const char *app_url;	/* whose role does it */
};

/* Every node has one; a message is with one of them at a time. What the rules name outlives it. */
enum err mailer_start(struct mailer **mailer, const struct mailer_rules *rules,
		      struct why *why) MUST_USE;
void mailer_stop(struct mailer *mailer); /* what is under way is given back; NULL is fine */

#endif
