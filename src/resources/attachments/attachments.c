/* Attachments of scorecards: /v1/scorecards/{id}/attachments, /v1/attachments. */
#include "core/digest.h"
#include "resources/documents/stored_file.h"
#include "resources/handlers.h"
#include "statements.h"

#include <string.h>

static const char *const known_types[] = {"image/png", "image/jpeg", "image/webp",
					  "application/pdf", "text/plain"};

static enum err known(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, scorecard_known, &rows, .scorecard_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such scorecard.");
	return OK;
}

enum err attachments_list(struct request *rq)
{
	TRY(known(rq));
	return LIST_OF(rq, attachments_list, .scorecard_id = rq->param[0]);
}

enum err attachments_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, attachment_get, &rows, .attachment_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* Text is UTF-8 without control characters; of the rest its first bytes tell. */
static bool is_of_type(const struct request *rq, const char *type)
{
	static const struct {
		const char *type, *magic;
		size_t at, len;
	} files[] = {
	    {"image/png", "\x89PNG\r\n\x1a\n", 0, 8},
	    {"image/jpeg", "\xff\xd8\xff", 0, 3},
	    {"image/webp", "RIFF", 0, 4},
	    {"image/webp", "WEBP", 8, 4},
	    {"application/pdf", "%PDF-", 0, 5},
	};
	const char *bytes = rq->body_text;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (strcmp(files[i].type, type) == 0 &&
		    (rq->body_len < files[i].at + files[i].len ||
		     memcmp(bytes + files[i].at, files[i].magic, files[i].len) != 0))
			return false;
	}
	if (strcmp(type, "text/plain") != 0)
		return true;
	for (size_t i = 0; i < rq->body_len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == 0x7f || (c < 0x20 && !strchr("\t\n\r\f", c)) || c == '\0')
			return false;
	}
	return utf8_valid(bytes, rq->body_len);
}

enum err attachments_create(struct request *rq)
{
	const char *type = stored_file_type(rq, known_types, ARRAY_LEN(known_types)), *content;
	char digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;

	if (rq->body_len > STORED_FILE_MOST)
		return fail(rq, PROBLEM_body_too_large, "An attachment has at most %zu bytes.",
			    STORED_FILE_MOST);
	if (!type)
		return fail(rq, PROBLEM_unsupported_media_type,
			    "An attachment is a PNG, JPEG or WebP picture, a PDF or a plain text.");
	if (!is_of_type(rq, type)) {
		refuse_field(rq, "", "content", "The content is not of its media type.");
		return fail(rq, PROBLEM_invalid, "The content is not of its media type.");
	}
	TRY(known(rq));
	content = stored_file_bytea(rq);
	if (!content)
		return ERR_MEMORY;
	TRY(sha256_hex(rq->body_text, rq->body_len, digest));
	TRY(RUN(rq, attachment_create, &rows, .scorecard_id = rq->param[0],
		.filename = request_query(rq, "filename"), .media_type = type, .content = content,
		.digest = digest));
	return answer_created(rq, "/v1/attachments", &rows);
}

enum err attachments_delete(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, attachment_delete, &rows, .attachment_id = rq->param[0], .if_match = version));
	return answer_nothing(rq, &rows);
}

enum err attachments_content(struct request *rq)
{
	static const char *const plain[] = {"attachment.png", "attachment.jpg", "attachment.webp",
					    "attachment.pdf", "attachment.txt"};
	struct db_rows rows;
	size_t i = 0;

	TRY(RUN(rq, attachment_content, &rows, .attachment_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such attachment.");
	while (i + 1 < ARRAY_LEN(plain) &&
	       !text_equal(db_value(&rows, 0, "media_type"), known_types[i]))
		i++;
	return stored_file_answer(rq, &rows, plain[i]);
}
