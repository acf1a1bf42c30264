/* The model's estimates: scores, levels, severities, halo, comparisons. */
#include "evaluation/model.h"

#include <assert.h>
#include <math.h>

#include "dense.h"
#include "model_internal.h"

#define NINETY	    1.6448536269514722 /* of the normal distribution, 90 % within it on either side */
#define MEMORY_MOST ((size_t)6 << 30)

static double normal_below(double z)
{
	return erfc(-z * M_SQRT1_2) / 2;
}

static struct model_estimate estimate(double value, double variance)
{
	double se = sqrt(fmax(variance, 0));
	struct model_estimate e = {figure_of(value), figure_of(se), figure_of(value - NINETY * se),
				   figure_of(value + NINETY * se)};
	if (e.value.known && e.se.known && e.low.known && e.high.known)
		return e;
	return (struct model_estimate){0};
}

static enum err variances_take(struct model *model, const struct model_variances *v)
{
	const double all[] = {v->candidate,
			      v->candidate_competency,
			      v->candidate_interviewer,
			      v->interviewer,
			      v->pool,
			      v->residual};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!(all[i] >= 0 && all[i] <= 1e12))
			return ERR_INVALID;
	if (!(v->residual >= 1e-12))
		return ERR_INVALID;
	for (int i = 0; i < TERMS; i++)
		model->lambda[i] = all[i] / v->residual;
	model->residual = v->residual;
	if (model->pools_given == 0)
		model->lambda[TERM_POOL] = 0;
	return OK;
}

static enum err fit_prepare(struct model *model, const struct model_design *design,
			    const struct model_options *options)
{
	model->findings = arena_alloc(&model->arena, FINDINGS_MOST * sizeof(*model->findings));
	if (model->findings == NULL)
		return ERR_MEMORY;
	TRY(design_take(model, design));
	if (options->variances != NULL) {
		model->fixed = true;
		TRY(variances_take(model, options->variances));
	}
	model->prior = !model->fixed &&
		       (options->prior == MODEL_PRIOR_ALWAYS ||
			(options->prior == MODEL_PRIOR_SMALL && model->candidates < MODEL_SMALL));
	TRY(find_groups(model));
	model->has_pool = model->pools > 1;
	TRY(design_reduce(model));
	return find_all(model);
}

static enum err fit(struct model *model)
{
	if (!model->known)
		return OK;
	if (model->fixed)
		return algebra_solve(model);
	TRY(reml_search(model));
	model->residual = model->quadratic / (double)design_degrees(model);
	if (!(model->residual > 0) || !isfinite(model->residual))
		model->known = false;
	return OK;
}

enum err model_fit(const struct model_design *design, const struct model_options *options,
		   struct model **out)
{
	struct model *model = calloc(1, sizeof(*model));
	*out = NULL;
	if (model == NULL)
		return ERR_MEMORY;
	arena_init(&model->arena, MEMORY_MOST);
	enum err err = fit_prepare(model, design, options);
	if (err == OK)
		err = fit(model);
	/* A system that cannot be solved is data that says too little, not a failure. */
	if (err == ERR_CONFLICT) {
		model->known = false;
		finding_add(model, MODEL_NOT_SETTLED, 0, 0);
		err = OK;
	}
	if (err == OK)
		*out = model;
	else
		model_free(model);
	return err;
}

void model_free(struct model *model)
{
	if (model == NULL)
		return;
	arena_release(&model->arena);
	free(model);
}

bool model_known(const struct model *model)
{
	return model->known;
}

const struct model_finding *model_findings(const struct model *model, size_t *count)
{
	*count = model->finding_count;
	return model->findings;
}

struct model_fit model_summary(const struct model *model)
{
	const double *l = model->lambda;
	double s = model->residual;
	assert(model->known);
	return (struct model_fit){
	    .variances = {.candidate = l[TERM_CANDIDATE] * s,
			  .candidate_competency = l[TERM_COMPETENCY] * s,
			  .candidate_interviewer = l[TERM_HALO] * s,
			  .interviewer = l[TERM_SEVERITY] * s,
			  .residual = s,
			  .pool = l[TERM_POOL] * s},
	    .neg2_reml = algebra_criterion(model),
	    .iterations = model->iterations,
	    .ratings = model->count,
	    .groups = model->groups,
	    .pools = model->has_pool ? model->pools : 0,
	};
}

/* ---- a weighted sum of one candidate's levels ------------------------------------------------ */

