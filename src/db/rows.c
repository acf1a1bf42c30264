/* Copies results into a request's memory. */
#include "db/rows.h"

#include <assert.h>
#include <string.h>

/* What is being filled: one allocation holds columns, pointers, lengths and bytes, in this order.
 */
struct block {
	struct db_column *column;
	const char **value;
	int *length;
	char *bytes;
};

static enum err block_new(struct arena *arena, int columns, int count, size_t bytes,
			  struct block *block)
{
	size_t cells = (size_t)columns * (size_t)count;
	size_t head = (size_t)columns * sizeof(*block->column) +
		      cells * (sizeof(*block->value) + sizeof(*block->length));
	char *at = arena_alloc(arena, head + bytes);

	if (!at)
		return ERR_MEMORY;
	block->column = (void *)at;
	block->value = (void *)(at + (size_t)columns * sizeof(*block->column));
	block->length = (void *)((char *)block->value + cells * sizeof(*block->value));
	block->bytes = (char *)block->length + cells * sizeof(*block->length);
	return OK;
}

static size_t names_size(const PGresult *result)
{
	size_t size = 0;

	for (int c = 0; c < PQnfields(result); c++)
		size += strlen(PQfname(result, c)) + 1;
	return size;
}

/* Adds a NUL, so that lengths matter to the curious only. */
static const char *put(struct block *block, const char *bytes, size_t len)
{
	char *at = block->bytes;

	memcpy(at, bytes, len);
	at[len] = '\0';
	block->bytes += len + 1;
	return at;
}

static void put_columns(struct block *block, const PGresult *result)
{
	for (int c = 0; c < PQnfields(result); c++) {
		const char *name = PQfname(result, c);

		block->column[c].name = put(block, name, strlen(name));
		block->column[c].type = PQftype(result, c);
	}
}

static void hand_over(const struct block *block, int columns, int count, struct db_rows *rows)
{
	rows->columns = columns;
	rows->count = count;
	rows->column = block->column;
	rows->value = block->value;
	rows->length = block->length;
}

enum err rows_copy(struct arena *arena, const PGresult *result, struct db_rows *rows)
{
	int columns = PQnfields(result), count = PQntuples(result);
	size_t bytes = names_size(result);
	struct block block;
	size_t cell = 0;

	*rows = (struct db_rows){0};
	for (int r = 0; r < count; r++)
		for (int c = 0; c < columns; c++)
			bytes += (size_t)PQgetlength(result, r, c) + 1;
	TRY(block_new(arena, columns, count, bytes, &block));
	put_columns(&block, result);
	for (int r = 0; r < count; r++) {
		for (int c = 0; c < columns; c++, cell++) {
			size_t len = (size_t)PQgetlength(result, r, c);

			block.length[cell] = (int)len;
			block.value[cell] = PQgetisnull(result, r, c)
						? NULL
						: put(&block, PQgetvalue(result, r, c), len);
		}
	}
	hand_over(&block, columns, count, rows);
	return OK;
}

/*
 * One field of `(1,,"a ""b"" \\ c","")`: nothing at all is NULL; within quotes, a quote or a
 * backslash stands doubled. Returns what follows the field.
 */
static const char *put_field(struct block *block, const char *at, size_t cell)
{
	char *to = block->bytes;
	bool quoted = false;

	if (*at == ',' || *at == ')') {
		block->value[cell] = NULL;
		block->length[cell] = 0;
		return at;
	}
	while (*at && (quoted || (*at != ',' && *at != ')'))) {
		if (*at == '"' && !(quoted && at[1] == '"')) {
			quoted = !quoted;
			at++;
			continue;
		}
		at += (*at == '"' || *at == '\\') && at[1];
		*to++ = *at++;
	}
	*to = '\0';
	block->value[cell] = block->bytes;
	block->length[cell] = (int)(to - block->bytes);
	block->bytes = to + 1;
	return at;
}

static enum err put_record(struct block *block, const char *record, int columns, size_t cell)
{
	const char *at = record;

	for (int c = 0; c < columns; c++) {
		if (*at != (c ? ',' : '('))
			return ERR_INTERNAL;
		at = put_field(block, at + 1, cell + (size_t)c);
	}
	return strcmp(at, ")") == 0 ? OK : ERR_INTERNAL;
}

enum err rows_replay(struct arena *arena, const PGresult *description, const PGresult *records,
		     int field, struct db_rows *rows)
{
	int columns = PQnfields(description), count = PQntuples(records);
	size_t bytes = names_size(description);
	struct block block;

	*rows = (struct db_rows){.replayed = true};
	/* A record's text is longer than its fields with a NUL each. */
	for (int r = 0; r < count; r++)
		bytes += (size_t)PQgetlength(records, r, field) + 1;
	TRY(block_new(arena, columns, count, bytes, &block));
	put_columns(&block, description);
	for (int r = 0; r < count; r++)
		TRY(put_record(&block, PQgetvalue(records, r, field), columns,
			       (size_t)r * (size_t)columns));
	hand_over(&block, columns, count, rows);
	return OK;
}

int rows_column(const struct db_rows *rows, const char *name)
{
	for (int c = 0; c < rows->columns; c++)
		if (strcmp(rows->column[c].name, name) == 0)
			return c;
	return -1;
}

const char *db_value(const struct db_rows *rows, int row, const char *column)
{
	int c = rows_column(rows, column);

	assert(c >= 0 && row >= 0 && row < rows->count);
	return rows->value[(size_t)row * (size_t)rows->columns + (size_t)c];
}
