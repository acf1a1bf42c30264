/* Runs the steps of a demo script: fills in what earlier steps answered, and makes the request. */
#include "demo_script.h"

#include <stdlib.h>

#include "core/text.h"
#include "http/local.h"

#define STEP_TEXT 65536

/* ---- what a step's text refers to ------------------------------------------------------------ */

/* The next part of a path such as plan.stages.1.id. */
static const json_t *descend(const json_t *value, const char *part)
{
	if (json_is_array(value))
		return json_array_get(value, strtoul(part, NULL, 10));
	return json_object_get(value, part);
}

/* The value that a word stands for, as text; NULL when there is none. */
static const char *value_of(struct engine_run *run, const struct demo_script *s, const char *word)
{
	const json_t *value = s->saved;
	char part[64];

	if (strncmp(word, "day.", 4) == 0)
		return demo_dates_text(&s->dates, &run->arena, word + 4);
	for (const char *at = word; value != NULL && at != NULL;) {
		const char *dot = strchr(at, '.');
		size_t len = dot == NULL ? strlen(at) : (size_t)(dot - at);

		if (len >= sizeof(part))
			return NULL;
		snprintf(part, sizeof(part), "%.*s", (int)len, at);
		value = descend(value, part);
		at = dot == NULL ? NULL : dot + 1;
	}
	if (json_is_integer(value))
		return arena_printf(&run->arena, "%lld", (long long)json_integer_value(value));
	return json_string_value(value);
}

/* The text with each {{word}} replaced. NULL, with the sentence, for one that is not known. */
static const char *fill_in(struct engine_run *run, const struct demo_script *s, const char *text)
{
	struct buffer out;
	const char *open, *close, *result = NULL;
	char word[128];

	buffer_init(&out, STEP_TEXT);
	for (;; text = close + 2) {
		open = strstr(text, "{{");
		close = open == NULL ? NULL : strstr(open, "}}");
		if (close == NULL)
			break;
		snprintf(word, sizeof(word), "%.*s", (int)(close - open - 2), open + 2);
		const char *value = value_of(run, s, word);

		if (value == NULL) {
			run->err = why_set(&run->why, ERR_INTERNAL, "the demo script: no %s", word);
			buffer_release(&out);
			return NULL;
		}
		buffer_add(&out, text, (size_t)(open - text));
		buffer_text(&out, value);
	}
	buffer_text(&out, text);
	if (!out.failed)
		result = arena_memdup(&run->arena, out.data, out.len);
	buffer_release(&out);
	if (result == NULL)
		run->err = why_set(&run->why, ERR_MEMORY, "there is not enough memory");
	return result;
}

/* ---- requests -------------------------------------------------------------------------------- */

/* A person of the organization; without a persona a candidate, who has a link and no account. */
static struct principal principal_of(const struct demo_script *s, const char *persona)
{
	const json_t *user = persona == NULL ? NULL : json_object_get(s->saved, persona);
	const char *level = json_string_value(json_object_get(user, "access_level"));
	const json_t *version = json_object_get(user, "token_version");
	struct principal who = {.kind = PRINCIPAL_NONE};

	if (persona == NULL)
		return who;
	who.kind = PRINCIPAL_USER;
	who.token_version = version == NULL ? 1 : (uint32_t)json_integer_value(version);
	who.level = text_equal(level, "admin")	     ? ACCESS_ADMIN
		    : text_equal(level, "recruiter") ? ACCESS_RECRUITER
						     : ACCESS_MEMBER;
	snprintf(who.id, sizeof(who.id), "%s", json_string_value(json_object_get(user, "id")));
	snprintf(who.organization_id, sizeof(who.organization_id), "%s", s->organization_id);
	return who;
}

json_t *demo_call(struct engine_run *run, const struct demo_script *s, const char *persona,
		  const char *request, const char *body)
{
	const char *path = strchr(request, ' ');
	char method[8];
	struct local_answer answer;
	json_t *result;

	run->local.who = principal_of(s, persona);
	snprintf(method, sizeof(method), "%.*s", (int)(path - request), request);
	run->err = local_call(&run->local, &run->arena, method, path + 1, body, "*", &answer);
	if (run->err == OK && answer.status >= 300)
		run->err = ERR_INTERNAL;
	if (run->err != OK) {
		run->err = why_set(&run->why, run->err, "the demo: %s answered %d: %.400s", request,
				   answer.status, answer.body);
		return NULL;
	}
	result = answer.len == 0 ? json_object() : json_loadb(answer.body, answer.len, 0, NULL);
	if (result == NULL)
		run->err = why_set(&run->why, ERR_MEMORY, "there is not enough memory");
	return result;
}

/* A "body" is JSON; a "text" is a file of the media type that "type" names. */
static const char *body_of(struct engine_run *run, const struct demo_script *s, const json_t *step)
{
	const json_t *given = json_object_get(step, "body");
	char *dumped = given == NULL ? NULL : json_dumps(given, JSON_COMPACT);
	const char *body = dumped == NULL ? json_string_value(json_object_get(step, "text"))
					  : fill_in(run, s, dumped);

	free(dumped);
	return body;
}

static void step_run(struct engine_run *run, struct demo_script *s, const json_t *step)
{
	const char *save = json_string_value(json_object_get(step, "save"));
	const char *link = json_string_value(json_object_get(step, "link"));
	const char *request = fill_in(run, s, json_string_value(json_object_get(step, "call")));
	const char *body = body_of(run, s, step);
	json_t *answer = NULL;

	if (run->err == OK)
		run->err = demo_dates_mark(s, run, json_string_value(json_object_get(step, "at")));
	if (run->err != OK || request == NULL)
		return;
	run->local.media_type = json_string_value(json_object_get(step, "type"));
	if (link != NULL) {
		run->local.header_name = LINK_HEADER;
		run->local.header_value = value_of(run, s, link);
	}
	answer = demo_call(run, s, json_string_value(json_object_get(step, "as")), request, body);
	run->local.media_type = run->local.header_name = run->local.header_value = NULL;
	if (answer != NULL && save != NULL)
		json_object_set(s->saved, save, answer);
	json_decref(answer);
}

void demo_steps(struct engine_run *run, struct demo_script *s, const json_t *steps)
{
	size_t i;
	const json_t *one;

	json_array_foreach(steps, i, one)
	{
		if (run->err == OK && s->stop != NULL && atomic_load(s->stop))
			run->err = why_set(&run->why, ERR_UNAVAILABLE, "the server stops");
		if (run->err == OK)
			step_run(run, s, one);
	}
}
