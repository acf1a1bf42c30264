/* Turns a JSON Schema of the document into nodes, and refuses every keyword it cannot check. */
#include <stdarg.h>

#include "api_schema/schema.h"

/* Schemas are ours, but a stray cycle of inline schemas must not exhaust the stack. */
#define COMPILE_DEPTH_MAX 64

struct compiled_ref {
	struct compiled_ref *next;
	const char *ref;
	struct node *node;
};

enum err compile_refuse(struct compiler *compiler, const struct place *place, const char *format,
			...)
{
	char at[256];
	char what[200];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	place_spell(place, at, sizeof(at));
	(void)snprintf(compiler->reason, API_REASON_LEN, "%s: %s", at, what);
	return ERR_INVALID;
}

const json_t *document_at(const json_t *document, const char *ref)
{
	if (ref[0] != '#')
		return NULL;
	const json_t *at = document;
	const char *rest = ref + 1;
	while (at && *rest == '/') {
		char name[256];
		size_t len = 0;
		for (rest++; *rest && *rest != '/'; rest++) {
			char c = *rest;
			if (c == '~' && (rest[1] == '0' || rest[1] == '1'))
				c = *++rest == '0' ? '~' : '/';
			if (len + 1 >= sizeof(name))
				return NULL;
			name[len++] = c;
		}
		name[len] = '\0';
		at = json_object_get(at, name);
	}
	return *rest == '\0' ? at : NULL;
}

/* Compiles the schema into a zeroed node. */
static enum err node_fill(struct compiler *compiler, const json_t *schema,
			  const struct place *place, struct node *node);

/* ---- one function a kind of keyword --------------------------------------------------------- */

struct keyword;
struct keyword_use {
	struct compiler *compiler;
	const struct keyword *keyword;
	const json_t *value, *schema;
	const struct place *place; /* of the value */
	struct node *node;
};

struct keyword {
	const char *name;
	enum err (*compile)(const struct keyword_use *use); /* NULL: an annotation */
	size_t offset;					    /* of the member of struct node */
};

#define MEMBER(use, type) ((type *)(void *)((char *)(use)->node + (use)->keyword->offset))

static enum err refuse_value(const struct keyword_use *use, const char *what)
{
	return compile_refuse(use->compiler, use->place, "must be %s", what);
}

static enum err keyword_count(const struct keyword_use *use)
{
	if (!json_is_integer(use->value) || json_integer_value(use->value) < 0)
		return refuse_value(use, "a count");
	*MEMBER(use, size_t) = (size_t)json_integer_value(use->value);
	return OK;
}

static enum err keyword_number(const struct keyword_use *use)
{
	if (!json_is_number(use->value))
		return refuse_value(use, "a number");
	*MEMBER(use, const json_t *) = use->value;
	return OK;
}

static enum err keyword_multiple(const struct keyword_use *use)
{
	if (!json_is_number(use->value) || json_number_value(use->value) <= 0)
		return refuse_value(use, "a positive number");
	*MEMBER(use, const json_t *) = use->value;
	return OK;
}

static enum err keyword_flag(const struct keyword_use *use)
{
	if (!json_is_boolean(use->value))
		return refuse_value(use, "true or false");
	*MEMBER(use, bool) = json_is_true(use->value);
	return OK;
}

static enum err keyword_any_value(const struct keyword_use *use)
{
	*MEMBER(use, const json_t *) = use->value;
	return OK;
}

static enum err keyword_enum(const struct keyword_use *use)
{
	if (json_array_size(use->value) == 0)
		return refuse_value(use, "an array with at least one value");
	return keyword_any_value(use);
}

static enum err keyword_schema(const struct keyword_use *use)
{
	return node_compile(use->compiler, use->value, use->place,
			    MEMBER(use, const struct node *));
}

