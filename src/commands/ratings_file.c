/* Reads files of ratings with libcsv; see the header for what they look like. */
#include "ratings_file.h"

#include <assert.h>
#include <csv.h>
#include <errno.h>

#include "core/text.h"
#include "numbers.h"

#define COLUMNS_MOST (RATINGS_KEYS_MOST + 1)
#define ROLE_RATING  RATINGS_KEYS_MOST
#define FIELD_MOST   ((size_t)1 << 20) /* bytes that a field may grow to before it is refused */
#define NAMES_BYTES  ((size_t)1 << 30)
#define NO_ROLE	     (-1)

/* The names of one key, found by their hash: slots hold their number + 1. */
struct index {
	uint32_t *slots;
	size_t mask, cap; /* of slots; of the names' array */
};

struct reader {
	struct ratings_file *file;
	const struct ratings_form *form;
	const char *name;
	struct why *why;
	enum err err; /* the first failure: what follows is not looked at */
	size_t line, columns, column;
	int role[COLUMNS_MOST]; /* of each column: a key's number or ROLE_RATING */
	struct index index[RATINGS_KEYS_MOST];
	struct ratings_row row;
	bool header, missing;
	size_t cap, lines;
};

/* ---- refusals -------------------------------------------------------------------------------- */

static const char *role_name(const struct reader *reader, int role)
{
	return role == ROLE_RATING ? "rating" : reader->form->keys[role];
}

static void refuse_memory(struct reader *reader)
{
	reader->err = why_set(reader->why, ERR_MEMORY, "out of memory");
}

#define SHOWN_MOST 40

/* How much of a text a sentence shows: whole characters. */
static int shown(const char *text)
{
	size_t len = strlen(text), at = 0;
	while (at < len) {
		bool valid = true;
		size_t step = utf8_next(text + at, len - at, &valid);
		if (at + step > SHOWN_MOST)
			break;
		at += step;
	}
	return (int)at;
}

/* About the field that is read just now. */
static void refuse_field(struct reader *reader, const char *text, const char *sentence)
{
	int role = reader->header && reader->column < reader->columns ? reader->role[reader->column]
								      : NO_ROLE;
	reader->err =
	    why_set(reader->why, ERR_INVALID, "%.200s, line %zu, column %zu%s%s%s: \"%.*s\" %s",
		    reader->name, reader->line, reader->column + 1, role == NO_ROLE ? "" : " (",
		    role == NO_ROLE ? "" : role_name(reader, role), role == NO_ROLE ? "" : ")",
		    shown(text), text, sentence);
}

static void refuse_header(struct reader *reader, const char *sentence)
{
	char columns[200] = "";
	size_t at = 0;
	for (int i = 0; reader->form->keys[i] != NULL; i++)
		if (reader->form->keys[i] != reader->form->optional)
			at += (size_t)snprintf(columns + at, sizeof(columns) - at, "%s,",
					       reader->form->keys[i]);
	(void)snprintf(columns + at, sizeof(columns) - at, "rating%s%s%s",
		       reader->form->optional != NULL ? "[," : "",
		       reader->form->optional != NULL ? reader->form->optional : "",
		       reader->form->optional != NULL ? "]" : "");
	reader->err =
	    why_set(reader->why, ERR_INVALID, "%.200s, line %zu, column %zu: %s; the header is %s",
		    reader->name, reader->line, reader->column + 1, sentence, columns);
}

/* ---- names ----------------------------------------------------------------------------------- */

static size_t hash_bytes(const void *bytes, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a */
	for (const unsigned char *at = bytes; len > 0; at++, len--)
		hash = (hash ^ *at) * 0x100000001b3U;
	return (size_t)(hash ^ hash >> 29);
}

static bool index_grow(struct index *index, struct ratings_names *names)
{
	size_t size = index->slots == NULL ? 64 : (index->mask + 1) * 2;
	uint32_t *slots = calloc(size, sizeof(*slots));
	const char **text = slots == NULL ? NULL : realloc(names->text, size / 2 * sizeof(*text));
	if (text == NULL) {
		free(slots);
		return false;
	}
	free(index->slots);
	names->text = text;
	*index = (struct index){slots, size - 1, size / 2};
	for (size_t i = 0; i < names->count; i++) {
		size_t at = hash_bytes(text[i], strlen(text[i])) & index->mask;
		while (slots[at] != 0)
			at = (at + 1) & index->mask;
		slots[at] = (uint32_t)i + 1;
	}
	return true;
}

