/* Documents of candidates: /v1/candidates/{id}/documents, /v1/documents. */
#include "core/digest.h"
#include "document_text.h"
#include "resources/handlers.h"
#include "runtime/offload.h"
#include "statements.h"
#include "stored_file.h"

enum err documents_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_known, &rows, .candidate_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such candidate.");
	return LIST_OF(rq, documents_list, .candidate_id = rq->param[0]);
}

enum err documents_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, document_get, &rows, .document_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err documents_delete(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, document_delete, &rows, .document_id = rq->param[0], .if_match = version));
	return answer_nothing(rq, &rows);
}

/* ---- upload -----------------------------------------------------------------------------------
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
	const struct request *rq = reading->rq;

	reading->err = document_read(&reading->text, reading->media_type, rq->body_text,
				     rq->body_len, rq->body);
}

static enum err keep(struct request *rq, const struct reading *reading)
{
	const struct buffer *text = &reading->text.text;
	const char *kind = request_query(rq, "kind"), *content = stored_file_bytea(rq);
	char digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;

	if (!content)
		return ERR_MEMORY;
	TRY(sha256_hex(rq->body_text, rq->body_len, digest));
	TRY(RUN(rq, document_create, &rows, .candidate_id = rq->param[0],
		.kind = kind ? kind : "resume", .filename = request_query(rq, "filename"),
		.media_type = reading->media_type, .content = content, .digest = digest,
		.text_state = reading->text.state, .text_problem = reading->text.problem,
		.words = text_equal(reading->text.state, "read") ? text->data : NULL));
	return answer_created(rq, "/v1/documents", &rows);
}

enum err documents_create(struct request *rq)
{
	static const char *const known[] = {"application/pdf", "text/plain",
					    "application/resume+json"};
	struct reading reading = {.rq = rq,
				  .media_type = stored_file_type(rq, known, ARRAY_LEN(known))};
	struct db_rows rows;
	enum err err;

	if (rq->body_len > STORED_FILE_MOST)
		return fail(rq, PROBLEM_body_too_large, "A document has at most %zu bytes.",
			    STORED_FILE_MOST);
	if (!reading.media_type)
		return fail(rq, PROBLEM_unsupported_media_type,
			    "A document is a PDF, a plain text or a JSON Resume.");
	if (!document_is(reading.media_type, rq->body_text, rq->body_len)) {
		refuse_field(rq, "", "content", "The content is not of its media type.");
		return fail(rq, PROBLEM_invalid, "The content is not of its media type.");
	}
	TRY(RUN(rq, candidate_known, &rows, .candidate_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such candidate.");
	TRY(offload_run(rq->offload, read_work, &reading));
	err = reading.err == OK ? keep(rq, &reading) : reading.err;
	document_text_release(&reading.text);
	return err;
}

/* ---- download ---------------------------------------------------------------------------------
 */

enum err documents_content(struct request *rq)
{
	struct db_rows rows;
	const char *type;

	TRY(RUN(rq, document_content, &rows, .document_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such document.");
	type = db_value(&rows, 0, "media_type");
	return stored_file_answer(rq, &rows,
				  text_equal(type, "application/pdf") ? "document.pdf"
				  : text_equal(type, "text/plain")    ? "document.txt"
								      : "document.json");
}

/* What an interviewer has of the candidate to judge; without the person where that is due. */
enum err interviews_materials(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, interview_materials, &rows, .interview_id = rq->param[0]));
	return answer_collection(rq, &rows, "number");
}