#define SHARED_MOST (1 + 2 * MODEL_CARD_MOST + MODEL_COMPETENCIES_MOST)

/* The error of an estimate in what candidates share: q of the formulae, where it is not 0. */
struct shared {
	size_t count;
	uint32_t column[SHARED_MOST];
	double value[SHARED_MOST];
};

struct target {
	double value, variance; /* the latter over the residual variance */
};

/* What is weighed: the competencies by these weights, or one of them alone. */
struct aim {
	const double *weight;
	uint32_t only;
};

static double aim_weight(struct aim aim, uint32_t k)
{
	return aim.weight != NULL ? aim.weight[k] : (double)(k == aim.only);
}

static struct aim aim_score(const struct model *model)
{
	return (struct aim){model->weight, 0};
}

/* l of the candidate's first columns, its own and the competencies': Λ times what the aim takes. */
static void target_own(const struct model *model, const struct person *person, size_t count,
		       struct aim aim, double *own)
{
	own[0] = model->lambda[TERM_CANDIDATE];
	for (size_t i = 1; i < count; i++)
		own[i] = model->lambda[TERM_COMPETENCY] *
			 aim_weight(aim, person->column[i] - model->pools);
}

static double shared_product(const struct model *model, const struct shared *a,
			     const struct shared *b)
{
	double sum = 0;
	for (size_t i = 0; i < a->count; i++) {
		const double *row = model->c + a->column[i] * model->n;
		double part = 0;
		for (size_t l = 0; l < b->count; l++)
			part += row[b->column[l]] * b->value[l];
		sum += a->value[i] * part;
	}
	return sum;
}

static void shared_add(struct shared *shared, uint32_t column, double value)
{
	shared->column[shared->count] = column;
	shared->value[shared->count++] = value;
}

/* What the aim takes of the competencies' means; those of the candidate's columns are there. */
static void target_means(const struct model *model, const struct person *person, struct aim aim,
			 struct target *t, struct shared *shared)
{
	size_t at = 1, end = 1 + (size_t)person->pattern->nk;
	for (uint32_t k = 0; k < model->rated; k++) {
		double weight = aim_weight(aim, k);
		t->value += weight * (model->u[model->pools + k] + model->centre[k]);
		t->variance += model->lambda[TERM_COMPETENCY] * weight * weight;
		if (at < end && person->column[at] == model->pools + k)
			at++;
		else if (weight > 0)
			shared_add(shared, model->pools + k, weight);
	}
}

static struct target target_find(const struct model *model, uint32_t candidate, struct aim aim,
				 struct shared *shared)
{
	const struct person *person = &model->people[candidate];
	const struct pattern *p = person->pattern;
	double own[MODEL_CARD_MOST + 1] UNINITIALIZED, rho[2 * MODEL_CARD_MOST + 2] UNINITIALIZED;
	struct target t = {model->u[person->column[0]], model->lambda[TERM_CANDIDATE]};
	size_t count = 1 + (size_t)p->nk;

	target_own(model, person, count, aim, own);
	algebra_rho(model, person, rho);
	/* q is 1 of the pool and w of the competencies, less A l of the candidate's columns. */
	shared->count = 0;
	for (size_t i = 0; i < p->q; i++) {
		const double *a = p->a + i * p->q;
		double less = dense_dot(a, own, count);
		double taken = i == 0 ? 1 : 0;
		if (i > 0 && i < count)
			taken = aim_weight(aim, person->column[i] - model->pools);
		shared_add(shared, person->column[i], taken - less);
		if (i < count) {
			t.value += own[i] * rho[i];
			t.variance -= own[i] * less;
		}
	}
	target_means(model, person, aim, &t, shared);
	t.variance += shared_product(model, shared, shared);
	return t;
}

static struct model_estimate target_estimate(const struct model *model, uint32_t candidate,
					     struct aim aim)
{
	struct shared shared UNINITIALIZED;
	struct target t = target_find(model, candidate, aim, &shared);
	return estimate(t.value, t.variance * model->residual);
}

uint32_t model_competencies(const struct model *model)
{
	return model->competencies;
}

size_t model_columns(const struct model *model)
{
	return model->n;
}

/* ---- estimates ------------------------------------------------------------------------------- */

struct model_candidate model_candidate(const struct model *model, uint32_t candidate)
{
	assert(candidate < model->candidates);
	const struct person *person = &model->people[candidate];
	const struct pattern *p = person->pattern;
	struct model_candidate result = {.cards = p->nj, .ratings = person->count};
	double sum = 0;

