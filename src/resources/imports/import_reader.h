/* Reads the rows of an import's file: CSV or NDJSON, each as the object that the API would take. */
#ifndef RESOURCES_IMPORT_READER_H
#define RESOURCES_IMPORT_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

struct api_schema;

#define IMPORT_COLUMNS_MOST 64

struct import_reader {
	const struct api_schema *schema;
	const char *text;
	size_t len;
	bool csv, applications;
	size_t columns, first; /* where the rows begin, behind the header */
	char field[IMPORT_COLUMNS_MOST][48];
};

/*
 * Looks at the header, which must name known fields only, as they are or by `mapping` (an object
 * from column to field; "" leaves the column out). ERR_INVALID with a sentence. `text` is borrowed.
 */
enum err import_reader_init(struct import_reader *reader, const struct api_schema *schema,
			    const char *text, size_t len, bool csv, bool applications,
			    const json_t *mapping, struct why *why) MUST_USE;

/* What was read, from one place to the next. */
struct import_rows {
	json_t *good; /* [{"row", "external_id", "body"}], each external id once */
	json_t *bad;  /* [{"row", "pointer", "code", "message"}] */
	size_t count, next;
	bool finished;
};

/* At most `most` rows from the byte `from`, which is 0 or was `next`; `row` were read before. */
enum err import_read(const struct import_reader *reader, size_t from, size_t row, size_t most,
		     struct import_rows *rows) MUST_USE;
void import_rows_release(struct import_rows *rows);

#endif
