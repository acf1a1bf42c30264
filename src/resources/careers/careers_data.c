/* Postings for programs: the data block of a page, and the feeds that job boards and readers take.
 */
#include <string.h>

#include "careers.h"
#include "core/text.h"
#include "resources/handlers.h"
#include "statements.h"

static const struct employment employments[] = {
    {"full_time", "Full time", "FULL_TIME", "fulltime"},
    {"part_time", "Part time", "PART_TIME", "parttime"},
    {"contractor", "Contract", "CONTRACTOR", "contract"},
    {"temporary", "Temporary", "TEMPORARY", "temporary"},
    {"intern", "Internship", "INTERN", "internship"},
    {"volunteer", "Volunteering", "VOLUNTEER", "volunteer"},
    {"per_diem", "By the day", "PER_DIEM", "perdiem"},
    {"other", "Other", "OTHER", "other"},
};

const struct employment *employment_of(const char *type)
{
	for (size_t i = 0; i + 1 < ARRAY_LEN(employments); i++) {
		if (text_equal(employments[i].type, type))
			return &employments[i];
	}
	return &employments[ARRAY_LEN(employments) - 1];
}

/* ---- schema.org -------------------------------------------------------------------------------
 */

static void typed(struct json_writer *json, const char *key, const char *type)
{
	json_key(json, key);
	json_open_object(json);
	json_member(json, "@type", type);
}

static void put_place(struct json_writer *json, const struct db_rows *rows)
{
	const char *place = db_value(rows, 0, "location"), *country = db_value(rows, 0, "country");

	if (text_equal(db_value(rows, 0, "work_mode"), "remote")) {
		json_member(json, "jobLocationType", "TELECOMMUTE");
		typed(json, "applicantLocationRequirements", "Country");
		json_member(json, "name", country);
		json_close_object(json);
	}
	if (!place)
		return;
	typed(json, "jobLocation", "Place");
	typed(json, "address", "PostalAddress");
	json_member(json, "addressLocality", place);
	if (country)
		json_member(json, "addressCountry", country);
	json_close_object(json);
	json_close_object(json);
}

static void put_pay(struct json_writer *json, const struct db_rows *rows)
{
	const char *least = db_value(rows, 0, "salary_min"),
		   *most = db_value(rows, 0, "salary_max"),
		   *unit = db_value(rows, 0, "salary_unit");
	char upper[16] = "";

	if (!least)
		return;
	for (size_t i = 0; unit[i] && i + 1 < sizeof(upper); i++)
		upper[i] = (char)(unit[i] - 'a' + 'A');
	typed(json, "baseSalary", "MonetaryAmount");
	json_member(json, "currency", db_value(rows, 0, "salary_currency"));
	typed(json, "value", "QuantitativeValue");
	json_key(json, "minValue");
	json_raw(json, least, strlen(least));
	json_key(json, "maxValue");
	json_raw(json, most, strlen(most));
	json_member(json, "unitText", upper);
	json_close_object(json);
	json_close_object(json);
}

static void put_posting(struct request *rq, struct json_writer *json, const struct db_rows *rows)
{
	const char *id = db_value(rows, 0, "id"), *until = db_value(rows, 0, "valid_through");
	struct buffer html;

	buffer_init(&html, 1 << 20);
	page_prose(&html, db_value(rows, 0, "description"));
	json_open_object(json);
	json_member(json, "@context", "https://schema.org/");
	json_member(json, "@type", "JobPosting");
	json_member(json, "title", db_value(rows, 0, "title"));
	json_member(json, "description", html.data ? html.data : "");
	typed(json, "identifier", "PropertyValue");
	json_member(json, "name", db_value(rows, 0, "organization"));
	json_member(json, "value", id);
	json_close_object(json);
	json_member(json, "url", page_url(rq, db_value(rows, 0, "slug"), id, ""));
	if (db_value(rows, 0, "published_on"))
		json_member(json, "datePosted", db_value(rows, 0, "published_on"));
	if (until)
		json_member(json, "validThrough", arena_printf(rq->arena, "%sT23:59:59Z", until));
	json_member(json, "employmentType",
		    employment_of(db_value(rows, 0, "employment_type"))->schema);
	typed(json, "hiringOrganization", "Organization");
	json_member(json, "name", db_value(rows, 0, "organization"));
	json_close_object(json);
	put_place(json, rows);
	put_pay(json, rows);
	json_key(json, "directApply");
	json_put_boolean(json, true);
	json_close_object(json);
	buffer_release(&html);
}

void posting_json_ld(struct request *rq, const struct db_rows *rows)
{
	struct json_writer json;
	struct buffer text;

	buffer_init(&text, 1 << 20);
	json_writer_init(&json, &text);
	put_posting(rq, &json, rows);
	if (!text.failed) {
		buffer_text(&rq->out, "<script type=\"application/ld+json\">");
		markup_json(&rq->out, text.data, text.len);
		buffer_text(&rq->out, "</script>\n");
	}
	buffer_release(&text);
}

/* ---- feeds ------------------------------------------------------------------------------------
 */

static void element(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, "<%s>", name);
	markup_text(out, text ? text : "");
	buffer_printf(out, "</%s>\n", name);
}

