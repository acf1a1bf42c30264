/*
 * Writes invitations (RFC 6047): a request for an interview that is on, a cancellation for one that
 * is not. They say what the message itself says, and so nothing that its reader may not know.
 */
#include "mail_calendar.h"

#include "core/text.h"
#include "resources/calendars/calendar_write.h"

#define TEXT_MOST ((size_t)1 << 20)

enum column { ID, SEQUENCE, STARTS, ENDS, CANCELLED };

static const char *fact(const struct mail_message *message, const char *name)
{
	const char *text = json_string_value(json_object_get(message->facts, name));

	return text ? text : "";
}

/* Interviewers are told whom they meet; a candidate, by whom they are invited. */
static void summarize(struct buffer *out, const struct mail_message *message, bool interviewer)
{
	buffer_printf(out, "%s: %s, %s", fact(message, "stage"),
		      fact(message, interviewer ? "candidate" : "role"),
		      fact(message, interviewer ? "role" : "organization"));
}

enum err mail_calendar_write(struct buffer *out, const struct admin_rows *row,
			     struct mail_message *message, const char *origin)
{
	const char *path = json_string_value(json_object_get(message->facts, "path"));
	struct buffer summary, text, url;
	char stamp[20];
	bool cancelled;

	if (row->count == 0)
		return OK;
	cancelled = text_equal(admin_value(row, 0, CANCELLED), "t");
	message->calendar_method = cancelled ? "CANCEL" : "REQUEST";
	buffer_init(&summary, TEXT_MOST);
	buffer_init(&text, TEXT_MOST);
	buffer_init(&url, TEXT_MOST);
	summarize(&summary, message, path != NULL);
	if (path) {
		mail_message_plain(&text, message);
		buffer_printf(&url, "%s%s#kit", origin, path);
	} else {
		/* The link in a candidate's mail is theirs alone; calendars are shown to others. */
		buffer_text(&text, fact(message, "when"));
	}
	calendar_moment(stamp, message->unix_s);
	if (!summary.failed && !text.failed && !url.failed) {
		calendar_begin(out, message->calendar_method, NULL);
		calendar_put(out, &(struct calendar_entry){
				      .id = admin_value(row, 0, ID),
				      .sequence = admin_value(row, 0, SEQUENCE),
				      .stamp = stamp,
				      .starts = admin_value(row, 0, STARTS),
				      .ends = admin_value(row, 0, ENDS),
				      .summary = summary.data,
				      .description = text.data,
				      .location = fact(message, "place"),
				      .url = url.data,
				      .organizer = {message->from_name, message->from},
				      .attendee = {message->to_name, message->to},
				      .cancelled = cancelled,
				  });
		calendar_end(out);
	}
	if (summary.failed || text.failed || url.failed)
		out->failed = 1;
	buffer_release(&summary);
	buffer_release(&text);
	buffer_release(&url);
	message->calendar = out->data;
	return out->failed ? ERR_MEMORY : OK;
}
