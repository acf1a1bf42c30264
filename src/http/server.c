/* Starts the workers on one listening socket, checks that they answer, and drains them. */
#include "http/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "worker.h"

#define LISTEN_BACKLOG 1024
#define INHERITED_FD   3 /* the first of LISTEN_FDS */

struct server {
	struct server_options options;
	unsigned count; /* workers that were made */
	unsigned drain_ms;
	struct worker workers[];
};

/* ---- the socket -------------------------------------------------------------------------------
 */

/* systemd's protocol: descriptors from 3 on, meant for the process that LISTEN_PID names. */
static int inherited_socket(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	int listening = 0;
	socklen_t len = sizeof(listening);

	if (!fds || strcmp(fds, "1") != 0)
		return -1;
	if (pid && strtol(pid, NULL, 10) != (long)getpid())
		return -1;
	if (getsockopt(INHERITED_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 ||
	    !listening)
		return -1;
	(void)fcntl(INHERITED_FD, F_SETFD, FD_CLOEXEC);
	return INHERITED_FD;
}

bool server_is_inherited(int listen_fd)
{
	return listen_fd == INHERITED_FD && inherited_socket() == listen_fd;
}

static int bind_socket(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, saved;

	if (fd < 0)
		return -1;
	/* No SO_REUSEPORT: a stale server must not share the port in silence. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
	    bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

enum err server_listen(const char *host, const char *port, int *fd, char reason[256])
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *addresses;
	int failed;

	*fd = inherited_socket();
	if (*fd >= 0)
		return OK;
	failed = getaddrinfo(host, port, &hints, &addresses);
	if (failed) {
		snprintf(reason, 256, "%s is not an address: %s", host, gai_strerror(failed));
		return ERR_INVALID;
	}
	*fd = bind_socket(addresses);
	if (*fd < 0)
		snprintf(reason, 256, "%s port %s: %s", host, port,
			 errno == EADDRINUSE ? "another program listens there" : "cannot listen");
	freeaddrinfo(addresses);
	return *fd < 0 ? ERR_UNAVAILABLE : OK;
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage room;
};

static bool own_address(int listen_fd, union address *address, socklen_t *len)
{
	*address = (union address){.any.sa_family = AF_UNSPEC};
	*len = sizeof(*address);
	return getsockname(listen_fd, &address->any, len) == 0;
}

unsigned server_port(int listen_fd)
{
	union address address;
	socklen_t len;

	if (!own_address(listen_fd, &address, &len))
		return 0;
	if (address.any.sa_family == AF_INET)
		return ntohs(address.in.sin_port);
	return ntohs(address.in6.sin6_port);
}

/* ---- start ------------------------------------------------------------------------------------
 */

static void *run_worker(void *arg)
{
	struct worker *worker = arg;

	if (worker->options->worker_start)
		worker->options->worker_start(worker->options->owner, &worker->context);
	loop_run(worker->context.loop);
	return NULL;
}

static void drain_worker(void *arg)
{
	struct worker *worker = arg;
	const struct server *server =
	    (const struct server *)(const void *)((const char *)worker->options -
						  offsetof(struct server, options));

	worker_drain(worker, server->drain_ms);
}

static enum err start_workers(struct server *server, char reason[256])
{
	for (unsigned i = 0; i < server->options.workers; i++) {
		server->count++;
		TRY(worker_init(&server->workers[i], i, &server->options, reason));
	}
	for (unsigned i = 0; i < server->count; i++) {
		struct worker *worker = &server->workers[i];

		if (pthread_create(&worker->thread, NULL, run_worker, worker) != 0) {
			snprintf(reason, 256, "a thread could not be started");
			return ERR_UNAVAILABLE;
		}
		worker->started = true;
	}
	return OK;
}

struct server *server_start(const struct server_options *options, char reason[256])
{
	unsigned workers = options->workers ? options->workers : 1;
	struct server *server = calloc(1, sizeof(*server) + workers * sizeof(struct worker));

	snprintf(reason, 256, "no memory");
	if (!server)
		return NULL;
	(void)signal(SIGPIPE, SIG_IGN);
	server->options = *options;
	server->options.workers = workers;
	if (start_workers(server, reason) == OK)
		return server;
	server_drain(server, 0);
	return NULL;
}

void server_drain(struct server *server, unsigned deadline_ms)
{
	server->drain_ms = deadline_ms;
	for (unsigned i = 0; i < server->count; i++) {
		struct worker *worker = &server->workers[i];

		if (worker->started && loop_post(worker->context.loop, drain_worker, worker) != OK)
			loop_stop(worker->context.loop);
	}
	for (unsigned i = 0; i < server->count; i++) {
		if (server->workers[i].started)
			(void)pthread_join(server->workers[i].thread, NULL);
	}
	for (unsigned i = 0; i < server->count; i++)
		worker_release(&server->workers[i]);
	free(server);
}

/* ---- the check of itself ----------------------------------------------------------------------
 */

static bool connect_self(int fd, int listen_fd)
{
	union address address;
	socklen_t len;

	if (!own_address(listen_fd, &address, &len))
		return false;
	if (address.any.sa_family == AF_INET && address.in.sin_addr.s_addr == htonl(INADDR_ANY))
		address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (address.any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&address.in6.sin6_addr))
		address.in6.sin6_addr = in6addr_loopback;
	return connect(fd, &address.any, len) == 0;
}

static bool ask_health(int fd, const char *path)
{
	char ask[128], answer[64];
	int len = snprintf(ask, sizeof(ask),
			   "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	size_t got = 0;

	if (send(fd, ask, (size_t)len, MSG_NOSIGNAL) != len)
		return false;
	while (got < 12) {
		ssize_t more = recv(fd, answer + got, sizeof(answer) - got, 0);

		if (more <= 0)
			return false;
		got += (size_t)more;
	}
	return memcmp(answer, "HTTP/1.1 200", 12) == 0;
}

enum err server_check_self(int listen_fd, const char *path, int timeout_ms)
{
	struct timeval limit = {timeout_ms / 1000, (timeout_ms % 1000) * 1000L};
	union address address;
	socklen_t len;
	bool ok;
	int fd;

	if (!own_address(listen_fd, &address, &len))
		return ERR_UNAVAILABLE;
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_UNAVAILABLE;
	ok = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	     setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
	     connect_self(fd, listen_fd) && ask_health(fd, path);
	(void)close(fd);
	return ok ? OK : ERR_UNAVAILABLE;
}
