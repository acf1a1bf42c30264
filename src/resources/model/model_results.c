/* Writes a fit's results. */
#include "model_results.h"

#include <math.h>
#include <stdlib.h>

#include "core/json_writer.h"
#include "evaluation/dissent.h"

#define DECIMALS 6

/* Severity of less than this is not worth a reason. */
#define NOTABLE .2
/* With fewer, or where one stands out, a count would name somebody. */
#define PANEL_LEAST 4
#define NAMED_LEAST 2

struct writing {
	struct json_writer json;
	const struct model_data *data;
	const struct fit *fit;
	/* of each competency, for the role at hand */
	double *weights;
	bool *asked, *must_have;
};

static void put_figure(struct json_writer *json, const char *key, struct figure figure)
{
	json_key(json, key);
	if (figure.known)
		json_put_number(json, figure.value, DECIMALS);
	else
		json_put_null(json);
}

static void put_count(struct json_writer *json, const char *key, size_t count)
{
	json_key(json, key);
	json_put_integer(json, (int64_t)count);
}

static void put_estimate(struct json_writer *json, const struct model_estimate *estimate)
{
	put_figure(json, "value", estimate->value);
	put_figure(json, "se", estimate->se);
	put_figure(json, "low", estimate->low);
	put_figure(json, "high", estimate->high);
}

/* The role's weights, the others 0; false when it has none. */
static bool weights_set(struct writing *w, uint32_t role)
{
	const struct model_data *data = w->data;
	size_t from = data->first_criterion[role], to = data->first_criterion[role + 1];

	for (uint32_t k = 0; k < data->competencies.count; k++) {
		w->weights[k] = 0;
		w->asked[k] = w->must_have[k] = false;
	}
	for (size_t i = from; i < to; i++) {
		const struct model_criterion *c = &data->criteria[i];

		w->weights[c->competency] = c->weight;
		w->asked[c->competency] = true;
		w->must_have[c->competency] = c->gate > 0;
	}
	return to > from;
}

static double mean_of(const struct rating *ratings, size_t count, uint32_t competency, size_t *n)
{
	double sum = 0;

	*n = 0;
	for (size_t i = 0; i < count; i++)
		if (ratings[i].competency == competency) {
			sum += ratings[i].value;
			(*n)++;
		}
	return *n == 0 ? 0 : sum / (double)*n;
}

static void put_average(struct writing *w, uint32_t role, const struct rating *ratings,
			size_t count)
{
	const struct model_data *data = w->data;
	double sum = 0, rated = 0, all = 0;

	for (size_t i = data->first_criterion[role]; i < data->first_criterion[role + 1]; i++) {
		const struct model_criterion *c = &data->criteria[i];
		size_t n;
		double mean = mean_of(ratings, count, c->competency, &n);

		all += c->weight;
		if (n > 0) {
			sum += c->weight * mean;
			rated += c->weight;
		}
	}
	put_figure(&w->json, "average", rated > 0 ? figure_of(sum / rated) : (struct figure){0});
	put_figure(&w->json, "share_rated", figure_of(all > 0 ? rated / all : 0));
}

/* Who rated, and how many of them notably lower or higher than peers; ratings are in order of them.
 */
static void put_panel(struct writing *w, const struct rating *ratings, size_t count)
{
	size_t all = 0, lower = 0, higher = 0;

	for (size_t i = 0; i < count; i++) {
		double severity;

		if (i > 0 && ratings[i].interviewer == ratings[i - 1].interviewer)
			continue;
		severity = model_severity(w->fit->model, ratings[i].interviewer).value.value;
		all++;
		lower += severity >= NOTABLE;
		higher += severity <= -NOTABLE;
	}
	put_count(&w->json, "interviewers", all);
	/* Not stored where it would single somebody out. */
	if (all >= PANEL_LEAST && lower >= NAMED_LEAST && lower < all)
		put_count(&w->json, "lower", lower);
	if (all >= PANEL_LEAST && higher >= NAMED_LEAST && higher < all)
		put_count(&w->json, "higher", higher);
}

