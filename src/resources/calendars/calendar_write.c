/*
 * Writes iCalendar. Moments are in UTC, which every program reads alike, across the changes of
 * summer time too; the zone that people think in is told in the text.
 */
#include "calendar_write.h"

#include <time.h>

#include "core/text.h"

#define LINE_BYTES 75 /* without the line's end */
#define LINE_MOST  65536

/* Up to 75 bytes a line, never within a character; what follows begins with a blank. */
static void put_folded(struct buffer *out, const struct buffer *line)
{
	size_t room = LINE_BYTES;

	if (line->failed)
		out->failed = 1;
	for (size_t at = 0; at < line->len && !out->failed;) {
		bool valid = true;
		size_t step = utf8_next(line->data + at, line->len - at, &valid);

		if (step == 0)
			step = 1;
		if (step > room) {
			buffer_text(out, "\r\n ");
			room = LINE_BYTES - 1;
		}
		buffer_add(out, line->data + at, step);
		room -= step;
		at += step;
	}
	buffer_text(out, "\r\n");
}

static void add_text(struct buffer *line, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c == '\\' || *c == ';' || *c == ',') {
			buffer_char(line, '\\');
			buffer_char(line, *c);
		} else if (*c == '\n') {
			buffer_text(line, "\\n");
		} else if ((unsigned char)*c >= ' ' && *c != 0x7f) {
			buffer_char(line, *c);
		}
	}
}

static void put_text(struct buffer *out, const char *name, const char *text)
{
	struct buffer line;

	if (!text || text[0] == '\0')
		return;
	buffer_init(&line, LINE_MOST);
	buffer_printf(&line, "%s:", name);
	add_text(&line, text);
	put_folded(out, &line);
	buffer_release(&line);
}

/* As it is: words of our own, numbers, addresses. */
static void put_plain(struct buffer *out, const char *name, const char *value)
{
	struct buffer line;

	if (!value)
		return;
	buffer_init(&line, LINE_MOST);
	buffer_printf(&line, "%s:%s", name, value);
	put_folded(out, &line);
	buffer_release(&line);
}

/* A parameter's value cannot hold a quote in any way that all programs read. */
static void put_person(struct buffer *out, const char *property,
		       const struct calendar_person *person)
{
	struct buffer line;

	if (!person->address)
		return;
	buffer_init(&line, LINE_MOST);
	buffer_printf(&line, "%s;CN=\"", property);
	for (const char *c = person->name ? person->name : ""; *c; c++) {
		if (*c == '"')
			buffer_char(&line, '\'');
		else if ((unsigned char)*c >= ' ' && *c != 0x7f)
			buffer_char(&line, *c);
	}
	buffer_printf(&line, "\":mailto:%s", person->address);
	put_folded(out, &line);
	buffer_release(&line);
}

void calendar_begin(struct buffer *out, const char *method, const char *name)
{
	buffer_text(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Assay//Interviews//EN\r\n");
	buffer_text(out, "CALSCALE:GREGORIAN\r\n");
	put_plain(out, "METHOD", method);
	if (!name)
		return;
	put_text(out, "NAME", name);
	put_text(out, "X-WR-CALNAME", name);
	buffer_text(out, "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n");
}

void calendar_put(struct buffer *out, const struct calendar_entry *entry)
{
	buffer_printf(out, "BEGIN:VEVENT\r\nUID:interview-%s@assay\r\n", entry->id);
	put_plain(out, "SEQUENCE", entry->sequence);
	put_plain(out, "DTSTAMP", entry->stamp);
	put_plain(out, "DTSTART", entry->starts);
	put_plain(out, "DTEND", entry->ends);
	put_plain(out, "STATUS", entry->cancelled ? "CANCELLED" : "CONFIRMED");
	put_text(out, "SUMMARY", entry->summary);
	put_text(out, "DESCRIPTION", entry->description);
	put_text(out, "LOCATION", entry->location);
	put_plain(out, "URL", entry->url);
	put_person(out, "ORGANIZER", &entry->organizer);
	put_person(out, "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE",
		   &entry->attendee);
	buffer_text(out, entry->cancelled ? "TRANSP:TRANSPARENT\r\n" : "TRANSP:OPAQUE\r\n");
	buffer_text(out, "CLASS:PRIVATE\r\nEND:VEVENT\r\n");
}

void calendar_end(struct buffer *out)
{
	buffer_text(out, "END:VCALENDAR\r\n");
}

void calendar_moment(char out[20], long long unix_s)
{
	time_t t = (time_t)unix_s;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(out, 20, "%Y%m%dT%H%M%SZ", &tm);
}
