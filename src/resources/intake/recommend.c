/* The intake's recommendation: rules here, texts and sources in src/templates. */
#include "resources/intake/recommend.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/text.h"
#include "resources/templates/templates.h"

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool contains(const json_t *list, const char *word)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		if (text_equal(json_string_value(item), word))
			return true;
	}
	return false;
}

static bool add_template(json_t *all, const struct template *one)
{
	json_t *list = json_object_get(all, one->kind);

	if (list == NULL) {
		list = json_array();
		if (json_object_set_new(all, one->kind, list) != 0)
			return false;
	}
	return json_array_append_new(list, json_loads(one->json, 0, NULL)) == 0;
}

/* Parsed for each request, so no more than it takes: `kinds` ends with NULL. */
static json_t *templates_of(const char *const *kinds)
{
	json_t *all = json_object();

	for (unsigned i = 0; all != NULL && i < template_count; i++) {
		const char *const *kind = kinds;

		while (*kind != NULL && !text_equal(*kind, templates[i].kind))
			kind++;
		if (*kind != NULL && !add_template(all, &templates[i])) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

json_t *intake_templates(void)
{
	static const char *const kinds[] = {"intake",		"role_preset",	   "ladder",
					    "engagement_types", "market_snapshot", NULL};

	return templates_of(kinds);
}

json_t *market_templates(void)
{
	static const char *const kinds[] = {"market_snapshot", NULL};

	return templates_of(kinds);
}

static const json_t *questionnaire(const json_t *templates_by_kind)
{
	return json_object_get(json_array_get(json_object_get(templates_by_kind, "intake"), 0),
			       "content");
}

/* ---- specialist or full-stack -----------------------------------------------------------------
 */

static bool size_fits(const json_t *situation, const json_t *size)
{
	const json_t *range = json_object_get(situation, "team_size");
	const json_t *from = json_object_get(range, "from"), *to = json_object_get(range, "to");

	if (range == NULL || !json_is_integer(size))
		return false;
	return (!json_is_integer(from) || json_integer_value(size) >= json_integer_value(from)) &&
	       (!json_is_integer(to) || json_integer_value(size) <= json_integer_value(to));
}

/* Key, text and source of one line of the questionnaire. */
static json_t *reason(const json_t *line)
{
	return json_pack("{s:O, s:O, s:O}", "key", json_object_get(line, "key"), "text",
			 json_object_get(line, "text"), "source", json_object_get(line, "source"));
}

static json_t *focus(const json_t *answers, const json_t *lines)
{
	const json_t *chosen = json_object_get(answers, "situation");
	json_t *specialist = json_array(), *full_stack = json_array();
	const char *suggestion = "undecided";
	size_t i;
	json_t *line;

	json_array_foreach(lines, i, line)
	{
		if (!contains(chosen, text_of(line, "key")) &&
		    !size_fits(line, json_object_get(answers, "team_size")))
			continue;
		json_array_append_new(
		    text_equal(text_of(line, "speaks_for"), "specialist") ? specialist : full_stack,
		    reason(line));
	}
	if (json_array_size(specialist) > json_array_size(full_stack))
		suggestion = "specialist";
	else if (json_array_size(specialist) < json_array_size(full_stack))
		suggestion = "full_stack";
	return json_pack("{s:s, s:o, s:o}", "suggestion", suggestion, "for_specialist", specialist,
			 "for_full_stack", full_stack);
}

/* ---- how they are engaged ---------------------------------------------------------------------
 */

/* What every guide says of one type. */
static json_t *opinions(const json_t *guides, const char *type)
{
	json_t *all = json_array(), *guide, *one;
	size_t i, k;

	json_array_foreach(guides, i, guide)
	{
		const json_t *types = json_object_get(json_object_get(guide, "content"), "types");

		json_array_foreach(types, k, one)
		{
			if (!contains(json_object_get(one, "engagement_types"), type))
				continue;
			json_array_append_new(
			    all, json_pack("{s:s, s:O, s:O, s:O, s:O}", "engagement_type", type,
					   "advice", json_object_get(one, "advice"), "for",
					   json_object_get(one, "for"), "against",
					   json_object_get(one, "against"), "source",
					   json_array_get(json_object_get(guide, "sources"), 0)));
		}
	}
	return all;
}

static json_t *engagement(const json_t *answers, const json_t *lines, const json_t *guides)
{
	const char *asked = text_of(answers, "engagement_type"), *key = "default";
	json_t *because = NULL, *said;
	size_t i;
	json_t *line;

	if (json_is_false(json_object_get(answers, "sustained_need")))
		key = json_is_true(json_object_get(answers, "cost_first")) ? "cost_first"
									   : "no_sustained_need";
	json_array_foreach(lines, i, line)
	{
		if (text_equal(text_of(line, "key"), key))
			because = line;
	}
	said = opinions(guides, text_of(because, "recommends"));
	if (asked != NULL && !text_equal(asked, text_of(because, "recommends"))) {
		json_t *more = opinions(guides, asked);

		json_array_extend(said, more);
		json_decref(more);
	}
	return json_pack("{s:O, s:o, s:s?, s:o}", "suggestion",
			 json_object_get(because, "recommends"), "because", reason(because),
			 "asked", asked, "opinions", said);
}

/* ---- specialty, level, what to rate -----------------------------------------------------------
 */

static json_t *preset(const json_t *presets, const char *key)
{
	size_t i;
	json_t *one;

	json_array_foreach(presets, i, one)
	{
		if (key != NULL && text_equal(text_of(json_object_get(one, "content"), "key"), key))
			return json_incref(one);
	}
	return json_null();
}

/* The level as each ladder has it; ladders that do not know it are left out. */
static json_t *levels(const json_t *ladders, const char *name)
{
	json_t *all = json_array(), *ladder, *level;
	size_t i, k;

	json_array_foreach(ladders, i, ladder)
	{
		const json_t *list = json_object_get(json_object_get(ladder, "content"), "levels");

		json_array_foreach(list, k, level)
		{
			if (name == NULL || strcasecmp(name, text_of(level, "name")) != 0)
				continue;
			json_array_append_new(
			    all, json_pack("{s:O, s:O, s:O, s:O, s:O, s:O}", "template",
					   json_object_get(ladder, "id"), "name",
					   json_object_get(level, "name"), "years_from",
					   json_object_get(level, "years_from"), "years_to",
					   json_object_get(level, "years_to"), "scope",
					   json_object_get(level, "scope"), "source",
					   json_array_get(json_object_get(ladder, "sources"), 0)));
		}
	}
	return all;
}

static json_t *find_named(json_t *list, const char *name)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		if (text_equal(text_of(item, "name"), name))
			return item;
	}
	return NULL;
}

