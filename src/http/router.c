/* Compiles the route table into a tree of path segments, and finds a path in it. */
#include "http/router.h"

#include <assert.h>

#include "api_schema/api_schema.h"
#include "auth/scopes.h"
#include "core/text.h"
#include "decode.h"

#define SEGMENTS_MAX 16

const char *const method_names[METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

/* Siblings are tried in this order, so that a literal goes before a parameter. */
enum node_kind { NODE_LITERAL, NODE_UUID, NODE_TEXT };

struct node {
	enum node_kind kind;
	const char *segment; /* borrowed from the route's path; literals only */
	size_t len;
	struct node *children, *next;
	const struct compiled_route *routes[METHOD_COUNT];
	bool ends; /* some route ends here */
};

struct router {
	struct node root;
	struct compiled_route *compiled;
	size_t count;
};

static enum node_kind param_kind(const char *name, size_t len)
{
	if (len == strlen("external_id") && strncmp(name, "external_id", len) == 0)
		return NODE_TEXT;
	if (len == 2 && strncmp(name, "id", 2) == 0)
		return NODE_UUID;
	if (len > 3 && strncmp(name + len - 3, "_id", 3) == 0)
		return NODE_UUID;
	return NODE_TEXT;
}

static bool node_is(const struct node *node, enum node_kind kind, const char *segment, size_t len)
{
	if (node->kind != kind)
		return false;
	return kind != NODE_LITERAL ||
	       (node->len == len && memcmp(node->segment, segment, len) == 0);
}

/* The child for a segment of a route, made when it is not there yet. NULL: no memory. */
static struct node *node_child(struct node *parent, const char *segment, size_t len)
{
	bool param = len > 2 && segment[0] == '{' && segment[len - 1] == '}';
	enum node_kind kind = param ? param_kind(segment + 1, len - 2) : NODE_LITERAL;
	struct node **at = &parent->children;
	struct node *child;

	for (; *at && (*at)->kind <= kind; at = &(*at)->next) {
		if (node_is(*at, kind, segment, len))
			return *at;
	}
	child = calloc(1, sizeof(*child));
	if (!child)
		return NULL;
	child->kind = kind;
	child->segment = segment;
	child->len = len;
	child->next = *at;
	*at = child;
	return child;
}

static enum err add_path(struct router *router, const struct compiled_route *compiled,
			 char reason[256])
{
	const struct route *route = compiled->route;
	struct node *node = &router->root;
	const char *at = route->path;
	int params = 0;

	for (int depth = 0; *at == '/'; depth++) {
		size_t len = strcspn(++at, "/");

		params += *at == '{';
		if (len == 0 || depth == SEGMENTS_MAX || params > REQUEST_PARAMS_MAX) {
			snprintf(reason, 256, "route %s is malformed", route->path);
			return ERR_INVALID;
		}
		node = node_child(node, at, len);
		if (!node)
			return ERR_MEMORY;
		at += len;
	}
	if (*at || node == &router->root || node->routes[route->method]) {
		snprintf(reason, 256, "route %s %s is malformed or doubled",
			 method_names[route->method], route->path);
		return ERR_INVALID;
	}
	node->routes[route->method] = compiled;
	node->ends = true;
	return OK;
}

/* The bit of "<resource>:read" or ":write"; 0 when there is no such scope. */
static scope_set scope_of(const char *resource, const char *verb)
{
	scope_set scopes = 0;
	char text[64];

	snprintf(text, sizeof(text), "%s:%s", resource, verb);
	return scopes_parse(text, &scopes) == OK ? scopes : 0;
}

static enum err compile(struct router *router, const struct route *route, bool direct,
			const struct api_schema *schema, char reason[256])
{
	struct compiled_route *compiled = &router->compiled[router->count];

	compiled->route = route;
	compiled->direct = direct;
	compiled->index = (unsigned)router->count++;
	if (schema && route->operation)
		compiled->operation = api_operation_find(schema, route->operation);
	if (schema && !direct && !compiled->operation) {
		snprintf(reason, 256, "operation %s of route %s is not in the API document",
			 route->operation ? route->operation : "(none)", route->path);
		return ERR_INVALID;
	}
	if (route->scope) {
		compiled->scope_read = scope_of(route->scope, "read");
		compiled->scope_write = scope_of(route->scope, "write");
		if (!compiled->scope_read && !compiled->scope_write) {
			snprintf(reason, 256, "route %s names the unknown scope %s", route->path,
				 route->scope);
			return ERR_INVALID;
		}
	}
	return add_path(router, compiled, reason);
}

enum err router_new(struct router **out, const struct route *routes, size_t count,
		    const struct route *direct, size_t direct_count,
		    const struct api_schema *schema, char reason[256])
{
	struct router *router = calloc(1, sizeof(*router));
	enum err err = OK;

	snprintf(reason, 256, "no memory");
	if (!router)
		return ERR_MEMORY;
	router->compiled = calloc(count + direct_count + 1, sizeof(*router->compiled));
	if (!router->compiled)
		err = ERR_MEMORY;
	for (size_t i = 0; i < count && err == OK; i++)
		err = compile(router, &routes[i], false, schema, reason);
	for (size_t i = 0; i < direct_count && err == OK; i++)
		err = compile(router, &direct[i], true, schema, reason);
	if (err != OK) {
		router_free(router);
		router = NULL;
	}
	*out = router;
	return err;
}

static void node_free_children(struct node *node)
{
	struct node *next;

	for (struct node *child = node->children; child; child = next) {
		next = child->next;
		node_free_children(child);
		free(child);
	}
}

void router_free(struct router *router)
{
	if (!router)
		return;
	node_free_children(&router->root);
	free(router->compiled);
	free(router);
}

size_t router_count(const struct router *router)
{
	return router->count;
}

const struct compiled_route *router_at(const struct router *router, size_t index)
{
	assert(index < router->count);
	return &router->compiled[index];
}

/* What a search needs at each depth. */
struct search {
	struct arena *arena;
	const char *segment[SEGMENTS_MAX];
	size_t len[SEGMENTS_MAX];
	int count;
	struct router_match *match;
};

static bool node_accepts(const struct node *node, struct search *search, int depth)
{
	struct router_match *match = search->match;
	const char *value;

	if (node->kind == NODE_LITERAL)
		return node->len == search->len[depth] &&
		       memcmp(node->segment, search->segment[depth], node->len) == 0;
	if (node->kind == NODE_UUID && search->len[depth] != UUID_TEXT_LEN)
		return false;
	value = decode_text(search->arena, search->segment[depth], search->len[depth], false);
	if (!value || (node->kind == NODE_UUID && !uuid_valid(value)))
		return false;
	assert(match->param_count < REQUEST_PARAMS_MAX);
	match->param[match->param_count++] = value;
	return true;
}

/* Depth-first, bounded by SEGMENTS_MAX. */
static const struct node *node_find(const struct node *node, struct search *search, int depth)
{
	if (depth == search->count)
		return node->ends ? node : NULL;
	for (const struct node *child = node->children; child; child = child->next) {
		int params = search->match->param_count;
		const struct node *found = NULL;

		if (node_accepts(child, search, depth))
			found = node_find(child, search, depth + 1);
		if (found)
			return found;
		search->match->param_count = params;
	}
	return NULL;
}

enum err router_find(const struct router *router, struct arena *arena, const char *path,
		     struct router_match *match)
{
	struct search search = {.arena = arena, .match = match};
	const struct node *found;

	*match = (struct router_match){0};
	while (*path == '/') {
		size_t len = strcspn(++path, "/?");

		if (search.count == SEGMENTS_MAX || len == 0)
			return ERR_NOT_FOUND;
		search.segment[search.count] = path;
		search.len[search.count++] = len;
		path += len;
	}
	found = node_find(&router->root, &search, 0);
	if (arena->failed)
		return ERR_MEMORY;
	if (!found)
		return ERR_NOT_FOUND;
	match->routes = found->routes;
	return OK;
}

void router_allow(const struct compiled_route *const *routes, char out[64])
{
	size_t used = 0;

	for (int method = 0; method < METHOD_COUNT; method++) {
		if (!routes[method])
			continue;
		used += (size_t)snprintf(out + used, 64 - used, "%s%s, ", method_names[method],
					 method == METHOD_GET ? ", HEAD" : "");
	}
	snprintf(out + used, 64 - used, "OPTIONS");
}
