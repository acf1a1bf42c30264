/*
 * Fuzzes the router with the table of the whole API, the decoding of paths and queries, and the
 * reading of cursors. Built with clang -fsanitize=fuzzer, or with -DFUZZ_REPLAY as a program that
 * replays the files it is given.
 */
#include <assert.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/text.h"
#include "http/cursor.h"
#include "http/decode.h"
#include "http/gate.h"
#include "http/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err nothing(struct request *rq)
{
	(void)rq;
	return OK;
}

static const struct route table[] = {
#define ROUTE(method, path, may, scope, handler)                                                   \
	{METHOD_##method, path, may, scope, nothing, #handler},
#include "routes.def"
#undef ROUTE
};

static struct router *router;

static void start(void)
{
	char reason[256];

	if (digest_start() != OK ||
	    router_new(&router, table, ARRAY_LEN(table), NULL, 0, NULL, reason) != OK) {
		fprintf(stderr, "%s\n", reason);
		abort();
	}
}

static void check_match(const struct router_match *match)
{
	int found = 0;

	for (int i = 0; i < METHOD_COUNT; i++) {
		const struct compiled_route *at = match->routes[i];
		int params = 0;

		if (!at)
			continue;
		found++;
		for (const char *c = at->route->path; *c; c++)
			params += *c == '{';
		assert(params == match->param_count && at->route->method == (enum method)i);
	}
	assert(found > 0);
	for (int i = 0; i < match->param_count; i++)
		assert(utf8_valid(match->param[i], strlen(match->param[i])));
}

static void check_query(struct arena *arena, const char *text)
{
	const struct query_param *params;
	int count;

	if (decode_query(arena, text, &params, &count) != OK)
		return;
	assert(count <= QUERY_PARAMS_MAX);
	for (int i = 0; i < count; i++)
		assert(utf8_valid(params[i].name, strlen(params[i].name)) &&
		       utf8_valid(params[i].value, strlen(params[i].value)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t secret[CURSOR_KEY_LEN];
	char *text = malloc(size + 1);
	const char *key, *id, *query;
	struct router_match match;
	struct arena arena;
	struct gate gate;

	if (!router)
		start();
	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	arena_init(&arena, 1 << 20);
	gate_init(&gate);
	if (gate_target(&gate, text) == OK && router_find(router, &arena, text, &match) == OK)
		check_match(&match);
	query = strchr(text, '?');
	check_query(&arena, query ? query + 1 : text);
	/* Nobody guesses a signature. */
	assert(cursor_read(&arena, secret, "list", text, &key, &id) != OK);
	arena_release(&arena);
	free(text);
	return 0;
}

#ifdef FUZZ_REPLAY
int main(int argc, char **argv)
{
	static uint8_t input[1 << 20];

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		size_t size = file ? fread(input, 1, sizeof(input), file) : 0;

		if (!file)
			return 1;
		fclose(file);
		LLVMFuzzerTestOneInput(input, size);
	}
	return 0;
}
#endif
