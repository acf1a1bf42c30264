/* Calendars as other programs read them: iCalendar (RFC 5545) and its invitations (RFC 5546). */
#ifndef RESOURCES_CALENDAR_WRITE_H
#define RESOURCES_CALENDAR_WRITE_H

#include <stdbool.h>

#include "core/buffer.h"

struct calendar_person {
	const char *name, *address; /* address NULL: nobody */
};

/* Texts may hold anything: what has a meaning in iCalendar is escaped, long lines are folded. */
struct calendar_entry {
	const char *id;	      /* the interview's: the UID is the same wherever it is told */
	const char *sequence; /* decimal, rises with each change */
	const char *stamp, *starts, *ends; /* in UTC: 20270503T080000Z */
	const char *summary;
	const char *description, *location, *url; /* NULL: none */
	struct calendar_person organizer, attendee;
	bool cancelled;
};

/* method: PUBLISH, REQUEST or CANCEL; name NULL: an event, no calendar to subscribe to. */
void calendar_begin(struct buffer *out, const char *method, const char *name);
void calendar_put(struct buffer *out, const struct calendar_entry *entry);
void calendar_end(struct buffer *out);

/* A moment in the form that entries take. */
void calendar_moment(char out[20], long long unix_s);

#endif
