/* Files of ratings, as CSV with a header; reads them whole and refuses by line and column. */
#ifndef COMMANDS_RATINGS_FILE_H
#define COMMANDS_RATINGS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

/*
 * The header names the columns, in any order. Each line is a rating of what its keys name; an empty
 * rating is a missing cell: its names count, but there is no row. A key is a text of UTF-8 without
 * control characters, never empty. No two lines have the same keys (the optional one aside).
 */
#define RATINGS_KEYS_MOST   4
#define RATINGS_NAME_MOST   200		      /* bytes */
#define RATINGS_NAMES_MOST  1000000	      /* of one key */
#define RATINGS_ROWS_MOST   5000000	      /* lines of the file */
#define RATINGS_BYTES_MOST  ((size_t)1 << 30) /* of the file */
#define RATINGS_RATING_MOST 1e6		      /* either side of 0 */

struct ratings_form {
	const char *keys[RATINGS_KEYS_MOST + 1]; /* "candidate", "interviewer", …, NULL */
	const char *optional; /* one more key, which may be absent; NULL for none. It is the last */
};

struct ratings_names {
	const char **text; /* in the order of their first appearance */
	size_t count;
};

struct ratings_row {
	uint32_t key[RATINGS_KEYS_MOST]; /* into the names of that key */
	uint32_t line;			 /* of the file */
	double rating;
};

struct ratings_file {
	struct ratings_names names[RATINGS_KEYS_MOST];
	struct ratings_row *rows; /* in the file's order */
	size_t count;
	size_t missing;	   /* lines whose rating was empty */
	bool has_optional; /* the optional key stands in the header */
	struct arena arena;
};

/* `path` may be any file that can be read, a pipe too. Release in either case. */
enum err ratings_file_read(struct ratings_file *file, const char *path,
			   const struct ratings_form *form, struct why *why) MUST_USE;
/* The same from memory; `name` is what sentences call it. */
enum err ratings_file_parse(struct ratings_file *file, const char *name, const void *bytes,
			    size_t len, const struct ratings_form *form, struct why *why) MUST_USE;
/*
 * Renumbers the names of one key in their natural order (2 before 10), so that the order of the
 * rows no longer shows.
 */
enum err ratings_file_sort_names(struct ratings_file *file, size_t key) MUST_USE;
/* Sorts the rows by their keys, the first one first. */
void ratings_file_sort_rows(struct ratings_file *file);
void ratings_file_release(struct ratings_file *file);

#endif