static void put_prose(struct buffer *out, const char *name, const char *attributes,
		      const char *text)
{
	struct buffer html;

	buffer_init(&html, 1 << 20);
	page_prose(&html, text);
	buffer_printf(out, "<%s%s>", name, attributes);
	markup_text(out, html.data ? html.data : "");
	buffer_printf(out, "</%s>\n", name);
	buffer_release(&html);
}

static enum err feed_begin(struct request *rq, const char *type, struct db_rows *rows)
{
	struct careers careers;

	TRY(careers_enter(rq, &careers));
	TRY(RUN_AS(rq, &careers.caller, careers_postings, rows, NO_PARAMETERS));
	if (rows->count == 0)
		return fail(rq, PROBLEM_not_found, "There is no careers page here.");
	answer_begin(rq, 200);
	rq->content_type = type;
	reply_header(rq, "Cache-Control", "public, max-age=300");
	buffer_text(&rq->out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
	return OK;
}

/* A posting's address with where it was found. */
static const char *job_url(struct request *rq, const struct db_rows *rows, int row)
{
	return page_url(rq, db_value(rows, row, "slug"), db_value(rows, row, "id"),
			page_origin(rq));
}

static void put_job(struct request *rq, const struct db_rows *rows, int row)
{
	const char *mode = db_value(rows, row, "work_mode"),
		   *least = db_value(rows, row, "salary_min");
	struct buffer *out = &rq->out;

	buffer_text(out, "<job>\n");
	element(out, "title", db_value(rows, row, "title"));
	element(out, "date", db_value(rows, row, "published_mail"));
	element(out, "referencenumber", db_value(rows, row, "id"));
	element(out, "url", job_url(rq, rows, row));
	element(out, "company", db_value(rows, row, "organization"));
	element(out, "city", db_value(rows, row, "location"));
	element(out, "country", db_value(rows, row, "country"));
	put_prose(out, "description", "", db_value(rows, row, "description"));
	if (least)
		element(out, "salary",
			arena_printf(rq->arena, "%s - %s %s per %s", least,
				     db_value(rows, row, "salary_max"),
				     db_value(rows, row, "salary_currency"),
				     db_value(rows, row, "salary_unit")));
	element(out, "jobtype", employment_of(db_value(rows, row, "employment_type"))->board);
	if (!text_equal(mode, "on_site"))
		element(out, "remotetype",
			text_equal(mode, "remote") ? "Fully remote" : "Hybrid remote");
	if (db_value(rows, row, "valid_through"))
		element(out, "expirationdate", db_value(rows, row, "valid_through"));
	buffer_text(out, "</job>\n");
}

enum err careers_jobs_feed(struct request *rq)
{
	struct db_rows rows;

	TRY(feed_begin(rq, "application/xml; charset=utf-8", &rows));
	buffer_text(&rq->out, "<source>\n");
	element(&rq->out, "publisher", db_value(&rows, 0, "organization"));
	element(&rq->out, "publisherurl", page_url(rq, db_value(&rows, 0, "slug"), NULL, ""));
	if (db_value(&rows, 0, "all_updated_mail"))
		element(&rq->out, "lastBuildDate", db_value(&rows, 0, "all_updated_mail"));
	for (int i = 0; i < rows.count; i++) {
		if (db_value(&rows, i, "id"))
			put_job(rq, &rows, i);
	}
	buffer_text(&rq->out, "</source>\n");
	answer_digest(rq);
	return OK;
}

static void put_entry(struct request *rq, const struct db_rows *rows, int row)
{
	struct buffer *out = &rq->out;

	buffer_printf(out, "<entry>\n<id>urn:uuid:%s</id>\n", db_value(rows, row, "id"));
	element(out, "title", db_value(rows, row, "title"));
	element(out, "published", db_value(rows, row, "published"));
	element(out, "updated", db_value(rows, row, "updated"));
	buffer_text(out, "<link rel=\"alternate\" type=\"text/html\" href=\"");
	markup_text(out, job_url(rq, rows, row));
	buffer_text(out, "\"/>\n");
	put_prose(out, "content", " type=\"html\"", db_value(rows, row, "description"));
	buffer_text(out, "</entry>\n");
}

enum err careers_atom_feed(struct request *rq)
{
	const char *slug, *home;
	struct db_rows rows;
	struct buffer *out = &rq->out;

	TRY(feed_begin(rq, "application/atom+xml; charset=utf-8", &rows));
	slug = db_value(&rows, 0, "slug");
	home = page_url(rq, slug, NULL, "");
	buffer_text(out, "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	element(out, "id", home);
	element(out, "title", db_value(&rows, 0, "organization"));
	element(out, "updated", db_value(&rows, 0, "all_updated"));
	buffer_text(out, "<author>\n");
	element(out, "name", db_value(&rows, 0, "organization"));
	buffer_text(out, "</author>\n");
	buffer_printf(out, "<link rel=\"self\" type=\"application/atom+xml\" href=\"");
	markup_text(out, page_url(rq, slug, NULL, "/feed.atom"));
	buffer_text(out, "\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"");
	markup_text(out, home);
	buffer_text(out, "\"/>\n");
	for (int i = 0; i < rows.count; i++) {
		if (db_value(&rows, i, "id"))
			put_entry(rq, &rows, i);
	}
	buffer_text(out, "</feed>\n");
	answer_digest(rq);
	return OK;
}
