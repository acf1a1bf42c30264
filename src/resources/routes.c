/* The route table, made from routes.def. */
#include "resources/handlers.h"

const struct route routes[] = {
#define ROUTE(method, path, may, scope, handler)                                                   \
	{METHOD_##method, path, may, scope, handler, #handler},
#include "routes.def"
#undef ROUTE
};
const unsigned route_count = ARRAY_LEN(routes);
