/* Writes messages. Whatever came from people is encoded, so that no header can be added by it. */
#include "mail_message.h"

#include <time.h>

#include "core/text.h"

#define ADDRESS_MOST 254
#define WORD_BYTES   42 /* of text in one encoded word, which is 75 characters at the most */
#define LINE_BYTES   57 /* 76 characters of base64 */

bool mail_address_valid(const char *address)
{
	size_t len = strlen(address);
	const char *at = strchr(address, '@');

	if (len < 3 || len > ADDRESS_MOST || !at || at == address || at[1] == '\0' ||
	    strchr(at + 1, '@') || !utf8_valid(address, len))
		return false;
	for (const char *c = address; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("<>()[]\\,;:\"", *c))
			return false;
	return true;
}

/* ---- encodings --------------------------------------------------------------------------------
 */

static void put_base64(struct buffer *out, const char *bytes, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

	for (size_t i = 0; i < len; i += 3) {
		unsigned a = (unsigned char)bytes[i];
		unsigned b = i + 1 < len ? (unsigned char)bytes[i + 1] : 0;
		unsigned c = i + 2 < len ? (unsigned char)bytes[i + 2] : 0;

		buffer_char(out, digits[a >> 2]);
		buffer_char(out, digits[(a & 3) << 4 | b >> 4]);
		buffer_char(out, digits[i + 1 < len ? (b & 15) << 2 | c >> 6 : 64]);
		buffer_char(out, digits[i + 2 < len ? c & 63 : 64]);
	}
}

/* Text in a header: encoded words (RFC 2047), each of whole characters, a line each. */
static void put_words(struct buffer *out, const char *text)
{
	size_t len = strlen(text);

	for (size_t begin = 0; begin < len || begin == 0;) {
		size_t end = begin;
		bool valid = true;

		while (end < len) {
			size_t step = utf8_next(text + end, len - end, &valid);

			if (end + step - begin > WORD_BYTES)
				break;
			end += step;
		}
		if (begin > 0)
			buffer_text(out, "\r\n ");
		buffer_text(out, "=?UTF-8?B?");
		put_base64(out, text + begin, end - begin);
		buffer_text(out, "?=");
		begin = end;
		if (len == 0)
			break;
	}
}

static bool is_plain(const char *text)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -'!?:/";

	return text[strspn(text, letters)] == '\0' && strlen(text) <= 60 && text[0] != ' ' &&
	       text[0] != '\0';
}

static void put_text_header(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, "%s: ", name);
	if (is_plain(text))
		buffer_text(out, text);
	else
		put_words(out, text);
	buffer_text(out, "\r\n");
}

static void put_mailbox(struct buffer *out, const char *header, const char *name,
			const char *address)
{
	buffer_printf(out, "%s: ", header);
	if (name && name[0] != '\0') {
		put_words(out, name);
		buffer_text(out, "\r\n ");
	}
	buffer_printf(out, "<%s>\r\n", address);
}

static void put_date(struct buffer *out, int64_t unix_s)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)unix_s;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	buffer_printf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
		      days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
		      tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void put_part(struct buffer *out, const char *boundary, const char *type,
		     const char *content, size_t len)
{
	buffer_printf(out, "--%s\r\nContent-Type: %s; charset=utf-8\r\n", boundary, type);
	buffer_text(out, "Content-Transfer-Encoding: base64\r\n\r\n");
	for (size_t i = 0; i < len; i += LINE_BYTES) {
		size_t rest = len - i;

		put_base64(out, content + i, rest < LINE_BYTES ? rest : LINE_BYTES);
		buffer_text(out, "\r\n");
	}
}

/* ---- parts ------------------------------------------------------------------------------------
 */

static json_t *stop_facts(const struct mail_message *m)
{
	return json_pack("{s:O?, s:s}", "organization", json_object_get(m->facts, "organization"),
			 "link", m->stop_page);
}

void mail_message_plain(struct buffer *out, const struct mail_message *m)
{
	json_t *facts;

	mail_text_plain(out, m->text, m->facts);
	if (!m->stop_page)
		return;
	facts = stop_facts(m);
	buffer_text(out, "\n-- \n");
	mail_text_plain(out, mail_unsubscribe[m->language], facts);
	buffer_printf(out, "%s\n", m->stop_page);
	json_decref(facts);
}

void mail_message_html(struct buffer *out, const struct mail_message *m)
{
	json_t *facts;

	buffer_printf(out,
		      "<!doctype html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\">"
		      "<meta name=\"viewport\" content=\"width=device-width\"></head>\n"
		      "<body style=\"margin:0 auto;max-width:36em;padding:1.5em;"
		      "font:16px/1.5 sans-serif\">\n",
		      mail_language_code(m->language));
	mail_text_html(out, m->text, m->facts);
	if (m->stop_page) {
		facts = stop_facts(m);
		buffer_text(out, "<hr>\n");
		mail_text_html(out, mail_unsubscribe[m->language], facts);
		mail_text_html(out, "{{link}}", facts);
		json_decref(facts);
	}
	buffer_text(out, "</body>\n</html>\n");
}

static void put_headers(struct buffer *out, const struct mail_message *m)
{
	struct buffer subject;

	buffer_init(&subject, 4096);
	mail_text_subject(&subject, m->subject, m->facts);
	put_mailbox(out, "From", m->from_name, m->from);
	put_mailbox(out, "To", m->to_name, m->to);
	if (m->reply_to)
		put_mailbox(out, "Reply-To", NULL, m->reply_to);
	put_text_header(out, "Subject", subject.failed || !subject.data ? "" : subject.data);
	buffer_release(&subject);
	put_date(out, m->unix_s);
	buffer_printf(out, "Message-ID: <%s@%s>\r\n", m->id, strchr(m->from, '@') + 1);
	if (m->stop_url) {
		buffer_printf(out, "List-Unsubscribe:\r\n <%s>\r\n", m->stop_url);
		buffer_text(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
	}
	buffer_printf(out, "Content-Language: %s\r\n", mail_language_code(m->language));
	buffer_text(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
}

/* As the last of the alternatives: a program that knows invitations shows it in the text's place.
 */
static void put_calendar(struct buffer *out, const char *boundary, const struct mail_message *m)
{
	char type[80];

	if (!m->calendar)
		return;
	snprintf(type, sizeof(type), "text/calendar; method=%s", m->calendar_method);
	put_part(out, boundary, type, m->calendar, strlen(m->calendar));
}

enum err mail_message_write(struct buffer *out, const struct mail_message *m)
{
	struct buffer plain, html;
	char boundary[UUID_TEXT_LEN + 8];

	if (!mail_address_valid(m->from) || !mail_address_valid(m->to) ||
	    (m->reply_to && !mail_address_valid(m->reply_to)))
		return ERR_INVALID;
	buffer_init(&plain, 1 << 20);
	buffer_init(&html, 1 << 20);
	mail_message_plain(&plain, m);
	mail_message_html(&html, m);
	put_headers(out, m);
	/* Base64 has no '=' before its end, so that no line of a part is the boundary. */
	snprintf(boundary, sizeof(boundary), "=_%s", m->id);
	buffer_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n",
		      boundary);
	if (!plain.failed && !html.failed) {
		put_part(out, boundary, "text/plain", plain.data, plain.len);
		put_part(out, boundary, "text/html", html.data, html.len);
	}
	put_calendar(out, boundary, m);
	buffer_printf(out, "--%s--\r\n", boundary);
	if (plain.failed || html.failed)
		out->failed = 1;
	buffer_release(&plain);
	buffer_release(&html);
	return out->failed ? ERR_MEMORY : OK;
}
