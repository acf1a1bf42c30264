/* The server's own addresses: is it alive, is it ready, and how does it fare. */
#include "db/db.h"
#include "exchange.h"
#include "steps.h"

static enum err answer_status(struct request *rq, const char *status)
{
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_member(&rq->json, "status", status);
	json_close_object(&rq->json);
	return OK;
}

static enum err health_live(struct request *rq)
{
	return answer_status(rq, "live");
}

static enum err health_ready(struct request *rq)
{
	if (rq->db && !db_ready(rq->db))
		return request_fail(rq, ERR_UNAVAILABLE);
	return answer_status(rq, "ready");
}

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
	       strncmp(address, "::ffff:127.", 11) == 0;
}

/*
 * Counts by address tell that somebody has submitted a scorecard, so they are for who runs this
 * machine. What a proxy here forwards comes from loopback, too, where the proxy is not trusted.
 */
static bool is_local(struct request *rq)
{
	return is_loopback(rq->remote) && request_header(rq, "X-Forwarded-For") == NULL;
}

static enum err metrics_get(struct request *rq)
{
	if (!rq->app->settings.metrics_open && !is_local(rq))
		return request_fail(rq, ERR_NOT_FOUND);
	buffer_clear(&rq->out);
	metrics_write(rq->app->metrics, rq->app->router, &rq->out);
	for (size_t i = 0; i < rq->app->gauge_count; i++) {
		const struct app_gauge *gauge = &rq->app->gauges[i];

		buffer_printf(&rq->out, "# HELP %s %s\n# TYPE %s gauge\n%s %.3f\n", gauge->name,
			      gauge->help, gauge->name, gauge->name, gauge->read(gauge->arg));
	}
	rq->status = 200;
	rq->content_type = "text/plain; version=0.0.4; charset=utf-8";
	return OK;
}

/* clang-format off */
const struct route system_routes[] = {
	{METHOD_GET, "/health/live",  MAY_ANYONE, NULL, health_live,  "health_live"},
	{METHOD_GET, "/health/ready", MAY_ANYONE, NULL, health_ready, "health_ready"},
	{METHOD_GET, "/metrics",      MAY_ANYONE, NULL, metrics_get,  "metrics_get"},
};
/* clang-format on */
const size_t system_route_count = ARRAY_LEN(system_routes);
