/* The modeler: keeps every organization's fits of the statistical model up to date. */
#ifndef RESOURCES_MODELER_H
#define RESOURCES_MODELER_H

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

struct modeler;

/*
 * Every node has one; an organization is worked on by one of them at a time. It looks for changes
 * as `worker_url`'s role and works as `app_url`'s. The urls outlive it.
 */
enum err modeler_start(struct modeler **modeler, const char *worker_url, const char *app_url,
		       struct why *why) MUST_USE;
void modeler_stop(struct modeler *modeler); /* NULL is fine */

/* Something has changed: look now. From any thread, without waiting; NULL is fine. */
void modeler_wake(struct modeler *modeler);

#endif
