/* Documents of candidates: /v1/candidates/{id}/documents, /v1/documents. */
#include "core/digest.h"
#include "document_text.h"
#include "resources/handlers.h"
#include "runtime/offload.h"
#include "statements.h"

#define DOCUMENT_MOST ((size_t)10 << 20)

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

/* The declared type without its parameters, as one of ours. */
static const char *media_type_of(const struct request *rq)
{
	static const char *const known[] = {"application/pdf", "text/plain",
					    "application/resume+json"};
	const char *sent = request_header(rq, "Content-Type");
	size_t len = sent ? strcspn(sent, "; \t") : 0;

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strlen(known[i]) == len && strncasecmp(known[i], sent, len) == 0)
			return known[i];
	}
	return NULL;
}

/* A bytea's text: \x and two digits a byte. */
static const char *bytea_text(struct request *rq)
{
	char *text = arena_alloc(rq->arena, rq->body_len * 2 + 3);

	if (!text)
		return NULL;
	text[0] = '\\';
	text[1] = 'x';
	hex_encode(rq->body_text, rq->body_len, text + 2);
	return text;
}

static enum err keep(struct request *rq, const struct reading *reading)
{
	const struct buffer *text = &reading->text.text;
	const char *kind = request_query(rq, "kind"), *content = bytea_text(rq);
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
	struct reading reading = {.rq = rq, .media_type = media_type_of(rq)};
	struct db_rows rows;
	enum err err;

	if (rq->body_len > DOCUMENT_MOST)
		return fail(rq, PROBLEM_body_too_large, "A document has at most %zu bytes.",
			    DOCUMENT_MOST);
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

/* Never shown by a browser in our name: a file to save, under a name of ours and its own. */
static enum err put_headers(struct request *rq, const struct db_rows *rows)
{
	const char *filename = db_value(rows, 0, "filename"),
		   *type = db_value(rows, 0, "media_type");
	const char *plain = text_equal(type, "application/pdf") ? "document.pdf"
			    : text_equal(type, "text/plain")	? "document.txt"
								: "document.json";
	struct buffer text;

	buffer_init(&text, 8192);
	buffer_printf(&text, "attachment; filename=\"%s\"", plain);
	if (filename)
		buffer_text(&text, "; filename*=UTF-8''");
	for (const char *at = filename; at && *at; at++) {
		unsigned char c = (unsigned char)*at;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '.' || c == '-' || c == '_')
			buffer_char(&text, (char)c);
		else
			buffer_printf(&text, "%%%02X", c);
	}
	if (!text.failed)
		reply_header(rq, "Content-Disposition", text.data);
	buffer_release(&text);
	reply_header(rq, "Content-Security-Policy", "default-src 'none'; sandbox");
	reply_header(rq, "ETag", arena_printf(rq->arena, "\"%.32s\"", db_value(rows, 0, "digest")));
	return OK;
}

enum err documents_content(struct request *rq)
{
	struct db_rows rows;
	const char *hex;
	size_t len;
	char *bytes;

	TRY(RUN(rq, document_content, &rows, .document_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such document.");
	hex = db_value(&rows, 0, "content") + 2;
	len = strlen(hex) / 2;
	answer_begin(rq, 200);
	rq->content_type = "application/octet-stream";
	bytes = buffer_extend(&rq->out, len);
	if (!bytes)
		return ERR_MEMORY;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
	return put_headers(rq, &rows);
}
