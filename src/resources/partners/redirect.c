/* Partners' ids and addresses: which are theirs, and what is sent along. */
#include <string.h>

#include "core/buffer.h"
#include "core/control.h"
#include "core/text.h"
#include "http/app.h"
#include "partner.h"

#define HEX_LEN	     (PARTNER_HEX - 1)
#define ADDRESS_MOST 8192

bool partner_id_parse(const char *client_id, struct partner_id *out)
{
	static const char digits[] = "0123456789abcdef";

	if (client_id == NULL || strncmp(client_id, "pt_", 3) != 0 ||
	    strlen(client_id) != 3 + HEX_LEN + 1 + HEX_LEN ||
	    strspn(client_id + 3, digits) != HEX_LEN || client_id[3 + HEX_LEN] != '_' ||
	    strspn(client_id + 3 + HEX_LEN + 1, digits) != HEX_LEN)
		return false;
	memcpy(out->home, client_id + 3, HEX_LEN);
	memcpy(out->partner, client_id + 3 + HEX_LEN + 1, HEX_LEN);
	out->home[HEX_LEN] = out->partner[HEX_LEN] = '\0';
	return true;
}

/* Behind ":1234", if that stands there. */
static const char *behind_port(const char *at)
{
	size_t digits = *at == ':' ? strspn(at + 1, "0123456789") : 0;

	return digits >= 1 && digits <= 5 ? at + 1 + digits : at;
}

static bool is_same(const char *registered, size_t len, const char *asked)
{
	static const char *const own_machine[] = {"http://127.0.0.1", "http://[::1]"};

	if (!DEFENCE(redirect_exact))
		return strncmp(registered, asked, len) == 0;
	if (strlen(asked) == len && memcmp(registered, asked, len) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(own_machine); i++) {
		size_t host = strlen(own_machine[i]);
		const char *end = registered + len, *theirs, *ours;

		if (len < host || strncmp(registered, own_machine[i], host) != 0 ||
		    strncmp(asked, own_machine[i], host) != 0)
			continue;
		ours = behind_port(registered + host);
		theirs = behind_port(asked + host);
		return strlen(theirs) == (size_t)(end - ours) &&
		       memcmp(ours, theirs, (size_t)(end - ours)) == 0;
	}
	return false;
}

bool partner_redirect_registered(const char *registered, const char *asked)
{
	while (*registered != '\0') {
		size_t len = strcspn(registered, "\n");

		if (is_same(registered, len, asked))
			return true;
		registered += len + (registered[len] == '\n');
	}
	return false;
}

static void add_encoded(struct buffer *out, const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			buffer_char(out, *text);
		else
			buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

const char *partner_redirect_with(struct request *rq, const char *uri, const char *const *pairs)
{
	struct buffer out;
	const char *whole;
	char before = strchr(uri, '?') == NULL ? '?' : '&';

	buffer_init(&out, ADDRESS_MOST);
	buffer_text(&out, uri);
	for (; pairs[0] != NULL; pairs += 2) {
		if (pairs[1] == NULL)
			continue;
		buffer_char(&out, before);
		buffer_text(&out, pairs[0]);
		buffer_char(&out, '=');
		add_encoded(&out, pairs[1]);
		before = '&';
	}
	whole = out.failed ? NULL : arena_memdup(rq->arena, out.data, out.len);
	buffer_release(&out);
	return whole;
}

const char *partner_issuer(const struct request *rq)
{
	return rq->app->web_origin ? rq->app->web_origin : "";
}

bool partner_resource_is_ours(const struct request *rq, const char *resource)
{
	size_t len = strlen(partner_issuer(rq));

	return resource == NULL || (strncmp(resource, partner_issuer(rq), len) == 0 &&
				    (resource[len] == '\0' || text_equal(resource + len, "/")));
}