/* Adds the competencies that a chosen line asks to be rated, each once with all its reasons. */
static void add_rated(json_t *all, const json_t *lines, const json_t *chosen)
{
	size_t i, k;
	json_t *line, *name;

	json_array_foreach(lines, i, line)
	{
		const json_t *rate = json_object_get(line, "rate");

		if (!contains(chosen, text_of(line, "key")))
			continue;
		json_array_foreach(rate, k, name)
		{
			json_t *there = find_named(all, json_string_value(name));

			if (there == NULL) {
				there = json_pack("{s:O, s:[]}", "name", name, "because");
				json_array_append_new(all, there);
			}
			json_array_append_new(json_object_get(there, "because"), reason(line));
		}
	}
}

/* ---- the market -------------------------------------------------------------------------------
 */

void market_stale_from(const char *as_of, char out[DAY_TEXT])
{
	struct tm day = {
	    .tm_year = (int)strtol(as_of, NULL, 10) - 1900,
	    .tm_mon = (int)strtol(as_of + 5, NULL, 10) - 1,
	    .tm_mday = (int)strtol(as_of + 8, NULL, 10) + MARKET_FRESH_DAYS,
	};

	(void)timegm(&day); /* which makes a day of the calendar of it */
	if (strftime(out, DAY_TEXT, "%Y-%m-%d", &day) == 0)
		out[0] = '\0';
}

static const char *band_against(const json_t *band, const json_t *row)
{
	double min = json_number_value(json_object_get(band, "min"));
	double max = json_number_value(json_object_get(band, "max"));
	double base_min = json_number_value(json_object_get(row, "base_min"));
	double base_max = json_number_value(json_object_get(row, "base_max"));

	if (!json_is_object(band) ||
	    !text_equal(text_of(band, "currency"), text_of(row, "currency")) ||
	    !text_equal(text_of(band, "period"), text_of(row, "period")))
		return NULL;
	if (max < base_min)
		return "below";
	if (min > base_max)
		return "above";
	return min >= base_min && max <= base_max ? "within" : "overlaps";
}