/* Ratings by the role's rubric alone; what is left of the application's. */
static size_t asked_take(const struct writing *w, const struct rating *ratings, size_t count,
			 struct rating *out)
{
	size_t taken = 0;

	for (size_t i = 0; i < count; i++)
		if (w->asked[ratings[i].competency])
			out[taken++] = ratings[i];
	return taken;
}

/* Where its interviewers differ: nobody is named, nor how they usually do. */
static void put_disagreements(struct writing *w, const struct rating *ratings, size_t count)
{
	struct dissent found[DISSENTS_MOST];
	struct rating *asked = calloc(count + 1, sizeof(*asked));
	struct dissent_case of = {w->fit->model, asked, 0, w->must_have};
	size_t n = 0;

	if (asked == NULL) {
		w->json.out->failed = 1;
	} else {
		of.count = asked_take(w, ratings, count, asked);
		n = dissents_of(&of, found);
	}
	json_key(&w->json, "disagreements");
	json_open_array(&w->json);
	for (size_t i = 0; i < n; i++) {
		json_open_object(&w->json);
		if (!found[i].overall)
			json_member(&w->json, "competency",
				    w->data->competencies.id[found[i].competency]);
		put_figure(&w->json, "low", figure_of(found[i].low));
		put_figure(&w->json, "high", figure_of(found[i].high));
		json_key(&w->json, "unusual");
		json_put_boolean(&w->json, found[i].unusual);
		json_close_object(&w->json);
	}
	json_close_array(&w->json);
	free(asked);
}

static void put_competencies(struct writing *w, uint32_t application, uint32_t role,
			     const struct rating *ratings, size_t count)
{
	const struct model_data *data = w->data;
	struct json_writer *json = &w->json;

	json_key(json, "competencies");
	json_open_object(json);
	for (size_t i = data->first_criterion[role]; i < data->first_criterion[role + 1]; i++) {
		const struct model_criterion *c = &data->criteria[i];
		struct model_estimate level =
		    model_level(w->fit->model, application, c->competency);
		size_t n;

		(void)mean_of(ratings, count, c->competency, &n);
		json_key(json, data->competencies.id[c->competency]);
		json_open_object(json);
		put_estimate(json, &level);
		put_count(json, "n", n);
		if (c->gate > 0) {
			put_count(json, "gate", (size_t)c->gate);
			put_figure(json, "probability",
				   model_level_probability(w->fit->model, application,
							   c->competency, c->gate));
		}
		json_close_object(json);
	}
	json_close_object(json);
}

static void open_result(struct json_writer *json, const char *id)
{
	json_open_object(json);
	json_member(json, "id", id);
	json_key(json, "r");
	json_open_object(json);
}

static void close_result(struct json_writer *json)
{
	json_close_object(json);
	json_close_object(json);
}

/* The role's weights are set. */
static void put_application(struct writing *w, uint32_t application, const struct rating *ratings,
			    size_t count)
{
	uint32_t role = w->data->application[application].role;
	struct model_estimate score = model_weighted(w->fit->model, application, w->weights);
	struct model_candidate counts = model_candidate(w->fit->model, application);

	if (!score.value.known)
		return;
	open_result(&w->json, w->data->applications.id[application]);
	put_estimate(&w->json, &score);
	put_average(w, role, ratings, count);
	put_count(&w->json, "scorecards", counts.cards);
	put_count(&w->json, "ratings", count);
	put_panel(w, ratings, count);
	put_competencies(w, application, role, ratings, count);
	put_disagreements(w, ratings, count);
	close_result(&w->json);
}

/* Newest first, as their ids are. */
static int newer_first(const void *a, const void *b)
{
	return strcmp(*(const char *const *)b, *(const char *const *)a);
}

