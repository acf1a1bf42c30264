/* The debrief of an organization's applications, for reading in a terminal. */
#ifndef COMMANDS_DEBRIEF_H
#define COMMANDS_DEBRIEF_H

#include <jansson.h>

#include "engine.h"

/* `access` is what demo_load gives: reads as its recruiter. */
enum err debrief_print(struct engine *engine, const json_t *access, struct why *why) MUST_USE;

#endif
