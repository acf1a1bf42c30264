/* REML of a model with two crossed random effects; see agreement.h for the criterion. */
#include <assert.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multimin.h>
#include <math.h>

#include "cells.h"

/*
 * With s = σu/σe, t = σr/σe: a unit's H = I + s²·11′ is inverted on paper, and what is left is a
 * system C of the mean and the raters, whose effects are counted in σr, so that C = W′H⁻¹W +
 * diag(0, I) is regular at t = 0 too. The criterion depends on s² and t² only and is smooth through
 * 0, so its minimum is sought without bounds.
 */
struct crossed_fit {
	const struct cells *cells;
	double *matrix, *right, *solved; /* of size m+1: the mean, then the raters */
	size_t size;
	double variance; /* σe² at the last place that was looked at */
	bool failed;
};

#define RATIO_MOST 1e5 /* of standard deviations: beyond, the residual is nothing */
#define LEAST_SIZE 1e-10
#define STEPS_MOST 2000
#define RESTARTS   4

/* Adds one unit's ratings; its sums are weighted as its pattern demands. */
static void unit_add(struct crossed_fit *fit, size_t begin, size_t end, double s2, double t,
		     double *squares)
{
	const struct cell *cell = fit->cells->cell;
	size_t size = fit->size;
	double n = (double)(end - begin), c = s2 / (1 + n * s2), sum = 0;
	for (size_t i = begin; i < end; i++) {
		sum += cell[i].rating;
		*squares += cell[i].rating * cell[i].rating;
	}
	*squares -= c * sum * sum;
	fit->matrix[0] += n - c * n * n;
	fit->right[0] += sum * (1 - c * n);
	for (size_t i = begin; i < end; i++) {
		double *row = fit->matrix + (cell[i].rater + 1) * size;
		row[0] += t * (1 - c * n);
		fit->right[cell[i].rater + 1] += t * (cell[i].rating - c * sum);
		for (size_t j = begin; j <= i; j++)
			row[cell[j].rater + 1] += t * t * ((i == j ? 1 : 0) - c);
	}
}

static double criterion(const gsl_vector *at, void *arg)
{
	struct crossed_fit *fit = arg;
	const struct cells *cells = fit->cells;
	double s = gsl_vector_get(at, 0), t = gsl_vector_get(at, 1), squares = 0, logs = 0;
	double n = (double)cells->count;
	if (!(fabs(s) < RATIO_MOST) || !(fabs(t) < RATIO_MOST))
		return HUGE_VAL;
	memset(fit->matrix, 0, fit->size * fit->size * sizeof(double));
	memset(fit->right, 0, fit->size * sizeof(double));
	for (size_t i = 1; i < fit->size; i++)
		fit->matrix[i * fit->size + i] = 1;
	for (size_t begin = 0, end = 0; begin < cells->count; begin = end) {
		end = cells_unit_end(cells, begin);
		unit_add(fit, begin, end, s * s, t, &squares);
		logs += log1p((double)(end - begin) * s * s);
	}
	gsl_matrix_view matrix = gsl_matrix_view_array(fit->matrix, fit->size, fit->size);
	gsl_vector_view right = gsl_vector_view_array(fit->right, fit->size);
	gsl_vector_view solved = gsl_vector_view_array(fit->solved, fit->size);
	if (gsl_linalg_cholesky_decomp1(&matrix.matrix) != 0 ||
	    gsl_linalg_cholesky_solve(&matrix.matrix, &right.vector, &solved.vector) != 0)
		return HUGE_VAL;
	for (size_t i = 0; i < fit->size; i++) {
		logs += 2 * log(fit->matrix[i * fit->size + i]);
		squares -= fit->right[i] * fit->solved[i];
	}
	fit->variance = squares / (n - 1);
	if (!(fit->variance > 0))
		return HUGE_VAL;
	return logs + (n - 1) * (1 + log(2 * acos(-1) * fit->variance));
}

