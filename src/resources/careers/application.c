/* Checks an application from outside field by field, and makes of it what is stored. */
#include "application.h"

#include <string.h>

#include "core/digest.h"
#include "core/json_writer.h"
#include "core/text.h"
#include "resources/documents/document_text.h"
#include "runtime/offload.h"

const char *const origin_names[] = {"source",	    "utm_source", "utm_medium",
				    "utm_campaign", "utm_term",	  "utm_content"};
const size_t origin_count = ARRAY_LEN(origin_names);

enum err application_begin(struct application *a, const struct multipart *form,
			   const struct db_rows *posting)
{
	json_t *question;
	size_t i;

	*a = (struct application){
	    .form = form, .posting = posting, .consent_source = DEFAULT_SOURCE};
	a->questions = json_loads(db_value(posting, 0, "questions"), 0, NULL);
	if (!a->questions)
		return ERR_MEMORY;
	json_array_foreach(a->questions, i, question)
	{
		const char *id = json_string_value(json_object_get(question, "id"));

		if (json_object_set_new(question, "_field",
					json_sprintf("%s%s", QUESTION_PREFIX, id)) != 0)
			return ERR_MEMORY;
	}
	return OK;
}

void application_release(struct application *a)
{
	json_decref(a->questions);
}

const char *application_finding(const struct application *a, const char *field)
{
	for (int i = 0; i < a->findings; i++) {
		if (strcmp(a->finding[i].field, field) == 0)
			return a->finding[i].sentence;
	}
	return NULL;
}

const char *application_notice(struct request *rq, const struct db_rows *posting)
{
	const char *own = db_value(posting, 0, "notice");

	return own ? own
		   : arena_printf(
			 rq->arena,
			 "People at %s read your application and compare it with what the "
			 "position needs, by criteria that are the same for everyone. No "
			 "program decides. You can ask for everything that is held on you, "
			 "and for its erasure, at any time.",
			 db_value(posting, 0, "organization"));
}

const char *application_consent(struct request *rq, const struct db_rows *posting)
{
	return arena_printf(rq->arena,
			    "I have read how applications are evaluated, and agree that %s keeps "
			    "and uses what I send to consider my application.",
			    db_value(posting, 0, "organization"));
}

/* ---- checks -----------------------------------------------------------------------------------
 */

static void find(struct application *a, const char *field, const char *sentence)
{
	if (a->findings < FINDINGS_MAX)
		a->finding[a->findings++] = (struct finding){field, sentence};
}

static bool is_blank(const char *text)
{
	return !text || text[strspn(text, " \t\r\n")] == '\0';
}

static size_t characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
			return true;
	}
	return false;
}

static bool is_email(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at != text && at[1] && !strchr(at + 1, '@') && strchr(at + 1, '.') &&
	       !strpbrk(text, " \t\r\n<>,;\"()") && text[strlen(text) - 1] != '.';
}

/* Whether there is a text to look at more closely. */
static bool check_text(struct application *a, const char *field, bool required, size_t most,
		       const char *missing)
{
	const char *text = multipart_text(a->form, field);

	if (is_blank(text)) {
		if (required)
			find(a, field, missing);
		return false;
	}
	if (has_control(text))
		find(a, field, "This holds characters that are no text.");
	else if (characters(text) > most)
		find(a, field, "This is too long.");
	else
		return true;
	return false;
}

static void check_question(struct application *a, const json_t *question)
{
	const char *kind = json_string_value(json_object_get(question, "kind"));
	const char *field = json_string_value(json_object_get(question, "_field"));
	bool required = json_is_true(json_object_get(question, "required"));
	const char *answer = multipart_text(a->form, field);
	const json_t *choice;
	size_t i;

	if (!check_text(a, field, required, text_equal(kind, "long_text") ? 5000 : 500,
			"Answer this question."))
		return;
	if (text_equal(kind, "yes_no") && !text_equal(answer, "yes") && !text_equal(answer, "no"))
		find(a, field, "Answer with yes or no.");
	if (!text_equal(kind, "choice"))
		return;
	json_array_foreach(json_object_get(question, "choices"), i, choice)
	{
		if (text_equal(json_string_value(choice), answer))
			return;
	}
	find(a, field, "Choose one of the answers.");
}

/* A file is what its bytes say, whatever it is called: a PDF begins as one, a text is all text. */
static void check_resume(struct application *a)
{
	static const char *const types[] = {"application/pdf", "text/plain"};
	const struct multipart_part *file = multipart_find(a->form, "resume");

	if (!file || !file->filename || file->len == 0) {
		if (text_equal(db_value(a->posting, 0, "resume"), "required"))
			find(a, "resume", "Add your résumé as a file.");
		return;
	}
	if (file->len > RESUME_MOST) {
		find(a, "resume", "This file is larger than 8 MB.");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(types) && !a->media_type; i++) {
		if (document_is(types[i], file->bytes, file->len))
			a->media_type = types[i];
	}
	if (a->media_type)
		a->resume = file;
	else
		find(a, "resume", "This file is neither a PDF nor plain text.");
}