/* The number of the name, which is a new one if need be. */
static bool name_number(struct reader *reader, int key, const char *name, size_t len, uint32_t *out)
{
	struct index *index = &reader->index[key];
	struct ratings_names *names = &reader->file->names[key];
	if (names->count >= index->cap && !index_grow(index, names))
		return false;
	size_t at = hash_bytes(name, len) & index->mask;
	for (; index->slots[at] != 0; at = (at + 1) & index->mask) {
		*out = index->slots[at] - 1;
		if (strcmp(names->text[*out], name) == 0)
			return true;
	}
	char *copy = arena_memdup(&reader->file->arena, name, len);
	if (copy == NULL)
		return false;
	*out = (uint32_t)names->count;
	names->text[names->count++] = copy;
	index->slots[at] = *out + 1;
	return true;
}

/* ---- fields and lines ------------------------------------------------------------------------ */

static void header_field(struct reader *reader, const char *text)
{
	int role = NO_ROLE;
	for (int i = 0; reader->form->keys[i] != NULL; i++)
		if (strcmp(text, reader->form->keys[i]) == 0)
			role = i;
	if (strcmp(text, "rating") == 0)
		role = ROLE_RATING;
	if (role == NO_ROLE) {
		char sentence[100];
		(void)snprintf(sentence, sizeof(sentence), "\"%.*s\" is no column here",
			       shown(text), text);
		refuse_header(reader, sentence);
		return;
	}
	for (size_t i = 0; i < reader->columns; i++)
		if (reader->role[i] == role) {
			refuse_header(reader, "this column is named twice");
			return;
		}
	assert(reader->columns < COLUMNS_MOST); /* none twice, so no more than there are */
	reader->role[reader->columns++] = role;
}

static void rating_field(struct reader *reader, const char *text, size_t len)
{
	reader->missing = len == 0;
	if (len == 0)
		return;
	if (!number_parse(text, &reader->row.rating) || reader->row.rating > RATINGS_RATING_MOST ||
	    reader->row.rating < -RATINGS_RATING_MOST)
		refuse_field(reader, text, "is no number from -1000000 to 1000000");
}

static void key_field(struct reader *reader, int key, const char *text, size_t len)
{
	if (len == 0)
		refuse_field(reader, text, "is empty; only a rating may be");
	else if (len > RATINGS_NAME_MOST)
		refuse_field(reader, text, "and so on is longer than 200 bytes");
	else if (!name_number(reader, key, text, len, &reader->row.key[key]))
		refuse_memory(reader);
	else if (reader->file->names[key].count > RATINGS_NAMES_MOST)
		refuse_field(reader, text, "is one name too many: there may be 1000000");
}

static bool has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return true;
	return false;
}

static void field_read(void *bytes, size_t len, void *arg)
{
	struct reader *reader = arg;
	const char *text = len == 0 ? "" : bytes;
	if (reader->err != OK)
		return;
	if (!utf8_valid(text, len))
		refuse_field(reader, "", "is not UTF-8");
	else if (has_control(text, len))
		refuse_field(reader, "", "has control characters or lines in it");
	else if (!reader->header)
		header_field(reader, text);
	else if (reader->column >= reader->columns)
		refuse_field(reader, text, "is one column more than the header has");
	else if (reader->role[reader->column] == ROLE_RATING)
		rating_field(reader, text, len);
	else
		key_field(reader, reader->role[reader->column], text, len);
	reader->column++;
}

static bool has_role(const struct reader *reader, int role)
{
	for (size_t i = 0; i < reader->columns; i++)
		if (reader->role[i] == role)
			return true;
	return false;
}

static void header_end(struct reader *reader)
{
	const char *missing = has_role(reader, ROLE_RATING) ? NULL : "rating";
	for (int i = 0; reader->form->keys[i] != NULL; i++) {
		bool optional = reader->form->keys[i] == reader->form->optional;
		if (optional)
			reader->file->has_optional = has_role(reader, i);
		else if (!has_role(reader, i) && missing == NULL)
			missing = reader->form->keys[i];
	}
	reader->header = true;
	if (missing == NULL)
		return;
	char sentence[100];
	(void)snprintf(sentence, sizeof(sentence), "the column \"%s\" is missing", missing);
	refuse_header(reader, sentence);
}

static void row_keep(struct reader *reader)
{
	struct ratings_file *file = reader->file;
	if (reader->missing) {
		file->missing++;
		return;
	}
	if (file->count == reader->cap) {
		size_t cap = reader->cap == 0 ? 1024 : reader->cap * 2;
		struct ratings_row *rows = realloc(file->rows, cap * sizeof(*rows));
		if (rows == NULL) {
			refuse_memory(reader);
			return;
		}
		file->rows = rows;
		reader->cap = cap;
	}
	reader->row.line = (uint32_t)reader->line;
	file->rows[file->count++] = reader->row;
}

