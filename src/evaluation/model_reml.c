/* Finds the variances by restricted maximum likelihood, with steps of average information. */
#include <assert.h>
#include <math.h>

#include "dense.h"
#include "model_internal.h"

/*
 * The ratios λ are searched, the residual variance is profiled out. Without a prior the search is
 * on λ itself, between 0 and LAMBDA_MOST: a variance may well be 0, and its logarithm has no end.
 * With the prior, Σ (ln λ − ln λ₀)² keeps λ from 0, and the search is on ln λ.
 */
#define LAMBDA_MOST  1e5
#define LAMBDA_LEAST 1e-9 /* stands for 0 while a severity or pool is searched */
#define STEPS_MOST   60
#define HALVINGS     40
#define SETTLED	     1e-11 /* of −2 REML that a further step could gain, per unit */

/* Published shares of variance of multiple mini-interviews; the rest is the residual's. */
static const double prior_lambda[TERMS] = {
    [TERM_CANDIDATE] = .28 / .05,
    [TERM_COMPETENCY] = .18 / .05,
    [TERM_HALO] = .40 / .05,
    [TERM_SEVERITY] = .09 / .05,
};

struct slope {
	double first[TERMS];	     /* ∂(−2 REML)/∂λ */
	double second[TERMS][TERMS]; /* by average information */
	double curve[TERMS];	     /* what the slower but ever downward EM step divides by */
};

static bool has_prior(const struct model *model, int term)
{
	return model->prior && term != TERM_POOL;
}

static double objective(const struct model *model)
{
	double sum = algebra_criterion(model);
	for (int i = 0; i < TERMS; i++)
		if (model->possible[i] && has_prior(model, i)) {
			double off = log(model->lambda[i] / prior_lambda[i]);
			sum += off * off;
		}
	return sum;
}

/* ---- derivatives ----------------------------------------------------------------------------- */

/* Which candidate's term the i-th of a pattern's columns belongs to. */
static int column_term(const struct pattern *p, size_t i)
{
	return i == 0 ? TERM_CANDIDATE : i <= p->nk ? TERM_COMPETENCY : TERM_HALO;
}

/* Adds the members' blocks of C⁻¹ into the full q by q matrix `g`. */
static void gather(const struct model *model, const struct pattern *p, size_t from, double *g)
{
	size_t q = p->q;
	memset(g, 0, q * q * sizeof(*g));
	for (size_t at = from; at < from + p->members; at++) {
		const uint32_t *column = model->order[at]->column;
		for (size_t i = 0; i < q; i++) {
			const double *row = model->c + column[i] * model->n;
			for (size_t l = i; l < q; l++)
				g[i * q + l] += row[column[l]];
		}
	}
	for (size_t i = 1; i < q; i++)
		for (size_t l = 0; l < i; l++)
			g[i * q + l] = g[l * q + i];
}

/* tr(P V) of candidate, competency and halo: of each pattern Σ A_ii − A_i·(ΣC⁻¹)A_·i. */
static void traces_add(const struct model *model, double trace[TERMS])
{
	double *g = model->scratch, *row = g + model->q_most * model->q_most;
	size_t at = 0;

	for (size_t i = 0; i < model->pattern_count; i++) {
		const struct pattern *p = model->patterns[i];
		size_t q = p->q;
		gather(model, p, at, g);
		at += p->members;
		for (size_t l = 0; l < q; l++) {
			const double *a = p->a + l * q;
			memset(row, 0, q * sizeof(*row));
			for (size_t m = 0; m < q; m++)
				for (size_t o = 0; o < q; o++)
					row[o] += a[m] * g[m * q + o];
			trace[column_term(p, l)] += p->members * a[l] - dense_dot(row, a, q);
		}
	}
}

/* tr(P V) = (levels − tr C⁻¹/λ)/λ of what candidates share; the columns from `from` to `to`. */
static double trace_shared(const struct model *model, int term, size_t from, size_t to)
{
	double lambda = model->lambda[term], sum = 0;
	if (!(lambda > 0))
		return 0;
	for (size_t i = from; i < to; i++)
		sum += 1 - model->c[i * model->n + i] / lambda;
	return sum / lambda;
}

/* Of one candidate: the products v'Av of the five terms' vectors v, and W'H⁻¹Zv into `shared`. */
static void products_add(const struct model *model, const struct person *person, const double *z,
			 double f[TERMS][TERMS], double *shared)
{
	const struct pattern *p = person->pattern;
	size_t q = p->q, n = model->n;
	double *x = model->scratch;

	memset(x, 0, TERMS * q * sizeof(*x));
	for (size_t i = 0; i < q; i++) {
		const double *a = p->a + i * q;
		double *own = x + (size_t)column_term(p, i) * q, v = person->rho[i];
		for (size_t l = 0; l < q; l++)
			own[l] += a[l] * v;
		if (i > 0 && i <= p->nk)
			continue;
		double *other = x + (i == 0 ? TERM_POOL : TERM_SEVERITY) * q;
		v = z[person->column[i]];
		for (size_t l = 0; l < q; l++)
			other[l] += a[l] * v;
	}
	for (size_t i = 0; i < q; i++) {
		int own = column_term(p, i), other = i == 0 ? TERM_POOL : TERM_SEVERITY;
		for (int t = 0; t < TERMS; t++) {
			f[own][t] += person->rho[i] * x[(size_t)t * q + i];
			if (own != TERM_COMPETENCY)
				f[other][t] += z[person->column[i]] * x[(size_t)t * q + i];
			shared[(size_t)t * n + person->column[i]] += x[(size_t)t * q + i];
		}
	}
}

