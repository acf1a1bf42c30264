/* What can be read of a document. */
#ifndef RESOURCES_DOCUMENT_TEXT_H
#define RESOURCES_DOCUMENT_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/buffer.h"
#include "core/error.h"

#define DOCUMENT_TEXT_MOST ((size_t)1 << 20)

/* The state and, where it is "unreadable", the problem: words of the documents table. */
struct document_text {
	const char *state, *problem;
	struct buffer text; /* valid UTF-8 without control characters but tab and line feed */
};

/* Whether the bytes begin, or are, as the media type says. */
bool document_is(const char *media_type, const char *bytes, size_t len) MUST_USE;
/* Reads one; blocks for a PDF, in a child process that may do nothing else. */
enum err document_read(struct document_text *out, const char *media_type, const char *bytes,
		       size_t len, const json_t *json) MUST_USE;
void document_text_release(struct document_text *text);

#endif
