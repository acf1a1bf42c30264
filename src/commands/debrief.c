/* Prints what the demo's company is, and of its two sample candidates who rated what. */
#include "debrief.h"

#include "core/text.h"
#include "statements.h"

struct debrief {
	const json_t *access;
};

static json_t *get(struct engine_run *run, const char *path)
{
	struct local_answer answer;
	json_t *body;

	run->err = local_call(&run->local, &run->arena, "GET", path, NULL, NULL, &answer);
	if (run->err != OK || answer.status != 200) {
		run->err = why_set(&run->why, ERR_INTERNAL, "%s answered %d", path, answer.status);
		return NULL;
	}
	body = json_loadb(answer.body, answer.len, 0, NULL);
	if (body == NULL)
		run->err = why_set(&run->why, ERR_MEMORY, "there is not enough memory");
	return body;
}

static const char *text_of(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? otherwise : text;
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static const char *suggestion_text(const json_t *evaluation)
{
	const char *suggestion = text_of(evaluation, "suggestion", "");

	return text_equal(suggestion, "no_hire") ? "no hire" : suggestion;
}

static void print_head(const json_t *application, const json_t *evaluation)
{
	const json_t *score = json_object_get(evaluation, "score");

	printf("\n%s, for %s (stage: %s)\n", text_of(application, "candidate_name", ""),
	       text_of(application, "role_title", ""), text_of(application, "stage_name", "none"));
	if (json_is_null(score))
		printf("  not rated yet\n");
	else
		printf("  score %.2f of 5 from %lld scorecards; %.0f %% of the weight rated\n",
		       json_number_value(score),
		       (long long)json_integer_value(json_object_get(evaluation, "scorecards")),
		       100 * number_of(evaluation, "share_rated"));
	if (!json_is_null(json_object_get(evaluation, "suggestion")))
		printf("  hire bar %.2f; suggestion of the formula: %s\n",
		       number_of(evaluation, "hire_bar"), suggestion_text(evaluation));
}

static void print_competency(const json_t *competency)
{
	long long n = json_integer_value(json_object_get(competency, "n"));
	const char *must = text_of(competency, "must_have", NULL);

	printf("  %-32.32s ", text_of(competency, "name", ""));
	if (n == 0)
		printf("not rated");
	else if (n == 1)
		printf("%.2f  n 1", number_of(competency, "mean"));
	else
		printf("%.2f  n %lld, spread %lld", number_of(competency, "mean"), n,
		       (long long)json_integer_value(json_object_get(competency, "spread")));
	if (must != NULL)
		printf(
		    "  must-have of %lld: %s",
		    (long long)json_integer_value(json_object_get(competency, "must_have_level")),
		    text_equal(must, "met")	  ? "met"
		    : text_equal(must, "not_met") ? "NOT MET"
						  : "not rated");
	puts("");
}

static void print_disagreements(const json_t *evaluation)
{
	size_t i, k;
	const json_t *one, *rating;

	json_array_foreach(json_object_get(evaluation, "disagreements"), i, one)
	{
		printf("  disagreement on %s:\n", text_of(one, "name", ""));
		json_array_foreach(json_object_get(one, "ratings"), k, rating)
		    printf("    %s gave %lld: %s\n", text_of(rating, "author_name", ""),
			   (long long)json_integer_value(json_object_get(rating, "value")),
			   text_of(rating, "evidence", "no evidence given"));
	}
}

static void print_missing(const json_t *evaluation)
{
	size_t i;
	const json_t *one;

	json_array_foreach(json_object_get(evaluation, "missing"), i, one)
	    printf("  waiting for the scorecard of %s\n", text_of(one, "name", ""));
}

static void print_decisions(const json_t *decisions)
{
	size_t i;
	const json_t *one;

	json_array_foreach(json_object_get(decisions, "data"), i, one)
	    printf("  decided by %s: %s%s%s. %s\n", text_of(one, "decided_by_name", ""),
		   text_of(one, "kind", ""), text_of(one, "level", NULL) == NULL ? "" : " at ",
		   text_of(one, "level", ""), text_of(one, "rationale", ""));
}

static void print_application(struct engine_run *run, const json_t *application)
{
	const char *id = text_of(application, "id", "");
	char path[128];
	json_t *evaluation, *decisions = NULL;
	size_t i;
	const json_t *competency;

	snprintf(path, sizeof(path), "/v1/applications/%s/evaluation", id);
	evaluation = get(run, path);
	snprintf(path, sizeof(path), "/v1/applications/%s/decisions", id);
	if (evaluation != NULL)
		decisions = get(run, path);
	if (decisions != NULL) {
		print_head(application, evaluation);
		json_array_foreach(json_object_get(evaluation, "competencies"), i, competency)
		    print_competency(competency);
		print_disagreements(evaluation);
		print_missing(evaluation);
		print_decisions(decisions);
	}
	json_decref(evaluation);
	json_decref(decisions);
}

/* As the recruiter, who is named by the e-mail address in the access file. */
static enum err become_recruiter(struct engine_run *run, const struct debrief *d)
{
	const json_t *user = json_array_get(json_object_get(d->access, "users"), 1);
	const char *org = text_of(json_object_get(d->access, "organization"), "id", "");
	struct db_caller caller = {.organization_id = org, .actor_kind = "system"};
	struct db_refusal refusal;
	struct db_rows rows;
	struct principal *who = &run->local.who;

	*who = (struct principal){.kind = PRINCIPAL_USER, .level = ACCESS_RECRUITER};
	snprintf(who->organization_id, sizeof(who->organization_id), "%s", org);
	TRY(db_run(
	    run->local.db, &run->arena, &caller, &sql_user_find_statement,
	    (const char *const *)&(const struct sql_user_find){.email = text_of(user, "email", "")},
	    &rows, &refusal));
	if (rows.count == 0)
		return why_set(&run->why, ERR_NOT_FOUND, "the demo's recruiter is gone");
	snprintf(who->id, sizeof(who->id), "%s", db_value(&rows, 0, "id"));
	who->token_version = (uint32_t)strtoul(db_value(&rows, 0, "token_version"), NULL, 10);
	return OK;
}

/* What the company is, a line a role. */
static void print_roles(struct engine_run *run)
{
	json_t *report = get(run, "/v1/reports/time_to_decision");
	size_t i;
	const json_t *role;

	json_array_foreach(json_object_get(report, "data"), i, role)
	{
		long long all = json_integer_value(json_object_get(role, "applications"));

		printf("%-26s %2lld applications, %2lld decided, %lld hired\n",
		       text_of(role, "role_title", ""), all,
		       (long long)json_integer_value(json_object_get(role, "n")),
		       (long long)json_integer_value(json_object_get(role, "hired")));
	}
	json_decref(report);
}

static void print_all(struct engine_run *run)
{
	const struct debrief *d = run->owner;
	size_t i;
	const json_t *id;
	char path[128];

	run->err = become_recruiter(run, d);
	if (run->err == OK)
		print_roles(run);
	json_array_foreach(json_object_get(d->access, "debriefs"), i, id)
	{
		json_t *application = NULL;

		snprintf(path, sizeof(path), "/v1/applications/%s", json_string_value(id));
		if (run->err == OK)
			application = get(run, path);
		if (application != NULL)
			print_application(run, application);
		json_decref(application);
	}
}

enum err debrief_print(struct engine *engine, const json_t *access, struct why *why)
{
	struct debrief debrief = {.access = access};

	return engine_work(engine, print_all, &debrief, why);
}
