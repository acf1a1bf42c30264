/* What the modeler keeps of an organization: its fits in memory, and where they stand. */
#ifndef RESOURCES_MODEL_TENANT_H
#define RESOURCES_MODEL_TENANT_H

#include "fitter.h"

struct tenant {
	char organization[UUID_TEXT_LEN + 1];
	bool locked, fitting, seen;
	int64_t next_fit_us, used_us;
	/* The fits in memory and the data that numbers their ids; NULL: none. */
	struct fit_job *held[FIT_KINDS];
};

/*
 * Takes the changes that wait into the fits in memory, as far as that can be done without a full
 * fit, and stores what they say of the applications concerned, each in a transaction of its own;
 * what cannot be done is left to the full fit.
 */
enum err tenant_update(struct tenant *tenant, struct admin *app, struct why *why) MUST_USE;

/* Shows the fits of a job, in place of those before, with what has happened since. */
enum err tenant_show(struct tenant *tenant, struct fit_job *job, struct admin *app,
		     struct why *why) MUST_USE;

/* Drops what is held in memory of fits that are not shown any more. */
enum err tenant_check(struct tenant *tenant, struct admin *app, struct why *why) MUST_USE;

void tenant_forget(struct tenant *tenant);
size_t tenant_bytes(const struct tenant *tenant);

#endif