/* y'PVPy of the five terms (in units of the residual variance), and W'Py into `z`. */
static void squares_find(const struct model *model, double *z, double square[TERMS])
{
	memset(z, 0, model->n * sizeof(*z));
	for (size_t at = 0; at < model->candidates; at++) {
		const struct person *person = model->order[at];
		for (size_t i = 0; i < person->pattern->q; i++) {
			double rho = person->rho[i];
			square[column_term(person->pattern, i)] += rho * rho;
			z[person->column[i]] += rho;
		}
	}
	for (size_t i = 0; i < model->pools; i++)
		square[TERM_POOL] += z[i] * z[i];
	for (size_t i = (size_t)model->pools + model->rated; i < model->n; i++)
		square[TERM_SEVERITY] += z[i] * z[i];
}

/* Levels over λ². */
static void curves_find(const struct model *model, double curve[TERMS])
{
	double levels[TERMS] = {[TERM_CANDIDATE] = model->candidates,
				[TERM_SEVERITY] = model->interviewers,
				[TERM_POOL] = model->pools};
	for (size_t i = 0; i < model->pattern_count; i++) {
		const struct pattern *p = model->patterns[i];
		levels[TERM_COMPETENCY] += (double)p->members * p->nk;
		levels[TERM_HALO] += (double)p->members * p->nj;
	}
	for (int i = 0; i < TERMS; i++) {
		double lambda = fmax(model->lambda[i], 1e-3);
		curve[i] = fmax(levels[i], 1) / (lambda * lambda);
	}
}

