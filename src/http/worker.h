/* A worker: one thread's loop, libmicrohttpd daemon, database connections and coroutines. */
#ifndef SRC_HTTP_WORKER_H
#define SRC_HTTP_WORKER_H

#include <pthread.h>
#include <stdbool.h>

#include "core/attr.h"
#include "core/error.h"
#include "deadline.h"
#include "http/server.h"
#include "runtime/loop.h"

struct MHD_Daemon;
struct coroutine_pool;
struct exchange;
struct token_cache;

struct worker {
	struct worker_context context;
	const struct server_options *options; /* the server's copy */
	struct app *app;
	struct MHD_Daemon *daemon;
	int listen_fd; /* a duplicate of its own */
	struct token_cache *tokens;
	struct loop_watch watch;
	struct deadlines deadlines;
	struct exchange *free, *ready; /* ready: an answer, or more of one, while suspended */
	unsigned free_count, in_flight;
	bool draining;
	int64_t cut_us;	    /* draining: idle connections are cut from then on */
	int64_t give_up_us; /* and everything else from then on */
	struct loop_timer drain_timer;
	pthread_t thread;
	bool started;
};

/* `reason` when it fails; release in either case. */
enum err worker_init(struct worker *worker, unsigned index, const struct server_options *options,
		     char reason[256]) MUST_USE;
/* After its loop has ended. */
void worker_release(struct worker *worker);
/* On the worker's thread: stops accepting, then its loop once nothing is left or time is up. */
void worker_drain(struct worker *worker, unsigned deadline_ms);

struct coroutine_pool *worker_coroutines(struct worker *worker);
struct loop *worker_loop(struct worker *worker);
/* From the handler's stack: its answer is complete. NULL worker: a local call. */
void worker_handler_done(struct exchange *ex);
/* The suspended connection has something to send: resumed before the loop next waits. */
void worker_ready(struct exchange *ex);
/* A piece was taken by the client: it has time again for the next. */
void worker_progress(struct exchange *ex);
/* libmicrohttpd is to leave the connection alone until worker_ready. */
void worker_suspend(struct exchange *ex);
/* An exchange whose connection is gone while its handler still ran. */
void worker_recycle(struct exchange *ex);

/* transport.c: libmicrohttpd's callbacks. */
struct MHD_Daemon *transport_start(struct worker *worker) MUST_USE;
/* Hands a finished answer over. False: the connection must be dropped. */
bool transport_answer(struct exchange *ex) MUST_USE;

#endif
