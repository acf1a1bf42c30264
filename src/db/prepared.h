/* Which statements one connection has prepared. */
#ifndef DB_PREPARED_H
#define DB_PREPARED_H

#include <stdbool.h>

/* Composed lists have many shapes; what is beyond is sent unprepared. */
#define PREPARED_MOST  768
#define PREPARED_SLOTS 1024

struct prepared {
	char *name; /* owned; NULL: a free slot */
	bool ready; /* prepared, or its preparation is under way ahead of whatever uses it */
};
struct prepared_set {
	struct prepared slots[PREPARED_SLOTS];
	unsigned count;
};

/* The statement's entry, which stays until the set is cleared. NULL: the set is full. */
struct prepared *prepared_find(struct prepared_set *set, const char *name);
void prepared_clear(struct prepared_set *set);

#endif
