/* The HTTP server: workers, each a thread with a loop, a libmicrohttpd daemon and connections. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"

struct app;
struct coroutine_pool;
struct db;
struct db_options;
struct loop;
struct offload;
struct server;

/* What a worker owns, for background work of main that lives beside the requests. */
struct worker_context {
	unsigned index;
	struct loop *loop;
	struct db *db;		 /* NULL without a database */
	struct offload *offload; /* shared, as given */
	struct coroutine_pool *coroutines;
};

struct server_options {
	struct app *app;	     /* started, with as many workers */
	int listen_fd;		     /* borrowed; each worker polls a duplicate */
	bool keep_port;		     /* another uses it too (server_is_inherited): leave it open */
	unsigned workers;	     /* 0: 1 */
	const struct db_options *db; /* NULL: none */
	struct offload *offload;
	size_t coroutine_stack; /* 0: 64 KiB */
	size_t coroutines;	/* live ones a worker; 0: 1,000 */
	size_t token_cache;	/* entries a worker; 0: 4,096 */
	/* On the worker's thread, before its loop runs and when the server drains; may be NULL.
	 * The coroutines that it starts must have ended soon after worker_stop. */
	void (*worker_start)(void *owner, const struct worker_context *worker);
	void (*worker_stop)(void *owner, const struct worker_context *worker);
	void *owner;
};

/*
 * A listening socket, bound once: an inherited one (LISTEN_FDS) or a new one at host:port (an
 * address; "0" as the port takes a free one). Refuses a port that is taken.
 */
enum err server_listen(const char *host, const char *port, int *fd, char reason[256]) MUST_USE;
/* Whether the socket came with LISTEN_FDS: its manager hands it to the next server. */
bool server_is_inherited(int listen_fd);
/* The port that a listening socket has. */
unsigned server_port(int listen_fd);

/* Returns once all workers run. Ignores SIGPIPE. NULL, with the reason, when one cannot start. */
struct server *server_start(const struct server_options *options, char reason[256]) MUST_USE;

/*
 * Requests an own path, /health/live or /health/ready, over the socket; OK for 200. A server that
 * cannot answer must not stay.
 */
enum err server_check_self(int listen_fd, const char *path, int timeout_ms) MUST_USE;

/*
 * Accepts no more, answers what is under way with `Connection: close`, closes idle connections
 * after a moment, and stops. What is not done after `deadline_ms` is cut off. Frees the server.
 */
void server_drain(struct server *server, unsigned deadline_ms);

#endif
