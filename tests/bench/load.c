/*
 * A load generator for the benchmark: sends prepared HTTP/1.1 requests over keep-alive connections
 * from one thread, and prints counts and latencies as JSON.
 *
 *   load PORT FILE CONNECTIONS closed COUNT [SECONDS]  each connection asks again once answered;
 *                                                      ends after COUNT requests or SECONDS
 *   load PORT FILE CONNECTIONS open RATE SECONDS       requests are due at a fixed rate, whatever
 *                                                      the server does; latency counts from then
 *   load PORT FILE CONNECTIONS idle                    one request each, then holds them open
 *                                                      until standard input ends
 *
 * FILE holds whole requests, each behind its length in decimal and a newline. They are sent in
 * turn, and from the beginning again. The open kind is free of coordinated omission: a request
 * that must wait for a free connection is as late as its user would find it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REPLY_ROOM 262144
#define LATENCIES  4000000u /* kept; what comes later is counted only */
#define EVENTS	   256

struct piece {
	const char *bytes;
	size_t len;
};

struct client {
	int fd;
	bool busy;
	int64_t due_us;	  /* of the request that is under way */
	size_t got, want; /* bytes of the reply; 0: its head is not complete */
	int status;
	char *reply;
};

struct load {
	struct piece *requests;
	size_t request_count, next;
	struct client *clients;
	unsigned client_count;
	int epoll;
	uint16_t port;
	uint64_t sent, done, limit;
	uint64_t good, unchanged, refused, failed; /* 2xx, 304, other 3xx and 4xx, 5xx */
	int64_t begun_us, end_us, interval_ns;	   /* interval 0: closed */
	uint32_t *latency_us;
	size_t latency_count;
	unsigned *free; /* stack of idle clients */
	unsigned free_count;
};

static int64_t now_us(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *take_memory(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		die("memory");
	return memory;
}

/* ---- the requests --------------------------------------------------------------------------- */

static void read_requests(struct load *load, const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat about;
	const char *at, *end;

	if (fd < 0 || fstat(fd, &about) != 0)
		die(name);
	at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		die(name);
	(void)close(fd);
	load->requests = take_memory((size_t)about.st_size / 16 + 1, sizeof(*load->requests));
	for (end = at + about.st_size; at < end;) {
		char *behind;
		size_t len = strtoul(at, &behind, 10);

		load->requests[load->request_count++] = (struct piece){behind + 1, len};
		at = behind + 1 + len;
	}
	if (load->request_count == 0) {
		errno = EINVAL;
		die(name);
	}
}

/* ---- connections ---------------------------------------------------------------------------- */

static void open_client(struct load *load, unsigned i)
{
	struct client *client = &load->clients[i];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(load->port)};
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
	int one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	(void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
		die("epoll");
}

static void ask(struct load *load, unsigned i, int64_t due_us)
{
	struct client *client = &load->clients[i];
	const struct piece *request = &load->requests[load->next];
	size_t sent = 0;

	load->next = (load->next + 1) % load->request_count;
	load->sent++;
	client->busy = true;
	client->due_us = due_us;
	client->got = client->want = 0;
	while (sent < request->len) {
		ssize_t n =
		    send(client->fd, request->bytes + sent, request->len - sent, MSG_NOSIGNAL);

		if (n <= 0)
			die("send");
		sent += (size_t)n;
	}
}

/* The length of the whole reply once its head is there; 0 before. */
static size_t reply_length(struct client *client)
{
	const char *end = memmem(client->reply, client->got, "\r\n\r\n", 4);
	const char *field;
	size_t head;

	if (!end)
		return 0;
	head = (size_t)(end - client->reply) + 4;
	client->status = (int)strtol(client->reply + 9, NULL, 10);
	if (client->status == 204 || client->status == 304)
		return head;
	field = memmem(client->reply, head, "\r\nContent-Length: ", 18);
	if (!field) {
		errno = EPROTO;
		die("a reply without Content-Length");
	}
	return head + strtoul(field + 18, NULL, 10);
}

static void count_reply(struct load *load, const struct client *client)
{
	int64_t took = now_us() - client->due_us;

	load->done++;
	if (client->status == 304)
		load->unchanged++;
	else if (client->status < 300)
		load->good++;
	else if (client->status < 500)
		load->refused++;
	else
		load->failed++;
	if (load->latency_count < LATENCIES)
		load->latency_us[load->latency_count++] = (uint32_t)(took > 0 ? took : 0);
}

/* True when the reply is complete. */
static bool take(struct load *load, unsigned i)
{
	struct client *client = &load->clients[i];
	ssize_t n =
	    recv(client->fd, client->reply + client->got, REPLY_ROOM - client->got, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0 || !client->busy)
		die("the server closed a connection");
	client->got += (size_t)n;
	if (client->want == 0)
		client->want = reply_length(client);
	if (client->want == 0 || client->got < client->want)
		return false;
	client->busy = false;
	count_reply(load, client);
	return true;
}

/* ---- the kinds of load ---------------------------------------------------------------------- */

static bool wait_replies(struct load *load, int timeout_ms,
			 void (*answered)(struct load *, unsigned))
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(load->epoll, events, EVENTS, timeout_ms);

	if (count < 0 && errno != EINTR)
		die("epoll");
	for (int e = 0; e < count; e++)
		if (take(load, events[e].data.u32))
			answered(load, events[e].data.u32);
	return count > 0;
}

