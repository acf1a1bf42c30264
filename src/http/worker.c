/* Ties a worker together: its loop runs libmicrohttpd and resumes what handlers have finished. */
#include "worker.h"

#include <assert.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/token.h"
#include "core/clock.h"
#include "core/log.h"
#include "db/db.h"
#include "exchange.h"
#include "runtime/coroutine.h"
#include "stream.h"

#define STACK_DEFAULT	   (64u << 10)
#define COROUTINES_DEFAULT 1000
#define TOKENS_DEFAULT	   4096
#define FREE_MAX	   64 /* exchanges kept for the next requests */
#define ROUNDS_MAX	   16 /* of libmicrohttpd, before descriptors get their turn */
#define DRAIN_TICK_US	   50000
#define DRAIN_IDLE_US	   1000000 /* for requests that are on their way already */

struct coroutine_pool *worker_coroutines(struct worker *worker)
{
	return worker->context.coroutines;
}

struct loop *worker_loop(struct worker *worker)
{
	return worker->context.loop;
}

/* ---- answers ----------------------------------------------------------------------------------
 */

void worker_ready(struct exchange *ex)
{
	if (ex->listed)
		return;
	ex->listed = true;
	ex->next = ex->worker->ready;
	ex->worker->ready = ex;
}

void worker_handler_done(struct exchange *ex)
{
	ex->running = false;
	ex->finished = true;
	if (!ex->worker)
		return;
	if (ex->stream && stream_is_abandoned(ex))
		worker_recycle(ex);
	else if (ex->stream)
		stream_finish(ex, !ex->cut);
	else if (ex->suspended)
		worker_ready(ex);
}

void worker_recycle(struct exchange *ex)
{
	struct worker *worker = ex->worker;

	if (ex->queued) {
		size_t route =
		    ex->compiled ? ex->compiled->index : router_count(worker->app->router);

		metrics_count(worker->app->metrics, worker->context.index, route, ex->rq.status,
			      ex->answered_us - ex->started_us);
		if (worker->app->settings.log_requests)
			reply_log(ex);
	}
	assert(!ex->listed && !ex->running);
	worker->in_flight--;
	exchange_reset(ex);
	if (worker->free_count >= FREE_MAX) {
		exchange_release(ex);
		free(ex);
		return;
	}
	ex->next = worker->free;
	worker->free = ex;
	worker->free_count++;
}

/* Resumes the connections whose handlers have something to send. */
static bool resume_ready(struct worker *worker)
{
	struct exchange *ex = worker->ready, *next;

	worker->ready = NULL;
	if (!ex)
		return false;
	for (; ex; ex = next) {
		next = ex->next;
		ex->next = NULL;
		ex->listed = false;
		if (!ex->suspended)
			continue;
		ex->suspended = false;
		if (ex->queued)
			worker_progress(ex);
		else if (!transport_answer(ex))
			ex->dropped = true; /* its handler's next call says no */
		MHD_resume_connection(ex->connection);
	}
	return true;
}

static void put_gauges(struct worker *worker)
{
	struct metrics_gauges gauges = {
	    .connections = worker->deadlines.count,
	    .coroutines = (unsigned)coroutine_pool_live(worker->context.coroutines),
	    .in_flight = worker->in_flight,
	};
	struct db_counts counts;

	if (worker->context.db) {
		db_counts(worker->context.db, &counts);
		gauges.db_up = counts.connections_up;
		gauges.db_waiting = counts.waiting;
		gauges.db_statements = counts.statements;
		gauges.db_errors = counts.errors;
		gauges.db_reconnects = counts.reconnects;
	}
	metrics_gauge(worker->app->metrics, worker->context.index, &gauges);
}

/* Before each wait: libmicrohttpd does not run by itself after a resume, nor says that it must. */
static int64_t prepare(void *owner)
{
	struct worker *worker = owner;
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		bool run = resume_ready(worker);

		timeout_ms = 1;
		if (MHD_get_timeout(worker->daemon, &timeout_ms) != MHD_YES)
			timeout_ms = 1000;
		if (!run && timeout_ms > 0)
			break;
		MHD_run(worker->daemon);
	}
	put_gauges(worker);
	if (worker->ready || timeout_ms == 0)
		return 0;
	return MHD_get_timeout(worker->daemon, &timeout_ms) == MHD_YES ? (int64_t)timeout_ms * 1000
								       : -1;
}

static void on_sockets(struct loop_watch *watch, uint32_t events)
{
	struct worker *worker = watch->owner;

	(void)events;
	MHD_run(worker->daemon);
}

/* ---- draining ---------------------------------------------------------------------------------
 */

static void cut_waiting(struct worker *worker)
{
	deadlines_cut(&worker->deadlines, PHASE_IDLE);
	deadlines_cut(&worker->deadlines, PHASE_HEADER);
}

static bool is_drained(const struct worker *worker)
{
	return worker->deadlines.count == 0 && worker->in_flight == 0 &&
	       coroutine_pool_live(worker->context.coroutines) == 0;
}

