/* How an organization writes: /v1/mail_settings and /v1/mail_templates. */
#include "core/text.h"
#include "http/app.h"
#include "mail_message.h"
#include "resources/handlers.h"
#include "resources/mailer.h"
#include "resources/service.h"
#include "statements.h"

static const char *mode(const struct request *rq)
{
	const struct service *service = rq->app->context;

	return mail_mode_name(service->mail_mode);
}

static const char *from(const struct request *rq)
{
	const struct service *service = rq->app->context;

	return service->mail_from;
}

enum err mail_settings_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, mail_settings_get, &rows, .mode = mode(rq), .mail_from = from(rq)));
	return answer_one(rq, 200, &rows);
}

enum err mail_settings_update(struct request *rq)
{
	const char *reply_to = json_string_value(json_object_get(rq->body, "reply_to")), *version;
	struct db_rows rows;

	TRY(request_if_match(rq, false, &version));
	if (reply_to && !mail_address_valid(reply_to)) {
		refuse_field(rq, "/reply_to", "email", "is no address that mail can go to");
		return fail(rq, PROBLEM_invalid, "Answers cannot go to that address.");
	}
	TRY(RUN(rq, mail_settings_update, &rows, .mode = mode(rq), .mail_from = from(rq),
		.if_match = version, .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

/* ---- texts ------------------------------------------------------------------------------------
 */

enum err mail_templates_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, mail_templates_list, &rows, .defaults = mail_templates_json,
		.language = request_query(rq, "language")));
	return answer_collection(rq, &rows, "template");
}

enum err mail_templates_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, mail_template_get, &rows, .defaults = mail_templates_json,
		.language = request_query(rq, "language"), .template = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

static bool check(struct request *rq, const struct mail_template *template, const char *member)
{
	const char *text = json_string_value(json_object_get(rq->body, member));
	bool subject = text_equal(member, "subject");
	char pointer[16], strange[64];

	if (!text)
		return true;
	snprintf(pointer, sizeof(pointer), "/%s", member);
	if (!mail_text_check(template, text, strange))
		refuse_field(rq, pointer, "unknown_placeholder",
			     "has {{%s}}, which this message does not know", strange);
	else if (subject && mail_text_has_link(text))
		refuse_field(rq, pointer, "link_in_subject", "cannot hold the link");
	else if (!subject && template->link_needed && !mail_text_has_link(text))
		refuse_field(rq, pointer, "link_missing", "needs {{link}}");
	else
		return true;
	return false;
}

/* The template of the path, and texts for it that can be filled in. */
static enum err check_texts(struct request *rq)
{
	const struct mail_template *template = mail_template_find(rq->param[0]);
	bool subject, text;

	if (!template)
		return fail(rq, PROBLEM_not_found, "There is no such template.");
	subject = check(rq, template, "subject");
	text = check(rq, template, "text");
	return subject && text ? OK : fail(rq, PROBLEM_invalid, "The text cannot be filled in.");
}

enum err mail_templates_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(check_texts(rq));
	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, mail_template_update, &rows, .defaults = mail_templates_json,
		.language = request_query(rq, "language"), .template = rq->param[0],
		.if_match = version, .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err mail_templates_reset(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, mail_template_reset, &rows, .defaults = mail_templates_json,
		.language = request_query(rq, "language"), .template = rq->param[0],
		.if_match = version));
	return answer_nothing(rq, &rows);
}

static json_t *samples(const char *organization)
{
	json_t *facts = json_object();

	for (unsigned i = 0; i < mail_sample_count; i++)
		json_object_set_new(facts, mail_samples[i].name, json_string(mail_samples[i].text));
	json_object_set_new(facts, "organization", json_string(organization));
	return facts;
}

static void preview(struct request *rq, const struct mail_message *message)
{
	struct buffer subject, text, html;

	buffer_init(&subject, 1 << 16);
	buffer_init(&text, 1 << 20);
	buffer_init(&html, 1 << 20);
	mail_text_subject(&subject, message->subject, message->facts);
	mail_message_plain(&text, message);
	mail_message_html(&html, message);
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_key(&rq->json, "subject");
	json_text_len(&rq->json, subject.data ? subject.data : "", subject.len);
	json_key(&rq->json, "text");
	json_text_len(&rq->json, text.data ? text.data : "", text.len);
	json_key(&rq->json, "html");
	json_text_len(&rq->json, html.data ? html.data : "", html.len);
	json_close_object(&rq->json);
	buffer_release(&subject);
	buffer_release(&text);
	buffer_release(&html);
}

/* Nothing is kept of it: with the texts that are sent, or else those that there are. */
enum err mail_templates_preview(struct request *rq)
{
	const char *subject = json_string_value(json_object_get(rq->body, "subject"));
	const char *text = json_string_value(json_object_get(rq->body, "text"));
	struct db_rows rows;
	json_t *facts;

	TRY(check_texts(rq));
	TRY(RUN(rq, mail_preview_get, &rows, .defaults = mail_templates_json,
		.language = request_query(rq, "language"), .template = rq->param[0]));
	facts = samples(db_value(&rows, 0, "organization_name"));
	preview(rq, &(struct mail_message){
			.language = mail_language_find(db_value(&rows, 0, "language")),
			.subject = subject ? subject : db_value(&rows, 0, "subject"),
			.text = text ? text : db_value(&rows, 0, "text"),
			.facts = facts,
		    });
	json_decref(facts);
	return OK;
}