	for (size_t k = 0; k < p->nk; k++) {
		uint32_t column = person->column[1 + k] - model->pools;
		double times = 0;
		for (size_t j = 0; j < p->nj; j++)
			times += p->cell[k * p->nj + j];
		double mean = model->centre[column] + person->sum[1 + k] / times;
		sum += model->weight[column] * mean;
		result.share_rated += model->weight[column];
	}
	if (result.share_rated > 0)
		result.average = figure_of(sum / result.share_rated);
	if (model->known && person->count > 0)
		result.score = target_estimate(model, candidate, aim_score(model));
	return result;
}

static uint32_t rated_column(const struct model *model, uint32_t competency)
{
	assert(competency < model->competencies);
	return model->column_of[competency];
}

struct model_estimate model_level(const struct model *model, uint32_t candidate,
				  uint32_t competency)
{
	uint32_t column = rated_column(model, competency);
	assert(candidate < model->candidates);
	if (!model->known || column == NO_COLUMN || model->people[candidate].count == 0)
		return (struct model_estimate){0};
	return target_estimate(model, candidate, (struct aim){NULL, column});
}

struct figure model_level_probability(const struct model *model, uint32_t candidate,
				      uint32_t competency, double gate)
{
	struct model_estimate level = model_level(model, candidate, competency);
	double off = level.value.value - gate;
	if (!level.value.known || !isfinite(gate))
		return (struct figure){0};
	if (level.se.value > 0)
		return figure_of(normal_below(off / level.se.value));
	return figure_of(off >= 0);
}

struct model_estimate model_competency(const struct model *model, uint32_t competency)
{
	uint32_t k = rated_column(model, competency);
	if (!model->known || k == NO_COLUMN)
		return (struct model_estimate){0};
	size_t at = (size_t)model->pools + k;
	return estimate(model->u[at] + model->centre[k],
			model->c[at * model->n + at] * model->residual);
}

struct model_estimate model_severity(const struct model *model, uint32_t interviewer)
{
	assert(interviewer < model->interviewers);
	size_t at = (size_t)model->pools + model->rated + interviewer;
	if (!model->known || model->cards[interviewer] == 0)
		return (struct model_estimate){0};
	return estimate(-model->u[at], model->c[at * model->n + at] * model->residual);
}

struct model_estimate model_severity_gap(const struct model *model, uint32_t a, uint32_t b)
{
	assert(a < model->interviewers && b < model->interviewers);
	size_t base = (size_t)model->pools + model->rated, i = base + a, l = base + b;
	if (!model->known || model->cards[a] == 0 || model->cards[b] == 0)
		return (struct model_estimate){0};
	double variance = model->c[i * model->n + i] + model->c[l * model->n + l] -
			  2 * model->c[i * model->n + l];
	return estimate(model->u[l] - model->u[i], variance * model->residual);
}

struct figure model_halo(const struct model *model, uint32_t candidate, uint32_t interviewer)
{
	assert(candidate < model->candidates && interviewer < model->interviewers);
	const struct person *person = &model->people[candidate];
	uint32_t column = model->pools + model->rated + interviewer;
	double rho[2 * MODEL_CARD_MOST + 2] UNINITIALIZED;
	if (!model->known)
		return (struct figure){0};
	algebra_rho(model, person, rho);
	for (size_t i = 1 + person->pattern->nk; i < person->pattern->q; i++)
		if (person->column[i] == column)
			return figure_of(model->lambda[TERM_HALO] * rho[i]);
	return (struct figure){0};
}

static struct model_comparison compare(const struct model *model, uint32_t a, uint32_t b,
				       struct aim aim)
{
	struct shared shared_a UNINITIALIZED, shared_b UNINITIALIZED;
	assert(a < model->candidates && b < model->candidates);
	if (!model->known || model->people[a].count == 0 || model->people[b].count == 0)
		return (struct model_comparison){0};
	struct target x = target_find(model, a, aim, &shared_a);
	struct target y = target_find(model, b, aim, &shared_b);
	double covariance = a == b ? x.variance : shared_product(model, &shared_a, &shared_b);
	double variance = (x.variance + y.variance - 2 * covariance) * model->residual;
	double off = x.value - y.value, p = off > 0 ? 1 : off < 0 ? 0 : .5;
	if (a == b)
		p = .5;
	else if (variance > 0)
		p = normal_below(off / sqrt(variance));
	return (struct model_comparison){figure_of(p), figure_of(covariance * model->residual)};
}

