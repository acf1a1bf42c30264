/*
 * Requests by libcurl's multi interface. The address is checked where the socket is made, after the
 * name was resolved and for the very address that is then connected to; so a name that changes its
 * mind in between gains nothing. libcurl is begun with the first request: that takes 2 MB, which a
 * server that sends none does without.
 */
#include "outbound/outbound.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/control.h"
#include "core/text.h"
#include "outbound/address.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "development"
#endif
#define CONNECT_MS	 3000
#define IDLE_CONNECTIONS 64

struct sending {
	CURL *easy; /* kept for the next request */
	struct curl_slist *headers;
	void *owner;
	bool busy, refused, too_large, cut;
	size_t header_bytes, body_bytes, kept;
	char *body;
	char answer[OUTBOUND_EXCERPT];
	struct outbound *outbound;
};

struct outbound {
	CURLM *multi; /* NULL until something is sent */
	int wake_fd;  /* ends a wait */
	struct outbound_rules rules;
	size_t most, busy;
	struct sending sending[];
};

/* ---- what libcurl asks ------------------------------------------------------------------------
 */

static curl_socket_t open_socket(void *arg, curlsocktype purpose UNUSED, struct curl_sockaddr *to)
{
	struct sending *sending = arg;

	if (!outbound_address_allowed(&to->addr, to->addrlen,
				      sending->outbound->rules.development)) {
		sending->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t take_header(char *bytes UNUSED, size_t size, size_t count, void *arg)
{
	struct sending *sending = arg;

	sending->header_bytes += size * count;
	if (sending->header_bytes <= OUTBOUND_HEADERS_MOST || !DEFENCE(outbound_size))
		return size * count;
	sending->too_large = true;
	return 0;
}

/* Of a longer answer the rest is not wanted: its status has been read by then. */
static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct sending *sending = arg;
	size_t len = size * count, room = sizeof(sending->answer) - sending->kept;

	memcpy(sending->answer + sending->kept, bytes, len < room ? len : room);
	sending->kept += len < room ? len : room;
	sending->body_bytes += len;
	if (sending->body_bytes <= OUTBOUND_BODY_MOST || !DEFENCE(outbound_size))
		return len;
	sending->cut = true;
	return 0;
}

/* ---- requests ---------------------------------------------------------------------------------
 */

static bool ok(CURLcode code)
{
	return code == CURLE_OK;
}

static bool configure(struct sending *sending, const struct outbound_rules *rules)
{
	CURL *easy = sending->easy;
	const char *protocols = rules->development ? "http,https" : "https";

	return ok(curl_easy_setopt(easy, CURLOPT_PRIVATE, sending)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION,
				   DEFENCE(outbound_redirect) ? 0L : 1L)) &&
	       /* "" is no proxy at all, whatever the environment says. */
	       (!DEFENCE(outbound_proxy) || ok(curl_easy_setopt(easy, CURLOPT_PROXY, ""))) &&
	       ok(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)rules->timeout_ms)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, sending)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_HEADERDATA, sending)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_WRITEDATA, sending)) &&
	       ok(curl_easy_setopt(easy, CURLOPT_USERAGENT, "Assay/" ASSAY_VERSION)) &&
	       (!rules->ca_file || ok(curl_easy_setopt(easy, CURLOPT_CAINFO, rules->ca_file)));
}

enum err outbound_new(struct outbound **out, const struct outbound_rules *rules, size_t most)
{
	struct outbound *outbound =
	    calloc(1, sizeof(*outbound) + most * sizeof(outbound->sending[0]));

	*out = NULL;
	if (!outbound)
		return ERR_MEMORY;
	outbound->rules = *rules;
	outbound->most = most;
	outbound->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (outbound->wake_fd < 0) {
		free(outbound);
		return ERR_MEMORY;
	}
	for (size_t i = 0; i < most; i++)
		outbound->sending[i].outbound = outbound;
	*out = outbound;
	return OK;
}

