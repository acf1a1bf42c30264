/* What the token endpoint of OAuth 2 sends: a form, and HTTP Basic. */
#include <openssl/evp.h>

#include "decode.h"

#define BASIC_MAX 1024

const char *request_form(struct request *rq, const char *name)
{
	const struct query_param *params;
	int count;

	if (rq->body_text == NULL || decode_query(rq->arena, rq->body_text, &params, &count) != OK)
		return NULL;
	for (int i = 0; i < count; i++) {
		if (strcmp(params[i].name, name) == 0)
			return params[i].value;
	}
	return NULL;
}

bool request_basic(struct request *rq, const char **user, const char **password)
{
	const char *header = request_header(rq, "Authorization");
	unsigned char plain[BASIC_MAX + 3];
	size_t len, pad = 0;
	char *colon;
	int got;

	if (header == NULL || strncasecmp(header, "Basic ", 6) != 0)
		return false;
	header += 6 + strspn(header + 6, " ");
	len = strlen(header);
	if (len == 0 || len % 4 != 0 || len > BASIC_MAX)
		return false;
	while (pad < 2 && header[len - 1 - pad] == '=')
		pad++;
	got = EVP_DecodeBlock(plain, (const unsigned char *)header, (int)len);
	if (got < (int)pad)
		return false;
	plain[(size_t)got - pad] = '\0';
	colon = strchr((char *)plain, ':');
	if (colon == NULL)
		return false;
	*user = decode_text(rq->arena, (char *)plain, (size_t)(colon - (char *)plain), true);
	*password = decode_text(rq->arena, colon + 1, strlen(colon + 1), true);
	return *user != NULL && *password != NULL;
}
