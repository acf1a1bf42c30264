/* SMTP by libcurl, on the thread that owns it and from its first message on; the connection is kept
 * from message to message while all goes well. */
#include "outbound/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_MOST_MS 15000L

struct smtp {
	CURL *curl; /* NULL until there is a message */
	bool begun; /* libcurl was */
	struct smtp_rules rules;
	const atomic_bool *stopping;
	bool required; /* TLS */
	const char *rest;
	size_t left; /* of the message under way */
	char error[CURL_ERROR_SIZE];
	char line[200]; /* what the server refused last */
};

/* Where the host stands in a URL of ours. */
static const char *host_of(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? host + 3 : NULL;
}

const char *smtp_url_refused(const char *url)
{
	const char *host = host_of(url);

	if (!host || (strncmp(url, "smtp://", 7) != 0 && strncmp(url, "smtps://", 8) != 0))
		return "is not smtp://HOST:PORT or smtps://HOST:PORT";
	if (*host == '\0' || strpbrk(host, "@ \r\n?#"))
		return "names no host alone; user and password are settings of their own";
	return NULL;
}

static bool is_loopback(const char *url)
{
	const char *host = host_of(url);
	size_t len;

	if (!host)
		return false;
	if (host[0] == '[')
		return strncmp(host, "[::1]", 5) == 0;
	len = strcspn(host, ":/");
	return strncmp(host, "127.", 4) == 0 || (len == 9 && strncmp(host, "localhost", 9) == 0);
}

static size_t give(char *to, size_t size, size_t count, void *owner)
{
	struct smtp *smtp = owner;
	size_t n = size * count < smtp->left ? size * count : smtp->left;

	memcpy(to, smtp->rest, n);
	smtp->rest += n;
	smtp->left -= n;
	return n;
}

static int is_stopping(void *owner, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct smtp *smtp = owner;

	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(smtp->stopping) ? 1 : 0;
}

/* Its lines come as headers do. */
static size_t hear(char *line, size_t size, size_t count, void *owner)
{
	struct smtp *smtp = owner;
	size_t len = size * count, n = len < sizeof(smtp->line) - 1 ? len : sizeof(smtp->line) - 1;

	if (len == 0 || (line[0] != '4' && line[0] != '5'))
		return len;
	memcpy(smtp->line, line, n);
	while (n > 0 && (unsigned char)smtp->line[n - 1] <= ' ')
		n--;
	smtp->line[n] = '\0';
	return len;
}

/* What stays the same for all messages. */
static bool prepare(struct smtp *smtp)
{
	const struct smtp_rules *r = &smtp->rules;
	CURL *c = smtp->curl;
	bool ok = curl_easy_setopt(c, CURLOPT_URL, r->url) == CURLE_OK;

	ok &= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK;
	ok &=
	    curl_easy_setopt(c, CURLOPT_USE_SSL,
			     (long)(smtp->required ? CURLUSESSL_ALL : CURLUSESSL_TRY)) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
	if (r->ca_file[0] != '\0') {
		ok &= curl_easy_setopt(c, CURLOPT_CAINFO, r->ca_file) == CURLE_OK;
		ok &= curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK;
	}
	/* Where plain text would do, a certificate that nobody signed does, too. */
	if (!smtp->required && r->ca_file[0] == '\0' && strncmp(r->url, "smtp://", 7) == 0) {
		ok &= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK;
		ok &= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
	}
	if (r->user[0] != '\0') {
		ok &= curl_easy_setopt(c, CURLOPT_USERNAME, r->user) == CURLE_OK;
		ok &= curl_easy_setopt(c, CURLOPT_PASSWORD, r->password) == CURLE_OK;
	}
	ok &= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
			       (long)r->timeout_ms < CONNECT_MOST_MS ? (long)r->timeout_ms
								     : CONNECT_MOST_MS) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_READFUNCTION, give) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_READDATA, smtp) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, hear) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_HEADERDATA, smtp) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, is_stopping) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_XFERINFODATA, smtp) == CURLE_OK;
	ok &= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
	return ok && curl_easy_setopt(c, CURLOPT_ERRORBUFFER, smtp->error) == CURLE_OK;
}

enum err smtp_new(struct smtp **out, const struct smtp_rules *rules, const atomic_bool *stopping,
		  struct why *why)
{
	struct smtp *smtp = calloc(1, sizeof(*smtp));

	*out = smtp;
	if (!smtp)
		return why_set(why, ERR_MEMORY, "mail cannot be prepared");
	smtp->rules = *rules;
	smtp->stopping = stopping;
	smtp->required = !rules->plain && !is_loopback(rules->url);
	return OK;
}

/*
 * libcurl takes its leave with QUIT, and waits two minutes for an answer, whatever its timeouts
 * are; where nothing can be heard any more it does not wait.
 */
static void hang_up(struct smtp *smtp)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (smtp->curl && curl_easy_getinfo(smtp->curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		(void)shutdown(fd, SHUT_RD);
	curl_easy_cleanup(smtp->curl);
	smtp->curl = NULL;
}

void smtp_free(struct smtp *smtp)
{
	if (!smtp)
		return;
	hang_up(smtp);
	if (smtp->begun)
		curl_global_cleanup();
	free(smtp);
}

static bool begin(struct smtp *smtp)
{
	if (smtp->curl)
		return true;
	smtp->begun = smtp->begun || curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	smtp->curl = smtp->begun ? curl_easy_init() : NULL;
	if (smtp->curl && !prepare(smtp))
		hang_up(smtp);
	return smtp->curl != NULL;
}

/*
 * A 5xx is a refusal for good where it is about whom the message goes to, or about the message
 * itself, once all of it was said. Of the connection, the sign-in and our own address it is a
 * setting that is wrong, which can be mended while the message waits.
 */
static enum smtp_end ended(const struct smtp *smtp, CURLcode code)
{
	if (code == CURLE_OK)
		return SMTP_TAKEN;
	if (smtp->line[0] != '5')
		return SMTP_LATER;
	return strncmp(smtp->error, "RCPT failed", 11) == 0 ||
		       (code == CURLE_WEIRD_SERVER_REPLY && smtp->left == 0)
		   ? SMTP_REFUSED
		   : SMTP_LATER;
}

static void tell(const struct smtp *smtp, CURLcode code, char said[256])
{
	if (smtp->line[0] != '\0')
		snprintf(said, 256, "%s", smtp->line);
	else
		snprintf(said, 256, "%s",
			 smtp->error[0] != '\0' ? smtp->error : curl_easy_strerror(code));
	for (char *c = said; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
}

enum smtp_end smtp_send(struct smtp *smtp, const char *from, const char *to, const char *message,
			size_t len, char said[256])
{
	struct curl_slist *recipients = curl_slist_append(NULL, to);
	CURLcode code = CURLE_OUT_OF_MEMORY;
	enum smtp_end end;

	smtp->rest = message;
	smtp->left = len;
	smtp->line[0] = smtp->error[0] = said[0] = '\0';
	if (recipients && begin(smtp) &&
	    curl_easy_setopt(smtp->curl, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
	    curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, recipients) == CURLE_OK &&
	    curl_easy_setopt(smtp->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)len) == CURLE_OK)
		code = curl_easy_perform(smtp->curl);
	end = ended(smtp, code);
	if (code != CURLE_OK) {
		tell(smtp, code, said);
		/* An answer may still be on its way: the next message would take it for its own. */
		hang_up(smtp);
	} else {
		(void)curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, NULL);
	}
	curl_slist_free_all(recipients);
	return end;
}
