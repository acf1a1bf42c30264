/* The demo organization: loaded once, through the API itself. */
#ifndef COMMANDS_DEMO_H
#define COMMANDS_DEMO_H

#include <jansson.h>

#include "engine.h"

/*
 * Loads it if it is not there: with the setting `small` one role and its two candidates, else the
 * whole company with half a year behind it. With `access` not NULL, gives what demo.json in the
 * data directory holds (organization, users with their passwords, client); the caller owns it. A
 * load that was interrupted is begun anew in another organization.
 */
enum err demo_load(struct engine *engine, json_t **access, struct why *why) MUST_USE;

#endif