static void line_end(int end UNUSED, void *arg)
{
	struct reader *reader = arg;
	if (reader->err != OK)
		return;
	if (!reader->header)
		header_end(reader);
	else if (reader->column < reader->columns)
		reader->err = why_set(reader->why, ERR_INVALID,
				      "%.200s, line %zu, column %zu: the line ends after %zu "
				      "column%s, but the header has %zu",
				      reader->name, reader->line, reader->column, reader->column,
				      reader->column == 1 ? "" : "s", reader->columns);
	else if (reader->lines++ >= RATINGS_ROWS_MOST)
		reader->err =
		    why_set(reader->why, ERR_TOO_LARGE, "%.200s, line %zu: more than %d ratings",
			    reader->name, reader->line, RATINGS_ROWS_MOST);
	else
		row_keep(reader);
	reader->column = 0;
	reader->row = (struct ratings_row){0};
}

/* ---- the file -------------------------------------------------------------------------------- */

struct source {
	struct reader reader;
	struct csv_parser parser;
	size_t bytes;
	bool after_cr;
};

static void csv_refuse(struct source *source, const char *sentence)
{
	struct reader *reader = &source->reader;
	if (reader->err == OK)
		reader->err = why_set(reader->why, ERR_INVALID, "%.200s, line %zu, column %zu: %s",
				      reader->name, reader->line, reader->column + 1, sentence);
}

static void piece_feed(struct source *source, const char *bytes, size_t len)
{
	if (csv_parse(&source->parser, bytes, len, field_read, line_end, &source->reader) == len) {
		if (csv_get_buffer_size(&source->parser) > FIELD_MOST)
			csv_refuse(source, "a field without end");
	} else if (csv_error(&source->parser) == CSV_EPARSE) {
		csv_refuse(source, "a quotation mark that neither begins nor ends the field");
	} else if (source->reader.err == OK) {
		refuse_memory(&source->reader);
	}
}

