/* Numbers for ids: 0, 1, 2 … in the order in which they were first met. */
#ifndef RESOURCES_MODEL_ID_TABLE_H
#define RESOURCES_MODEL_ID_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

struct id_table {
	char (*id)[UUID_TEXT_LEN + 1]; /* owned */
	uint32_t *slot;		       /* owned; number + 1, 0 is free */
	uint32_t count, room, slots;
};

/* A table of zeros is empty. */
enum err id_table_add(struct id_table *table, const char *id, uint32_t *number) MUST_USE;
bool id_table_find(const struct id_table *table, const char *id, uint32_t *number);
void id_table_release(struct id_table *table);

#endif