/* One descent from `at`, which becomes the lowest place found. */
static enum err descend(struct crossed_fit *fit, gsl_multimin_fminimizer *minimizer, double at[2],
			double step, double *lowest)
{
	double steps[2] = {step, step};
	gsl_vector_view start = gsl_vector_view_array(at, 2);
	gsl_vector_view size = gsl_vector_view_array(steps, 2);
	gsl_multimin_function function = {criterion, 2, fit};
	if (gsl_multimin_fminimizer_set(minimizer, &function, &start.vector, &size.vector) != 0)
		return ERR_INVALID;
	for (int i = 0; i < STEPS_MOST; i++) {
		if (gsl_multimin_fminimizer_iterate(minimizer) != 0 ||
		    gsl_multimin_fminimizer_size(minimizer) < LEAST_SIZE)
			break;
	}
	at[0] = gsl_vector_get(minimizer->x, 0);
	at[1] = gsl_vector_get(minimizer->x, 1);
	*lowest = criterion(minimizer->x, fit);
	return isfinite(*lowest) ? OK : ERR_INVALID;
}

/* ERR_INVALID: no finite minimum. */
static enum err minimize(struct crossed_fit *fit, struct crossed *out)
{
	double at[2] = {1, 1}, lowest = HUGE_VAL;
	gsl_multimin_fminimizer *minimizer =
	    gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);
	if (minimizer == NULL)
		return ERR_MEMORY;
	enum err err = descend(fit, minimizer, at, .5, &lowest);
	/* A simplex can come to rest beside the minimum: begin again from there, in small steps. */
	for (int i = 0; i < RESTARTS && err == OK; i++) {
		double before = lowest;
		err = descend(fit, minimizer, at, .05, &lowest);
		if (before - lowest < 1e-10 * fabs(before))
			break;
	}
	gsl_multimin_fminimizer_free(minimizer);
	if (err != OK)
		return err;
	*out = (struct crossed){true, at[0] * at[0] * fit->variance, at[1] * at[1] * fit->variance,
				fit->variance, lowest};
	return OK;
}

/* The mean goes first: what is common to all ratings would drown the last digits. */
static bool center(struct cells *cells, double *spread)
{
	double mean = 0, most = 0;
	for (size_t i = 0; i < cells->count; i++)
		mean += cells->cell[i].rating;
	mean /= (double)cells->count;
	for (size_t i = 0; i < cells->count; i++) {
		cells->cell[i].rating -= mean;
		most = fmax(most, fabs(cells->cell[i].rating));
	}
	for (size_t i = 0; i < cells->count && most > 0; i++)
		cells->cell[i].rating /= most;
	*spread = most;
	return most > 0 && isfinite(most);
}

/* Raters who share units, and units who share raters, or an effect is one with the residual. */
static bool estimable(const struct cells *cells)
{
	return cells->categories > 1 && cells->units >= 2 && cells->raters >= 2 &&
	       cells->count > cells->units && cells->count > cells->raters &&
	       cells->count > cells->units + cells->raters - 1;
}

static enum err sorted_reml(struct cells *cells, struct crossed *out)
{
	double spread = 0;
	bool turned = cells->raters > cells->units;
	if (!estimable(cells) || !center(cells, &spread))
		return OK;
	if (turned)
		cells_transpose(cells);
	if (cells->raters > CROSSED_MOST)
		return ERR_TOO_LARGE;
	struct crossed_fit fit = {.cells = cells, .size = cells->raters + 1};
	fit.matrix = malloc((fit.size + 2) * fit.size * sizeof(double));
	if (fit.matrix == NULL)
		return ERR_MEMORY;
	fit.right = fit.matrix + fit.size * fit.size;
	fit.solved = fit.right + fit.size;
	enum err err = minimize(&fit, out);
	free(fit.matrix);
	if (err == ERR_INVALID)
		return OK; /* not known */
	if (turned) {
		double unit = out->unit;
		out->unit = out->rater;
		out->rater = unit;
	}
	double scale = spread * spread;
	out->unit *= scale;
	out->rater *= scale;
	out->residual *= scale;
	out->neg2_reml += ((double)cells->count - 1) * log(scale);
	return err;
}

enum err crossed_reml(const struct agreement_cell *cells, size_t count, struct crossed *out)
{
	struct cells sorted;
	*out = (struct crossed){0};
	TRY(cells_make(&sorted, cells, count));
	enum err err = sorted_reml(&sorted, out);
	cells_release(&sorted);
	return err;
}
