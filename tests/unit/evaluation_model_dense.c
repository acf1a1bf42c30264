/* The model with everything in it, pools and holes and doubles, against its formulae written out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/text.h"
#include "evaluation/model.h"
#include "evaluation_model_world.h"

#define C    14
#define J    8
#define K    3
#define MOST (C * 5 * K)

static const struct world_form form = {C, J, K, 4, .4, .2, 0, PANEL_TEAM, 2, .5, true};
static const struct model_variances variances = {.31, .17, .23, .11, .29, .19};
static const double weights[K] = {.5, .3, .2};

/* Everything from matrices of all ratings. */
struct whole {
	size_t n;
	double y[MOST], inverse[MOST * MOST]; /* V⁻¹ */
	double log_v, log_x, squares;
	double x[MOST * K], xvx[K * K], beta[K]; /* xvx: inverse of X'V⁻¹X */
	double residual[MOST];			 /* V⁻¹(y − Xβ) */
};

/* Gauss and Jordan, with pivots on the diagonal: the matrices are positive definite. */
static double invert(double *a, size_t n)
{
	double logs = 0;
	for (size_t i = 0; i < n; i++) {
		double pivot = a[i * n + i];
		logs += log(pivot);
		a[i * n + i] = 1;
		for (size_t j = 0; j < n; j++)
			a[i * n + j] /= pivot;
		for (size_t r = 0; r < n; r++) {
			double f = a[r * n + i];
			if (r == i)
				continue;
			a[r * n + i] = 0;
			for (size_t j = 0; j < n; j++)
				a[r * n + j] -= f * a[i * n + j];
		}
	}
	return logs;
}

static double covariance(const struct world *world, const struct rating *p, const struct rating *q)
{
	const struct model_variances *v = &variances;
	bool same = p->candidate == q->candidate;
	return v->pool * (world->pool[p->candidate] == world->pool[q->candidate]) +
	       v->candidate * same +
	       v->candidate_competency * (same && p->competency == q->competency) +
	       v->candidate_interviewer * (same && p->interviewer == q->interviewer) +
	       v->interviewer * (p->interviewer == q->interviewer) + v->residual * (p == q);
}

static void whole_make(struct whole *w, const struct world *world)
{
	size_t n = w->n = world->count;
	assert_true(n <= MOST);
	memset(w->x, 0, sizeof(w->x));
	for (size_t i = 0; i < n; i++) {
		w->y[i] = world->ratings[i].value;
		w->x[i * K + world->ratings[i].competency] = 1;
		for (size_t j = 0; j < n; j++)
			w->inverse[i * n + j] =
			    covariance(world, &world->ratings[i], &world->ratings[j]);
	}
	w->log_v = invert(w->inverse, n);
	memset(w->xvx, 0, sizeof(w->xvx));
	double xvy[K] = {0};
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			size_t k = world->ratings[i].competency, l = world->ratings[j].competency;
			w->xvx[k * K + l] += w->inverse[i * n + j];
			xvy[k] += w->inverse[i * n + j] * w->y[j];
		}
	w->log_x = invert(w->xvx, K);
	for (size_t k = 0; k < K; k++) {
		w->beta[k] = 0;
		for (size_t l = 0; l < K; l++)
			w->beta[k] += w->xvx[k * K + l] * xvy[l];
	}
	w->squares = 0;
	for (size_t i = 0; i < n; i++) {
		w->residual[i] = 0;
		for (size_t j = 0; j < n; j++)
			w->residual[i] += w->inverse[i * n + j] *
					  (w->y[j] - w->beta[world->ratings[j].competency]);
	}
	for (size_t i = 0; i < n; i++)
		w->squares += w->residual[i] * (w->y[i] - w->beta[world->ratings[i].competency]);
}

/* Of a score: its covariance with each rating. */
static void score_covariance(const struct world *world, uint32_t c, double *out)
{
	for (size_t i = 0; i < world->count; i++) {
		const struct rating *r = &world->ratings[i];
		out[i] = variances.pool * (world->pool[c] == world->pool[r->candidate]);
		if (r->candidate == c)
			out[i] += variances.candidate +
				  variances.candidate_competency * weights[r->competency];
	}
}