/* Threads may do so at the same time: libcurl guards itself (CURL_VERSION_THREADSAFE). */
static enum err begin(struct outbound *outbound)
{
	if (outbound->multi)
		return OK;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return ERR_MEMORY;
	outbound->multi = curl_multi_init();
	if (!outbound->multi) {
		curl_global_cleanup();
		return ERR_MEMORY;
	}
	(void)curl_multi_setopt(outbound->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
	return OK;
}

static void release(struct sending *sending)
{
	curl_slist_free_all(sending->headers);
	free(sending->body);
	sending->headers = NULL;
	sending->body = NULL;
	sending->busy = false;
}

void outbound_free(struct outbound *outbound)
{
	if (!outbound)
		return;
	for (size_t i = 0; i < outbound->most; i++) {
		struct sending *sending = &outbound->sending[i];

		if (sending->busy)
			(void)curl_multi_remove_handle(outbound->multi, sending->easy);
		curl_easy_cleanup(sending->easy);
		release(sending);
	}
	if (outbound->multi) {
		(void)curl_multi_cleanup(outbound->multi);
		curl_global_cleanup();
	}
	(void)close(outbound->wake_fd);
	free(outbound);
}

size_t outbound_room(const struct outbound *outbound)
{
	return outbound->most - outbound->busy;
}

static struct sending *free_one(struct outbound *outbound)
{
	for (size_t i = 0; i < outbound->most; i++)
		if (!outbound->sending[i].busy)
			return &outbound->sending[i];
	return NULL;
}

static bool add_header(struct sending *sending, const char *name, const char *value)
{
	char line[512];
	struct curl_slist *more;
	int len = snprintf(line, sizeof(line), "%s:%s%s", name, *value ? " " : "", value);

	assert(len > 0 && (size_t)len < sizeof(line));
	more = curl_slist_append(sending->headers, line);
	if (!more)
		return false;
	sending->headers = more;
	return true;
}

static bool prepare(struct sending *sending, const char *url, const struct outbound_header *headers,
		    size_t count, const char *body, size_t len)
{
	bool good = add_header(sending, "Expect", ""); /* none: the body comes at once */

	for (size_t i = 0; i < count; i++)
		good = good && add_header(sending, headers[i].name, headers[i].value);
	sending->body = malloc(len + 1);
	if (!good || !sending->body)
		return false;
	memcpy(sending->body, body, len);
	sending->body[len] = '\0';
	return ok(curl_easy_setopt(sending->easy, CURLOPT_URL, url)) &&
	       ok(curl_easy_setopt(sending->easy, CURLOPT_HTTPHEADER, sending->headers)) &&
	       ok(curl_easy_setopt(sending->easy, CURLOPT_POSTFIELDSIZE, (long)len)) &&
	       ok(curl_easy_setopt(sending->easy, CURLOPT_POSTFIELDS, sending->body));
}

enum err outbound_post(struct outbound *outbound, const char *url,
		       const struct outbound_header *headers, size_t count, const char *body,
		       size_t len, void *owner)
{
	struct sending *sending = free_one(outbound);

	if (!sending)
		return ERR_BUSY;
	TRY(begin(outbound));
	if (!sending->easy)
		sending->easy = curl_easy_init();
	if (!sending->easy)
		return ERR_MEMORY;
	sending->owner = owner;
	sending->refused = sending->too_large = sending->cut = false;
	sending->header_bytes = sending->body_bytes = sending->kept = 0;
	if (!configure(sending, &outbound->rules) ||
	    !prepare(sending, url, headers, count, body, len) ||
	    curl_multi_add_handle(outbound->multi, sending->easy) != CURLM_OK) {
		release(sending);
		return ERR_MEMORY;
	}
	sending->busy = true;
	outbound->busy++;
	return OK;
}

/* ---- answers ----------------------------------------------------------------------------------
 */

/* Characters as they are, without control characters; what is no text becomes U+FFFD. */
static void excerpt(const struct sending *sending, char *out)
{
	size_t at = 0, used = 0;

	while (at < sending->kept) {
		bool valid;
		size_t len = utf8_next(sending->answer + at, sending->kept - at, &valid);
		unsigned char first = (unsigned char)sending->answer[at];

		if (!valid) {
			memcpy(out + used, "\xEF\xBF\xBD", 3);
			used += 3;
		} else if (first >= 0x20 && first != 0x7F) {
			memcpy(out + used, sending->answer + at, len);
			used += len;
		} else {
			out[used++] = ' ';
		}
		at += len;
	}
	out[used] = '\0';
}

static const char *failure_of(const struct sending *sending, CURLcode code)
{
	if (sending->too_large)
		return "headers_too_large";
	if (sending->refused)
		return "address_refused";
	switch ((int)code) {
	case CURLE_OK:
		return NULL;
	case CURLE_WRITE_ERROR:
		return sending->cut ? NULL : "connection_lost";
	case CURLE_OPERATION_TIMEDOUT:
		return "timeout";
	case CURLE_COULDNT_RESOLVE_HOST:
		return "unknown_host";
	case CURLE_COULDNT_CONNECT:
		return "connection_refused";
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
		return "certificate_refused";
	default:
		return "connection_lost";
	}
}

bool outbound_next(struct outbound *outbound, struct outbound_answer *answer)
{
	struct sending *sending = NULL;
	CURLMsg *message;
	curl_off_t us = 0;
	long status = 0;
	int left;

	if (!outbound->multi)
		return false;
	do
		message = curl_multi_info_read(outbound->multi, &left);
	while (message && message->msg != CURLMSG_DONE);
	if (!message)
		return false;
	(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &sending);
	assert(sending);
	(void)curl_easy_getinfo(sending->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(sending->easy, CURLINFO_TOTAL_TIME_T, &us);
	*answer = (struct outbound_answer){.owner = sending->owner, .ms = (unsigned)(us / 1000)};
	answer->failure = failure_of(sending, message->data.result);
	answer->status = (int)status;
	excerpt(sending, answer->excerpt);
	(void)curl_multi_remove_handle(outbound->multi, sending->easy);
	release(sending);
	outbound->busy--;
	return true;
}

void *outbound_drop(struct outbound *outbound)
{
	for (size_t i = 0; i < outbound->most; i++) {
		struct sending *sending = &outbound->sending[i];

		if (!sending->busy)
			continue;
		(void)curl_multi_remove_handle(outbound->multi, sending->easy);
		release(sending);
		outbound->busy--;
		return sending->owner;
	}
	return NULL;
}

void outbound_wait(struct outbound *outbound, unsigned ms)
{
	struct curl_waitfd woken = {.fd = outbound->wake_fd, .events = CURL_WAIT_POLLIN};
	int running;
	uint64_t times;

	if (outbound->multi) {
		(void)curl_multi_perform(outbound->multi, &running);
		if ((size_t)running < outbound->busy) /* something has ended already */
			return;
		(void)curl_multi_poll(outbound->multi, &woken, 1, (int)ms, NULL);
		(void)curl_multi_perform(outbound->multi, &running);
	} else {
		(void)poll(&(struct pollfd){.fd = outbound->wake_fd, .events = POLLIN}, 1, (int)ms);
	}
	while (read(outbound->wake_fd, &times, sizeof(times)) > 0)
		;
}

void outbound_wake(struct outbound *outbound)
{
	while (write(outbound->wake_fd, &(uint64_t){1}, sizeof(uint64_t)) < 0 && errno == EINTR)
		;
}
