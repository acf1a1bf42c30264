/* Takes files in and gives them out as they came; a browser never shows one in our name. */
#include "stored_file.h"

#include <string.h>
#include <strings.h>

#include "core/digest.h"
#include "core/text.h"

const char *stored_file_type(const struct request *rq, const char *const *known, size_t count)
{
	const char *sent = request_header(rq, "Content-Type");
	size_t len;

	if (!sent)
		return NULL;
	len = strcspn(sent, "; \t");
	for (size_t i = 0; i < count; i++) {
		if (strlen(known[i]) == len && strncasecmp(known[i], sent, len) == 0)
			return known[i];
	}
	return NULL;
}

const char *stored_file_bytea(struct request *rq)
{
	char *text = arena_alloc(rq->arena, rq->body_len * 2 + 3);

	if (!text)
		return NULL;
	text[0] = '\\';
	text[1] = 'x';
	hex_encode(rq->body_text, rq->body_len, text + 2);
	return text;
}

static void put_headers(struct request *rq, const struct db_rows *rows, const char *plain)
{
	const char *filename = db_value(rows, 0, "filename");
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
}

enum err stored_file_answer(struct request *rq, const struct db_rows *rows, const char *plain)
{
	const char *hex = db_value(rows, 0, "content") + 2;
	size_t len = strlen(hex) / 2;
	char *bytes;

	answer_begin(rq, 200);
	rq->content_type = "application/octet-stream";
	bytes = buffer_extend(&rq->out, len);
	if (!bytes)
		return ERR_MEMORY;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
	put_headers(rq, rows, plain);
	return OK;
}