struct model_comparison model_compare(const struct model *model, uint32_t a, uint32_t b)
{
	return compare(model, a, b, aim_score(model));
}

/* One's own weights over the rated competencies, to a sum of 1; false when they have none. */
static bool weights_take(const struct model *model, const double *weights, double *out)
{
	double sum = 0;
	for (size_t k = 0; k < model->competencies; k++) {
		if (!(weights[k] >= 0) || !isfinite(weights[k]))
			return false;
		if (model->column_of[k] == NO_COLUMN)
			continue;
		out[model->column_of[k]] = weights[k];
		sum += weights[k];
	}
	if (!(sum > 0) || !isfinite(sum))
		return false;
	for (size_t k = 0; k < model->rated; k++)
		out[k] /= sum;
	return true;
}

struct model_estimate model_weighted(const struct model *model, uint32_t candidate,
				     const double *weights)
{
	double own[MODEL_COMPETENCIES_MOST] = {0};
	assert(candidate < model->candidates);
	if (!model->known || model->people[candidate].count == 0 ||
	    !weights_take(model, weights, own))
		return (struct model_estimate){0};
	return target_estimate(model, candidate, (struct aim){own, 0});
}

struct model_comparison model_compare_weighted(const struct model *model, uint32_t a, uint32_t b,
					       const double *weights)
{
	double own[MODEL_COMPETENCIES_MOST] = {0};
	if (!weights_take(model, weights, own))
		return (struct model_comparison){0};
	return compare(model, a, b, (struct aim){own, 0});
}

/* ---- many pairs ------------------------------------------------------------------------------ */

/* What of a shared error is not 0: a few values, copied out of where there is room for many. */
struct few {
	struct target target;
	size_t count;
	uint32_t *column;
	double *value;
};

static double few_product(const struct model *model, const struct few *a, const struct few *b)
{
	double sum = 0;
	for (size_t i = 0; i < a->count; i++) {
		const double *row = model->c + a->column[i] * model->n;
		double part = 0;
		for (size_t l = 0; l < b->count; l++)
			part += row[b->column[l]] * b->value[l];
		sum += a->value[i] * part;
	}
	return sum;
}

static enum err few_take(const struct model *model, uint32_t candidate, struct aim aim,
			 struct arena *arena, struct few *out)
{
	struct shared shared UNINITIALIZED;
	out->target = target_find(model, candidate, aim, &shared);
	out->count = shared.count;
	out->column =
	    (void *)arena_memdup(arena, shared.column, shared.count * sizeof(*shared.column));
	out->value =
	    (void *)arena_memdup(arena, shared.value, shared.count * sizeof(*shared.value));
	return out->column != NULL && out->value != NULL ? OK : ERR_MEMORY;
}

static double pair_probability(const struct model *model, const struct few *a, const struct few *b)
{
	double covariance = few_product(model, a, b);
	double variance =
	    (a->target.variance + b->target.variance - 2 * covariance) * model->residual;
	double off = a->target.value - b->target.value;
	if (variance > 0)
		return normal_below(off / sqrt(variance));
	return off > 0 ? 1 : off < 0 ? 0 : .5;
}

enum err model_compare_many(const struct model *model, const uint32_t *candidates, size_t count,
			    const double *weights, struct figure *out)
{
	double own[MODEL_COMPETENCIES_MOST] = {0};
	struct arena arena;
	enum err err = OK;

	for (size_t i = 0; i < count; i++)
		assert(candidates[i] < model->candidates);
	memset(out, 0, (count * count - count) / 2 * sizeof(*out));
	if (!model->known || !weights_take(model, weights, own))
		return OK;
	arena_init(&arena, MEMORY_MOST);
	struct few *few = arena_alloc(&arena, (count + 1) * sizeof(*few));
	if (few == NULL)
		err = ERR_MEMORY;
	for (size_t i = 0; i < count && err == OK; i++)
		if (model->people[candidates[i]].count > 0)
			err = few_take(model, candidates[i], (struct aim){own, 0}, &arena, &few[i]);
	for (size_t i = 0, at = 0; i < count && err == OK; i++)
		for (size_t k = i + 1; k < count; k++, at++)
			if (few[i].count > 0 && few[k].count > 0)
				out[at] = figure_of(pair_probability(model, &few[i], &few[k]));
	arena_release(&arena);
	return err;
}
