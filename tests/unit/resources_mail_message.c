/* Messages as they leave: headers that nobody can add to, encodings, lines, parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/resources/mail/mail_message.h"
#include "core/text.h"

#define ID	 "0192f0c4-8d5e-7a3b-9c1d-2e4f60718293"
#define BOUNDARY "=_" ID
#define LONG                                                                                       \
	"Straße der Großen Überraschungen und kleinen Ärgernisse, zweiter Hof, 🦉 dritte "   \
	"Tür "                                                                                    \
	"links"
/* All that ends a line, a header or an address somewhere. */
#define HOSTILE                                                                                    \
	"Eve\r\nBcc: all@example.com\r\n\r\n<script>\x0b\x0c\x7f\xc2\x85\xe2\x80\xa8--" BOUNDARY   \
	"--"

static struct buffer out;

/* ---- writing ----------------------------------------------------------------------------------
 */

/* Values for each placeholder that there is. */
static json_t *all_facts(const char *value)
{
	json_t *facts = json_object();

	for (unsigned i = 0; i < mail_sample_count; i++)
		json_object_set_new(facts, mail_samples[i].name, json_string(value));
	json_object_set_new(facts, "link", json_string("https://assay.example/x#pw_1"));
	return facts;
}

static struct mail_message usual(const json_t *facts)
{
	return (struct mail_message){
	    .id = ID,
	    .from = "assay@company.test",
	    .from_name = "Company (Assay)",
	    .to = "kim@example.com",
	    .to_name = "Kim",
	    .language = MAIL_ENGLISH,
	    .subject = "Hello {{name}}",
	    .text = "Hello {{name}},\n\nsee {{link}}",
	    .facts = facts,
	    .unix_s = 1795396185,
	};
}

static const char *written(const struct mail_message *message)
{
	buffer_release(&out);
	buffer_init(&out, 1 << 20);
	assert_int_equal(mail_message_write(&out, message), OK);
	return out.data;
}

/* ---- reading, by the rules and not by what writes ---------------------------------------------
 */

static size_t decode(const char *in, size_t len, char *to)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, have = 0;
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		const char *digit = in[i] == '\0' ? NULL : strchr(digits, in[i]);

		if (!digit)
			continue;
		bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			to[used++] = (char)(bits >> have & 0xff);
		}
	}
	to[used] = '\0';
	return used;
}

/* A header, unfolded and with its encoded words decoded; "" where there is none. */
static const char *header(const char *message, const char *name)
{
	static char value[8192];
	char start[64];
	const char *at = message, *end = strstr(message, "\r\n\r\n");
	size_t used = 0;

	value[0] = '\0';
	snprintf(start, sizeof(start), "%s:", name);
	while (at < end && strncmp(at, start, strlen(start)) != 0)
		at = strstr(at, "\r\n") + 2;
	if (at >= end)
		return value;
	at += strlen(start);
	for (bool encoded = false; at <= end && (at[0] != '\r' || at[2] == ' ');) {
		const char *stop =
		    strncmp(at, "=?UTF-8?B?", 10) == 0 ? strstr(at + 10, "?=") : NULL;

		if (stop) {
			/* The blank between two encoded words is none. */
			if (encoded && used > 0 && value[used - 1] == ' ')
				used--;
			used += decode(at + 10, (size_t)(stop - at - 10), value + used);
			at = stop + 2;
			encoded = true;
		} else if (at[0] == '\r') {
			at += 2;
		} else {
			encoded = encoded && at[0] == ' ';
			value[used++] = *at++;
		}
		value[used] = '\0';
	}
	return value[0] == ' ' ? value + 1 : value;
}

static const char *part(const char *message, const char *type)
{
	static char text[1 << 16];
	char start[64];
	const char *at, *end;

	snprintf(start, sizeof(start), "Content-Type: %s; charset=utf-8\r\n", type);
	at = strstr(message, start);
	assert_non_null(at);
	at = strstr(at, "\r\n\r\n") + 4;
	end = strstr(at, "\r\n--");
	assert_non_null(end);
	(void)decode(at, (size_t)(end - at), text);
	return text;
}