void application_check(struct application *a)
{
	json_t *question;
	size_t i;

	(void)check_text(a, "name", true, 200, "Enter your name.");
	if (check_text(a, "email", true, 254, "Enter your e-mail address.") &&
	    !is_email(multipart_text(a->form, "email")))
		find(a, "email", "Enter an e-mail address such as name@example.com.");
	(void)check_text(a, "phone", false, 40, NULL);
	check_resume(a);
	json_array_foreach(a->questions, i, question) check_question(a, question);
	if (!text_equal(multipart_text(a->form, "consent"), "yes"))
		find(a, "consent", "Without your consent we cannot take your application.");
}

/* ---- as it is stored --------------------------------------------------------------------------
 */

/* Within so many characters, without control characters: what others made up is taken as it fits.
 */
static void put_short(struct json_writer *json, const char *key, const char *text, size_t most)
{
	struct buffer clean;

	buffer_init(&clean, 1 << 16);
	for (size_t count = 0; *text; text++) {
		unsigned char c = (unsigned char)*text;

		count += (c & 0xc0) != 0x80;
		if (count > most)
			break;
		if (c < 0x20 || c == 0x7f)
			buffer_char(&clean, ' ');
		else
			buffer_char(&clean, *text);
	}
	json_member(json, key, clean.data && !clean.failed ? clean.data : "");
	buffer_release(&clean);
}

static void put_text(struct json_writer *json, const struct application *a, const char *name)
{
	const char *text = multipart_text(a->form, name);

	if (!is_blank(text))
		json_member(json, name, text);
}

static void put_answers(struct json_writer *json, const struct application *a)
{
	json_t *question;
	size_t i;

	json_key(json, "answers");
	json_open_array(json);
	json_array_foreach(a->questions, i, question)
	{
		const char *answer =
		    multipart_text(a->form, json_string_value(json_object_get(question, "_field")));

		if (is_blank(answer))
			continue;
		json_open_object(json);
		json_member(json, "question_id",
			    json_string_value(json_object_get(question, "id")));
		json_member(json, "question",
			    json_string_value(json_object_get(question, "label")));
		json_member(json, "answer", answer);
		json_close_object(json);
	}
	json_close_array(json);
}

/* The source is what was named first: ours, the campaign's, or that they came to the page. */
static void put_origin(struct json_writer *json, const struct application *a)
{
	const char *source = multipart_text(a->form, "source");

	if (is_blank(source))
		source = multipart_text(a->form, "utm_source");
	put_short(json, "source", is_blank(source) ? a->consent_source : source, SOURCE_MOST);
	json_key(json, "origin");
	json_open_object(json);
	for (size_t i = 0; i < origin_count; i++) {
		const char *value = multipart_text(a->form, origin_names[i]);

		if (!is_blank(value))
			put_short(json, origin_names[i], value, ORIGIN_MOST);
	}
	json_close_object(json);
}

static const char *put_together(struct request *rq, const struct application *a)
{
	struct json_writer json;
	struct buffer text;
	const char *made;

	buffer_init(&text, 4 << 20);
	json_writer_init(&json, &text);
	json_open_object(&json);
	put_text(&json, a, "name");
	put_text(&json, a, "email");
	put_text(&json, a, "phone");
	put_answers(&json, a);
	put_origin(&json, a);
	json_member(&json, "consent_source", a->consent_source);
	json_member(&json, "notice",
		    arena_printf(rq->arena, "%s\n\n%s", application_notice(rq, a->posting),
				 application_consent(rq, a->posting)));
	json_close_object(&json);
	made = text.failed ? NULL : arena_memdup(rq->arena, text.data, text.len);
	buffer_release(&text);
	return made;
}

struct reading {
	const struct application *a;
	struct document_text text;
	enum err err;
};

static void read_work(void *arg)
{
	struct reading *reading = arg;
	const struct multipart_part *file = reading->a->resume;

	reading->err =
	    document_read(&reading->text, reading->a->media_type, file->bytes, file->len, NULL);
}

/* As a bytea's text, and the name that it is saved under. */
static enum err take_file(struct request *rq, const struct multipart_part *file,
			  struct received *out)
{
	char *content = arena_alloc(rq->arena, file->len * 2 + 3);
	char *digest = arena_alloc(rq->arena, SHA256_HEX_LEN + 1);

	if (!content || !digest)
		return ERR_MEMORY;
	content[0] = '\\';
	content[1] = 'x';
	hex_encode(file->bytes, file->len, content + 2);
	TRY(sha256_hex(file->bytes, file->len, digest));
	out->content = content;
	out->digest = digest;
	out->filename =
	    *file->filename && characters(file->filename) <= 200 ? file->filename : NULL;
	return OK;
}

enum err application_prepare(struct request *rq, const struct application *a, struct received *out)
{
	struct reading reading = {.a = a};

	*out = (struct received){.sent = put_together(rq, a)};
	if (!out->sent)
		return ERR_MEMORY;
	if (!a->resume)
		return OK;
	TRY(take_file(rq, a->resume, out));
	TRY(offload_run(rq->offload, read_work, &reading));
	if (reading.err == OK) {
		out->text_state = reading.text.state;
		out->text_problem = reading.text.problem;
		if (text_equal(out->text_state, "read"))
			out->words = arena_strdup(rq->arena, reading.text.text.data);
	}
	document_text_release(&reading.text);
	return reading.err;
}
