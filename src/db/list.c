/*
 * Lists: one statement for each shape of filters and sort that is asked for, so that each has a
 * plan of its own; `$2 IS NULL OR …` under a generic plan would read everything.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "db/list_cache.h"
#include "db/run.h"

#define SHAPES_MOST   512
#define SHAPE_SLOTS   1024
#define SHAPE_NAME    128
#define TEXT_MOST     65536
#define SOURCES_MOST  (DB_AMBIENT_COUNT + 24 + 4)
#define SORT_KEY_MARK "/*sort_key*/"

/* Where the value of a parameter behind the base's own comes from: a filter, or one of these. */
enum source {
	SOURCE_AMBIENT = 64,
	SOURCE_CURSOR_KEY = 96,
	SOURCE_CURSOR_ID,
	SOURCE_LIMIT,
	SOURCE_OFFSET
};

struct shape {
	char name[SHAPE_NAME]; /* <statement>/<filters>/<true ones>/<sort><direction><cursor><wide>
				*/
	char *text;	       /* owned */
	uint8_t sources[SOURCES_MOST];
	unsigned source_count;
};

struct list_cache {
	struct shape *slots[SHAPE_SLOTS];
	unsigned count;
};

struct list_cache *list_cache_new(void)
{
	return calloc(1, sizeof(struct list_cache));
}

static void shape_free(struct shape *shape)
{
	if (shape)
		free(shape->text);
	free(shape);
}

void list_cache_free(struct list_cache *cache)
{
	for (unsigned i = 0; cache && i < SHAPE_SLOTS; i++)
		shape_free(cache->slots[i]);
	free(cache);
}

/* ---- composing ------------------------------------------------------------------------------ */

struct composer {
	struct buffer out;
	struct shape *shape;
	const struct db_statement *statement;
};

static bool has_filter(const struct db_list_request *request, unsigned i)
{
	return request->filter && request->filter[i];
}

/* Of a boolean, which the document has checked. */
static bool is_true(const struct db_list_request *request, unsigned i)
{
	return strcmp(request->filter[i], "true") == 0;
}

/* The number of the parameter that has this source; a new one, unless it is there already. */
static unsigned parameter(struct composer *composer, unsigned source)
{
	struct shape *shape = composer->shape;
	unsigned base = composer->statement->params;

	for (unsigned i = 0; source >= SOURCE_AMBIENT && i < base; i++)
		if (composer->statement->ambient[i] == (int)(source - SOURCE_AMBIENT))
			return i + 1;
	for (unsigned i = 0; i < shape->source_count; i++)
		if (shape->sources[i] == source)
			return base + i + 1;
	assert(shape->source_count < SOURCES_MOST);
	shape->sources[shape->source_count++] = (uint8_t)source;
	return base + shape->source_count;
}

/*
 * What a mark in a filter's text stands for: v its own value, a digit an ambient parameter or one
 * of the page (statements.pl: %MARK, %PAGE), a letter another filter's value. False: NULL here.
 */
static bool mark_source(char mark, const struct db_list_request *request, unsigned filter,
			unsigned *source)
{
	switch (mark) {
	case 'v':
		*source = filter;
		return true;
	case '4':
		*source = SOURCE_LIMIT;
		return true;
	case '5':
		*source = SOURCE_CURSOR_KEY;
		return request->cursor_key != NULL;
	case '6':
		*source = SOURCE_CURSOR_ID;
		return request->cursor_key != NULL;
	default:
		break;
	}
	if (mark >= 'A') {
		*source = (unsigned)(mark - 'A');
		return has_filter(request, *source);
	}
	assert(mark < '0' + DB_AMBIENT_COUNT);
	*source = SOURCE_AMBIENT + (unsigned)(mark - '0');
	return true;
}

static void add_filter(struct composer *composer, const struct db_list_request *request,
		       unsigned filter)
{
	buffer_char(&composer->out, '\n');
	for (const char *at = composer->statement->list->filters[filter].text; *at; at++) {
		unsigned source;

		if (*at != '\001')
			buffer_char(&composer->out, *at);
		else if (at[1] == 'v' && composer->statement->list->filters[filter].literal) {
			at++;
			buffer_text(&composer->out, is_true(request, filter) ? "true" : "false");
		} else if (mark_source(*++at, request, filter, &source))
			buffer_printf(&composer->out, "$%u", parameter(composer, source));
		else
			buffer_text(&composer->out, "NULL");
	}
}

