/* The composed texts of lists, kept by a worker. */
#ifndef DB_LIST_CACHE_H
#define DB_LIST_CACHE_H

struct list_cache;

struct list_cache *list_cache_new(void); /* NULL: no memory */
void list_cache_free(struct list_cache *cache);

#endif
