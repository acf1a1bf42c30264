/* The demo organization: loaded once, through the API itself. */
#ifndef COMMANDS_DEMO_H
#define COMMANDS_DEMO_H

#include <jansson.h>

#include <stdatomic.h>

#include "engine.h"

/*
 * Loads it if it is not there: with the setting `small` one role and its two candidates, else the
 * whole company with half a year behind it. With `access` not NULL, gives what demo.json in the
 * data directory holds (organization, users with their passwords, client); the caller owns it. A
 * load that was interrupted is begun anew in another organization.
 */
enum err demo_load(struct engine *engine, json_t **access, struct why *why) MUST_USE;

/* Who fills which organization, and what ends it early. */
struct demo_filling {
	const char *organization_id, *admin_id;
	long long admin_token_version;
	const atomic_bool *stop;
};

/*
 * The demo's content in an empty organization, by its admin. Its people are added without
 * passwords, unless they are there. ERR_UNAVAILABLE: it was stopped.
 */
enum err demo_fill(struct engine *engine, const struct demo_filling *filling,
		   struct why *why) MUST_USE;

#endif