static void add_salaries(json_t *all, const json_t *snapshot, const json_t *band, const char *level)
{
	const json_t *content = json_object_get(snapshot, "content");
	const json_t *rows = json_object_get(content, "salaries");
	const char *as_of = text_of(content, "as_of");
	char stale_from[DAY_TEXT];
	size_t i;
	json_t *row;

	if (as_of != NULL)
		market_stale_from(as_of, stale_from);
	json_array_foreach(rows, i, row)
	{
		const char *of = text_of(row, "level");
		json_t *one = json_pack("{s:O, s:O, s:O, s:O, s:s?, s:b, s:s?}", "template",
					json_object_get(snapshot, "id"), "source",
					json_array_get(json_object_get(snapshot, "sources"), 0),
					"origin", json_object_get(content, "origin"), "as_of",
					json_object_get(content, "as_of"), "stale_from",
					as_of == NULL ? NULL : stale_from, "matches_level",
					of != NULL && level != NULL && strcasecmp(of, level) == 0,
					"band", band_against(band, row));

		json_object_update(one, row);
		json_array_append_new(all, one);
	}
}

static void add_time(json_t *all, const json_t *snapshot, int target_days)
{
	const json_t *content = json_object_get(snapshot, "content");
	const json_t *weeks = json_object_get(content, "weeks_to_hire");
	long long from = json_integer_value(json_object_get(weeks, "from")) * 7;
	long long to = json_integer_value(json_object_get(weeks, "to")) * 7;
	const char *target = NULL;

	if (!json_is_object(weeks))
		return;
	if (target_days > 0)
		target = target_days < from ? "shorter" : target_days > to ? "longer" : "within";
	json_array_append_new(
	    all, json_pack("{s:O, s:O, s:O, s:I, s:I, s:s?}", "template",
			   json_object_get(snapshot, "id"), "source",
			   json_array_get(json_object_get(snapshot, "sources"), 0), "difficulty",
			   json_object_get(content, "hiring_difficulty"), "days_from",
			   (json_int_t)from, "days_to", (json_int_t)to, "target", target));
}

json_t *market_compare(const json_t *band, const char *level, int target_days,
		       const json_t *templates_by_kind)
{
	json_t *salaries = json_array(), *times = json_array(), *snapshot;
	const json_t *snapshots = json_object_get(templates_by_kind, "market_snapshot");
	size_t i;

	json_array_foreach(snapshots, i, snapshot)
	{
		add_salaries(salaries, snapshot, band, level);
		add_time(times, snapshot, target_days);
	}
	return json_pack("{s:o, s:o}", "salaries", salaries, "time_to_hire", times);
}

/* ---- all of it --------------------------------------------------------------------------------
 */

json_t *intake_recommend(const json_t *answers, const json_t *templates_by_kind)
{
	const json_t *lines = questionnaire(templates_by_kind);
	const json_t *reasons = json_object_get(lines, "reasons_to_hire");
	const json_t *duties = json_object_get(lines, "responsibilities");
	const char *level = text_of(answers, "level");
	json_t *rate = json_array();

	add_rated(rate, reasons, json_object_get(answers, "reasons_to_hire"));
	add_rated(rate, duties, json_object_get(answers, "responsibilities"));
	return json_pack(
	    "{s:o, s:o, s:o, s:o, s:o, s:o}", "focus",
	    focus(answers, json_object_get(lines, "situation")), "engagement",
	    engagement(answers, json_object_get(lines, "engagement"),
		       json_object_get(templates_by_kind, "engagement_types")),
	    "specialty",
	    preset(json_object_get(templates_by_kind, "role_preset"),
		   text_of(answers, "specialty")),
	    "levels", levels(json_object_get(templates_by_kind, "ladder"), level), "rate", rate,
	    "market",
	    market_compare(json_object_get(answers, "budget"), level,
			   (int)json_integer_value(json_object_get(answers, "target_days")),
			   templates_by_kind));
}
