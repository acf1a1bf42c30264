/* Thins out heads that later ones make superfluous. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "audit/heads.h"

#define THIN_FILE_MOST ((size_t)512 << 20)

struct thin_line {
	const char *text; /* with its newline */
	size_t len, number;
	struct audit_head head;
	bool known, keep; /* not known: no head; kept as it is, for the verifier to name */
};
struct thin {
	char now[TIME_TEXT_LEN + 1];
	struct thin_line *lines;
	size_t count;
};

/* How much of a time two heads must share for the later one to do: day, hour, or all of it. */
static size_t bucket_len(const struct thin *thin, const char *time)
{
	if (strncmp(time, thin->now, strlen("2026-11-22")) != 0)
		return strlen("2026-11-22");
	return strncmp(time, thin->now, strlen("2026-11-22T14")) != 0 ? strlen("2026-11-22T14")
								      : TIME_TEXT_LEN;
}

static bool superseded(const struct thin *thin, const struct audit_head *head,
		       const struct audit_head *later)
{
	bool contradicts =
	    later->seq < head->seq ||
	    (later->seq == head->seq && memcmp(later->chain, head->chain, SHA256_LEN) != 0);
	return strcmp(head->organization_id, later->organization_id) == 0 && !contradicts &&
	       strncmp(head->sealed_at, later->sealed_at, bucket_len(thin, head->sealed_at)) == 0;
}

static int by_organization(const void *left, const void *right)
{
	const struct thin_line *a = left, *b = right;
	int order = strcmp(a->head.organization_id, b->head.organization_id);
	return order != 0 ? order : a->number < b->number ? -1 : 1;
}

static int by_number(const void *left, const void *right)
{
	const struct thin_line *a = left, *b = right;
	return a->number < b->number ? -1 : 1;
}

static size_t thin_mark(struct thin *thin)
{
	size_t dropped = 0;
	qsort(thin->lines, thin->count, sizeof(*thin->lines), by_organization);
	for (size_t i = 0; i < thin->count; i++) {
		struct thin_line *line = &thin->lines[i];
		line->keep = !line->known || i + 1 == thin->count ||
			     !superseded(thin, &line->head, &line[1].head);
		dropped += !line->keep;
	}
	qsort(thin->lines, thin->count, sizeof(*thin->lines), by_number);
	return dropped;
}

static enum err lines_split(struct thin *thin, const char *text, size_t *whole)
{
	struct arena arena;
	size_t count = 0;
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		count++;
	thin->lines = calloc(count + 1, sizeof(*thin->lines));
	if (thin->lines == NULL)
		return ERR_MEMORY;
	arena_init(&arena, 1 << 20);
	const char *at = text;
	for (const char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		const struct json_node *signature = NULL;
		struct thin_line *line = &thin->lines[thin->count];
		line->text = at;
		line->len = (size_t)(end - at) + 1;
		line->number = thin->count++;
		arena_reset(&arena);
		line->known = head_parse(at, line->len - 1, &arena, &line->head, &signature) == OK;
	}
	*whole = (size_t)(at - text);
	arena_release(&arena);
	return OK;
}

static bool file_replace(const struct thin *thin, const char *path)
{
	char temp[PATH_MAX];
	(void)snprintf(temp, sizeof(temp), "%s.new", path);
	(void)unlink(temp);
	int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file == NULL)
		return false;
	bool good = true;
	for (size_t i = 0; i < thin->count; i++)
		if (thin->lines[i].keep)
			good =
			    fwrite(thin->lines[i].text, thin->lines[i].len, 1, file) == 1 && good;
	good = fflush(file) == 0 && fsync(fd) == 0 && good;
	good = fclose(file) == 0 && good;
	return good && rename(temp, path) == 0;
}

static bool file_load(const char *path, struct buffer *out)
{
	char block[65536];
	size_t got = 0;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	buffer_text(out, "");
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		buffer_add(out, block, got);
	bool good = ferror(file) == 0 && !out->failed && strlen(out->data) == out->len;
	(void)fclose(file);
	return good;
}

static enum err file_thin(void *arg, const char *path, struct why *why)
{
	struct thin *thin = arg;
	struct buffer text;
	size_t whole = 0;
	errno = 0;
	buffer_init(&text, THIN_FILE_MOST);
	bool good = file_load(path, &text);
	if (good) {
		good = lines_split(thin, text.data, &whole) == OK;
		if (good && (thin_mark(thin) > 0 || whole < text.len))
			good = file_replace(thin, path);
	}
	free(thin->lines);
	thin->lines = NULL;
	thin->count = 0;
	buffer_release(&text);
	return good ? OK
		    : why_set(why, ERR_UNAVAILABLE, "cannot rewrite %s: %s", path,
			      strerrordesc_np(errno));
}

enum err audit_heads_thin(const char *dir, int64_t now_ms, struct why *why)
{
	struct thin thin = {.lines = NULL};
	time_format(now_ms, thin.now);
	return heads_files(dir, file_thin, &thin, why);
}