/* Only CRLF ends a line, all is ASCII, and no line is longer than it may be. */
static void check_lines_of(const char *message, size_t most)
{
	for (const char *line = message; *line;) {
		size_t len = strcspn(line, "\r\n");

		if (len > most)
			fail_msg("a line of %zu: %.100s", len, line);
		assert_true(line[len] == '\r' && line[len + 1] == '\n');
		for (size_t i = 0; i < len; i++)
			assert_true(line[i] >= ' ' && line[i] <= '~');
		line += len + 2;
	}
}

static void check_lines(const char *message)
{
	check_lines_of(message, 78);
}

static size_t headers_named(const char *message, const char *names)
{
	const char *end = strstr(message, "\r\n\r\n");
	size_t count = 0;

	for (const char *at = message; at < end + 2; at = strstr(at, "\r\n") + 2) {
		char name[64];
		size_t len = strcspn(at, ":\r");

		if (at[0] == ' ')
			continue;
		snprintf(name, sizeof(name), " %.*s ", (int)len, at);
		if (!strstr(names, name))
			fail_msg("the header %s was added", name);
		count++;
	}
	return count;
}

#define HEADERS                                                                                    \
	" From To Subject Date Message-ID Content-Language Auto-Submitted MIME-Version "           \
	"Content-Type Reply-To List-Unsubscribe List-Unsubscribe-Post "
#define USUAL_HEADERS 9

/* ---- the tests --------------------------------------------------------------------------------
 */

static void test_a_message_is_as_its_rules_have_it(void **state)
{
	json_t *facts = all_facts("Kim");
	struct mail_message message = usual(facts);
	const char *text = written(&message);

	(void)state;
	check_lines(text);
	assert_int_equal(headers_named(text, HEADERS), USUAL_HEADERS);
	assert_string_equal(header(text, "From"), "Company (Assay) <assay@company.test>");
	assert_string_equal(header(text, "To"), "Kim <kim@example.com>");
	assert_string_equal(header(text, "Subject"), "Hello Kim");
	assert_non_null(strstr(text, "\r\nSubject: Hello Kim\r\n"));
	assert_string_equal(header(text, "Date"), "Mon, 23 Nov 2026 01:09:45 +0000");
	assert_string_equal(header(text, "Message-ID"), "<" ID "@company.test>");
	assert_string_equal(header(text, "Auto-Submitted"), "auto-generated");
	assert_string_equal(header(text, "Content-Type"),
			    "multipart/alternative; boundary=\"" BOUNDARY "\"");
	assert_string_equal(part(text, "text/plain"),
			    "Hello Kim,\n\nsee https://assay.example/x#pw_1\n");
	assert_non_null(
	    strstr(part(text, "text/html"), "<a href=\"https://assay.example/x#pw_1\">"));
	message.reply_to = "jobs@company.test";
	message.stop_url = "https://assay.example/v1/mail_unsubscribes/un_1";
	message.stop_page = "https://assay.example/unsubscribe#un_1";
	message.language = MAIL_GERMAN;
	text = written(&message);
	assert_int_equal(headers_named(text, HEADERS), USUAL_HEADERS + 3);
	assert_string_equal(header(text, "Reply-To"), "<jobs@company.test>");
	assert_string_equal(header(text, "List-Unsubscribe"),
			    "<https://assay.example/v1/mail_unsubscribes/un_1>");
	assert_string_equal(header(text, "Content-Language"), "de");
	assert_non_null(strstr(part(text, "text/plain"), message.stop_page));
	json_decref(facts);
}

static void test_what_is_not_ascii_comes_through_whole(void **state)
{
	json_t *facts = all_facts(LONG);
	struct mail_message message = usual(facts);
	const char *text;

	(void)state;
	message.to_name = message.from_name = LONG;
	text = written(&message);
	check_lines(text);
	assert_string_equal(header(text, "Subject"), "Hello " LONG);
	assert_string_equal(header(text, "To"), LONG " <kim@example.com>");
	assert_string_equal(header(text, "From"), LONG " <assay@company.test>");
	assert_non_null(strstr(part(text, "text/plain"), "Hello " LONG ",\n"));
	/* Each encoded word is whole characters, and 75 characters at the most. */
	for (const char *at = text; (at = strstr(at, "=?UTF-8?B?")) != NULL;) {
		const char *end = strstr(at + 10, "?=");
		char word[128];
		size_t len;

		assert_non_null(end);
		assert_true(end + 2 - at <= 75);
		len = decode(at + 10, (size_t)(end - at - 10), word);
		assert_true(utf8_valid(word, len));
		at = end;
	}
	json_decref(facts);
}