/* A row for each but the last: how likely it is above those behind it. */
static void put_pairs(struct writing *w, const uint32_t *application, size_t count)
{
	struct figure *pairs = calloc(COMPARED_MOST * COMPARED_MOST / 2, sizeof(*pairs));

	if (pairs == NULL ||
	    model_compare_many(w->fit->model, application, count, w->weights, pairs) != OK)
		w->json.out->failed = 1;
	json_key(&w->json, "p");
	json_open_array(&w->json);
	for (size_t i = 0, at = 0; pairs != NULL && i + 1 < count; i++) {
		json_open_array(&w->json);
		for (size_t k = i + 1; k < count; k++, at++)
			if (pairs[at].known)
				json_put_number(&w->json, pairs[at].value, DECIMALS);
			else
				json_put_null(&w->json);
		json_close_array(&w->json);
	}
	json_close_array(&w->json);
	free(pairs);
}

/* Of `ids`, what is compared: {"applications": […], "p": [[P(first > second), …], …]}. */
static void put_role(struct writing *w, uint32_t role, const char **ids, size_t count)
{
	uint32_t application[COMPARED_MOST];

	if (count == 0)
		return;
	qsort(ids, count, sizeof(*ids), newer_first);
	if (count > COMPARED_MOST)
		count = COMPARED_MOST;
	open_result(&w->json, w->data->roles.id[role]);
	json_key(&w->json, "applications");
	json_open_array(&w->json);
	for (size_t i = 0; i < count; i++) {
		(void)id_table_find(&w->data->applications, ids[i], &application[i]);
		json_text(&w->json, ids[i]);
	}
	json_close_array(&w->json);
	put_pairs(w, application, count);
	close_result(&w->json);
}

static bool writing_begin(struct writing *w, struct buffer *out, const struct model_data *data,
			  const struct fit *fit, const char ***ids)
{
	*w = (struct writing){.data = data, .fit = fit};
	json_writer_init(&w->json, out);
	json_open_array(&w->json);
	w->weights = calloc((size_t)data->competencies.count + 1, sizeof(*w->weights));
	w->asked = calloc((size_t)data->competencies.count + 1, sizeof(*w->asked));
	w->must_have = calloc((size_t)data->competencies.count + 1, sizeof(*w->must_have));
	*ids = calloc((size_t)data->applications.count + 1, sizeof(**ids));
	if (w->weights == NULL || w->asked == NULL || w->must_have == NULL || *ids == NULL)
		out->failed = 1;
	return !out->failed;
}

static void writing_end(struct writing *w, const char **ids)
{
	json_close_array(&w->json);
	free(w->weights);
	free(w->asked);
	free(w->must_have);
	free(ids);
}

static size_t ids_of_role(const struct writing *w, uint32_t role, const char **ids)
{
	size_t count = 0;

	for (uint32_t a = 0; a < w->data->applications.count; a++)
		if (w->fit->live[a] && w->data->application[a].role == role)
			ids[count++] = w->data->applications.id[a];
	return count;
}

void results_of(struct buffer *out, const struct model_data *data, const struct fit *fit,
		uint32_t application, const struct rating *ratings, size_t count)
{
	uint32_t role = data->application[application].role;
	const char **ids;
	struct writing w;

	if (writing_begin(&w, out, data, fit, &ids) && weights_set(&w, role)) {
		put_application(&w, application, ratings, count);
		put_role(&w, role, ids, ids_of_role(&w, role, ids));
	}
	writing_end(&w, ids);
}

/* Applications by role, so that each role's are together. */
static uint32_t *by_role(const struct model_data *data, size_t **first)
{
	uint32_t *order = calloc((size_t)data->applications.count + 1, sizeof(*order));
	size_t *at = calloc((size_t)data->roles.count + 2, sizeof(*at));

	*first = at;
	if (order == NULL || at == NULL)
		return order;
	for (uint32_t a = 0; a < data->applications.count; a++)
		at[data->application[a].role + 2]++;
	for (uint32_t r = 0; r < data->roles.count; r++)
		at[r + 2] += at[r + 1];
	for (uint32_t a = 0; a < data->applications.count; a++)
		order[at[data->application[a].role + 1]++] = a;
	return order;
}

