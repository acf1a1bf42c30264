/* The hosts of a connection string, beginning at another. */
#include "db/hosts.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

static unsigned count_parts(const char *list)
{
	unsigned parts = 1;

	for (; *list; list++)
		parts += *list == ',';
	return parts;
}

/* "a,b,c" by 1 is "b,c,a". */
static char *rotate(const char *list, unsigned by)
{
	size_t len = strlen(list);
	const char *cut = list;
	char *out = malloc(len + 1);
	size_t tail;

	if (!out)
		return NULL;
	for (by %= count_parts(list); by > 0; by--)
		cut = strchr(cut, ',') + 1;
	tail = (size_t)(list + len - cut);
	memcpy(out, cut, tail);
	if (cut > list) {
		out[tail] = ',';
		memcpy(out + tail + 1, list, (size_t)(cut - list) - 1);
	}
	out[len] = '\0';
	return out;
}

/* The constant name of an option that is a list, or NULL. */
static const char *const *list_keyword(const PQconninfoOption *option)
{
	static const char *const keywords[HOSTS_KEYS] = {"host", "hostaddr", "port"};

	for (unsigned i = 0; i < HOSTS_KEYS; i++)
		if (option->val && strcmp(option->keyword, keywords[i]) == 0 &&
		    count_parts(option->val) > 1)
			return &keywords[i];
	return NULL;
}

bool hosts_rotate(const char *url, unsigned by, struct hosts *hosts)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	unsigned found = 0;
	bool complete = true;

	*hosts = (struct hosts){0};
	for (const PQconninfoOption *option = options; option && option->keyword; option++) {
		const char *const *keyword = list_keyword(option);

		if (!keyword)
			continue;
		hosts->values[found] = rotate(option->val, by);
		complete = complete && hosts->values[found];
		hosts->keys[found++] = *keyword;
	}
	PQconninfoFree(options);
	if (!complete)
		hosts_release(hosts);
	return complete && found > 0;
}

void hosts_release(struct hosts *hosts)
{
	for (unsigned i = 0; i < HOSTS_KEYS; i++)
		free(hosts->values[i]);
	*hosts = (struct hosts){0};
}
