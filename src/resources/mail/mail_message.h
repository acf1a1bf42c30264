/* A message as it is handed to a mail server: headers, plain text and HTML (RFC 5322, 2045 to
 * 2047). */
#ifndef RESOURCES_MAIL_MESSAGE_H
#define RESOURCES_MAIL_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"
#include "mail_text.h"

struct mail_message {
	const char *id;		      /* a UUID: with the sender's domain the Message-ID */
	const char *from, *from_name; /* an address, and who writes */
	const char *to, *to_name;
	const char *reply_to; /* NULL: none */
	const char *stop_url,
	    *stop_page; /* to get no more of these, for programs and people; NULL */
	enum mail_language language;
	const char *subject, *text; /* with placeholders */
	const json_t *facts;
	int64_t unix_s;
	/* An invitation that belongs to it (iCalendar), and its method; NULL: none. */
	const char *calendar, *calendar_method;
};

/*
 * Is it an address that may stand in a header and an envelope: one @, nothing that ends a line or
 * an address, no blanks, 254 bytes at the most?
 */
bool mail_address_valid(const char *address);

/*
 * ERR_INVALID: an address is none. Lines end in CRLF; none is longer than 78 characters, unless one
 * address or one link is.
 */
enum err mail_message_write(struct buffer *out, const struct mail_message *message) MUST_USE;

/* The two parts alone, as a preview shows them. */
void mail_message_plain(struct buffer *out, const struct mail_message *message);
void mail_message_html(struct buffer *out, const struct mail_message *message);

#endif
