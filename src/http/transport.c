/* libmicrohttpd's side: connections come and go, requests arrive in pieces, answers leave. */
#include <arpa/inet.h>
#include <assert.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "core/control.h"
#include "exchange.h"
#include "steps.h"
#include "stream.h"
#include "worker.h"

/* So much of a refused body is read and dropped for the sake of the connection. */
#define DRAIN_MAX (16u << 20)

static struct connection *connection_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void set_phase(struct exchange *ex, enum phase phase)
{
	struct connection *connection = connection_of(ex->connection);

	assert(connection);
	if (phase == PHASE_NONE)
		deadline_clear(&ex->worker->deadlines, connection);
	else if (deadline_set(&ex->worker->deadlines, connection, phase) != OK)
		(void)shutdown(connection->fd, SHUT_RDWR);
}

void worker_progress(struct exchange *ex)
{
	set_phase(ex, PHASE_REPLY);
}

void worker_suspend(struct exchange *ex)
{
	set_phase(ex, PHASE_NONE);
	MHD_suspend_connection(ex->connection);
	ex->suspended = true;
}

/* A connection begins or ends. */
static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct worker *worker = cls;
	struct connection *connection = *context;
	int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (!connection)
			return;
		deadline_clear(&worker->deadlines, connection);
		free(connection);
		*context = NULL;
		worker->deadlines.count--;
		return;
	}
	connection = calloc(1, sizeof(*connection));
	if (!connection) {
		(void)shutdown(fd, SHUT_RDWR);
		return;
	}
	connection->fd = fd;
	*context = connection;
	worker->deadlines.count++;
	if (deadline_set(&worker->deadlines, connection, PHASE_HEADER) != OK)
		(void)shutdown(fd, SHUT_RDWR);
}

static struct exchange *exchange_take(struct worker *worker)
{
	struct exchange *ex = worker->free;

	if (ex) {
		worker->free = ex->next;
		worker->free_count--;
		ex->next = NULL;
	} else {
		ex = malloc(sizeof(*ex));
		if (!ex)
			return NULL;
		exchange_init(ex, worker->app);
	}
	ex->worker = worker;
	ex->tokens = worker->tokens;
	ex->rq.db = worker->context.db;
	ex->rq.offload = worker->context.offload;
	worker->in_flight++;
	return ex;
}

/* The request line has arrived; the target is as it was sent. */
static void *on_target(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	struct worker *worker = cls;
	struct connection *connection = connection_of(mhd);
	struct exchange *ex;

	if (!connection)
		return NULL;
	ex = exchange_take(worker);
	if (!ex)
		return NULL;
	ex->connection = mhd;
	ex->started_us = clock_monotonic_us();
	ex->rq.target = arena_strdup(&ex->arena, uri ? uri : "");
	ex->raw_target = uri;
	if (connection->phase == PHASE_IDLE)
		set_phase(ex, PHASE_HEADER);
	return ex;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name,
				 size_t name_len, const char *value, size_t value_len)
{
	(void)kind;
	gate_header(cls, name, name_len, value, value_len);
	return MHD_YES;
}

static bool list_holds(const char *list, const char *address)
{
	size_t wanted = strlen(address);

	while (list && *list) {
		size_t len;

		list += strspn(list, ", ");
		len = strcspn(list, ", ");
		if (len == wanted && strncmp(list, address, len) == 0)
			return true;
		list += len;
	}
	return false;
}

/* The client's address: the peer's, or the last that a trusted proxy has added. */
static void take_remote(struct exchange *ex)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(ex->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	const char *forwarded = ex->gate.header[HEADER_X_FORWARDED_FOR], *last;
	unsigned char parsed[sizeof(struct in6_addr)];

	snprintf(ex->remote, sizeof(ex->remote), "unknown");
	if (address && address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
			  ex->remote, sizeof(ex->remote));
	else if (address && address->sa_family == AF_INET6)
		inet_ntop(AF_INET6,
			  &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
			  ex->remote, sizeof(ex->remote));
	ex->rq.remote = ex->remote;
	if (!forwarded || !list_holds(ex->rq.app->settings.trusted_proxies, ex->remote))
		return;
	last = strrchr(forwarded, ',');
	last = last ? last + 1 : forwarded;
	last += strspn(last, " ");
	if (strlen(last) < sizeof(ex->remote) &&
	    (inet_pton(AF_INET, last, parsed) == 1 || inet_pton(AF_INET6, last, parsed) == 1))
		snprintf(ex->remote, sizeof(ex->remote), "%s", last);
}

