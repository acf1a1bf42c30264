/* Who may ask, and how a user is shown: media type, tags, addresses, the attributes asked for. */
#include <string.h>
#include <strings.h>

#include "http/app.h"
#include "resources/sign_in/sign_in.h"
#include "scim.h"

enum err scim_enter(struct request *rq)
{
	const char *sent = request_header(rq, "Authorization");
	enum err err;

	rq->idempotency.key = NULL;
	if (!request_waits(rq))
		return OK;
	err = client_admit(rq, sent + strlen("Bearer "));
	if (err != ERR_DENIED)
		return err;
	reply_header(rq, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
	return fail(rq, PROBLEM_unauthenticated, "The token is not valid, or no longer.");
}

enum err scim_if_match(struct request *rq, const char **version)
{
	char *text, *to;

	if (rq->if_match) {
		text = to = arena_strdup(rq->arena, rq->if_match);
		if (!text)
			return ERR_MEMORY;
		for (const char *at = rq->if_match; *at; at++) {
			if (strncmp(at, "W/\"", 3) == 0)
				at += 2;
			*to++ = *at;
		}
		*to = '\0';
		rq->if_match = text;
	}
	return request_if_match(rq, false, version);
}

void scim_begin(struct request *rq, int status)
{
	answer_begin(rq, status);
	if (request_accepts(rq, "application/scim+json"))
		rq->content_type = "application/scim+json";
}

const char *scim_base(struct request *rq)
{
	return arena_printf(rq->arena, "%s/scim/v2",
			    rq->app->web_origin ? rq->app->web_origin : "");
}

void scim_choice_take(struct request *rq, struct scim_choice *choice)
{
	choice->attributes = request_query(rq, "attributes");
	choice->excluded = request_query(rq, "excludedAttributes");
}

/* ---- attributes -------------------------------------------------------------------------------
 */

/* The next name of a list: `name.len` or `name.sub`, without the URN of users; *at moves on. */
struct chosen {
	const char *name, *sub;
	size_t len, sub_len;
};

static bool next_chosen(const char **at, struct chosen *one)
{
	const size_t urn = strlen(SCIM_USER_URN ":");
	size_t len;

	*at += strspn(*at, ", ");
	if (!**at)
		return false;
	if (strncasecmp(*at, SCIM_USER_URN ":", urn) == 0)
		*at += urn;
	len = strcspn(*at, ", ");
	*one = (struct chosen){.name = *at, .len = strcspn(*at, "., ")};
	if (one->len < len) {
		one->sub = *at + one->len + 1;
		one->sub_len = len - one->len - 1;
	}
	*at += len;
	return true;
}

static bool is_called(const char *key, const char *name, size_t len)
{
	return strlen(key) == len && strncasecmp(key, name, len) == 0;
}

static bool is_always(const char *key)
{
	return strcmp(key, "id") == 0 || strcmp(key, "schemas") == 0;
}

/* The parts of a value that are chosen, or all but these. */
static void keep_parts(json_t *value, const struct chosen *one, bool keep)
{
	const char *key;
	json_t *part;
	size_t i;
	void *next;

	json_array_foreach(value, i, part) keep_parts(part, one, keep);
	json_object_foreach_safe(value, next, key, part)
	{
		if (is_called(key, one->sub, one->sub_len) != keep)
			json_object_del(value, key);
	}
}

static void exclude(json_t *user, const char *names)
{
	struct chosen one;
	const char *key;
	json_t *value;
	void *next;

	while (next_chosen(&names, &one)) {
		json_object_foreach_safe(user, next, key, value)
		{
			if (is_always(key) || !is_called(key, one.name, one.len))
				continue;
			if (one.sub)
				keep_parts(value, &one, false);
			else
				json_object_del(user, key);
		}
	}
}

/* Several parts of one attribute come together: name.givenName,name.familyName. */
static void merge(json_t *into, const json_t *more)
{
	json_t *part;
	size_t i;

	if (json_is_object(into))
		(void)json_object_update(into, (json_t *)(uintptr_t)more);
	json_array_foreach(into, i, part) merge(part, json_array_get(more, i));
}

static enum err include_one(json_t *out, const char *key, const json_t *value,
			    const struct chosen *one)
{
	json_t *copy = json_deep_copy(value), *known = json_object_get(out, key);

	if (!copy)
		return ERR_MEMORY;
	if (one->sub)
		keep_parts(copy, one, true);
	if (!known)
		return json_object_set_new(out, key, copy) == 0 ? OK : ERR_MEMORY;
	merge(known, copy);
	json_decref(copy);
	return OK;
}

static enum err include(json_t *user, const char *names)
{
	json_t *all = json_copy(user), *value;
	enum err err = all ? OK : ERR_MEMORY;
	struct chosen one;
	const char *key;
	void *next;

	json_object_foreach_safe(user, next, key, value)
	{
		if (!is_always(key))
			json_object_del(user, key);
	}
	while (err == OK && next_chosen(&names, &one)) {
		json_object_foreach(all, key, value)
		{
			if (err == OK && !is_always(key) && is_called(key, one.name, one.len))
				err = include_one(user, key, value, &one);
		}
	}
	json_decref(all);
	return err;
}

enum err scim_show(struct request *rq, const struct scim_choice *choice, json_t *user)
{
	const char *id = json_string_value(json_object_get(user, "id"));
	json_t *location = json_sprintf("%s/Users/%s", scim_base(rq), id);

	if (json_object_set_new(json_object_get(user, "meta"), "location", location) != 0)
		return ERR_MEMORY;
	if (choice->attributes)
		return include(user, choice->attributes);
	if (choice->excluded)
		exclude(user, choice->excluded);
	return OK;
}

/* ---- one user ---------------------------------------------------------------------------------
 */

static enum err write_user(struct request *rq, json_t *user)
{
	struct scim_choice choice;
	char *text;

	scim_choice_take(rq, &choice);
	TRY(scim_show(rq, &choice, user));
	text = json_dumps(user, JSON_COMPACT);
	if (!text)
		return ERR_MEMORY;
	json_raw(&rq->json, text, strlen(text));
	free(text);
	return OK;
}

enum err scim_answer(struct request *rq, int status, const struct db_rows *rows)
{
	json_t *user = json_loads(db_value(rows, 0, "resource"), JSON_REJECT_DUPLICATES, NULL);
	const char *tag = arena_printf(rq->arena, "W/\"%s\"", db_value(rows, 0, "version"));
	const char *location =
	    arena_printf(rq->arena, "%s/Users/%s", scim_base(rq), db_value(rows, 0, "id"));
	enum err err = user && tag && location ? OK : ERR_MEMORY;

	if (err == OK) {
		scim_begin(rq, status);
		reply_header(rq, "ETag", tag);
		if (status == 201)
			reply_header(rq, "Location", location);
		err = write_user(rq, user);
	}
	json_decref(user);
	return err;
}
