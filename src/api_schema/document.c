/* The compiled document: its operations, their bodies and parameters. */
#include <assert.h>

#include "api_schema/operation.h"

#define SCHEMA_MEMORY (64UL * 1024 * 1024)

struct api_schema {
	struct arena arena;
	json_t *document; /* owned; every text in the nodes is borrowed from it */
	struct regex_list *regexes;
	struct api_operation *operations; /* sorted by id */
	size_t operation_count;
};

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* A parameter or body that is told by reference. */
static const json_t *followed(const json_t *document, const json_t *value)
{
	const char *ref = text_of(value, "$ref");
	return ref ? document_at(document, ref) : value;
}

static enum err parameter_compile(struct compiler *compiler, const json_t *value,
				  const struct place *place, struct parameter *out)
{
	const json_t *parameter = followed(compiler->document, value);
	const char *in = text_of(parameter, "in");
	out->name = text_of(parameter, "name");
	if (!out->name || !in)
		return compile_refuse(compiler, place, "must be a parameter with name and in");
	out->where = strcmp(in, "query") == 0  ? IN_QUERY
		     : strcmp(in, "path") == 0 ? IN_PATH
					       : IN_ELSEWHERE;
	out->required = json_is_true(json_object_get(parameter, "required"));
	struct place at = {place, "schema", 0};
	return node_compile(compiler, json_object_get(parameter, "schema"), &at, &out->node);
}

static enum err parameters_compile(struct compiler *compiler, const json_t *list,
				   const struct place *up, struct api_operation *op)
{
	struct place place = {up, "parameters", 0};
	size_t count = json_array_size(list);
	op->parameters = arena_alloc(compiler->arena, count * sizeof(*op->parameters));
	if (!op->parameters)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		struct place at = {&place, NULL, i};
		TRY(parameter_compile(compiler, json_array_get(list, i), &at, &op->parameters[i]));
		op->parameter_count++;
	}
	return OK;
}

static bool is_json(const char *media_type)
{
	size_t len = strlen(media_type);
	return len >= 4 && strcmp(media_type + len - 4, "json") == 0 && !strstr(media_type, "nd");
}

/* Media types of JSON share one schema, which is the first one's. */
static enum err body_compile(struct compiler *compiler, const json_t *value, const struct place *up,
			     struct api_operation *op)
{
	const json_t *body = followed(compiler->document, value);
	const json_t *content = json_object_get(body, "content");
	struct place place = {up, "requestBody", 0};
	const char *media_type;
	json_t *kind;
	op->body_required = json_is_true(json_object_get(body, "required"));
	json_object_foreach(json_iterable(content), media_type, kind)
	{
		struct place at = {&place, media_type, 0};
		const struct node *node;
		if (op->media_type_count == ARRAY_LEN(op->media_types))
			return compile_refuse(compiler, &at, "one media type too many");
		op->media_types[op->media_type_count++] = media_type;
		TRY(node_compile(compiler, json_object_get(kind, "schema"), &at, &node));
		if (!op->body && is_json(media_type))
			op->body = node;
	}
	return op->media_type_count ? OK : compile_refuse(compiler, &place, "must have content");
}

static enum err operation_compile(struct compiler *compiler, const json_t *value,
				  const char *method, const char *path, struct api_operation *op)
{
	op->id = text_of(value, "operationId");
	op->may = text_of(value, "x-may");
	op->method = method;
	op->path = path;
	struct place root = {NULL, op->id ? op->id : path, 0};
	if (!op->id)
		return compile_refuse(compiler, &root, "%s has no operationId", method);
	if (strlen(op->id) > 100)
		return compile_refuse(compiler, &(struct place){NULL, path, 0}, "id too long");
	TRY(parameters_compile(compiler, json_object_get(value, "parameters"), &root, op));
	const json_t *body = json_object_get(value, "requestBody");
	return body ? body_compile(compiler, body, &root, op) : OK;
}

static bool is_method(const char *name)
{
	static const char *const methods[] = {"get", "put", "post", "patch", "delete"};
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (strcmp(methods[i], name) == 0)
			return true;
	}
	return false;
}