static void add_base(struct composer *composer, const struct db_sort *sort)
{
	const char *text = composer->statement->text;
	const char *mark = strstr(text, SORT_KEY_MARK);

	assert(mark);
	buffer_add(&composer->out, text, (size_t)(mark - text));
	buffer_printf(&composer->out, ", (%s)::text AS sort_key", sort->expr);
	buffer_text(&composer->out, mark + strlen(SORT_KEY_MARK));
}

/*
 * The page's own LIMIT stands outside of one that the planner knows: with a parameter alone it
 * would plan for a tenth of the table, and prefer to sort it.
 */
static void compose(struct composer *composer, const struct db_list_request *request)
{
	const struct db_list *list = composer->statement->list;
	const struct db_sort *sort = &list->sorts[request->sort];
	const char *direction = request->descending ? "DESC" : "ASC";
	struct buffer *out = &composer->out;

	buffer_text(out, "SELECT * FROM (\n");
	add_base(composer, sort);
	for (unsigned i = 0; i < list->filter_count; i++)
		if (has_filter(request, i))
			add_filter(composer, request, i);
	if (request->cursor_key) {
		unsigned key = parameter(composer, SOURCE_CURSOR_KEY);
		unsigned id = parameter(composer, SOURCE_CURSOR_ID);

		buffer_printf(out, "\nAND (%s, %s) %c ($%u::%s, $%u::uuid)", sort->expr, list->id,
			      request->descending ? '<' : '>', key, sort->type, id);
	}
	buffer_printf(out, "\nORDER BY %s %s, %s %s LIMIT %d", sort->expr, direction, list->id,
		      direction, request->wide ? DB_LIST_WIDE : DB_LIST_MOST);
	if (request->wide)
		buffer_printf(out, " OFFSET $%u::bigint", parameter(composer, SOURCE_OFFSET));
	buffer_printf(out, ") page LIMIT $%u::bigint", parameter(composer, SOURCE_LIMIT));
}

static void name_shape(const struct db_statement *statement, const struct db_list_request *request,
		       char out[SHAPE_NAME])
{
	unsigned mask = 0, literal = 0;

	for (unsigned i = 0; i < statement->list->filter_count; i++) {
		mask |= (unsigned)has_filter(request, i) << i;
		if (statement->list->filters[i].literal && has_filter(request, i))
			literal |= (unsigned)is_true(request, i) << i;
	}
	snprintf(out, SHAPE_NAME, "%s/%x/%x/%u%c%c%s", statement->name, mask, literal,
		 request->sort, request->descending ? 'd' : 'a', request->cursor_key ? 'c' : '-',
		 request->wide ? "w" : "");
}

/* NULL: no memory. */
static struct shape *shape_new(const struct db_statement *statement,
			       const struct db_list_request *request, const char *name)
{
	struct shape *shape = calloc(1, sizeof(*shape));
	struct composer composer = {.shape = shape, .statement = statement};
	size_t len;

	if (!shape)
		return NULL;
	memcpy(shape->name, name, sizeof(shape->name));
	buffer_init(&composer.out, TEXT_MOST);
	compose(&composer, request);
	shape->text = buffer_take(&composer.out, &len);
	if (shape->text)
		return shape;
	shape_free(shape);
	return NULL;
}

/* ---- finding -------------------------------------------------------------------------------- */

static unsigned hash(const char *name) /* FNV-1a */
{
	uint32_t h = 2166136261U;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619U;
	return h % SHAPE_SLOTS;
}

/* A cache that is full starts anew: shapes that are in use come back at once. */
static void make_room(struct list_cache *cache)
{
	if (cache->count < SHAPES_MOST)
		return;
	for (unsigned i = 0; i < SHAPE_SLOTS; i++) {
		shape_free(cache->slots[i]);
		cache->slots[i] = NULL;
	}
	cache->count = 0;
}