static enum err keyword_schemas(const struct keyword_use *use)
{
	size_t count = json_array_size(use->value);
	struct node_list *list = MEMBER(use, struct node_list);
	if (count == 0)
		return refuse_value(use, "an array with at least one schema");
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): it is pointers that are listed */
	list->at = arena_alloc(use->compiler->arena, count * sizeof(*list->at));
	if (!list->at)
		return ERR_MEMORY;
	for (list->count = 0; list->count < count; list->count++) {
		struct place place = {use->place, NULL, list->count};
		TRY(node_compile(use->compiler, json_array_get(use->value, list->count), &place,
				 &list->at[list->count]));
	}
	return OK;
}

static unsigned type_bit(const char *name)
{
	static const char *const names[TYPE_BITS] = {"null",   "boolean", "integer", "number",
						     "string", "array",	  "object"};
	for (unsigned i = 0; name && i < TYPE_BITS; i++) {
		if (strcmp(names[i], name) == 0)
			return 1U << i;
	}
	return 0;
}

static enum err keyword_type(const struct keyword_use *use)
{
	size_t count = json_is_array(use->value) ? json_array_size(use->value) : 1;
	for (size_t i = 0; i < count; i++) {
		const json_t *name =
		    json_is_array(use->value) ? json_array_get(use->value, i) : use->value;
		unsigned bit = type_bit(json_string_value(name));
		if (bit == 0)
			return refuse_value(use, "the name of a type, or several");
		use->node->types |= bit;
	}
	return use->node->types ? OK : refuse_value(use, "the name of a type, or several");
}

static int property_compare(const void *a, const void *b)
{
	return strcmp(((const struct property *)a)->name, ((const struct property *)b)->name);
}

static enum err keyword_properties(const struct keyword_use *use)
{
	struct node *node = use->node;
	const char *name;
	json_t *schema;
	if (!json_is_object(use->value))
		return refuse_value(use, "an object");
	node->properties = arena_alloc(use->compiler->arena,
				       json_object_size(use->value) * sizeof(*node->properties));
	if (!node->properties)
		return ERR_MEMORY;
	json_object_foreach(json_iterable(use->value), name, schema)
	{
		struct place place = {use->place, name, 0};
		struct property *property = &node->properties[node->property_count++];
		property->name = name;
		TRY(node_compile(use->compiler, schema, &place, &property->node));
	}
	if (node->property_count > 1)
		qsort(node->properties, node->property_count, sizeof(*node->properties),
		      property_compare);
	return OK;
}

static enum err keyword_required(const struct keyword_use *use)
{
	struct node *node = use->node;
	size_t count = json_array_size(use->value);
	if (!json_is_array(use->value))
		return refuse_value(use, "an array of names");
	node->required = arena_alloc(use->compiler->arena, count * sizeof(*node->required));
	if (!node->required)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		node->required[i] = json_string_value(json_array_get(use->value, i));
		if (!node->required[i])
			return refuse_value(use, "an array of names");
	}
	node->required_count = count;
	return OK;
}

static enum err keyword_additional(const struct keyword_use *use)
{
	if (json_is_boolean(use->value)) {
		use->node->closed = json_is_false(use->value);
		return OK;
	}
	return node_compile(use->compiler, use->value, use->place, &use->node->additional);
}

static enum err keyword_unique(const struct keyword_use *use)
{
	/* Each item is held against each other: a bound keeps that cheap. */
	if (!json_is_integer(json_object_get(use->schema, "maxItems")) ||
	    json_integer_value(json_object_get(use->schema, "maxItems")) > 1000)
		return compile_refuse(use->compiler, use->place, "needs maxItems of at most 1000");
	return keyword_flag(use);
}

static enum err keyword_format(const struct keyword_use *use)
{
	const char *spelling = json_string_value(use->value);
	if (!spelling)
		return refuse_value(use, "the name of a format");
	use->node->format = format_find(spelling);
	if (use->node->format == FORMAT_NONE)
		return compile_refuse(use->compiler, use->place, "unknown format \"%s\"", spelling);
	return OK;
}

