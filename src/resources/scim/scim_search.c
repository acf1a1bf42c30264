/* Lists of users: by query, and by a body where the query would be too long or tell too much. */
#include <string.h>
#include <strings.h>

#include "resources/handlers.h"
#include "scim.h"
#include "statements.h"

/* What is asked for. */
struct search {
	const char *filter, *sort_by, *sort_order;
	long long start, count;
	struct scim_choice choice;
};

/* Numbers below the first are the first; a page that is too long is cut (section 3.4.2.4). */
static void bound(struct search *search)
{
	if (search->start < 1)
		search->start = 1;
	if (search->count < 0)
		search->count = 0;
	if (search->count > SCIM_COUNT_MAX)
		search->count = SCIM_COUNT_MAX;
}

static const char *compile(struct request *rq, const struct scim_filter *filter, enum err *err,
			   const char **why)
{
	const char *text = NULL;
	struct buffer out;

	buffer_init(&out, 64 << 10);
	*err = scim_query_filter(rq->arena, filter, &out, why);
	if (*err == OK)
		text = arena_strdup(rq->arena, out.data);
	buffer_release(&out);
	if (*err == OK && !text)
		*err = ERR_MEMORY;
	return text;
}

static enum err take_filter(struct request *rq, const struct search *search, const char **compiled,
			    const char **user_name)
{
	struct scim_filter *filter;
	const char *why;
	enum err err;

	*compiled = *user_name = NULL;
	if (!search->filter)
		return OK;
	err = scim_filter_parse(rq->arena, search->filter, &filter, &why);
	if (err == OK)
		*compiled = compile(rq, filter, &err, &why);
	if (err == ERR_INVALID)
		return fail(rq, PROBLEM_invalid_filter, "%s", why);
	TRY(err);
	*user_name = scim_query_user_name(filter);
	return OK;
}

static enum err write_resources(struct request *rq, const struct search *search, json_t *users)
{
	json_t *user;
	size_t i;
	char *text;

	json_array_foreach(users, i, user) TRY(scim_show(rq, &search->choice, user));
	text = json_dumps(users, JSON_COMPACT);
	if (!text)
		return ERR_MEMORY;
	json_key(&rq->json, "Resources");
	json_raw(&rq->json, text, strlen(text));
	free(text);
	return OK;
}

static enum err write_list(struct request *rq, const struct search *search,
			   const struct db_rows *rows, json_t *users)
{
	struct json_writer *json = &rq->json;

	scim_begin(rq, 200);
	json_open_object(json);
	json_key(json, "schemas");
	json_open_array(json);
	json_text(json, "urn:ietf:params:scim:api:messages:2.0:ListResponse");
	json_close_array(json);
	json_key(json, "totalResults");
	json_put_integer(json, strtoll(db_value(rows, 0, "total"), NULL, 10));
	json_key(json, "startIndex");
	json_put_integer(json, search->start);
	json_key(json, "itemsPerPage");
	json_put_integer(json, (long long)json_array_size(users));
	TRY(write_resources(rq, search, users));
	json_close_object(json);
	return OK;
}

static enum err answer(struct request *rq, struct search *search)
{
	const char *filter, *user_name, *sort = NULL;
	bool descending = search->sort_order && strcasecmp(search->sort_order, "descending") == 0;
	struct db_rows rows;
	json_t *users;
	enum err err;

	bound(search);
	TRY(take_filter(rq, search, &filter, &user_name));
	if (search->sort_by) {
		sort = scim_query_sort(rq->arena, search->sort_by);
		if (!sort)
			return fail(rq, PROBLEM_invalid,
				    "Lists cannot be sorted by this attribute.");
	}
	TRY(RUN(rq, scim_users, &rows, .filter = filter, .user_name = user_name, .sort = sort,
		.descending = descending ? "true" : "false",
		.start = arena_printf(rq->arena, "%lld", search->start),
		.count = arena_printf(rq->arena, "%lld", search->count)));
	users = json_loads(db_value(&rows, 0, "resources"), JSON_REJECT_DUPLICATES, NULL);
	err = users ? write_list(rq, search, &rows, users) : ERR_MEMORY;
	json_decref(users);
	return err;
}

static long long number_of(const char *text, long long otherwise)
{
	return text ? strtoll(text, NULL, 10) : otherwise;
}

enum err scim_users_list(struct request *rq)
{
	struct search search = {.filter = request_query(rq, "filter"),
				.sort_by = request_query(rq, "sortBy"),
				.sort_order = request_query(rq, "sortOrder"),
				.start = number_of(request_query(rq, "startIndex"), 1),
				.count = number_of(request_query(rq, "count"), SCIM_COUNT_MAX)};

	TRY(scim_enter(rq));
	scim_choice_take(rq, &search.choice);
	return answer(rq, &search);
}

/* A list of names, as one text. */
static const char *listed(struct request *rq, const char *name)
{
	const json_t *names = scim_member(rq->body, name), *one;
	const char *text = NULL;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)names, i, one)
	{
		text = arena_printf(rq->arena, "%s,%s", text ? text : "", json_string_value(one));
		if (!text)
			return NULL;
	}
	return text;
}

static const char *said(struct request *rq, const char *name)
{
	return json_string_value(scim_member(rq->body, name));
}

enum err scim_users_search(struct request *rq)
{
	const json_t *start = scim_member(rq->body, "startIndex"),
		     *count = scim_member(rq->body, "count");
	struct search search = {.filter = said(rq, "filter"),
				.sort_by = said(rq, "sortBy"),
				.sort_order = said(rq, "sortOrder"),
				.start = start ? json_integer_value(start) : 1,
				.count = count ? json_integer_value(count) : SCIM_COUNT_MAX};

	TRY(scim_enter(rq));
	search.choice.attributes = listed(rq, "attributes");
	search.choice.excluded = listed(rq, "excludedAttributes");
	return answer(rq, &search);
}
