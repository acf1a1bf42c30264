/* Counts requests by route and class of status, and writes all figures for Prometheus. */
#include "metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>

#include "http/router.h"

#define CLASSES 6 /* 0 is not used, then 1xx to 5xx */

/* Upper bounds in microseconds, and as Prometheus spells them in seconds. */
static const struct {
	int64_t us;
	const char *seconds;
} bounds[] = {
    {500, "0.0005"},  {1000, "0.001"},	{2500, "0.0025"}, {5000, "0.005"},
    {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},
    {250000, "0.25"}, {1000000, "1"},	{5000000, "5"},	  {INT64_MAX, "+Inf"},
};
#define BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

typedef _Atomic uint64_t counter;

struct worker_metrics {
	counter *requests; /* routes × CLASSES */
	counter latency[BOUNDS], latency_us;
	counter connections, coroutines, in_flight, db_up, db_waiting;
	counter db_statements, db_errors, db_reconnects;
};

struct metrics {
	unsigned workers;
	size_t routes; /* one more than the router's */
	struct worker_metrics worker[];
};

struct metrics *metrics_new(unsigned workers, size_t routes)
{
	struct metrics *metrics =
	    calloc(1, sizeof(*metrics) + workers * sizeof(metrics->worker[0]));

	if (!metrics)
		return NULL;
	metrics->workers = workers;
	metrics->routes = routes + 1;
	for (unsigned i = 0; i < workers; i++) {
		metrics->worker[i].requests = calloc(metrics->routes * CLASSES, sizeof(counter));
		if (!metrics->worker[i].requests) {
			metrics_free(metrics);
			return NULL;
		}
	}
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (unsigned i = 0; i < metrics->workers; i++)
		free(metrics->worker[i].requests);
	free(metrics);
}

/* The only writer of a counter is its worker: no read-modify-write across threads is needed. */
static void increase(counter *at, uint64_t by)
{
	uint64_t value = atomic_load_explicit(at, memory_order_relaxed);

	atomic_store_explicit(at, value + by, memory_order_relaxed);
}

static void set(counter *at, uint64_t value)
{
	atomic_store_explicit(at, value, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, unsigned worker, size_t route, int status, int64_t us)
{
	struct worker_metrics *own = &metrics->worker[worker];
	size_t bound = 0, class = (size_t)status / 100;

	assert(worker < metrics->workers && route < metrics->routes && class < CLASSES);
	while (us > bounds[bound].us)
		bound++;
	increase(&own->requests[route * CLASSES + class], 1);
	increase(&own->latency[bound], 1);
	increase(&own->latency_us, (uint64_t)us);
}

void metrics_gauge(struct metrics *metrics, unsigned worker, const struct metrics_gauges *gauges)
{
	struct worker_metrics *own = &metrics->worker[worker];

	set(&own->connections, gauges->connections);
	set(&own->coroutines, gauges->coroutines);
	set(&own->in_flight, gauges->in_flight);
	set(&own->db_up, gauges->db_up);
	set(&own->db_waiting, gauges->db_waiting);
	set(&own->db_statements, gauges->db_statements);
	set(&own->db_errors, gauges->db_errors);
	set(&own->db_reconnects, gauges->db_reconnects);
}

static uint64_t load(const counter *at)
{
	return atomic_load_explicit(at, memory_order_relaxed);
}

static void write_requests(const struct metrics *metrics, const struct router *router,
			   struct buffer *out)
{
	buffer_text(out, "# HELP assay_requests_total Requests answered.\n"
			 "# TYPE assay_requests_total counter\n");
	for (size_t i = 0; i < metrics->routes * CLASSES; i++) {
		const struct route *route = NULL;
		uint64_t sum = 0;

		for (unsigned j = 0; j < metrics->workers; j++)
			sum += load(&metrics->worker[j].requests[i]);
		if (sum == 0)
			continue;
		if (i / CLASSES < router_count(router))
			route = router_at(router, i / CLASSES)->route;
		buffer_printf(out,
			      "assay_requests_total{method=\"%s\",route=\"%s\",status=\"%zuxx\"} "
			      "%" PRIu64 "\n",
			      route ? method_names[route->method] : "", route ? route->path : "",
			      i % CLASSES, sum);
	}
}

static void write_latency(const struct metrics *metrics, struct buffer *out)
{
	uint64_t count = 0, us = 0;

	buffer_text(out, "# HELP assay_request_seconds From request line to answer.\n"
			 "# TYPE assay_request_seconds histogram\n");
	for (size_t i = 0; i < BOUNDS; i++) {
		for (unsigned j = 0; j < metrics->workers; j++)
			count += load(&metrics->worker[j].latency[i]);
		buffer_printf(out, "assay_request_seconds_bucket{le=\"%s\"} %" PRIu64 "\n",
			      bounds[i].seconds, count);
	}
	for (unsigned j = 0; j < metrics->workers; j++)
		us += load(&metrics->worker[j].latency_us);
	buffer_printf(out,
		      "assay_request_seconds_sum %" PRIu64 ".%06" PRIu64 "\n"
		      "assay_request_seconds_count %" PRIu64 "\n",
		      us / 1000000, us % 1000000, count);
}

void metrics_write(const struct metrics *metrics, const struct router *router, struct buffer *out)
{
	static const struct {
		const char *name, *type, *help;
		size_t offset;
	} rows[] = {
#define ROW(member, name, type, help) {name, type, help, offsetof(struct worker_metrics, member)}
	    ROW(connections, "assay_connections", "gauge", "Open client connections."),
	    ROW(coroutines, "assay_coroutines", "gauge", "Handlers under way."),
	    ROW(in_flight, "assay_requests_in_flight", "gauge", "Requests begun and not ended."),
	    ROW(db_up, "assay_database_connections", "gauge", "Usable database connections."),
	    ROW(db_waiting, "assay_database_waiting", "gauge", "Statements that wait."),
	    ROW(db_statements, "assay_database_statements_total", "counter", "Statements run."),
	    ROW(db_errors, "assay_database_errors_total", "counter", "Statements that failed."),
	    ROW(db_reconnects, "assay_database_reconnects_total", "counter", "Lost connections."),
#undef ROW
	};

	write_requests(metrics, router, out);
	write_latency(metrics, out);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t sum = 0;

		for (unsigned j = 0; j < metrics->workers; j++)
			sum +=
			    load((const counter *)(const void *)((const char *)&metrics->worker[j] +
								 rows[i].offset));
		buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", rows[i].name,
			      rows[i].help, rows[i].name, rows[i].type, rows[i].name, sum);
	}
}