static size_t head_len(const struct exchange *ex)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(ex->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info ? info->header_size : 0;
}

/* Whether this libmicrohttpd keeps all parts of the head where they arrived. */
#define PARSES_IN_PLACE (MHD_VERSION == 0x00097500)

static void inspect(struct exchange *ex, const char *version)
{
	struct gate *gate = &ex->gate;
	bool framed;

	if (PARSES_IN_PLACE && ex->rq.target)
		gate_request_line(gate, ex->method_text, ex->raw_target, version,
				  strlen(ex->rq.target));
	MHD_get_connection_values_n(ex->connection, MHD_HEADER_KIND, on_header, gate);
	if (PARSES_IN_PLACE)
		gate_head_end(gate, ex->method_text, head_len(ex));
	/* The first refusal stands in the gate; step_gate puts it into words. */
	framed = gate_finish(gate, version) == OK || !DEFENCE(framing_check);
	if (framed)
		gate->why = NULL;
	if (framed && ex->rq.target && DEFENCE(target_check) &&
	    gate_target(gate, ex->rq.target) != OK)
		assert(gate->why);
	take_remote(ex);
}

/*
 * libmicrohttpd builds the answer's head in what the request's has left of the connection's memory,
 * and drops the connection in silence when it does not fit. So one that is too long is refused
 * here, in bytes of our own that need no memory.
 */
#define ANSWER_ROOM 2560 /* for the answer's head */
#define RECORD_SIZE 72	 /* libmicrohttpd's, for each header, query parameter and cookie */

static size_t count_char(const char *text, char c)
{
	size_t count = 1;

	for (; text && *text; text++)
		count += *text == c;
	return count;
}

static bool has_room(const struct exchange *ex)
{
	const char *cookies = ex->gate.header[HEADER_COOKIE];
	size_t used = head_len(ex);

	used += RECORD_SIZE * (ex->gate.count + count_char(ex->rq.target, '&'));
	if (cookies) /* libmicrohttpd parses a copy */
		used += strlen(cookies) + RECORD_SIZE * count_char(cookies, ';');
	return used + ANSWER_ROOM <= ex->rq.app->settings.connection_memory;
}

