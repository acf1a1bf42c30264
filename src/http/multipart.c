/* Reads multipart/form-data out of a body that is in memory; looks at each byte once. */
#include "http/multipart.h"

#include <string.h>
#include <strings.h>

#include "core/text.h"

#define BOUNDARY_MAX 70
#define NAME_MAX_LEN 200
#define HEADERS_MAX  4096

/* ---- parameters of a header -------------------------------------------------------------------
 */

/* The value of `name` among the parameters that follow a ';'; browsers write no quote into one. */
static bool parameter(const char *at, const char *end, const char *name, const char **value,
		      size_t *len)
{
	size_t name_len = strlen(name);

	while ((at = memchr(at, ';', (size_t)(end - at)))) {
		at++;
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if ((size_t)(end - at) <= name_len || strncasecmp(at, name, name_len) != 0 ||
		    at[name_len] != '=')
			continue;
		at += name_len + 1;
		bool quoted = at < end && *at == '"';
		const char *from = at + quoted, *to = from;

		while (to < end && (quoted ? *to != '"' : *to != ';' && *to != ' ' && *to != '\t'))
			to++;
		if (quoted && to == end)
			return false;
		*value = from;
		*len = (size_t)(to - from);
		return true;
	}
	return false;
}

static bool plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	return utf8_valid(text, len);
}

/* ---- a part -----------------------------------------------------------------------------------
 */

/* The line of the part's headers that says what it is. */
static bool disposition(const char *at, const char *end, const char **from, const char **to)
{
	static const char field[] = "content-disposition:";

	while (at < end) {
		const char *line = memmem(at, (size_t)(end - at), "\r\n", 2);

		if (!line)
			line = end;
		if ((size_t)(line - at) > sizeof(field) &&
		    strncasecmp(at, field, sizeof(field) - 1) == 0) {
			*from = at + sizeof(field) - 1;
			*to = line;
			return true;
		}
		at = line + (line == end ? 0 : 2);
	}
	return false;
}

static enum err read_head(struct arena *arena, const char *at, const char *end,
			  struct multipart_part *part)
{
	const char *from, *to, *value;
	size_t len;

	if (!disposition(at, end, &from, &to) || !parameter(from, to, "name", &value, &len) ||
	    len == 0 || len > NAME_MAX_LEN || !plain(value, len))
		return ERR_INVALID;
	part->name = arena_memdup(arena, value, len);
	part->filename = NULL;
	if (parameter(from, to, "filename", &value, &len)) {
		if (!plain(value, len))
			return ERR_INVALID;
		part->filename = arena_memdup(arena, value, len);
		if (!part->filename)
			return ERR_MEMORY;
	}
	return part->name ? OK : ERR_MEMORY;
}

/* What is no file is a text, which a form's sender may have broken. */
static enum err settle_text(struct arena *arena, struct multipart_part *part)
{
	if (part->filename)
		return OK;
	if (!utf8_valid(part->bytes, part->len))
		return ERR_INVALID;
	part->bytes = arena_memdup(arena, part->bytes, part->len);
	return part->bytes ? OK : ERR_MEMORY;
}

/* ---- the whole --------------------------------------------------------------------------------
 */

struct reading {
	struct arena *arena;
	const char *at, *end;
	char mark[BOUNDARY_MAX + 5]; /* CR LF -- boundary */
	size_t mark_len;
};

static enum err take_boundary(struct reading *r, const char *content_type)
{
	static const char signs[] = "'()+_,-./:=?";
	const char *value;
	size_t len;

	if (strncasecmp(content_type, "multipart/form-data", 19) != 0 ||
	    !parameter(content_type, content_type + strlen(content_type), "boundary", &value,
		       &len) ||
	    len == 0 || len > BOUNDARY_MAX)
		return ERR_INVALID;
	for (size_t i = 0; i < len; i++) {
		char c = value[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c && strchr(signs, c))))
			return ERR_INVALID;
	}
	memcpy(r->mark, "\r\n--", 4);
	memcpy(r->mark + 4, value, len);
	r->mark_len = len + 4;
	return OK;
}

/* One part, up to the boundary behind it. */
static enum err take_part(struct reading *r, struct multipart *out)
{
	size_t left = (size_t)(r->end - r->at);
	const char *head = memmem(r->at, left < HEADERS_MAX ? left : HEADERS_MAX, "\r\n\r\n", 4);
	struct multipart_part *part = &out->part[out->count];
	const char *next;

	if (!head || out->count == MULTIPART_PARTS_MAX)
		return ERR_INVALID;
	TRY(read_head(r->arena, r->at, head, part));
	/* The boundary's own line break may be that of the headers' end, of a part that is empty.
	 */
	next = memmem(head + 2, (size_t)(r->end - head) - 2, r->mark, r->mark_len);
	if (!next)
		return ERR_INVALID;
	part->bytes = head + 4;
	part->len = next < head + 4 ? 0 : (size_t)(next - (head + 4));
	TRY(settle_text(r->arena, part));
	out->count++;
	r->at = next + r->mark_len;
	return OK;
}

enum err multipart_read(struct arena *arena, const char *content_type, const char *body, size_t len,
			struct multipart *out)
{
	struct reading r = {.arena = arena, .at = body, .end = body + len};

	out->count = 0;
	TRY(take_boundary(&r, content_type));
	if (len < r.mark_len - 2 || memcmp(body, r.mark + 2, r.mark_len - 2) != 0)
		return ERR_INVALID;
	r.at += r.mark_len - 2;
	for (;;) {
		if (r.end - r.at < 2)
			return ERR_INVALID;
		if (memcmp(r.at, "--", 2) == 0)
			return OK;
		if (memcmp(r.at, "\r\n", 2) != 0)
			return ERR_INVALID;
		r.at += 2;
		TRY(take_part(&r, out));
	}
}

const struct multipart_part *multipart_find(const struct multipart *form, const char *name)
{
	for (int i = 0; i < form->count; i++) {
		if (strcmp(form->part[i].name, name) == 0)
			return &form->part[i];
	}
	return NULL;
}

const char *multipart_text(const struct multipart *form, const char *name)
{
	const struct multipart_part *part = multipart_find(form, name);

	return part && !part->filename ? part->bytes : NULL;
}