static const struct shape *find_shape(struct list_cache *cache,
				      const struct db_statement *statement,
				      const struct db_list_request *request)
{
	char name[SHAPE_NAME] = {0};
	unsigned at;

	name_shape(statement, request, name);
	make_room(cache);
	for (at = hash(name); cache->slots[at]; at = (at + 1) % SHAPE_SLOTS)
		if (strcmp(cache->slots[at]->name, name) == 0)
			return cache->slots[at];
	cache->slots[at] = shape_new(statement, request, name);
	cache->count += cache->slots[at] != NULL;
	return cache->slots[at];
}

/* ---- running -------------------------------------------------------------------------------- */

static const char *source_value(unsigned source, const struct db_caller *caller,
				const struct db_list_request *request, const char *limit,
				const char *offset)
{
	switch (source) {
	case SOURCE_CURSOR_KEY:
		return request->cursor_key;
	case SOURCE_CURSOR_ID:
		return request->cursor_id;
	case SOURCE_LIMIT:
		return limit;
	case SOURCE_OFFSET:
		return offset;
	default:
		break;
	}
	if (source >= SOURCE_AMBIENT)
		return caller_ambient(caller, (int)(source - SOURCE_AMBIENT));
	return request->filter[source];
}

static void check(const struct db_statement *statement, const struct db_list_request *request)
{
	assert(statement->list && request->sort < statement->list->sort_count);
	assert(statement->list->filter_count <= 24);
	assert(!request->cursor_key == !request->cursor_id);
	assert(request->limit > 0 &&
	       request->limit <= (request->wide ? DB_LIST_WIDE : DB_LIST_MOST));
	assert(request->wide || request->offset == 0);
}

static bool wants_custom_plan(const struct db_list *list, const struct db_list_request *request)
{
	for (unsigned i = 0; i < list->filter_count; i++)
		if (has_filter(request, i) && list->filters[i].custom_plan)
			return true;
	return false;
}

/* What is borrowed from the cache is copied: while this waits, another may empty it. */
static enum err bind(struct db *db, struct arena *arena, const struct db_caller *caller,
		     const struct db_statement *statement, const char *const *args,
		     const struct db_list_request *request, struct order *order)
{
	const struct shape *shape = find_shape(db->lists, statement, request);
	unsigned params;
	const char **values;
	char *name, *text, *limit, *offset;

	if (!shape)
		return ERR_MEMORY;
	params = statement->params + shape->source_count;
	values = arena_alloc(arena, params * sizeof(*values));
	name = arena_strdup(arena, shape->name);
	text = arena_strdup(arena, shape->text);
	limit = arena_printf(arena, "%u", request->limit);
	offset = arena_printf(arena, "%u", request->offset);
	if (!values || !name || !text || !limit || !offset)
		return ERR_MEMORY;
	caller_bind(caller, statement, args, values);
	for (unsigned i = 0; i < shape->source_count; i++)
		values[statement->params + i] =
		    source_value(shape->sources[i], caller, request, limit, offset);
	*order = (struct order){
	    .statement = statement,
	    .name = name,
	    .text = text,
	    .params = (int)params,
	    .values = values,
	    .lane = statement->lane,
	    .custom_plan = wants_custom_plan(statement->list, request),
	    .repeatable = true,
	};
	return OK;
}

enum err db_run_list(struct db *db, struct arena *arena, const struct db_caller *caller,
		     const struct db_statement *statement, const char *const *args,
		     const struct db_list_request *request, struct db_rows *rows,
		     struct db_refusal *refusal)
{
	struct order order;

	check(statement, request);
	*refusal = (struct db_refusal){0};
	TRY(bind(db, arena, caller, statement, args, request, &order));
	return order_rows(db, arena, caller, &order, rows, refusal);
}

const char *db_list_compose(struct arena *arena, const struct db_statement *statement,
			    const struct db_list_request *request)
{
	char name[SHAPE_NAME] = {0};
	struct shape *shape;
	const char *text;

	check(statement, request);
	name_shape(statement, request, name);
	shape = shape_new(statement, request, name);
	text = shape ? arena_strdup(arena, shape->text) : NULL;
	shape_free(shape);
	return text;
}