void results_all(struct buffer *out, const struct model_data *data, const struct fit *fit)
{
	const char **ids;
	struct writing w;
	size_t *first = NULL;
	uint32_t *order = by_role(data, &first);
	bool ready = writing_begin(&w, out, data, fit, &ids) && order != NULL && first != NULL;

	for (uint32_t r = 0; ready && fit->model != NULL && r < data->roles.count; r++) {
		size_t count = 0;

		if (!weights_set(&w, r))
			continue;
		for (size_t i = first[r]; i < first[r + 1]; i++) {
			const struct model_application *app = &data->application[order[i]];

			if (!fit->live[order[i]])
				continue;
			put_application(&w, order[i], data->ratings + app->first, app->count);
			ids[count++] = data->applications.id[order[i]];
		}
		put_role(&w, r, ids, count);
	}
	writing_end(&w, ids);
	if (!ready)
		out->failed = 1;
	free(order);
	free(first);
}

/* ---- the fit itself ---------------------------------------------------------------------------
 */

/* Findings that name nobody, and that a reader of any figure has to know. */
static const char *const notes[MODEL_FINDING_KINDS] = {
    [MODEL_FEW_CANDIDATES] = "note_few_candidates",
    [MODEL_CANDIDATES_SINGLE] = "note_candidates_single",
    [MODEL_DISCONNECTED] = "note_disconnected",
    [MODEL_SAME_PANEL] = "note_same_panel",
    [MODEL_INTERVIEWERS_ALONE] = "note_interviewers_alone",
    [MODEL_ZERO_SEVERITY] = "note_zero_severity",
    [MODEL_PERFECT_FIT] = "note_perfect_fit",
    [MODEL_NOT_SETTLED] = "note_not_settled",
    [MODEL_PRIOR_USED] = "note_prior",
};

static void put_notes(struct json_writer *json, const struct model *model)
{
	size_t count;
	const struct model_finding *findings = model_findings(model, &count);

	for (size_t i = 0; i < count; i++) {
		if (notes[findings[i].kind] == NULL)
			continue;
		json_open_object(json);
		json_member(json, "code", notes[findings[i].kind]);
		put_count(json, "n", findings[i].n);
		json_close_object(json);
	}
}

static void put_variances(struct json_writer *json, const struct model *model)
{
	struct model_variances v = model_summary(model).variances;

	json_key(json, "variances");
	json_open_object(json);
	put_figure(json, "candidate", figure_of(v.candidate));
	put_figure(json, "candidate_competency", figure_of(v.candidate_competency));
	put_figure(json, "candidate_interviewer", figure_of(v.candidate_interviewer));
	put_figure(json, "interviewer", figure_of(v.interviewer));
	put_figure(json, "residual", figure_of(v.residual));
	put_figure(json, "pool", figure_of(v.pool));
	json_close_object(json);
}

void results_summary(struct buffer *out, const struct fit *fit)
{
	struct json_writer json;

	json_writer_init(&json, out);
	json_open_object(&json);
	json_key(&json, "known");
	json_put_boolean(&json, fit->model != NULL);
	json_member(&json, "reason", fit->reason);
	put_count(&json, "candidates", fit->candidates);
	put_count(&json, "interviewers", fit->interviewers);
	put_count(&json, "ratings", fit->ratings);
	if (fit->model != NULL)
		put_variances(&json, fit->model);
	json_key(&json, "notes");
	json_open_array(&json);
	if (fit->model != NULL)
		put_notes(&json, fit->model);
	json_close_array(&json);
	json_close_object(&json);
}
