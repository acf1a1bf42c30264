/* Which statements one connection has prepared: an open hash of their names. */
#include "db/prepared.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash(const char *name) /* FNV-1a */
{
	uint32_t h = 2166136261U;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619U;
	return h;
}

struct prepared *prepared_find(struct prepared_set *set, const char *name)
{
	uint32_t at = hash(name) % PREPARED_SLOTS;

	while (set->slots[at].name) {
		if (strcmp(set->slots[at].name, name) == 0)
			return &set->slots[at];
		at = (at + 1) % PREPARED_SLOTS;
	}
	if (set->count == PREPARED_MOST)
		return NULL;
	set->slots[at].name = strdup(name);
	if (!set->slots[at].name)
		return NULL;
	set->count++;
	return &set->slots[at];
}

void prepared_clear(struct prepared_set *set)
{
	for (unsigned i = 0; i < PREPARED_SLOTS; i++)
		free(set->slots[i].name);
	*set = (struct prepared_set){0};
}
