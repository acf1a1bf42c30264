/* Takes applications in: from the form of the careers page, and from job boards. */
#include <string.h>

#include "application.h"
#include "careers.h"
#include "careers_form.h"
#include "core/text.h"
#include "http/app.h"
#include "resources/handlers.h"
#include "statements.h"

/* ---- the form ---------------------------------------------------------------------------------
 */

static const char *new_key(struct request *rq)
{
	char key[UUID_TEXT_LEN + 1];
	const char *kept;

	uuid_generate(key);
	kept = arena_strdup(rq->arena, key);
	return kept ? kept : "";
}

static enum err show_form(struct request *rq, int status, struct application *a, const char *key)
{
	form_page(rq, status, a, key);
	return OK;
}

enum err careers_form(struct request *rq)
{
	static const struct multipart nothing;
	struct application a;
	struct careers careers;
	struct db_rows rows;
	enum err err;

	TRY(careers_enter(rq, &careers));
	TRY(careers_posting_read(rq, &careers, true, &rows));
	err = application_begin(&a, &nothing, &rows);
	if (err == OK)
		err = show_form(rq, 200, &a, new_key(rq));
	application_release(&a);
	return err;
}

/* The same for whoever was taken in, was taken in before, or fell for the decoy. */
static enum err lead_to_thanks(struct request *rq, const struct db_rows *posting)
{
	const char *address =
	    arena_printf(rq->arena, "/careers/%s/%s/thanks", db_value(posting, 0, "slug"),
			 db_value(posting, 0, "id"));

	if (!address)
		return ERR_MEMORY;
	answer_begin(rq, 303);
	rq->content_type = NULL;
	reply_header(rq, "Location", address);
	return OK;
}

static enum err keep(struct request *rq, const struct careers *careers, struct application *a,
		     const char *key)
{
	struct received in;
	struct db_rows rows;

	TRY(application_prepare(rq, a, &in));
	TRY(RUN_AS(rq, &careers->caller, careers_receive, &rows, .posting_id = rq->param[1],
		   .form_key = key, .sent = in.sent, .content = in.content,
		   .media_type = a->media_type, .filename = in.filename, .digest = in.digest,
		   .text_state = in.text_state, .text_problem = in.text_problem,
		   .words = in.words));
	if (rows.count == 0)
		return fail(rq, PROBLEM_gone, "This position is no longer open.");
	return lead_to_thanks(rq, a->posting);
}

static enum err take(struct request *rq, const struct careers *careers, struct application *a)
{
	const char *key = multipart_text(a->form, FORM_KEY_FIELD),
		   *decoy = multipart_text(a->form, DECOY_FIELD);

	if (decoy && *decoy) {
		atomic_fetch_add(&rq->app->decoys, 1);
		return lead_to_thanks(rq, a->posting);
	}
	if (!key || !uuid_valid(key))
		key = new_key(rq);
	application_check(a);
	return a->findings ? show_form(rq, 422, a, key) : keep(rq, careers, a, key);
}

enum err careers_apply(struct request *rq)
{
	struct multipart *form = arena_alloc(rq->arena, sizeof(*form));
	struct application a;
	struct careers careers;
	struct db_rows rows;
	enum err err;

	TRY(request_limit_form(rq));
	TRY(careers_enter(rq, &careers));
	TRY(careers_posting_read(rq, &careers, true, &rows));
	if (!form)
		return ERR_MEMORY;
	err = multipart_read(rq->arena, request_header(rq, "Content-Type"), rq->body_text,
			     rq->body_len, form);
	if (err == ERR_INVALID)
		return fail(rq, PROBLEM_bad_request, "The form could not be read; go back to it.");
	TRY(err);
	err = application_begin(&a, form, &rows);
	if (err == OK)
		err = take(rq, &careers, &a);
	application_release(&a);
	return err;
}

enum err careers_thanks(struct request *rq)
{
	const char *organization;
	struct careers careers;
	struct db_rows rows;

	TRY(careers_enter(rq, &careers));
	TRY(careers_posting_read(rq, &careers, false, &rows));
	organization = db_value(&rows, 0, "organization");
	page_begin(rq, 200, "Thank you", organization);
	page_body(rq, organization, page_url(rq, db_value(&rows, 0, "slug"), NULL, ""));
	buffer_text(&rq->out, "<h1>Thank you</h1>\n<p>Your application for ");
	markup_text(&rq->out, db_value(&rows, 0, "title"));
	buffer_text(&rq->out, " has arrived. ");
	markup_text(&rq->out, organization);
	buffer_text(&rq->out, " will be in touch by e-mail.</p>\n");
	page_end(rq);
	return OK;
}

