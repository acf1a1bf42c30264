/* Writes the application form: plain HTML that a keyboard, a screen reader and a phone can fill. */
#include "careers_form.h"

#include <string.h>

#include "careers.h"
#include "core/text.h"

/* A field, as most of them are. */
struct field {
	const char *name, *label, *hint, *type, *autocomplete;
	bool required;
	int most;
};

static void put_attribute(struct buffer *out, const char *name, const char *value)
{
	if (!value)
		return;
	buffer_printf(out, " %s=\"", name);
	markup_text(out, value);
	buffer_char(out, '"');
}

/* What describes the field: its hint, and what is wrong with it. */
static void put_described(struct buffer *out, const char *name, bool hint, bool wrong)
{
	if (!hint && !wrong)
		return;
	buffer_text(out, " aria-describedby=\"");
	if (wrong)
		buffer_printf(out, "%s-error%s", name, hint ? " " : "");
	if (hint)
		buffer_printf(out, "%s-hint", name);
	buffer_text(out, "\"");
	if (wrong)
		buffer_text(out, " aria-invalid=\"true\"");
}

static void put_finding(struct buffer *out, const char *name, const char *finding)
{
	if (!finding)
		return;
	buffer_printf(out, "<p class=\"error\" id=\"%s-error\">", name);
	markup_text(out, finding);
	buffer_text(out, "</p>\n");
}

static void put_label(struct buffer *out, const struct field *f)
{
	buffer_printf(out, "<div>\n<label for=\"%s\">", f->name);
	markup_text(out, f->label);
	buffer_text(out, f->required ? "" : " (optional)");
	buffer_text(out, "</label>\n");
	if (f->hint)
		buffer_printf(out, "<p class=\"hint\" id=\"%s-hint\">%s</p>\n", f->name, f->hint);
}

static void put_input(struct buffer *out, const struct application *a, const struct field *f)
{
	const char *value = multipart_text(a->form, f->name);
	const char *finding = application_finding(a, f->name);

	put_label(out, f);
	put_finding(out, f->name, finding);
	buffer_printf(out,
		      f->type ? "<input id=\"%s\" name=\"%s\" type=\"%s\""
			      : "<textarea id=\"%s\" name=\"%s\" rows=\"6\"",
		      f->name, f->name, f->type);
	if (f->most)
		buffer_printf(out, " maxlength=\"%d\"", f->most);
	put_attribute(out, "autocomplete", f->autocomplete);
	if (text_equal(f->type, "file"))
		buffer_text(out, " accept=\".pdf,.txt,application/pdf,text/plain\"");
	else if (f->type)
		put_attribute(out, "value", value);
	put_described(out, f->name, f->hint != NULL, finding != NULL);
	buffer_text(out, f->required ? " required>" : ">");
	if (!f->type) {
		/* A line break at the beginning would be taken away. */
		buffer_char(out, '\n');
		markup_text(out, value ? value : "");
		buffer_text(out, "</textarea>");
	}
	buffer_text(out, "\n</div>\n");
}

/* ---- questions --------------------------------------------------------------------------------
 */

static void put_option(struct buffer *out, const struct field *f, const char *value,
		       const char *words, const char *chosen, bool first)
{
	buffer_printf(out, "<label class=\"choice\"><input type=\"radio\" name=\"%s\"", f->name);
	if (first)
		buffer_printf(out, " id=\"%s\"", f->name);
	put_attribute(out, "value", value);
	if (text_equal(value, chosen))
		buffer_text(out, " checked");
	buffer_text(out, f->required ? " required>" : ">");
	markup_text(out, words);
	buffer_text(out, "</label>\n");
}

static void put_options(struct buffer *out, const struct application *a, const struct field *f,
			const json_t *choices)
{
	const char *chosen = multipart_text(a->form, f->name);
	const char *finding = application_finding(a, f->name);
	json_t *choice;
	size_t i;

	buffer_text(out, "<fieldset");
	put_described(out, f->name, false, finding != NULL);
	buffer_text(out, "><legend>");
	markup_text(out, f->label);
	buffer_text(out, f->required ? "</legend>\n" : " (optional)</legend>\n");
	put_finding(out, f->name, finding);
	if (!choices) {
		put_option(out, f, "yes", "Yes", chosen, true);
		put_option(out, f, "no", "No", chosen, false);
	}
	json_array_foreach(choices, i, choice) put_option(
	    out, f, json_string_value(choice), json_string_value(choice), chosen, i == 0);
	buffer_text(out, "</fieldset>\n");
}

