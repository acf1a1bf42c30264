/* The importer: a thread that brings in the rows of imports, batch by batch. */
#ifndef RESOURCES_IMPORTER_H
#define RESOURCES_IMPORTER_H

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

struct api_schema;
struct importer;

/*
 * Every node has one. It looks for work as `worker_url`'s role, and does it as `app_url`'s, as
 * whoever began the import. The urls and the schema outlive it.
 */
enum err importer_start(struct importer **importer, const char *worker_url, const char *app_url,
			const struct api_schema *schema, struct why *why) MUST_USE;
void importer_stop(struct importer *importer); /* NULL is fine */

#endif
