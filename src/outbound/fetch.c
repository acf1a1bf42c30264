/* One request with libcurl's easy interface; the address is checked where the socket is made. */
#include "outbound/fetch.h"

#include <curl/curl.h>

#include "core/control.h"
#include "outbound/address.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "development"
#endif
#define CONNECT_MS 3000

struct fetch {
	const struct outbound_rules *rules;
	const atomic_bool *stopping;
	struct buffer *body;
	size_t header_bytes;
	bool refused, too_large;
};

static curl_socket_t open_socket(void *arg, curlsocktype purpose UNUSED, struct curl_sockaddr *to)
{
	struct fetch *fetch = arg;

	if (!outbound_address_allowed(&to->addr, to->addrlen, fetch->rules->development)) {
		fetch->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t take_header(char *bytes UNUSED, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;

	fetch->header_bytes += size * count;
	fetch->too_large |= fetch->header_bytes > OUTBOUND_HEADERS_MOST;
	return fetch->too_large ? 0 : size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;

	buffer_add(fetch->body, bytes, size * count);
	fetch->too_large |= fetch->body->failed != 0;
	return fetch->too_large ? 0 : size * count;
}

static int is_stopping(void *arg, curl_off_t a UNUSED, curl_off_t b UNUSED, curl_off_t c UNUSED,
		       curl_off_t d UNUSED)
{
	const struct fetch *fetch = arg;

	return atomic_load(fetch->stopping) ? 1 : 0;
}

static bool configure(CURL *c, struct fetch *fetch, const char *url, struct curl_slist *headers)
{
	const struct outbound_rules *rules = fetch->rules;
	const char *protocols = rules->development ? "http,https" : "https";
	bool ok = curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK;

	ok &= curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, DEFENCE(outbound_redirect) ? 0L : 1L) ==
	      CURLE_OK;
	/* "" is no proxy at all, whatever the environment says. */
	ok &= !DEFENCE(outbound_proxy) || curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)rules->timeout_ms) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, fetch) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_HEADERDATA, fetch) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_WRITEDATA, fetch) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, is_stopping) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_XFERINFODATA, fetch) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_USERAGENT, "Assay/" ASSAY_VERSION) == CURLE_OK;
	ok &= !rules->ca_file || curl_easy_setopt(c, CURLOPT_CAINFO, rules->ca_file) == CURLE_OK;
	return ok;
}

static const char *by_status(long status)
{
	if (status == 200)
		return NULL;
	if (status >= 300 && status < 400)
		return "redirect";
	if (status == 401 || status == 403)
		return "denied";
	return status == 404 || status == 410 ? "not_found" : "refused";
}

static const char *failure_of(const struct fetch *fetch, CURLcode code, long status)
{
	if (fetch->refused)
		return "address_refused";
	if (fetch->too_large)
		return "too_large";
	switch ((int)code) {
	case CURLE_OK:
		return by_status(status);
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

const char *outbound_fetch(const struct outbound_rules *rules, const char *url, const char *accept,
			   struct buffer *body, const atomic_bool *stopping)
{
	struct fetch fetch = {.rules = rules, .stopping = stopping, .body = body};
	const char *failure = "connection_lost";
	struct curl_slist *headers;
	char line[120];
	long status = 0;
	CURL *c;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return failure;
	snprintf(line, sizeof(line), "Accept: %s", accept);
	headers = curl_slist_append(NULL, line);
	c = curl_easy_init();
	if (c && headers && configure(c, &fetch, url, headers)) {
		CURLcode code = curl_easy_perform(c);

		(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
		failure = failure_of(&fetch, code, status);
	}
	curl_easy_cleanup(c);
	curl_slist_free_all(headers);
	curl_global_cleanup();
	return failure;
}