/* Encoded words are what other programs take for such, wherever they come from. */
static void test_what_looks_encoded_is_shown_as_it_is(void **state)
{
	static const char *const given[] = {
	    "=?UTF-8?B?QmNj?=", "=?utf-8?q?x?= y", "", " ", "a  b", "x_y@z", "\"a\" <b@c>"};
	json_t *facts = all_facts("x");
	struct mail_message message = usual(facts);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		message.subject = given[i];
		message.to_name = given[i];
		check_lines(written(&message));
		assert_int_equal(headers_named(out.data, HEADERS), USUAL_HEADERS);
		assert_string_equal(header(out.data, "Subject"), given[i]);
		assert_int_equal(strlen(header(out.data, "To")), strlen(given[i]) +
								     strlen("<kim@example.com>") +
								     (given[i][0] != '\0'));
	}
	json_decref(facts);
}

/* Every template, with every value as bad as can be. */
static void test_no_value_adds_a_header_a_part_or_markup(void **state)
{
	json_t *facts = all_facts(HOSTILE);

	(void)state;
	for (unsigned i = 0; i < mail_template_count; i++) {
		for (unsigned language = 0; language < MAIL_LANGUAGES; language++) {
			struct mail_message message = usual(facts);
			const char *text, *html;

			message.subject = mail_templates[i].words[language].subject;
			message.text = mail_templates[i].words[language].text;
			message.language = (enum mail_language)language;
			message.to_name = message.from_name = HOSTILE;
			text = written(&message);
			check_lines(text);
			assert_int_equal(headers_named(text, HEADERS), USUAL_HEADERS);
			/* Where a part begins: two, and the end. */
			assert_null(strstr(text, "\r\nBcc"));
			html = strstr(text, "\r\n--" BOUNDARY "--\r\n");
			assert_non_null(html);
			assert_string_equal(html + strlen("\r\n--" BOUNDARY "--\r\n"), "");
			html = part(text, "text/html");
			assert_null(strstr(html, "<script"));
			assert_non_null(strstr(html, "&lt;script&gt;"));
			assert_null(strpbrk(part(text, "text/plain"), "\r\x0b\x0c\x7f"));
			assert_null(strstr(part(text, "text/plain"), "\nBcc"));
		}
	}
	json_decref(facts);
}

static void test_a_value_is_no_template(void **state)
{
	json_t *facts = all_facts("{{link}} {{name}} {{");
	struct mail_message message = usual(facts);

	(void)state;
	json_object_set_new(facts, "link", json_string("javascript:\" onclick=\"x\r\n'<&>"));
	written(&message);
	assert_string_equal(header(out.data, "Subject"), "Hello {{link}} {{name}} {{");
	assert_non_null(strstr(part(out.data, "text/plain"), "Hello {{link}} {{name}} {{,\n"));
	/* What stands in the link stays in its attribute. */
	assert_non_null(
	    strstr(part(out.data, "text/html"),
		   "<a href=\"javascript:&quot; onclick=&quot;x  &#39;&lt;&amp;&gt;\">"));
	json_decref(facts);
}

static void test_a_line_with_nothing_to_say_is_left_out(void **state)
{
	json_t *facts = json_pack("{s:s,s:s,s:s}", "name", "Kim", "place", "", "link", "");

	(void)state;
	buffer_release(&out);
	buffer_init(&out, 4096);
	mail_text_plain(
	    &out,
	    "\n\nHello {{name}}\r\nWhere: {{place}}\n\n\n{{minutes}}\n\nBye {{link}} {{name}} {{ x",
	    facts);
	assert_string_equal(out.data, "Hello Kim\n\nBye  Kim {{ x\n");
	buffer_clear(&out);
	mail_text_html(&out, "A\nB\n\n\nC {{place}}\n\nD {{name}}", facts);
	assert_string_equal(out.data, "<p>A<br>\nB</p>\n<p>D Kim</p>\n");
	json_decref(facts);
}

