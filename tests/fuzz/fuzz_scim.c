/*
 * Fuzzes the filters and paths of SCIM: what is read is bounded, and what is written for the
 * database is JSON. Built with clang -fsanitize=fuzzer, or with -DFUZZ_REPLAY as a program that
 * replays the files it is given.
 */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resources/scim/scim_patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How deep it is, with its terms counted. */
static int measure(const struct scim_filter *filter, int *terms)
{
	int deepest = 0;

	if (filter->op <= SCIM_PR)
		++*terms;
	for (const struct scim_filter *at = filter->op > SCIM_PR ? filter->child : NULL; at;
	     at = at->next) {
		int depth = measure(at, terms);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

static void check_filter(struct arena *arena, const char *text)
{
	struct scim_filter *filter;
	struct buffer out;
	const char *why;
	int terms = 0;

	if (scim_filter_parse(arena, text, &filter, &why) != OK) {
		assert(why && strlen(text) + strlen(why) > 0);
		return;
	}
	/* A level of nesting is at most a chain of `or`, one of `and`, and a `not`. */
	assert(measure(filter, &terms) <= 3 * (SCIM_DEPTH_MAX + 1) && terms <= SCIM_TERMS_MAX);
	buffer_init(&out, 1 << 20);
	if (scim_query_filter(arena, filter, &out, &why) == OK) {
		json_t *json = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);

		assert(json_is_object(json));
		json_decref(json);
		(void)scim_query_user_name(filter);
	} else {
		assert(why);
	}
	buffer_release(&out);
}

/* The text as the path of each verb, on a user who has all that can be had. */
static void check_path(struct arena *arena, const char *text)
{
	static const char whole[] =
	    "{\"userName\":\"a@b.example\",\"name\":{\"givenName\":\"A\"},\"active\":true,"
	    "\"emails\":[{\"value\":\"a@b.example\",\"type\":\"work\",\"primary\":true}],"
	    "\"roles\":[{\"value\":\"member\",\"primary\":true}]}";

	for (int verb = SCIM_ADD; verb <= SCIM_REMOVE; verb++) {
		json_t *user = json_loads(whole, 0, NULL), *value = json_string("x");
		struct scim_change change = {.arena = arena, .user = user};

		assert(user && value);
		if (scim_change(&change, (enum scim_verb)verb, text, value, verb != SCIM_ADD) != OK)
			assert(change.why);
		assert(json_is_string(json_object_get(user, "userName")));
		assert(json_is_boolean(json_object_get(user, "active")));
		json_decref(user);
		json_decref(value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct arena arena;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	arena_init(&arena, 8 << 20);
	check_filter(&arena, text);
	check_path(&arena, text);
	(void)scim_query_sort(&arena, text);
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
