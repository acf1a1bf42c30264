/* Invitations: what a message about an interview puts into its reader's calendar. */
#ifndef RESOURCES_MAIL_CALENDAR_H
#define RESOURCES_MAIL_CALENDAR_H

#include "db/admin.h"
#include "mail_message.h"

/*
 * Into `out`, and as the message's calendar, from a row of mail_calendar(); without a row the
 * message has none. ERR_MEMORY.
 */
enum err mail_calendar_write(struct buffer *out, const struct admin_rows *row,
			     struct mail_message *message, const char *origin) MUST_USE;

#endif
