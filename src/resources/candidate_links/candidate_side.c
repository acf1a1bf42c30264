/* What a candidate sees and does with a link, without sign-in: /v1/candidate_side. */
#include "candidate_side.h"

#include "auth/secret.h"
#include "core/digest.h"
#include "resources/documents/document_text.h"
#include "resources/handlers.h"
#include "runtime/offload.h"
#include "statements.h"

struct link {
	char organization[PRINCIPAL_UUID], digest[SHA256_HEX_LEN + 1];
	struct db_caller caller;
};

/*
 * A token of the wrong form looks for a link, too, in an organization that is not: every token that
 * does not hold is answered alike, after the same work.
 */
static enum err link_take(struct request *rq, struct link *link)
{
	const char *token = request_header(rq, LINK_HEADER);

	if (!token ||
	    secret_parse(CANDIDATE_LINK_PREFIX, token, link->organization, link->digest) != OK) {
		snprintf(link->organization, sizeof(link->organization), "%s",
			 "00000000-0000-0000-0000-000000000000");
		TRY(sha256_hex("", 0, link->digest));
	}
	link->caller = (struct db_caller){
	    .organization_id = link->organization,
	    .actor_kind = "system",
	    .request_id = rq->request_id,
	};
	return OK;
}

static enum err no_link(struct request *rq)
{
	return fail(rq, PROBLEM_not_found, "The link does not hold, or no longer.");
}

enum err candidate_side_get(struct request *rq)
{
	struct link link;
	struct db_rows rows;

	TRY(link_take(rq, &link));
	TRY(RUN_AS(rq, &link.caller, candidate_side_get, &rows, .digest = link.digest));
	return rows.count ? answer_one(rq, 200, &rows) : no_link(rq);
}

enum err work_samples_start(struct request *rq)
{
	struct link link;
	struct db_rows rows;

	TRY(link_take(rq, &link));
	TRY(RUN_AS(rq, &link.caller, work_sample_start, &rows, .digest = link.digest));
	return rows.count ? answer_one(rq, 200, &rows) : no_link(rq);
}

enum err surveys_answer(struct request *rq)
{
	struct link link;
	struct db_rows rows;

	TRY(link_take(rq, &link));
	TRY(RUN_AS(rq, &link.caller, survey_answer, &rows, .digest = link.digest,
		   .body = rq->body_text));
	return rows.count ? answer_nothing(rq, NULL) : no_link(rq);
}

enum err demographics_answer(struct request *rq)
{
	struct link link;
	struct db_rows rows;

	TRY(link_take(rq, &link));
	TRY(RUN_AS(rq, &link.caller, demographics_answer, &rows, .digest = link.digest,
		   .body = rq->body_text));
	return rows.count ? answer_nothing(rq, NULL) : no_link(rq);
}

/* ---- a work sample ----------------------------------------------------------------------------
 */

struct reading {
	const struct request *rq;
	const char *media_type;
	struct document_text text;
	enum err err;
};

static void read_work(void *arg)
{
	struct reading *reading = arg;

	reading->err = document_read(&reading->text, reading->media_type, reading->rq->body_text,
				     reading->rq->body_len, NULL);
}

static enum err submit(struct request *rq, const struct link *link, const struct reading *reading,
		       struct db_rows *rows)
{
	const struct document_text *text = &reading->text;
	char digest[SHA256_HEX_LEN + 1];
	char *content = arena_alloc(rq->arena, rq->body_len * 2 + 3);

	if (!content)
		return ERR_MEMORY;
	content[0] = '\\';
	content[1] = 'x';
	hex_encode(rq->body_text, rq->body_len, content + 2);
	TRY(sha256_hex(rq->body_text, rq->body_len, digest));
	return RUN_AS(rq, &link->caller, work_sample_submit, rows, .digest = link->digest,
		      .filename = request_query(rq, "filename"), .media_type = reading->media_type,
		      .content = content, .content_digest = digest, .text_state = text->state,
		      .text_problem = text->problem,
		      .words = text_equal(text->state, "read") ? text->text.data : NULL);
}

enum err work_samples_submit(struct request *rq)
{
	const char *sent = request_header(rq, "Content-Type");
	bool pdf = sent && strncasecmp(sent, "application/pdf", 15) == 0;
	struct reading reading = {.rq = rq, .media_type = pdf ? "application/pdf" : "text/plain"};
	struct link link;
	struct db_rows rows;
	enum err err;

	TRY(link_take(rq, &link));
	/* Nothing is read of a file whose sender has no link. */
	TRY(RUN_AS(rq, &link.caller, candidate_side_get, &rows, .digest = link.digest));
	if (rows.count == 0)
		return no_link(rq);
	if (rq->body_len == 0 || !document_is(reading.media_type, rq->body_text, rq->body_len)) {
		refuse_field(rq, "", "content", "The content is not of its media type.");
		return fail(rq, PROBLEM_invalid, "The content is not of its media type.");
	}
	TRY(offload_run(rq->offload, read_work, &reading));
	err = reading.err == OK ? submit(rq, &link, &reading, &rows) : reading.err;
	document_text_release(&reading.text);
	TRY(err);
	return rows.count ? answer_one(rq, 200, &rows) : no_link(rq);
}
