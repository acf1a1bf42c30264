/* Counters of each worker, written by it alone and summed by whoever reads /metrics. */
#ifndef SRC_HTTP_METRICS_H
#define SRC_HTTP_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/buffer.h"
#include "core/error.h"

struct metrics;
struct router;

enum step_id {
	STEP_GATE,
	STEP_ROUTE,
	STEP_AUTHENTICATE,
	STEP_LIMIT,
	STEP_AUTHORISE,
	STEP_BODY,
	STEP_HANDLER,
	STEP_COUNT
};

/* A worker's state at this moment, for the gauges. */
struct metrics_gauges {
	unsigned connections, coroutines, in_flight, db_up, db_waiting;
	uint64_t db_statements, db_errors, db_reconnects;
};

/* NULL: no memory. `routes`: the router's; one more counts what no route takes. */
struct metrics *metrics_new(unsigned workers, size_t routes);
void metrics_free(struct metrics *metrics);
void metrics_count(struct metrics *metrics, unsigned worker, size_t route, int status, int64_t us);
void metrics_gauge(struct metrics *metrics, unsigned worker, const struct metrics_gauges *gauges);
/* Prometheus' text format. */
void metrics_write(const struct metrics *metrics, const struct router *router, struct buffer *out);

#endif