/* Line by line, since libcsv counts none. A line ends in LF, CRLF or CR. */
static void block_feed(struct source *source, const char *bytes, size_t len)
{
	size_t from = 0;
	if (source->bytes == 0 && len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
		from = 3; /* what some spreadsheets put before UTF-8 */
	source->bytes += len;
	if (source->bytes > RATINGS_BYTES_MOST)
		csv_refuse(source, "the file has more than 1 GiB");
	for (size_t at = from; at < len && source->reader.err == OK; at++) {
		char c = bytes[at];
		bool ends = c == '\r' || (c == '\n' && !source->after_cr);
		source->after_cr = c == '\r';
		if (!ends)
			continue;
		piece_feed(source, bytes + from, at + 1 - from);
		from = at + 1;
		source->reader.line++;
	}
	if (from < len && source->reader.err == OK)
		piece_feed(source, bytes + from, len - from);
}

static bool keys_equal(const struct ratings_row *a, const struct ratings_row *b, size_t keys)
{
	return memcmp(a->key, b->key, keys * sizeof(a->key[0])) == 0;
}

/* No two rows may be about the same cell. */
static void repeats_refuse(struct reader *reader)
{
	const struct ratings_file *file = reader->file;
	size_t keys = 0, size = 64;
	while (reader->form->keys[keys] != NULL &&
	       reader->form->keys[keys] != reader->form->optional)
		keys++;
	while (size < file->count * 2)
		size *= 2;
	uint32_t *slots = calloc(size, sizeof(*slots));
	if (slots == NULL) {
		refuse_memory(reader);
		return;
	}
	for (size_t i = 0; i < file->count && reader->err == OK; i++) {
		const struct ratings_row *row = &file->rows[i], *other = NULL;
		size_t at = hash_bytes(row->key, keys * sizeof(row->key[0])) & (size - 1);
		for (; slots[at] != 0 && other == NULL; at = (at + 1) & (size - 1))
			if (keys_equal(&file->rows[slots[at] - 1], row, keys))
				other = &file->rows[slots[at] - 1];
		if (other == NULL)
			slots[at] = (uint32_t)i + 1;
		else
			reader->err =
			    why_set(reader->why, ERR_INVALID,
				    "%.200s, line %u, column 1: the same is rated on line %u",
				    reader->name, row->line, other->line);
	}
	free(slots);
}

static enum err source_open(struct source *source, struct ratings_file *file, const char *name,
			    const struct ratings_form *form, struct why *why)
{
	*file = (struct ratings_file){0};
	*source = (struct source){
	    .reader = {.file = file, .form = form, .name = name, .why = why, .line = 1}};
	arena_init(&file->arena, NAMES_BYTES);
	if (csv_init(&source->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
		return why_set(why, ERR_MEMORY, "out of memory");
	return OK;
}

static enum err source_close(struct source *source)
{
	struct reader *reader = &source->reader;
	if (reader->err == OK &&
	    csv_fini(&source->parser, field_read, line_end, reader) != CSV_SUCCESS)
		csv_refuse(source, "the file ends within quotation marks");
	if (reader->err == OK && !reader->header)
		refuse_header(reader, "the file is empty");
	if (reader->err == OK)
		repeats_refuse(reader);
	csv_free(&source->parser);
	for (size_t i = 0; i < RATINGS_KEYS_MOST; i++)
		free(reader->index[i].slots);
	return reader->err;
}

enum err ratings_file_parse(struct ratings_file *file, const char *name, const void *bytes,
			    size_t len, const struct ratings_form *form, struct why *why)
{
	struct source source;
	TRY(source_open(&source, file, name, form, why));
	block_feed(&source, bytes, len);
	return source_close(&source);
}

#define BLOCK 65536

static void stream_feed(struct source *source, FILE *in, const char *path)
{
	struct reader *reader = &source->reader;
	char *bytes = malloc(BLOCK);
	if (bytes == NULL) {
		refuse_memory(reader);
		return;
	}
	while (reader->err == OK) {
		size_t len = fread(bytes, 1, BLOCK, in);
		if (len == 0)
			break;
		block_feed(source, bytes, len);
	}
	if (reader->err == OK && ferror(in))
		reader->err = why_set(reader->why, ERR_UNAVAILABLE, "%.200s cannot be read: %s",
				      path, strerror(errno));
	free(bytes);
}

enum err ratings_file_read(struct ratings_file *file, const char *path,
			   const struct ratings_form *form, struct why *why)
{
	const char *slash = strrchr(path, '/');
	struct source source;
	TRY(source_open(&source, file, slash == NULL ? path : slash + 1, form, why));
	FILE *in = fopen(path, "rbe");
	if (in != NULL) {
		stream_feed(&source, in, path);
		(void)fclose(in);
	} else {
		source.reader.err = why_set(why, ERR_NOT_FOUND, "%.200s cannot be opened: %s", path,
					    strerror(errno));
	}
	return source_close(&source);
}

void ratings_file_release(struct ratings_file *file)
{
	for (size_t i = 0; i < RATINGS_KEYS_MOST; i++)
		free(file->names[i].text);
	free(file->rows);
	arena_release(&file->arena);
	*file = (struct ratings_file){0};
}

/* ---- order ----------------------------------------------------------------------------------- */

struct numbered {
	const char *text;
	uint32_t number;
};

/* Numbers within names by their value; where that calls two names equal, by their bytes. */
static int numbered_compare(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int order = strverscmp(x->text, y->text);
	return order != 0 ? order : strcmp(x->text, y->text);
}

enum err ratings_file_sort_names(struct ratings_file *file, size_t key)
{
	assert(key < RATINGS_KEYS_MOST);
	struct ratings_names *names = &file->names[key];
	struct numbered *sorted = malloc((names->count + 1) * sizeof(*sorted));
	uint32_t *rank = malloc((names->count + 1) * sizeof(*rank));
	if (sorted == NULL || rank == NULL) {
		free(sorted);
		free(rank);
		return ERR_MEMORY;
	}
	for (size_t i = 0; i < names->count; i++)
		sorted[i] = (struct numbered){names->text[i], (uint32_t)i};
	qsort(sorted, names->count, sizeof(*sorted), numbered_compare);
	for (size_t i = 0; i < names->count; i++) {
		names->text[i] = sorted[i].text;
		rank[sorted[i].number] = (uint32_t)i;
	}
	for (size_t i = 0; i < file->count; i++)
		file->rows[i].key[key] = rank[file->rows[i].key[key]];
	free(sorted);
	free(rank);
	return OK;
}

static int row_compare(const void *a, const void *b)
{
	const struct ratings_row *x = a, *y = b;
	for (size_t i = 0; i < RATINGS_KEYS_MOST; i++)
		if (x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	return 0;
}

void ratings_file_sort_rows(struct ratings_file *file)
{
	if (file->count > 0)
		qsort(file->rows, file->count, sizeof(*file->rows), row_compare);
}