/* What would mean one thing here and another in a browser is refused. */
static bool pattern_portable(const char *pattern)
{
	bool bracket = false;
	for (const char *c = pattern; *c; c++) {
		unsigned char byte = (unsigned char)*c;
		if (byte < ' ' || byte > '~')
			return false;
		if (bracket) {
			if (byte == '\\' || (byte == '[' && strchr(":.=", c[1]) && c[1]))
				return false;
			bracket = byte != ']';
		} else if (byte == '\\') {
			if (!c[1] || !strchr("^$.*+?()[]{}|\\/-", c[1]))
				return false;
			c++;
		} else if (byte == '(' && c[1] == '?') {
			return false;
		} else if (byte == '[') {
			bracket = true;
			c += c[1] == '^' ? 1 : 0;
			if (c[1] == ']')
				return false; /* a literal in POSIX, an empty class in a browser */
		}
	}
	return !bracket;
}

static enum err keyword_pattern(const struct keyword_use *use)
{
	const char *pattern = json_string_value(use->value);
	if (!pattern || !pattern_portable(pattern))
		return refuse_value(use, "a pattern that POSIX and ECMAScript read alike");
	if (!json_is_integer(json_object_get(use->schema, "maxLength")))
		return compile_refuse(use->compiler, use->place, "needs maxLength beside it");
	struct regex_list *entry = malloc(sizeof(*entry));
	if (!entry)
		return ERR_MEMORY;
	if (regcomp(&entry->regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
		free(entry);
		return refuse_value(use, "a valid POSIX extended regular expression");
	}
	entry->next = *use->compiler->regexes;
	*use->compiler->regexes = entry;
	use->node->pattern = pattern;
	use->node->regex = &entry->regex;
	return OK;
}

/* A $ref is compiled once; one to itself finds the node that is under way. */
static enum err keyword_ref(const struct keyword_use *use)
{
	struct compiler *compiler = use->compiler;
	const char *ref = json_string_value(use->value);
	const json_t *schema = ref ? document_at(compiler->document, ref) : NULL;
	if (!schema)
		return refuse_value(use, "a reference to something in this document");
	for (const struct compiled_ref *known = compiler->refs; known; known = known->next) {
		if (strcmp(known->ref, ref) == 0) {
			use->node->ref = known->node;
			return OK;
		}
	}
	struct compiled_ref *entry = arena_alloc(compiler->arena, sizeof(*entry));
	struct node *stand_in = arena_alloc(compiler->arena, sizeof(*stand_in));
	if (!entry || !stand_in)
		return ERR_MEMORY;
	*entry = (struct compiled_ref){compiler->refs, ref, stand_in};
	compiler->refs = entry;
	use->node->ref = stand_in;
	struct place place = {NULL, ref, 0};
	return node_fill(compiler, schema, &place, stand_in);
}

/* clang-format off */
static const struct keyword keywords[] = {
	{"$ref",                 keyword_ref,        0},
	{"additionalProperties", keyword_additional, 0},
	{"allOf",                keyword_schemas,    offsetof(struct node, all)},
	{"anyOf",                keyword_schemas,    offsetof(struct node, any)},
	{"const",                keyword_any_value,  offsetof(struct node, constant)},
	{"default",              NULL,               0},
	{"deprecated",           NULL,               0},
	{"description",          NULL,               0},
	{"enum",                 keyword_enum,       offsetof(struct node, enumeration)},
	{"example",              NULL,               0},
	{"examples",             NULL,               0},
	{"exclusiveMaximum",     keyword_number,     offsetof(struct node, below)},
	{"exclusiveMinimum",     keyword_number,     offsetof(struct node, above)},
	{"format",               keyword_format,     0},
	{"items",                keyword_schema,     offsetof(struct node, items)},
	{"maxItems",             keyword_count,      offsetof(struct node, max_items)},
	{"maxLength",            keyword_count,      offsetof(struct node, max_length)},
	{"maxProperties",        keyword_count,      offsetof(struct node, max_properties)},
	{"maximum",              keyword_number,     offsetof(struct node, maximum)},
	{"minItems",             keyword_count,      offsetof(struct node, min_items)},
	{"minLength",            keyword_count,      offsetof(struct node, min_length)},
	{"minProperties",        keyword_count,      offsetof(struct node, min_properties)},
	{"minimum",              keyword_number,     offsetof(struct node, minimum)},
	{"multipleOf",           keyword_multiple,   offsetof(struct node, multiple)},
	{"oneOf",                keyword_schemas,    offsetof(struct node, one)},
	{"pattern",              keyword_pattern,    0},
	{"properties",           keyword_properties, 0},
	{"propertyNames",        keyword_schema,     offsetof(struct node, names)},
	{"readOnly",             NULL,               0},
	{"required",             keyword_required,   0},
	{"title",                NULL,               0},
	{"type",                 keyword_type,       0},
	{"uniqueItems",          keyword_unique,     offsetof(struct node, unique)},
	{"writeOnly",            NULL,               0},
};
/* clang-format on */

static const struct keyword *keyword_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		if (strcmp(keywords[i].name, name) == 0)
			return &keywords[i];
	}
	return NULL;
}