static void ask_again(struct load *load, unsigned i)
{
	int64_t now = now_us();

	if (load->sent < load->limit && (load->end_us == 0 || now < load->end_us))
		ask(load, i, now);
}

static void run_closed(struct load *load)
{
	for (unsigned i = 0; i < load->client_count && load->sent < load->limit; i++)
		ask(load, i, now_us());
	while (load->done < load->sent)
		wait_replies(load, 1000, ask_again);
}

static void put_back(struct load *load, unsigned i)
{
	load->free[load->free_count++] = i;
}

static void run_open(struct load *load)
{
	uint64_t all = (uint64_t)((load->end_us - load->begun_us) * 1000 / load->interval_ns);

	for (unsigned i = 0; i < load->client_count; i++)
		put_back(load, i);
	while (load->done < all) {
		int64_t due = load->begun_us + (int64_t)load->sent * load->interval_ns / 1000;
		int64_t now = now_us();

		while (load->sent < all && load->free_count > 0 && due <= now) {
			ask(load, load->free[--load->free_count], due);
			due = load->begun_us + (int64_t)load->sent * load->interval_ns / 1000;
		}
		/* Under a millisecond epoll cannot wait: it polls, so that requests leave on time.
		 */
		wait_replies(load,
			     load->sent < all && load->free_count > 0 ? (int)((due - now) / 1000)
								      : 100,
			     put_back);
	}
}

static void ignore(struct load *load, unsigned i)
{
	(void)load;
	(void)i;
}

static void run_idle(struct load *load)
{
	char byte;

	for (unsigned i = 0; i < load->client_count; i++) {
		ask(load, i, now_us());
		while (load->done < load->sent)
			wait_replies(load, 1000, ignore);
	}
	printf("held\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

/* ---- the report ----------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t percentile(const struct load *load, double share)
{
	size_t at = (size_t)(share * (double)load->latency_count);

	if (load->latency_count == 0)
		return 0;
	return load->latency_us[at < load->latency_count ? at : load->latency_count - 1];
}

static void report(struct load *load)
{
	double seconds = (double)(now_us() - load->begun_us) / 1e6;
	struct rusage used;

	(void)getrusage(RUSAGE_SELF, &used);
	qsort(load->latency_us, load->latency_count, sizeof(*load->latency_us), compare);
	printf("{\"requests\": %" PRIu64 ", \"seconds\": %.6f, \"per_second\": %.3f, "
	       "\"good\": %" PRIu64 ", \"unchanged\": %" PRIu64 ", \"refused\": %" PRIu64
	       ", \"failed\": %" PRIu64 ", \"p50_us\": %u, \"p90_us\": %u, \"p99_us\": %u, "
	       "\"p999_us\": %u, \"max_us\": %u, \"cpu_seconds\": %.6f}\n",
	       load->done, seconds, (double)load->done / seconds, load->good, load->unchanged,
	       load->refused, load->failed, percentile(load, .5), percentile(load, .9),
	       percentile(load, .99), percentile(load, .999), percentile(load, 1),
	       (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
}

static void raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

static void prepare(struct load *load, char **argv)
{
	char *replies;

	raise_limit();
	load->port = (uint16_t)strtoul(argv[1], NULL, 10);
	read_requests(load, argv[2]);
	load->client_count = (unsigned)strtoul(argv[3], NULL, 10);
	load->clients = take_memory(load->client_count, sizeof(*load->clients));
	load->free = take_memory(load->client_count, sizeof(*load->free));
	load->latency_us = take_memory(LATENCIES, sizeof(*load->latency_us));
	replies = take_memory(load->client_count, REPLY_ROOM);
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < load->client_count; i++) {
		load->clients[i].reply = replies + (size_t)i * REPLY_ROOM;
		open_client(load, i);
	}
	load->begun_us = now_us();
}

int main(int argc, char **argv)
{
	struct load load = {0};
	const char *kind = argc > 4 ? argv[4] : "";

	if (strcmp(kind, "closed") == 0 && argc >= 6) {
		prepare(&load, argv);
		load.limit = strtoull(argv[5], NULL, 10);
		if (argc > 6)
			load.end_us = load.begun_us + (int64_t)(strtod(argv[6], NULL) * 1e6);
		run_closed(&load);
	} else if (strcmp(kind, "open") == 0 && argc == 7) {
		prepare(&load, argv);
		load.interval_ns = (int64_t)(1e9 / strtod(argv[5], NULL));
		load.end_us = load.begun_us + (int64_t)(strtod(argv[6], NULL) * 1e6);
		run_open(&load);
	} else if (strcmp(kind, "idle") == 0) {
		prepare(&load, argv);
		run_idle(&load);
	} else {
		fprintf(stderr, "load: see the head of load.c\n");
		return 2;
	}
	report(&load);
	return 0;
}