/* ---- job boards -------------------------------------------------------------------------------
 */

static void put_part(struct multipart *form, const char *name, const char *text)
{
	if (text && form->count < MULTIPART_PARTS_MAX)
		form->part[form->count++] =
		    (struct multipart_part){.name = name, .bytes = text, .len = strlen(text)};
}

/* Base64 of RFC 4648, as the decoder takes its other alphabet. */
static enum err put_file(struct request *rq, struct multipart *form, const json_t *resume)
{
	const json_t *content = json_object_get(resume, "content");
	const char *name = json_string_value(json_object_get(resume, "filename"));
	size_t len = json_string_length(content), got;
	char *text = arena_memdup(rq->arena, json_string_value(content), len);
	uint8_t *bytes = arena_alloc(rq->arena, len + 1);

	if (!text || !bytes)
		return ERR_MEMORY;
	while (len > 0 && text[len - 1] == '=')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
	}
	TRY(base64url_decode(text, len, bytes, len + 1, &got));
	form->part[form->count++] = (struct multipart_part){.name = "resume",
							    .filename = name ? name : "",
							    .bytes = (const char *)bytes,
							    .len = got};
	return OK;
}

/* As if the board had filled the form. */
static enum err form_of(struct request *rq, struct multipart *form)
{
	static const char *const texts[] = {"name", "email", "phone", "source"};
	const json_t *resume = json_object_get(rq->body, "resume");
	json_t *one;
	size_t i;

	for (size_t k = 0; k < ARRAY_LEN(texts); k++)
		put_part(form, texts[k], json_string_value(json_object_get(rq->body, texts[k])));
	for (size_t k = 0; k < origin_count; k++)
		put_part(form, origin_names[k],
			 json_string_value(json_object_get(json_object_get(rq->body, "origin"),
							   origin_names[k])));
	put_part(form, "consent",
		 json_is_true(json_object_get(rq->body, "consent")) ? "yes" : NULL);
	json_array_foreach(json_object_get(rq->body, "answers"), i, one)
	{
		const char *id = json_string_value(json_object_get(one, "question_id"));
		const char *name = arena_printf(rq->arena, "%s%s", QUESTION_PREFIX, id);

		if (!name)
			return ERR_MEMORY;
		put_part(form, name, json_string_value(json_object_get(one, "answer")));
	}
	return json_is_object(resume) ? put_file(rq, form, resume) : OK;
}

/* What is wrong, as everywhere in the API. */
static enum err refuse(struct request *rq, const struct application *a)
{
	for (int i = 0; i < a->findings; i++) {
		const char *field = a->finding[i].field;
		bool question = strncmp(field, QUESTION_PREFIX, strlen(QUESTION_PREFIX)) == 0;
		const char *pointer = arena_printf(rq->arena, "/%s", question ? "answers" : field);

		refuse_field(rq, pointer ? pointer : "", "refused", "%s%s%s",
			     question ? field + strlen(QUESTION_PREFIX) : "", question ? ": " : "",
			     a->finding[i].sentence);
	}
	return fail(rq, PROBLEM_invalid, "The application breaks a rule.");
}

static enum err keep_of_board(struct request *rq, struct application *a)
{
	struct received in;
	struct db_rows rows;

	a->consent_source = "job_board";
	application_check(a);
	if (a->findings)
		return refuse(rq, a);
	TRY(application_prepare(rq, a, &in));
	TRY(RUN(rq, board_receive, &rows, .posting_id = rq->param[0], .form_key = new_key(rq),
		.sent = in.sent, .content = in.content, .media_type = a->media_type,
		.filename = in.filename, .digest = in.digest, .text_state = in.text_state,
		.text_problem = in.text_problem, .words = in.words));
	return answer_created(rq, "/v1/applications", &rows);
}

enum err postings_receive(struct request *rq)
{
	struct multipart *form = arena_alloc(rq->arena, sizeof(*form));
	struct application a;
	struct db_rows rows;
	enum err err;

	TRY(RUN(rq, board_posting, &rows, .posting_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such posting.");
	if (!text_equal(db_value(&rows, 0, "stands"), "open"))
		return fail(rq, PROBLEM_gone, "This position is no longer open.");
	if (!form)
		return ERR_MEMORY;
	err = form_of(rq, form);
	if (err == ERR_INVALID) {
		refuse_field(rq, "/resume/content", "base64", "is not Base64.");
		return fail(rq, PROBLEM_invalid, "The résumé is not Base64.");
	}
	TRY(err);
	err = application_begin(&a, form, &rows);
	if (err == OK)
		err = keep_of_board(rq, &a);
	application_release(&a);
	return err;
}