static void put_question(struct buffer *out, const struct application *a, const json_t *question)
{
	const char *kind = json_string_value(json_object_get(question, "kind"));
	struct field f = {
	    .name = json_string_value(json_object_get(question, "_field")),
	    .label = json_string_value(json_object_get(question, "label")),
	    .type = text_equal(kind, "long_text") ? NULL : "text",
	    .required = json_is_true(json_object_get(question, "required")),
	    .most = text_equal(kind, "long_text") ? 5000 : 500,
	    .autocomplete = "off",
	};

	if (text_equal(kind, "choice"))
		put_options(out, a, &f, json_object_get(question, "choices"));
	else if (text_equal(kind, "yes_no"))
		put_options(out, a, &f, NULL);
	else
		put_input(out, a, &f);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

/* Of a question its own words, since its finding says only what to do. */
static const char *question_of(const struct application *a, const char *field)
{
	json_t *question;
	size_t i;

	json_array_foreach(a->questions, i, question)
	{
		if (text_equal(json_string_value(json_object_get(question, "_field")), field))
			return json_string_value(json_object_get(question, "label"));
	}
	return NULL;
}

static void put_summary(struct buffer *out, const struct application *a)
{
	if (a->findings == 0)
		return;
	buffer_text(out, "<div class=\"errors\" role=\"alert\"><h2>Something is still needed</h2>\n"
			 "<ul>\n");
	for (int i = 0; i < a->findings; i++) {
		const char *question = question_of(a, a->finding[i].field);

		buffer_printf(out, "<li><a href=\"#%s\">", a->finding[i].field);
		if (question) {
			markup_text(out, question);
			buffer_text(out, " – ");
		}
		markup_text(out, a->finding[i].sentence);
		buffer_text(out, "</a></li>\n");
	}
	buffer_text(out, "</ul></div>\n");
}

static void put_hidden(struct buffer *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	buffer_printf(out, "<input type=\"hidden\" name=\"%s\"", name);
	put_attribute(out, "value", value);
	buffer_text(out, ">\n");
}

/* Where they come from, as the address says, or the form that came back. */
static void put_origins(struct request *rq, const struct application *a)
{
	for (size_t i = 0; i < origin_count; i++) {
		const char *sent = multipart_text(a->form, origin_names[i]);

		put_hidden(&rq->out, origin_names[i],
			   sent ? sent : request_query(rq, origin_names[i]));
	}
}

/* Programs fill every field; people never see this one, nor does a screen reader read it out. */
static void put_decoy(struct buffer *out)
{
	buffer_text(out,
		    "<div class=\"away\" aria-hidden=\"true\"><label for=\"" DECOY_FIELD
		    "\">Leave this empty</label><input id=\"" DECOY_FIELD "\" name=\"" DECOY_FIELD
		    "\" type=\"text\" tabindex=\"-1\" autocomplete=\"off\"></div>\n");
}

static void put_consent(struct request *rq, const struct application *a)
{
	const char *finding = application_finding(a, "consent");
	struct buffer *out = &rq->out;

	buffer_text(out, "<section class=\"notice\" aria-labelledby=\"notice\">"
			 "<h2 id=\"notice\">How applications are evaluated</h2>\n");
	page_prose(out, application_notice(rq, a->posting));
	buffer_text(out, "</section>\n<div>\n");
	put_finding(out, "consent", finding);
	buffer_text(out, "<label class=\"choice\"><input id=\"consent\" name=\"consent\" "
			 "type=\"checkbox\" value=\"yes\"");
	put_described(out, "consent", false, finding != NULL);
	if (text_equal(multipart_text(a->form, "consent"), "yes"))
		buffer_text(out, " checked");
	buffer_text(out, " required><span>");
	markup_text(out, application_consent(rq, a->posting));
	buffer_text(out, "</span></label>\n</div>\n");
}

static void put_fields(struct request *rq, const struct application *a)
{
	bool required = text_equal(db_value(a->posting, 0, "resume"), "required");
	const struct field fields[] = {
	    {"name", "Name", NULL, "text", "name", true, 200},
	    {"email", "E-mail address", NULL, "email", "email", true, 254},
	    {"phone", "Phone", NULL, "tel", "tel", false, 40},
	    {"resume", "Résumé", "A PDF or plain text of up to 8 MB.", "file", NULL, required, 0},
	};
	json_t *question;
	size_t i;

	for (size_t k = 0; k < ARRAY_LEN(fields); k++)
		put_input(&rq->out, a, &fields[k]);
	json_array_foreach(a->questions, i, question) put_question(&rq->out, a, question);
}

static void put_send(struct buffer *out)
{
	buffer_text(out, "<div><button>Send application</button></div>\n");
}

void form_page(struct request *rq, int status, const struct application *a, const char *key)
{
	const char *title = db_value(a->posting, 0, "title"),
		   *slug = db_value(a->posting, 0, "slug"), *id = db_value(a->posting, 0, "id"),
		   *organization = db_value(a->posting, 0, "organization");
	struct buffer *out = &rq->out;

	page_begin(rq, status,
		   arena_printf(rq->arena, "%sApply: %s", a->findings ? "Error: " : "", title),
		   organization);
	page_body(rq, organization, page_url(rq, slug, id, page_origin(rq)));
	buffer_text(out, "<h1>Apply: ");
	markup_text(out, title);
	buffer_text(out, "</h1>\n");
	put_summary(out, a);
	/* The server says what is missing, in its own words and beside the fields. */
	buffer_text(out, "<form method=\"post\" enctype=\"multipart/form-data\" novalidate");
	put_attribute(out, "action", arena_printf(rq->arena, "/careers/%s/%s/apply", slug, id));
	buffer_text(out, ">\n");
	put_hidden(out, FORM_KEY_FIELD, key);
	put_origins(rq, a);
	put_fields(rq, a);
	put_decoy(out);
	put_consent(rq, a);
	put_send(out);
	buffer_text(out, "</form>\n");
	page_end(rq);
	reply_header(rq, "Cache-Control", "private, no-store");
}

void form_preview(struct request *rq, const struct application *a)
{
	struct buffer *out = &rq->out;

	buffer_text(out, "<h2 id=\"form\">What applicants fill in</h2>\n<form>\n"
			 "<fieldset class=\"form\" aria-labelledby=\"form\" disabled>\n");
	put_fields(rq, a);
	put_consent(rq, a);
	put_send(out);
	buffer_text(out, "</fieldset>\n</form>\n");
}
