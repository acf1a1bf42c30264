/* A segment: the statements between two Syncs, that is, one implicit transaction. */
#ifndef DB_SEGMENT_H
#define DB_SEGMENT_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "core/error.h"
#include "db/db.h"
#include "runtime/loop.h"

#define SEGMENT_STEPS 4

struct step {
	const char *name, *text; /* of the prepared statement; it is prepared at its first use */
	int params;
	const char *const *values;
	bool describe; /* ask for its columns instead of running it */
};

/* What may be done about a segment that failed. */
enum remedy {
	REMEDY_NONE,
	REMEDY_RETRY, /* it certainly had no effect: run it again */
	REMEDY_STALE, /* nor had this: what was prepared is out of date, elsewhere perhaps too */
	REMEDY_LOST   /* the connection is gone, and with it the answer: the effect is unknown */
};

/* Lives on the stack of the coroutine that waits for it. */
struct segment {
	struct segment *next; /* in a lane's queue, in a connection's flight, or among the done */
	struct coroutine *waiter;
	struct step steps[SEGMENT_STEPS];
	unsigned step_count;
	int64_t lost_us; /* when it lost its last connection; 0: never */

	/* while it waits in a lane's queue */
	struct loop_timer timer;
	struct lane *lane;
	int64_t queued_us, waited_us;

	/* while in flight: statements that are prepared ahead of it, each under a Sync of its own
	 */
	struct prepared *preparing[SEGMENT_STEPS];
	unsigned preparing_count, prepared_count;

	/* how it ended; `results` has one for each step, when `err` is OK */
	bool done;
	enum err err;
	enum remedy remedy;
	struct db_refusal refusal;
	PGresult *results[SEGMENT_STEPS];
	unsigned result_count;
};

/* Forgets the outcome, so that it can be run again, or dropped. */
void segment_clear(struct segment *segment);
/* The result of the last step. */
const PGresult *segment_result(const struct segment *segment);

/* How one error of PostgreSQL is to be taken: the only place that knows SQLSTATEs. */
struct verdict {
	enum err err;
	enum remedy remedy;
	bool drop;   /* the connection is of no more use */
	bool retire; /* what it has prepared is: drop it when nothing is in flight */
};
struct verdict refusal_judge(const PGresult *result, struct db_refusal *refusal);

#endif
