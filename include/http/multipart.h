/* Forms with files, as browsers send them: multipart/form-data (RFC 7578). */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"

#define MULTIPART_PARTS_MAX 64

struct multipart_part {
	const char *name;     /* valid UTF-8, without control characters */
	const char *filename; /* the same; NULL for what is no file */
	const char *bytes;    /* in the body; of what is no file: a text with a NUL at its end */
	size_t len;
};

struct multipart {
	struct multipart_part part[MULTIPART_PARTS_MAX];
	int count;
};

/*
 * Takes a body apart. `content_type` is the header's value, with its boundary. ERR_INVALID when it
 * is no such form: no or a strange boundary, no end, a part without a name, too many, a text that
 * is not UTF-8.
 */
enum err multipart_read(struct arena *arena, const char *content_type, const char *body, size_t len,
			struct multipart *out) MUST_USE;
/* The first part of the name, or NULL. */
const struct multipart_part *multipart_find(const struct multipart *form, const char *name);
/* The text of the part of that name; NULL: none, or it is a file. */
const char *multipart_text(const struct multipart *form, const char *name);

#endif