/* `vectors` has room for 7 of length n. */
static void slope_find(struct model *model, double *vectors, struct slope *slope)
{
	size_t n = model->n, from = (size_t)model->pools + model->rated;
	double degrees = (double)design_degrees(model), variance = model->quadratic / degrees;
	double trace[TERMS] = {0}, square[TERMS] = {0}, f[TERMS][TERMS] = {{0}};
	double *z = vectors, *solved = vectors + n, *shared = vectors + 2 * n;

	algebra_residuals(model);
	curves_find(model, slope->curve);
	traces_add(model, trace);
	trace[TERM_POOL] = trace_shared(model, TERM_POOL, 0, model->pools);
	trace[TERM_SEVERITY] = trace_shared(model, TERM_SEVERITY, from, n);
	squares_find(model, z, square);
	memset(shared, 0, TERMS * n * sizeof(*shared));
	for (size_t at = 0; at < model->candidates; at++)
		products_add(model, model->order[at], z, f, shared);
	for (size_t i = 0; i < TERMS; i++) {
		dense_apply(model->c, n, shared + i * n, solved);
		for (size_t l = 0; l < TERMS; l++) {
			double information = f[i][l] - dense_dot(solved, shared + l * n, n);
			slope->second[i][l] =
			    information / variance -
			    square[i] * square[l] / (variance * variance * degrees);
		}
		slope->first[i] = trace[i] - square[i] / variance;
	}
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* To ln λ, with the prior's own derivatives. */
static void slope_to_logarithms(const struct model *model, struct slope *slope)
{
	for (int i = 0; i < TERMS; i++) {
		double lambda = model->lambda[i];
		for (int l = 0; l < TERMS; l++)
			slope->second[i][l] *= lambda * model->lambda[l];
		slope->first[i] *= lambda;
		slope->curve[i] *= lambda * lambda;
		if (has_prior(model, i)) {
			slope->first[i] += 2 * log(lambda / prior_lambda[i]);
			slope->second[i][i] += 2;
		}
	}
}

/*
 * Solves second·step = −first over the free terms; *gain is what −2 REML may win. Ratings may tell
 * nothing of a term, and then its information is 0: `ridge` mixes in the EM step.
 */
static bool step_find(const struct slope *slope, const bool is_free[TERMS], double ridge,
		      double step[TERMS], double *gain)
{
	double matrix[TERMS * TERMS], right[TERMS], unused;
	int term[TERMS];
	size_t n = 0;

	for (int i = 0; i < TERMS; i++) {
		step[i] = 0;
		if (is_free[i])
			term[n++] = i;
	}
	*gain = 0;
	if (n == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		right[i] = -slope->first[term[i]];
		for (size_t l = 0; l < n; l++)
			matrix[i * n + l] = slope->second[term[i]][term[l]];
		matrix[i * n + i] += ridge * slope->curve[term[i]];
	}
	if (dense_factor(matrix, n, &unused) != OK || dense_invert(matrix, n) != OK)
		return false;
	for (size_t i = 0; i < n; i++) {
		step[term[i]] = dense_dot(matrix + i * n, right, n);
		*gain += step[term[i]] * right[i];
	}
	return isfinite(*gain) && *gain >= 0;
}

/* λ after a part of the step, within its bounds. */
static double lambda_after(const struct model *model, int term, double from, double step)
{
	double lambda = model->prior && has_prior(model, term) ? from * exp(fmax(-3, fmin(3, step)))
							       : from + step;
	double least = term == TERM_SEVERITY || term == TERM_POOL ? LAMBDA_LEAST : 0;
	return fmin(fmax(lambda, least), LAMBDA_MOST);
}

/* Shortens the step until −2 REML falls; false when it will not. */
static enum err step_take(struct model *model, const double from[TERMS], const double step[TERMS],
			  double *best, bool *taken)
{
	double part = 1;
	*taken = false;
	for (int i = 0; i < HALVINGS && !*taken; i++, part /= 2) {
		for (int t = 0; t < TERMS; t++)
			if (model->possible[t])
				model->lambda[t] = lambda_after(model, t, from[t], part * step[t]);
		if (algebra_solve(model) != OK || !(model->quadratic > 0))
			continue;
		double now = objective(model);
		if (now <= *best + 1e-12 * fabs(*best)) {
			*best = now;
			*taken = true;
		}
	}
	if (*taken)
		return OK;
	memcpy(model->lambda, from, sizeof(model->lambda));
	return algebra_solve(model);
}

/* A term at a bound stays there when −2 REML would rise inwards. */
static void free_find(const struct model *model, const struct slope *slope, bool is_free[TERMS])
{
	for (int i = 0; i < TERMS; i++) {
		double lambda = model->lambda[i];
		bool low = lambda <= LAMBDA_LEAST && !has_prior(model, i);
		is_free[i] = model->possible[i] && !(low && slope->first[i] >= 0) &&
			     !(lambda >= LAMBDA_MOST && slope->first[i] <= 0);
	}
}

static void lambda_start(struct model *model)
{
	static const double start[TERMS] = {1, .6, 1, .4, .4};
	for (int i = 0; i < TERMS; i++) {
		model->lambda[i] = model->possible[i] ? start[i] : 0;
		if (model->possible[i] && has_prior(model, i))
			model->lambda[i] = prior_lambda[i];
	}
}

static enum err search(struct model *model, double *vectors, bool *settled)
{
	double best = objective(model), last_gain = HUGE_VAL;

	for (uint32_t i = 0; i < STEPS_MOST; i++) {
		double from[TERMS], step[TERMS], gain, ridge = 0;
		bool is_free[TERMS], taken;
		struct slope slope;

		slope_find(model, vectors, &slope);
		if (model->prior)
			slope_to_logarithms(model, &slope);
		free_find(model, &slope, is_free);
		bool found = step_find(&slope, is_free, ridge, step, &gain);
		for (ridge = 1e-8; !found && ridge < 10; ridge *= 10)
			found = step_find(&slope, is_free, ridge, step, &gain);
		model->iterations = i + 1;
		if (!found)
			return OK;
		if (gain < SETTLED || (gain < 1e-8 && gain >= last_gain)) {
			*settled = true;
			return OK;
		}
		last_gain = gain;
		memcpy(from, model->lambda, sizeof(from));
		TRY(step_take(model, from, step, &best, &taken));
		if (!taken) {
			*settled = gain < 1e-6;
			return OK;
		}
	}
	return OK;
}

static void zeros_find(struct model *model)
{
	static const enum model_finding_kind kind[TERMS] = {
	    [TERM_CANDIDATE] = MODEL_ZERO_CANDIDATE, [TERM_COMPETENCY] = MODEL_ZERO_COMPETENCY,
	    [TERM_HALO] = MODEL_ZERO_HALO,	     [TERM_SEVERITY] = MODEL_ZERO_SEVERITY,
	    [TERM_POOL] = MODEL_ZERO_POOL,
	};
	for (int i = 0; i < TERMS; i++) {
		if (!model->possible[i] || model->lambda[i] > 10 * LAMBDA_LEAST)
			continue;
		model->lambda[i] = 0;
		finding_add(model, kind[i], 0, 0);
	}
}

/* A variance at its upper bound is one beside a residual of nothing. */
static bool is_perfect(const struct model *model)
{
	for (int i = 0; i < TERMS; i++)
		if (model->lambda[i] >= LAMBDA_MOST / 10)
			return true;
	return false;
}

enum err reml_search(struct model *model)
{
	double *vectors = calloc(7 * model->n, sizeof(*vectors));
	bool settled = false;
	enum err err = vectors == NULL ? ERR_MEMORY : OK;

	lambda_start(model);
	if (err == OK)
		err = algebra_solve(model);
	if (err == OK)
		err = search(model, vectors, &settled);
	free(vectors);
	TRY(err);
	zeros_find(model);
	if (is_perfect(model))
		finding_add(model, MODEL_PERFECT_FIT, 0, 0);
	else if (!settled)
		finding_add(model, MODEL_NOT_SETTLED, 0, 0);
	return algebra_solve(model);
}
