/* Looks at an address before anything is sent there, so that its author hears at once. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>

#include "outbound/address.h"
#include "outbound/outbound.h"

/* libcurl has written numbers in the one way by now, whatever base they came in. */
static bool host_allowed(char *host, bool development)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	size_t len = strlen(host);

	if (host[0] == '[' && len > 2) {
		char plain[INET6_ADDRSTRLEN + 2];

		if (len - 2 >= sizeof(plain))
			return false;
		memcpy(plain, host + 1, len - 2);
		plain[len - 2] = '\0';
		return inet_pton(AF_INET6, plain, &v6.sin6_addr) == 1 &&
		       outbound_address_allowed((const struct sockaddr *)&v6, sizeof(v6),
						development);
	}
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		return outbound_address_allowed((const struct sockaddr *)&v4, sizeof(v4),
						development);
	return true;
}

static const char *part_refused(CURLU *parts, bool development)
{
	char *scheme = NULL, *user = NULL, *password = NULL, *fragment = NULL, *host = NULL;
	const char *said = NULL;

	(void)curl_url_get(parts, CURLUPART_USER, &user, 0);
	(void)curl_url_get(parts, CURLUPART_PASSWORD, &password, 0);
	(void)curl_url_get(parts, CURLUPART_FRAGMENT, &fragment, 0);
	if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK || host[0] == '\0')
		said = "is not an address.";
	else if (strcmp(scheme, "https") != 0 && !(development && strcmp(scheme, "http") == 0))
		said = "is not an https address.";
	else if (user || password)
		said = "holds a user name or a password.";
	else if (fragment)
		said = "has a part behind #, which is never sent.";
	else if (!host_allowed(host, development))
		said = "is not on the public internet.";
	curl_free(scheme);
	curl_free(user);
	curl_free(password);
	curl_free(fragment);
	curl_free(host);
	return said;
}

const char *outbound_url_refused(const char *url, bool development)
{
	CURLU *parts = curl_url();
	const char *said = "is not an address.";

	if (parts && curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		said = part_refused(parts, development);
	curl_url_cleanup(parts);
	return said;
}
