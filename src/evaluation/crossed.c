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
 *
 * A unit enters by how many ratings it has, n, and by sums: so all units with the same n are added
 * up once, and no evaluation of the criterion looks at a rating again.
 */
struct level {
	size_t units;
	double sum, squares; /* Σ s, Σ s² of the units' sums s */
	double
	    *pairs; /* size² : units that both raters rated; in the diagonal, that this one did */
	double *ratings; /* of each rater: Σ of the ratings */
	double *sums;	 /* of each rater: Σ of the sums of the units that were rated */
};

struct crossed_fit {
	const struct cells *cells;
	struct level *levels;		 /* by n, up to the number of raters */
	double *store;			 /* what they point into */
	double squares;			 /* Σ of all ratings, squared */
	double *matrix, *right, *solved; /* of size m+1: the mean, then the raters */
	size_t size;
	double variance; /* σe² at the last place that was looked at */
};

#define NUMBERS_MOST ((size_t)1 << 25) /* doubles that the levels may take */

#define RATIO_MOST  1e5 /* of standard deviations: beyond, the residual is nothing */
#define COARSE_SIZE 1e-3
#define LEAST_SIZE  1e-10
#define STEPS_MOST  2000
#define RESTARTS    4
#define NEWTON_MOST 12

/* Adds one unit's ratings to its level. */
static void unit_add(struct crossed_fit *fit, struct level *level, size_t begin, size_t end)
{
	const struct cell *cell = fit->cells->cell;
	double sum = 0;
	for (size_t i = begin; i < end; i++) {
		sum += cell[i].rating;
		fit->squares += cell[i].rating * cell[i].rating;
	}
	level->sum += sum;
	level->squares += sum * sum;
	for (size_t i = begin; i < end; i++) {
		level->ratings[cell[i].rater] += cell[i].rating;
		level->sums[cell[i].rater] += sum;
		for (size_t j = begin; j <= i; j++)
			level->pairs[cell[i].rater * fit->cells->raters + cell[j].rater]++;
	}
}

/* Adds the level of n ratings to C, its right side and what the ratings leave, at s² and t. */
static void level_put(struct crossed_fit *fit, const struct level *level, double n, double s2,
		      double t, double *squares)
{
	size_t raters = fit->cells->raters, size = fit->size;
	double c = s2 / (1 + n * s2);
	*squares -= c * level->squares;
	fit->matrix[0] += (double)level->units * (n - c * n * n);
	fit->right[0] += level->sum * (1 - c * n);
	for (size_t r = 0; r < raters; r++) {
		double *row = fit->matrix + (r + 1) * size;
		const double *pairs = level->pairs + r * raters;
		row[0] += t * (1 - c * n) * pairs[r];
		row[r + 1] += t * t * pairs[r];
		fit->right[r + 1] += t * (level->ratings[r] - c * level->sums[r]);
		for (size_t k = 0; k <= r; k++)
			row[k + 1] -= t * t * c * pairs[k];
	}
}