/* Covariance of the errors of two scores. */
static double error_covariance(const struct whole *w, const struct world *world, uint32_t a,
			       uint32_t b)
{
	double ca[MOST], cb[MOST], qa[K], qb[K], sum = 0;
	score_covariance(world, a, ca);
	score_covariance(world, b, cb);
	for (size_t k = 0; k < K; k++) {
		qa[k] = qb[k] = weights[k];
		sum += variances.candidate_competency * weights[k] * weights[k] * (a == b);
	}
	sum += variances.pool * (world->pool[a] == world->pool[b]) + variances.candidate * (a == b);
	for (size_t i = 0; i < w->n; i++)
		for (size_t j = 0; j < w->n; j++) {
			double v = w->inverse[i * w->n + j];
			sum -= ca[i] * v * cb[j];
			qa[world->ratings[j].competency] -= ca[i] * v;
			qb[world->ratings[j].competency] -= cb[i] * v;
		}
	for (size_t k = 0; k < K; k++)
		for (size_t l = 0; l < K; l++)
			sum += qa[k] * w->xvx[k * K + l] * qb[l];
	return sum;
}

static void close_to(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9))
		fail_msg("%.12f instead of %.12f", got, want);
}

static void scores_close(const struct model *model, const struct whole *w,
			 const struct world *world)
{
	double own[MOST];
	for (uint32_t c = 0; c < C; c++) {
		double t = 0;
		score_covariance(world, c, own);
		for (size_t k = 0; k < K; k++)
			t += weights[k] * w->beta[k];
		for (size_t i = 0; i < w->n; i++)
			t += own[i] * w->residual[i];
		struct model_candidate got = model_candidate(model, c);
		close_to(got.score.value.value, t);
		close_to(got.score.se.value * got.score.se.value, error_covariance(w, world, c, c));
		for (uint32_t b = 0; b < c; b++)
			close_to(model_compare(model, c, b).covariance.value,
				 error_covariance(w, world, c, b));
	}
}

static void effects_close(const struct model *model, const struct whole *w,
			  const struct world *world)
{
	for (uint32_t k = 0; k < K; k++) {
		close_to(model_competency(model, k).value.value, w->beta[k]);
		close_to(model_competency(model, k).se.value, sqrt(w->xvx[k * K + k]));
	}
	for (uint32_t j = 0; j < J; j++) {
		double b = 0;
		for (size_t i = 0; i < w->n; i++)
			b += variances.interviewer * (world->ratings[i].interviewer == j) *
			     w->residual[i];
		close_to(model_severity(model, j).value.value, -b);
	}
	for (size_t i = 0; i < w->n; i++) {
		const struct rating *r = &world->ratings[i];
		double e = 0;
		for (size_t l = 0; l < w->n; l++)
			e += variances.candidate_interviewer * w->residual[l] *
			     (world->ratings[l].candidate == r->candidate &&
			      world->ratings[l].interviewer == r->interviewer);
		close_to(model_halo(model, r->candidate, r->interviewer).value, e);
	}
}

static void test_formulae_written_out(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct world world;
		struct model *model;
		struct model_options options = {.variances = &variances};
		struct whole *w = malloc(sizeof(*w));
		assert_non_null(w);
		world_make(&world, &form, seed);
		world.ratings[world.count - 1] = world.ratings[0]; /* a cell rated twice */
		struct model_design design = world_design(&world, &form);
		design.weights = weights;
		whole_make(w, &world);
		assert_int_equal(model_fit(&design, &options, &model), OK);
		close_to(model_summary(model).neg2_reml,
			 w->log_v + w->log_x + (double)(w->n - K) * log(2 * M_PI) + w->squares);
		scores_close(model, w, &world);
		effects_close(model, w, &world);
		model_free(model);
		world_release(&world);
		free(w);
	}
}

/* No step in any direction lowers −2 REML below where the search came to rest. */
static void test_the_search_rests_at_a_minimum(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct world_form wide = form;
		struct model_options options = {.prior = MODEL_PRIOR_NEVER};
		struct world world;
		struct model *model;
		wide.candidates = 60;
		wide.hole = seed % 2 == 0 ? .3 : 0;
		world_make(&world, &wide, seed);
		struct model_design design = world_design(&world, &wide);
		assert_int_equal(model_fit(&design, &options, &model), OK);
		struct model_fit best = model_summary(model);
		model_free(model);
		for (int i = 0; i < 12; i++) {
			struct model_variances near = best.variances;
			double *each[] = {&near.candidate,
					  &near.candidate_competency,
					  &near.candidate_interviewer,
					  &near.interviewer,
					  &near.residual,
					  &near.pool};
			*each[i / 2] = fmax(*each[i / 2] + (i % 2 ? 1e-3 : -1e-3), 0);
			options.variances = &near;
			assert_int_equal(model_fit(&design, &options, &model), OK);
			assert_true(model_summary(model).neg2_reml >= best.neg2_reml - 1e-9);
			model_free(model);
			options.variances = NULL;
		}
		world_release(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_formulae_written_out),
	    cmocka_unit_test(test_the_search_rests_at_a_minimum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