static void refuse_long_head(const struct exchange *ex)
{
	static const char answer[] =
	    "HTTP/1.1 431 Request Header Fields Too Large\r\n"
	    "Connection: close\r\nContent-Type: application/problem+json\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
	    "Content-Length: 129\r\n\r\n"
	    "{\"type\":\"/docs/problems#headers_too_large\",\"title\":\"The request's headers are "
	    "too large\",\"status\":431,\"code\":\"headers_too_large\"}";
	const struct connection *connection = connection_of(ex->connection);

	assert(connection);
	(void)!send(connection->fd, answer, sizeof(answer) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool transport_answer(struct exchange *ex)
{
	if (ex->worker->draining)
		ex->closing = true;
	reply_finish(ex);
	set_phase(ex, PHASE_REPLY);
	return reply_queue(ex);
}

/* A body that will not be used is read all the same, unless it is too long or not yet sent. */
static bool answer_early(const struct exchange *ex)
{
	if (ex->gate.why || ex->gate.length > DRAIN_MAX)
		return true;
	return (ex->gate.chunked || ex->gate.length > 0) && ex->gate.header[HEADER_EXPECT];
}

static enum MHD_Result first_call(struct exchange *ex, const char *method, const char *version)
{
	ex->begun = true;
	ex->method_text = method;
	inspect(ex, version);
	if (!has_room(ex)) {
		refuse_long_head(ex);
		return MHD_NO;
	}
	if (steps_before_body(ex) != OK) {
		ex->refused = ex->finished = true;
		if (answer_early(ex)) {
			ex->closing = true;
			return transport_answer(ex) ? MHD_YES : MHD_NO;
		}
	}
	set_phase(ex, ex->gate.chunked || ex->gate.length > 0 ? PHASE_BODY : PHASE_NONE);
	if (!ex->refused)
		ex->body.limit = ex->body_limit;
	return MHD_YES;
}

/*
 * Who holds a link may send more than a stranger, and has not shown yet that the link holds: all of
 * these bodies together get no more than LINK_BODIES_MAX, piece by piece, as they arrive.
 */
static bool has_memory(struct exchange *ex)
{
	static const size_t piece = 1u << 20;
	atomic_size_t *used = &ex->rq.app->link_bytes;

	while (ex->link_body && ex->body_seen > ex->rq.app->settings.body_limit + ex->reserved) {
		if (atomic_fetch_add(used, piece) + piece > LINK_BODIES_MAX) {
			atomic_fetch_sub(used, piece);
			return false;
		}
		ex->reserved += piece;
	}
	return true;
}

static enum MHD_Result body_call(struct exchange *ex, const char *bytes, size_t *len)
{
	ex->body_seen += *len;
	if (!ex->refused && ex->body_seen > ex->body_limit) {
		(void)fail(&ex->rq, PROBLEM_body_too_large, "At most %zu bytes are read here.",
			   ex->body_limit);
		ex->refused = ex->finished = ex->closing = true;
	}
	if (!ex->refused && !has_memory(ex)) {
		/* What it holds is for the others. */
		atomic_fetch_sub(&ex->rq.app->link_bytes, ex->reserved);
		ex->reserved = 0;
		buffer_release(&ex->body);
		reply_header(&ex->rq, "Retry-After", "10");
		(void)fail(&ex->rq, PROBLEM_unavailable, "Too many files come in at the moment.");
		ex->refused = ex->finished = ex->closing = true;
	}
	if (!ex->refused)
		buffer_add(&ex->body, bytes, *len);
	*len = 0;
	return ex->refused && ex->body_seen > DRAIN_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result final_call(struct exchange *ex)
{
	if (ex->dropped)
		return MHD_NO;
	set_phase(ex, PHASE_NONE);
	/* libmicrohttpd takes sloppy chunks and trailers: what follows them is not trusted. */
	if (ex->gate.chunked && DEFENCE(framing_check)) {
		ex->closing = true;
		if (MHD_get_connection_values_n(ex->connection, MHD_FOOTER_KIND, NULL, NULL) > 0 &&
		    !ex->refused) {
			(void)fail(&ex->rq, PROBLEM_bad_request, "Trailers are not read.");
			ex->refused = ex->finished = true;
		}
	}
	if (!ex->refused && steps_body(ex) != OK)
		ex->refused = ex->finished = true;
	if (!ex->refused) {
		ex->running = true;
		steps_handler(ex);
	}
	if (ex->finished || ex->stream)
		return transport_answer(ex) ? MHD_YES : MHD_NO;
	worker_suspend(ex);
	return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **context)
{
	struct exchange *ex = *context;

	(void)cls;
	(void)mhd;
	(void)url;
	if (!ex)
		return MHD_NO;
	if (!ex->begun)
		return first_call(ex, method, version);
	if (*upload_len > 0)
		return body_call(ex, upload, upload_len);
	if (ex->queued)
		return MHD_YES;
	return final_call(ex);
}

/* The answer has left, or the connection broke. */
static void on_completed(void *cls, struct MHD_Connection *mhd, void **context,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *ex = *context;
	struct connection *connection = connection_of(mhd);

	(void)cls;
	(void)code;
	*context = NULL;
	if (connection && ex)
		set_phase(ex, PHASE_IDLE);
	if (!ex)
		return;
	if (ex->running && ex->stream) {
		stream_abandon(ex); /* its handler ends soon, and the exchange with it */
		return;
	}
	assert(!ex->running);
	worker_recycle(ex);
}

struct MHD_Daemon *transport_start(struct worker *worker)
{
	const struct http_settings *settings = &worker->app->settings;
	/* Strict mode would refuse a missing Host by itself, in two answers: the gate does it in
	 * one. */
	/* The timeout of libmicrohttpd counts idle time only; ours replace it. */
	unsigned timeout_s = DEFENCE(deadlines) ? 0 : settings->header_ms / 1000;

	return MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0, NULL, NULL, on_request,
	    worker, MHD_OPTION_LISTEN_SOCKET, worker->listen_fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    settings->connection_memory, MHD_OPTION_CONNECTION_LIMIT, settings->connections,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings->connections_per_address,
	    MHD_OPTION_CONNECTION_TIMEOUT, timeout_s, MHD_OPTION_STRICT_FOR_CLIENT, 0,
	    MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, worker,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, worker, MHD_OPTION_NOTIFY_CONNECTION,
	    on_connection, worker, MHD_OPTION_END);
}