static double criterion(const gsl_vector *at, void *arg)
{
	struct crossed_fit *fit = arg;
	double s = gsl_vector_get(at, 0), t = gsl_vector_get(at, 1), squares = fit->squares;
	double n = (double)fit->cells->count, logs = 0;
	if (!(fabs(s) < RATIO_MOST) || !(fabs(t) < RATIO_MOST))
		return HUGE_VAL;
	memset(fit->matrix, 0, fit->size * fit->size * sizeof(double));
	memset(fit->right, 0, fit->size * sizeof(double));
	for (size_t i = 1; i < fit->size; i++)
		fit->matrix[i * fit->size + i] = 1;
	for (size_t i = 1; i < fit->size; i++) {
		const struct level *level = &fit->levels[i];
		if (level->units == 0)
			continue;
		level_put(fit, level, (double)i, s * s, t, &squares);
		logs += (double)level->units * log1p((double)i * s * s);
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
			double step, double size_least, double *lowest)
{
	double steps[2] = {step, step};
	gsl_vector_view start = gsl_vector_view_array(at, 2);
	gsl_vector_view size = gsl_vector_view_array(steps, 2);
	gsl_multimin_function function = {criterion, 2, fit};
	if (gsl_multimin_fminimizer_set(minimizer, &function, &start.vector, &size.vector) != 0)
		return ERR_INVALID;
	for (int i = 0; i < STEPS_MOST; i++) {
		if (gsl_multimin_fminimizer_iterate(minimizer) != 0 ||
		    gsl_multimin_fminimizer_size(minimizer) < size_least)
			break;
	}
	at[0] = gsl_vector_get(minimizer->x, 0);
	at[1] = gsl_vector_get(minimizer->x, 1);
	*lowest = criterion(minimizer->x, fit);
	return isfinite(*lowest) ? OK : ERR_INVALID;
}

static double criterion_at(struct crossed_fit *fit, double s, double t)
{
	double at[2] = {s, t};
	gsl_vector_view view = gsl_vector_view_array(at, 2);
	return criterion(&view.vector, fit);
}

/* Slopes and curvatures by central differences. */
struct shape {
	double slope[2], curve[2], cross;
};

static struct shape shape_at(struct crossed_fit *fit, const double at[2], const double h[2],
			     double here)
{
	struct shape shape = {.cross = 0};
	double s = at[0], t = at[1];
	double up = criterion_at(fit, s + h[0], t), down = criterion_at(fit, s - h[0], t);
	shape.slope[0] = (up - down) / (2 * h[0]);
	shape.curve[0] = (up - 2 * here + down) / (h[0] * h[0]);
	shape.cross -= up + down;
	up = criterion_at(fit, s, t + h[1]);
	down = criterion_at(fit, s, t - h[1]);
	shape.slope[1] = (up - down) / (2 * h[1]);
	shape.curve[1] = (up - 2 * here + down) / (h[1] * h[1]);
	shape.cross -= up + down;
	shape.cross += 2 * here + criterion_at(fit, s + h[0], t + h[1]) +
		       criterion_at(fit, s - h[0], t - h[1]);
	shape.cross /= 2 * h[0] * h[1];
	return shape;
}

/*
 * Newton's steps from a place that is near: few, where a simplex would need hundreds. False where
 * the criterion is no bowl or a step does not lower it; then nothing has changed.
 */
static bool refine(struct crossed_fit *fit, double at[2], double *lowest)
{
	double place[2] = {at[0], at[1]}, here = *lowest;
	for (int i = 0; i < NEWTON_MOST; i++) {
		double h[2] = {1e-4 * fmax(.1, fabs(place[0])), 1e-4 * fmax(.1, fabs(place[1]))};
		struct shape shape = shape_at(fit, place, h, here);
		double bowl = shape.curve[0] * shape.curve[1] - shape.cross * shape.cross;
		if (!isfinite(bowl) || !(shape.curve[0] > 0) || !(bowl > 0))
			return false;
		double step[2] = {
		    (shape.curve[1] * shape.slope[0] - shape.cross * shape.slope[1]) / bowl,
		    (shape.curve[0] * shape.slope[1] - shape.cross * shape.slope[0]) / bowl};
		double next = criterion_at(fit, place[0] - step[0], place[1] - step[1]);
		if (!(next <= here + 1e-9 * fmax(1, fabs(here))))
			return false;
		place[0] -= step[0];
		place[1] -= step[1];
		here = next;
		if (fabs(step[0]) + fabs(step[1]) < 1e-7 * (1 + fabs(place[0]) + fabs(place[1]))) {
			at[0] = place[0];
			at[1] = place[1];
			*lowest = here;
			return true;
		}
	}
	return false;
}

/* By simplex alone, begun again in small steps: it can come to rest beside the minimum. */
static enum err descend_fully(struct crossed_fit *fit, gsl_multimin_fminimizer *minimizer,
			      double at[2], double *lowest)
{
	for (int i = 0; i < RESTARTS; i++) {
		double before = *lowest;
		TRY(descend(fit, minimizer, at, .05, LEAST_SIZE, lowest));
		if (before - *lowest < 1e-10 * fabs(before))
			break;
	}
	return OK;
}

/* ERR_INVALID: no finite minimum. */
static enum err minimize(struct crossed_fit *fit, struct crossed *out)
{
	double at[2] = {1, 1}, lowest = HUGE_VAL;
	gsl_multimin_fminimizer *minimizer =
	    gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);
	if (minimizer == NULL)
		return ERR_MEMORY;
	enum err err = descend(fit, minimizer, at, .5, COARSE_SIZE, &lowest);
	if (err == OK && !refine(fit, at, &lowest))
		err = descend_fully(fit, minimizer, at, &lowest);
	gsl_multimin_fminimizer_free(minimizer);
	if (err != OK)
		return err;
	lowest = criterion_at(fit, at[0], at[1]);
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

static void fit_release(struct crossed_fit *fit)
{
	free(fit->levels);
	free(fit->matrix);
	free(fit->store);
}

/* How many numbers the levels that occur need; marks them by their units. */
static size_t levels_mark(struct crossed_fit *fit)
{
	const struct cells *cells = fit->cells;
	size_t numbers = 0;
	for (size_t begin = 0, end = 0; begin < cells->count; begin = end) {
		end = cells_unit_end(cells, begin);
		if (fit->levels[end - begin].units++ == 0)
			numbers += cells->raters * (cells->raters + 2);
	}
	return numbers;
}

static void levels_fill(struct crossed_fit *fit)
{
	const struct cells *cells = fit->cells;
	double *next = fit->store;
	for (size_t n = 1; n < fit->size; n++) {
		struct level *level = &fit->levels[n];
		if (level->units == 0)
			continue;
		level->pairs = next;
		level->ratings = level->pairs + cells->raters * cells->raters;
		level->sums = level->ratings + cells->raters;
		next = level->sums + cells->raters;
	}
	for (size_t begin = 0, end = 0; begin < cells->count; begin = end) {
		end = cells_unit_end(cells, begin);
		unit_add(fit, &fit->levels[end - begin], begin, end);
	}
}

/* To be released in either case. */
static enum err fit_make(struct crossed_fit *fit)
{
	fit->levels = calloc(fit->size, sizeof(*fit->levels));
	fit->matrix = malloc((fit->size + 2) * fit->size * sizeof(double));
	if (fit->levels == NULL || fit->matrix == NULL)
		return ERR_MEMORY;
	fit->right = fit->matrix + fit->size * fit->size;
	fit->solved = fit->right + fit->size;
	size_t numbers = levels_mark(fit);
	if (numbers > NUMBERS_MOST)
		return ERR_TOO_LARGE;
	fit->store = calloc(numbers + 1, sizeof(*fit->store));
	if (fit->store == NULL)
		return ERR_MEMORY;
	levels_fill(fit);
	return OK;
}

static enum err sorted_reml(struct cells *cells, struct crossed *out)
{
	double spread = 0;
	bool turned = cells->raters > cells->units;
	if (!estimable(cells) || !center(cells, &spread))
		return OK;
	if (turned)
		TRY(cells_transpose(cells));
	if (cells->raters > CROSSED_MOST)
		return ERR_TOO_LARGE;
	struct crossed_fit fit = {.cells = cells, .size = cells->raters + 1};
	enum err err = fit_make(&fit);
	if (err == OK)
		err = minimize(&fit, out);
	fit_release(&fit);
	if (err != OK)
		return err == ERR_INVALID ? OK : err; /* invalid: not known */
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
	return OK;
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