static void drain_tick(struct loop_timer *timer)
{
	struct worker *worker = timer->owner;
	int64_t now = clock_monotonic_us();

	if (now >= worker->cut_us)
		cut_waiting(worker);
	if (now >= worker->give_up_us) {
		deadlines_cut(&worker->deadlines, PHASE_BODY);
		deadlines_cut(&worker->deadlines, PHASE_REPLY);
	}
	/* A moment more for what was cut off to be noticed. */
	if (is_drained(worker) || now >= worker->give_up_us + DRAIN_IDLE_US) {
		loop_stop(worker->context.loop);
		return;
	}
	if (loop_timer_arm(worker->context.loop, timer, now + DRAIN_TICK_US) != OK)
		loop_stop(worker->context.loop);
}

/*
 * What the kernel has accepted is served. Then the port is closed at once, so that who comes later
 * is refused rather than left waiting; one that a service manager holds stays for the next server.
 */
static void leave_port(struct worker *worker)
{
	struct pollfd port = {.fd = worker->listen_fd, .events = POLLIN};
	struct sockaddr_storage peer;
	struct sockaddr *address = (struct sockaddr *)(void *)&peer;

	MHD_run(worker->daemon);
	(void)MHD_quiesce_daemon(worker->daemon);
	if (worker->options->keep_port)
		return;
	/* Whoever came during that run: taken here, so that hardly a moment passes before the
	 * close. */
	while (poll(&port, 1, 0) > 0 && (port.revents & POLLIN)) {
		socklen_t len = sizeof(peer);
		int fd = accept4(worker->listen_fd, address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			break;
		if (MHD_add_connection(worker->daemon, fd, address, len) != MHD_YES)
			break; /* libmicrohttpd has closed it */
	}
	(void)shutdown(worker->listen_fd, SHUT_RDWR);
	MHD_run(worker->daemon);
}

void worker_drain(struct worker *worker, unsigned deadline_ms)
{
	int64_t now = clock_monotonic_us(), deadline = (int64_t)deadline_ms * 1000;

	worker->draining = true;
	leave_port(worker);
	worker->cut_us = now + (deadline / 4 < DRAIN_IDLE_US ? deadline / 4 : DRAIN_IDLE_US);
	worker->give_up_us = now + deadline;
	worker->drain_timer = (struct loop_timer){.fire = drain_tick, .owner = worker};
	if (worker->options->worker_stop)
		worker->options->worker_stop(worker->options->owner, &worker->context);
	drain_tick(&worker->drain_timer);
}

/* ---- life -------------------------------------------------------------------------------------
 */

static enum err start_daemon(struct worker *worker)
{
	const union MHD_DaemonInfo *info;

	worker->listen_fd = dup(worker->options->listen_fd);
	if (worker->listen_fd < 0)
		return ERR_UNAVAILABLE;
	worker->daemon = transport_start(worker);
	if (!worker->daemon)
		return ERR_UNAVAILABLE;
	info = MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	worker->watch = (struct loop_watch){
	    .fd = info->epoll_fd, .events = EPOLLIN, .ready = on_sockets, .owner = worker};
	loop_on_prepare(worker->context.loop, prepare, worker);
	return loop_watch(worker->context.loop, &worker->watch);
}

enum err worker_init(struct worker *worker, unsigned index, const struct server_options *options,
		     char reason[256])
{
	struct worker_context *context = &worker->context;

	*worker = (struct worker){.options = options, .app = options->app, .listen_fd = -1};
	snprintf(reason, 256, "worker %u could not be started", index);
	*context = (struct worker_context){.index = index, .offload = options->offload};
	context->loop = loop_new();
	if (!context->loop)
		return ERR_MEMORY;
	deadlines_init(&worker->deadlines, context->loop, &worker->app->settings);
	context->coroutines =
	    coroutine_pool_new(options->coroutine_stack ? options->coroutine_stack : STACK_DEFAULT,
			       options->coroutines ? options->coroutines : COROUTINES_DEFAULT);
	worker->tokens =
	    token_cache_new(options->token_cache ? options->token_cache : TOKENS_DEFAULT);
	if (!context->coroutines || !worker->tokens)
		return ERR_MEMORY;
	if (options->db) {
		context->db = db_new(context->loop, options->db);
		if (!context->db)
			return ERR_MEMORY;
	}
	return start_daemon(worker);
}

void worker_release(struct worker *worker)
{
	struct exchange *next;

	/* With a connection suspended libmicrohttpd would panic: the process ends anyway. */
	if (worker->context.coroutines && coroutine_pool_live(worker->context.coroutines) > 0) {
		log_line(LOG_WARN, "worker.abandoned", "index=%u", worker->context.index);
		return;
	}
	if (worker->daemon) {
		loop_unwatch(worker->context.loop, &worker->watch);
		MHD_stop_daemon(worker->daemon);
	}
	if (worker->draining && worker->listen_fd >= 0)
		(void)close(worker->listen_fd);
	for (struct exchange *ex = worker->free; ex; ex = next) {
		next = ex->next;
		exchange_release(ex);
		free(ex);
	}
	if (worker->context.db)
		db_free(worker->context.db);
	token_cache_free(worker->tokens);
	if (worker->context.loop)
		loop_timer_disarm(worker->context.loop, &worker->deadlines.timer);
	if (worker->context.coroutines)
		coroutine_pool_free(worker->context.coroutines);
	loop_free(worker->context.loop);
}
