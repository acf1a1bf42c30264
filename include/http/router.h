/* Finds the routes of a path, in a tree of segments compiled from the route table. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/principal.h"
#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"
#include "http/request.h"

struct api_operation;
struct api_schema;
struct router;

/* A route with what is looked up once. */
struct compiled_route {
	const struct route *route;
	const struct api_operation *operation; /* NULL without a document */
	scope_set scope_read, scope_write;     /* what a client needs; 0: reads, never writes */
	unsigned index;			       /* of its counters */
	bool direct;			       /* never waits: needs no coroutine */
};

/* What stands at a path: a route a method, and the values of its parameters. */
struct router_match {
	const struct compiled_route *const *routes; /* METHOD_COUNT; NULL: no such method */
	const char *param[REQUEST_PARAMS_MAX];	    /* decoded, in the arena */
	int param_count;
};

/*
 * `direct` routes follow the others. Parameters {id} and {…_id} match a UUID only, but for
 * {external_id}. `reason` names a route that is malformed, doubled or not in the document.
 */
enum err router_new(struct router **router, const struct route *routes, size_t count,
		    const struct route *direct, size_t direct_count,
		    const struct api_schema *schema, char reason[256]) MUST_USE;
void router_free(struct router *router);
size_t router_count(const struct router *router);
const struct compiled_route *router_at(const struct router *router, size_t index);

/*
 * `path` is raw, checked by the gate. A literal segment goes before a parameter.
 * ERR_NOT_FOUND, ERR_MEMORY.
 */
enum err router_find(const struct router *router, struct arena *arena, const char *path,
		     struct router_match *match) MUST_USE;

/* "GET, HEAD, OPTIONS, PATCH" */
void router_allow(const struct compiled_route *const *routes, char out[64]);

extern const char *const method_names[METHOD_COUNT];

#endif