static size_t operations_count(const json_t *paths)
{
	size_t count = 0;
	const char *name;
	json_t *item;
	json_object_foreach(json_iterable(paths), name, item) count += json_object_size(item);
	return count;
}

static int operation_compare(const void *a, const void *b)
{
	return strcmp(((const struct api_operation *)a)->id, ((const struct api_operation *)b)->id);
}

static enum err operations_compile(struct api_schema *schema, struct compiler *compiler)
{
	const json_t *paths = json_object_get(schema->document, "paths");
	const char *path, *method;
	json_t *item, *value;
	schema->operations =
	    arena_alloc(&schema->arena, operations_count(paths) * sizeof(*schema->operations));
	if (!schema->operations)
		return ERR_MEMORY;
	json_object_foreach(json_iterable(paths), path, item)
	{
		json_object_foreach(item, method, value)
		{
			struct api_operation *op = &schema->operations[schema->operation_count];
			if (!is_method(method))
				continue;
			TRY(operation_compile(compiler, value, method, path, op));
			schema->operation_count++;
		}
	}
	if (schema->operation_count > 1)
		qsort(schema->operations, schema->operation_count, sizeof(*schema->operations),
		      operation_compare);
	return OK;
}

static enum err document_load(struct api_schema *schema, const char *json, size_t len,
			      char reason[API_REASON_LEN])
{
	json_error_t error;
	TRY(json_depth_check(json, len, 128));
	schema->document = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(schema->document)) {
		(void)snprintf(reason, API_REASON_LEN, "line %d: %s", error.line, error.text);
		return ERR_INVALID;
	}
	return OK;
}

enum err api_schema_compile(struct api_schema **schema, const char *json, size_t len,
			    char reason[API_REASON_LEN])
{
	struct api_schema *made = calloc(1, sizeof(*made));
	*schema = NULL;
	(void)snprintf(reason, API_REASON_LEN, "out of memory, or nested too deeply");
	if (!made)
		return ERR_MEMORY;
	arena_init(&made->arena, SCHEMA_MEMORY);
	enum err err = document_load(made, json, len, reason);
	if (err == OK) {
		struct compiler compiler = {.arena = &made->arena,
					    .document = made->document,
					    .regexes = &made->regexes,
					    .reason = reason};
		err = operations_compile(made, &compiler);
	}
	if (err != OK) {
		api_schema_free(made);
		return err;
	}
	reason[0] = '\0';
	*schema = made;
	return OK;
}

void api_schema_free(struct api_schema *schema)
{
	if (!schema)
		return;
	while (schema->regexes) {
		struct regex_list *entry = schema->regexes;
		schema->regexes = entry->next;
		regfree(&entry->regex);
		free(entry);
	}
	json_decref(schema->document);
	arena_release(&schema->arena);
	free(schema);
}

/* ---- asking --------------------------------------------------------------------------------- */

const struct api_operation *api_operation_at(const struct api_schema *schema, size_t i)
{
	return i < schema->operation_count ? &schema->operations[i] : NULL;
}

const struct api_operation *api_operation_find(const struct api_schema *schema,
					       const char *operation_id)
{
	struct api_operation key = {.id = operation_id};
	return bsearch(&key, schema->operations, schema->operation_count,
		       sizeof(*schema->operations), operation_compare);
}

const char *api_operation_id(const struct api_operation *op)
{
	return op->id;
}

const char *api_operation_method(const struct api_operation *op)
{
	return op->method;
}

const char *api_operation_path(const struct api_operation *op)
{
	return op->path;
}

const char *api_operation_may(const struct api_operation *op)
{
	return op->may;
}

bool api_operation_has_body(const struct api_operation *op)
{
	return op->media_type_count > 0;
}

bool api_operation_body_required(const struct api_operation *op)
{
	return op->body_required;
}

const char *api_operation_media_type(const struct api_operation *op, int i)
{
	return i >= 0 && (size_t)i < op->media_type_count ? op->media_types[i] : NULL;
}

const char *api_operation_required_query(const struct api_operation *op, int i)
{
	for (size_t p = 0; p < op->parameter_count; p++) {
		const struct parameter *parameter = &op->parameters[p];
		if (parameter->where == IN_QUERY && parameter->required && i-- == 0)
			return parameter->name;
	}
	return NULL;
}
