/* The caretaker: a thread that does what is due by itself, for one organization after the other. */
#ifndef COMMANDS_CARETAKER_H
#define COMMANDS_CARETAKER_H

#include "engine.h"

struct caretaker;

/*
 * Every node has one; a row's lock keeps two from the same work. Retention, consents (every
 * `housekeeping_every`; 0: never), sandboxes and their journeys. The engine outlives it.
 */
enum err caretaker_start(struct caretaker **caretaker, struct engine *engine,
			 struct why *why) MUST_USE;
void caretaker_stop(struct caretaker *caretaker); /* NULL is fine */

/* For /metrics: how late the work is that is longest due, and how often some failed. */
double caretaker_lag_seconds(const void *caretaker);
double caretaker_failures(const void *caretaker);

#endif