static void test_texts_are_held_against_their_template(void **state)
{
	const struct mail_template *template = mail_template_find("invitation");
	char strange[64];

	(void)state;
	assert_non_null(template);
	assert_null(mail_template_find("nothing"));
	assert_true(mail_text_check(template, "{{name}} {{link}} { } }}", strange));
	assert_false(mail_text_check(template, "a {{salary}}", strange));
	assert_string_equal(strange, "salary");
	for (size_t i = 0; i < 5; i++) {
		static const char *const broken[] = {"{{", "{{}}", "{{ name }}", "{{name",
						     "{{{name}}}"};

		assert_false(mail_text_check(template, broken[i], strange));
	}
	for (unsigned i = 0; i < mail_template_count; i++)
		for (unsigned language = 0; language < MAIL_LANGUAGES; language++) {
			const struct mail_words *words = &mail_templates[i].words[language];

			assert_true(mail_text_check(&mail_templates[i], words->subject, strange));
			assert_true(mail_text_check(&mail_templates[i], words->text, strange));
			assert_false(mail_text_has_link(words->subject));
			if (mail_templates[i].link_needed)
				assert_true(mail_text_has_link(words->text));
		}
}

/* An address and a link cannot be folded; the line that holds one holds nothing else. */
static void check_long_ones(const char *address)
{
	json_t *facts = all_facts("x");
	struct mail_message message = usual(facts);

	message.to = message.reply_to = address;
	message.to_name = LONG;
	message.stop_url = "https://assay.example.com/v1/mail_unsubscribes/"
			   "un_0192f0c48d5e7a3b9c1d2e4f60718293_"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	message.stop_page = message.stop_url;
	check_lines_of(written(&message), strlen("Reply-To: <>") + strlen(address));
	assert_int_equal(strlen(header(out.data, "To")),
			 strlen(LONG) + strlen(" <>") + strlen(address));
	json_decref(facts);
}

static void test_addresses(void **state)
{
	static const char *const good[] = {"a@b", "kim.o'hara+x@example.com",
					   "j\xc3\xb6rg@b\xc3\xbc"
					   "cher.example"};
	static const char *const bad[] = {
	    "",	       "a",	  "@b",	     "a@",	"a@b@c",   "a b@c",  "a@b\r\nBcc: x@y",
	    "a@b\n",   "<a@b>",	  "a@b,c@d", "a@b;c@d", "\"a\"@b", "a(x)@b", "a\\b@c",
	    "a\x7f@b", "a\xff@b", "a@b:25"};
	char long_one[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(mail_address_valid(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		json_t *facts = json_object();
		struct mail_message message = usual(facts);

		if (mail_address_valid(bad[i]))
			fail_msg("%s is an address", bad[i]);
		buffer_release(&out);
		buffer_init(&out, 1 << 16);
		message.to = bad[i];
		assert_int_equal(mail_message_write(&out, &message), ERR_INVALID);
		message.to = "kim@example.com";
		message.reply_to = bad[i];
		assert_int_equal(mail_message_write(&out, &message), ERR_INVALID);
		assert_int_equal(out.len, 0);
		json_decref(facts);
	}
	memset(long_one, 'a', sizeof(long_one));
	memcpy(long_one + 252, "@b", 3);
	assert_true(mail_address_valid(long_one));
	check_long_ones(long_one);
	memcpy(long_one + 252, "a@b", 4);
	assert_false(mail_address_valid(long_one));
}

/* So much text that memory's limit is met: then there is no message, not a part of one. */
static void test_a_message_is_whole_or_none(void **state)
{
	json_t *facts = all_facts("Kim");
	struct mail_message message = usual(facts);

	(void)state;
	buffer_release(&out);
	buffer_init(&out, 600);
	assert_int_equal(mail_message_write(&out, &message), ERR_MEMORY);
	json_decref(facts);
}

static int release(void **state)
{
	(void)state;
	buffer_release(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_message_is_as_its_rules_have_it),
	    cmocka_unit_test(test_what_is_not_ascii_comes_through_whole),
	    cmocka_unit_test(test_what_looks_encoded_is_shown_as_it_is),
	    cmocka_unit_test(test_no_value_adds_a_header_a_part_or_markup),
	    cmocka_unit_test(test_a_value_is_no_template),
	    cmocka_unit_test(test_a_line_with_nothing_to_say_is_left_out),
	    cmocka_unit_test(test_texts_are_held_against_their_template),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_a_message_is_whole_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
