/* Ids and their numbers, by open addressing. */
#include "id_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash_of(const char *id)
{
	uint32_t hash = 2166136261U;

	for (; *id != '\0'; id++)
		hash = (hash ^ (uint8_t)*id) * 16777619U;
	return hash;
}

/* The slot of that id, or the free one where it would stand. */
static uint32_t slot_of(const struct id_table *table, const char *id)
{
	uint32_t at = hash_of(id) & (table->slots - 1);

	while (table->slot[at] != 0 && strcmp(table->id[table->slot[at] - 1], id) != 0)
		at = (at + 1) & (table->slots - 1);
	return at;
}

static enum err grow(struct id_table *table)
{
	uint32_t room = table->room == 0 ? 32 : 2 * table->room;
	void *ids = realloc(table->id, (size_t)room * sizeof(*table->id));
	uint32_t *slots;

	if (ids == NULL)
		return ERR_MEMORY;
	table->id = ids;
	slots = calloc((size_t)room * 2, sizeof(*slots));
	if (slots == NULL)
		return ERR_MEMORY;
	free(table->slot);
	table->slot = slots;
	table->slots = 2 * room;
	table->room = room;
	for (uint32_t i = 0; i < table->count; i++)
		slots[slot_of(table, table->id[i])] = i + 1;
	return OK;
}

enum err id_table_add(struct id_table *table, const char *id, uint32_t *number)
{
	uint32_t at;

	if (table->count == table->room)
		TRY(grow(table));
	at = slot_of(table, id);
	if (table->slot[at] == 0) {
		snprintf(table->id[table->count], sizeof(*table->id), "%s", id);
		table->slot[at] = ++table->count;
	}
	*number = table->slot[at] - 1;
	return OK;
}

bool id_table_find(const struct id_table *table, const char *id, uint32_t *number)
{
	uint32_t at;

	if (table->slots == 0)
		return false;
	at = slot_of(table, id);
	if (table->slot[at] == 0)
		return false;
	*number = table->slot[at] - 1;
	return true;
}

void id_table_release(struct id_table *table)
{
	free(table->id);
	free(table->slot);
	*table = (struct id_table){0};
}
