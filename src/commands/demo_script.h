/* The demo's script: steps, each a request of the API, with what earlier steps answered. */
#ifndef COMMANDS_DEMO_SCRIPT_H
#define COMMANDS_DEMO_SCRIPT_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "core/buffer.h"
#include "engine.h"

/*
 * When what is loaded is told to have happened: for each step the moment in which it was loaded,
 * and the moment that its "at" names. Days are counted in working days from today, or from Friday
 * on a weekend: "-3T09:30" is half past nine (UTC) three working days ago.
 */
struct demo_dates {
	time_t today;		  /* midnight, UTC */
	bool wanted;		  /* the history is to be dated */
	struct buffer real, told; /* array literals of PostgreSQL, without their closing brace */
};

/* Embedded by the build: see src/program.mk. */
extern const char demo_script[];
extern const size_t demo_script_len;

struct demo_script {
	json_t *saved; /* answers by the name that their step gives them */
	const char *organization_id;
	struct demo_dates dates;
	const atomic_bool *stop; /* or NULL: what ends it early, with ERR_UNAVAILABLE */
};

void demo_dates_init(struct demo_dates *dates, bool wanted);
void demo_dates_release(struct demo_dates *dates);
/* "-3T09:30" as RFC 3339, "-3" as a date; NULL if it is neither. In the arena. */
const char *demo_dates_text(const struct demo_dates *dates, struct arena *arena, const char *day);
/* From now on what is loaded is told to have happened then; `day` NULL: now. */
enum err demo_dates_mark(struct demo_script *script, struct engine_run *run,
			 const char *day) MUST_USE;
/* Whether demo_dates_settle will find the owner; asked before anything is loaded. */
enum err demo_dates_possible(const struct engine *engine, struct why *why) MUST_USE;
/*
 * Gives all that the organization has since the first mark its times; the events keep theirs, and
 * one more says that this was done. Everything is checked and kept apart as ever: constraints,
 * triggers and row-level security hold.
 */
enum err demo_dates_settle(struct demo_script *script, struct engine *engine,
			   struct why *why) MUST_USE;

/* One request as `persona`; its answer, which must be a success. NULL, with run->err, else. */
json_t *demo_call(struct engine_run *run, const struct demo_script *script, const char *persona,
		  const char *request, const char *body);
/* All steps in their order, until one fails: then run->err and run->why say so. */
void demo_steps(struct engine_run *run, struct demo_script *script, const json_t *steps);

#endif
