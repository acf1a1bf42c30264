/* Declares every handler of src/routes.def, and nothing else. */
#ifndef RESOURCES_HANDLERS_H
#define RESOURCES_HANDLERS_H

#include "core/text.h"
#include "http/request.h"

#define ROUTE(method, path, may, scope, handler) enum err handler(struct request *rq);
#include "routes.def"
#undef ROUTE

/* The same rows as a table, for the router. */
extern const struct route routes[];
extern const unsigned route_count;

#endif