static int place_depth(const struct place *place)
{
	int depth = 0;
	for (; place; place = place->up)
		depth++;
	return depth;
}

static enum err node_fill(struct compiler *compiler, const json_t *schema,
			  const struct place *place, struct node *node)
{
	const char *name;
	json_t *value;
	if (!json_is_object(schema))
		return compile_refuse(compiler, place, "must be a schema");
	if (place_depth(place) > COMPILE_DEPTH_MAX)
		return compile_refuse(compiler, place, "the schema nests too deeply");
	node->max_properties = node->max_items = node->max_length = SIZE_MAX;
	json_object_foreach(json_iterable(schema), name, value)
	{
		const struct keyword *keyword = keyword_find(name);
		struct place at = {place, name, 0};
		if (strncmp(name, "x-", 2) == 0)
			continue;
		if (!keyword)
			return compile_refuse(compiler, place, "unknown keyword \"%s\"", name);
		if (keyword->compile)
			TRY(keyword->compile(
			    &(struct keyword_use){compiler, keyword, value, schema, &at, node}));
	}
	return OK;
}

enum err node_compile(struct compiler *compiler, const json_t *schema, const struct place *place,
		      const struct node **out)
{
	struct node *node = arena_alloc(compiler->arena, sizeof(*node));
	if (!node)
		return ERR_MEMORY;
	*out = node;
	return node_fill(compiler, schema, place, node);
}

unsigned value_types(const json_t *value)
{
	static const unsigned bits[] = {
	    [JSON_OBJECT] = TYPE_OBJECT,   [JSON_ARRAY] = TYPE_ARRAY, [JSON_STRING] = TYPE_STRING,
	    [JSON_INTEGER] = TYPE_INTEGER, [JSON_REAL] = TYPE_NUMBER, [JSON_TRUE] = TYPE_BOOLEAN,
	    [JSON_FALSE] = TYPE_BOOLEAN,   [JSON_NULL] = TYPE_NULL};
	return bits[json_typeof(value)];
}

unsigned node_types(const struct node *node)
{
	unsigned types = 0;
	/* Bounded: a chain of references longer than this says nothing about types. */
	for (int i = 0; node->types == 0 && node->ref && i < 16; i++)
		node = node->ref;
	if (node->types)
		return node->types;
	if (node->constant)
		return value_types(node->constant);
	for (size_t i = 0; i < json_array_size(node->enumeration); i++)
		types |= value_types(json_array_get(node->enumeration, i));
	return types;
}
