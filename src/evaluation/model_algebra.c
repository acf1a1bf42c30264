/* The model's linear algebra: each pattern's small matrix, the shared system, its solution. */
#include <assert.h>
#include <math.h>

#include "dense.h"
#include "model_internal.h"

/* A determinant on its way: a logarithm now and then is enough. */
struct product {
	double value, log;
};

static void product_times(struct product *product, double factor)
{
	product->value *= factor;
	if (product->value > 1e100) {
		product->log += log(product->value);
		product->value = 1;
	}
}

/* Λ of one of a pattern's q columns. */
double algebra_shrink(const struct model *model, const struct pattern *pattern, size_t i)
{
	if (i == 0)
		return model->lambda[TERM_CANDIDATE];
	return model->lambda[i <= pattern->nk ? TERM_COMPETENCY : TERM_HALO];
}

/*
 * Competencies first, since their blocks are diagonal: with H₁ = I + λd Z_d Z_d' this writes the
 * upper triangle of Z'H₁⁻¹Z, and adds |H₁| to the product.
 */
static void eliminate_competencies(const struct model *model, const struct pattern *p,
				   struct product *product)
{
	double lambda = model->lambda[TERM_COMPETENCY];
	size_t q = p->q, nk = p->nk, nj = p->nj, e = 1 + nk;
	double *a = p->a;

	memset(a, 0, q * q * sizeof(*a));
	for (size_t k = 0; k < nk; k++) {
		const uint16_t *cell = p->cell + k * nj;
		double n = 0;
		for (size_t j = 0; j < nj; j++)
			n += cell[j];
		double t = 1 / (1 + lambda * n);
		product_times(product, 1 + lambda * n);
		a[0] += n * t;
		a[1 + k] = n * t;
		a[(1 + k) * q + 1 + k] = n * t;
		for (size_t j = 0; j < nj; j++) {
			double count = cell[j] * t;
			if (cell[j] == 0)
				continue;
			a[e + j] += count;
			a[(1 + k) * q + e + j] = count;
			a[(e + j) * q + e + j] += cell[j];
			for (size_t i = j; i < nj; i++)
				a[(e + j) * q + e + i] -= lambda * count * cell[i];
		}
	}
}

/* The row of column `i` of Z₂, which is the ones (0) or interviewer i − 1. */
static size_t second_row(const struct pattern *p, size_t i)
{
	return i == 0 ? 0 : p->nk + i;
}

/* Row i of L₂·Z₂'H₁⁻¹Z, from the upper triangle. */
static void second_take(const struct pattern *p, size_t i, double scale, double *out)
{
	size_t q = p->q, row = second_row(p, i);
	for (size_t l = 0; l < row; l++)
		out[l] = scale * p->a[l * q + row];
	for (size_t l = row; l < q; l++)
		out[l] = scale * p->a[row * q + l];
}

/*
 * Then the candidate and the interviewers: with L₂² = Λ₂ and RR' = I + L₂ Z₂'H₁⁻¹Z₂ L₂,
 * A = Z'H₁⁻¹Z − Y'Y and Y = R⁻¹ L₂ Z₂'H₁⁻¹Z. The rows of Y are made one after another, with R.
 */
static void eliminate_rest(const struct model *model, const struct pattern *p,
			   struct product *product)
{
	size_t q = p->q, t = 1 + p->nj;
	double root_candidate = sqrt(model->lambda[TERM_CANDIDATE]);
	double root_halo = sqrt(model->lambda[TERM_HALO]);
	double *y = model->scratch;

	for (size_t i = 0; i < t; i++) {
		double *row = y + i * q, root = i == 0 ? root_candidate : root_halo;
		second_take(p, i, root, row);
		for (size_t l = 0; l < i; l++) {
			/* R_il is what Y_l has in Z₂'s column i, scaled as that column is. */
			double f = y[l * q + second_row(p, i)] * root;
			for (size_t m = 0; m < q; m++)
				row[m] -= f * y[l * q + m];
		}
		double diagonal = 1 + root * row[second_row(p, i)];
		double inverse = 1 / sqrt(diagonal);
		product_times(product, diagonal);
		for (size_t m = 0; m < q; m++)
			row[m] *= inverse;
	}
	for (size_t i = 0; i < t; i++) {
		const double *row = y + i * q;
		for (size_t l = 0; l < q; l++)
			for (size_t m = l; m < q; m++)
				p->a[l * q + m] -= row[l] * row[m];
	}
}

void algebra_pattern(const struct model *model, struct pattern *pattern)
{
	size_t q = pattern->q;
	struct product product = {1, 0};

	eliminate_competencies(model, pattern, &product);
	eliminate_rest(model, pattern, &product);
	for (size_t i = 1; i < q; i++)
		for (size_t l = 0; l < i; l++)
			pattern->a[i * q + l] = pattern->a[l * q + i];
	pattern->log_h = product.log + log(product.value);
}

void algebra_person(const struct model *model, struct person *person)
{
	const struct pattern *p = person->pattern;
	size_t q = p->q;

	for (size_t i = 0; i < q; i++)
		person->r[i] = person->sum[i];
	for (size_t i = 0; i < q; i++) {
		double shrunk = algebra_shrink(model, p, i) * person->sum[i];
		const double *row = p->a + i * q;
		for (size_t l = 0; l < q; l++)
			person->r[l] -= row[l] * shrunk;
	}
}

double algebra_square(const struct model *model, const struct person *person)
{
	double square = person->square;
	for (size_t i = 0; i < person->pattern->q; i++)
		square -= algebra_shrink(model, person->pattern, i) * person->sum[i] * person->r[i];
	return square;
}

static void person_assemble(struct model *model, const struct person *person)
{
	size_t q = person->pattern->q;
	const double *a = person->pattern->a;

	for (size_t i = 0; i < q; i++) {
		double *row = model->c + person->column[i] * model->n;
		model->rhs[person->column[i]] += person->r[i];
		for (size_t l = i; l < q; l++)
			row[person->column[l]] += a[i * q + l];
	}
}

/* The root of a column's ratio; means of competencies are not shrunk at all. */
double algebra_scale(const struct model *model, size_t column)
{
	if (column < model->pools)
		return sqrt(model->lambda[TERM_POOL]);
	return column < model->pools + model->rated ? 1 : sqrt(model->lambda[TERM_SEVERITY]);
}

/* C is kept scaled, D(W'H⁻¹W)D + I on what is shrunk, so that a ratio of 0 needs no exception. */
static void system_scale(struct model *model)
{
	size_t n = model->n;
	for (size_t i = 0; i < n; i++) {
		double scale = algebra_scale(model, i);
		for (size_t l = i; l < n; l++)
			model->c[i * n + l] *= scale * algebra_scale(model, l);
		if (i < model->pools || i >= model->pools + model->rated)
			model->c[i * n + i] += 1;
	}
}

static void system_assemble(struct model *model)
{
	size_t n = model->n, at = 0;

	memset(model->c, 0, n * n * sizeof(*model->c));
	memset(model->rhs, 0, n * sizeof(*model->rhs));
	model->log_h = 0;
	model->squares = 0;
	for (size_t i = 0; i < model->pattern_count; i++) {
		struct pattern *pattern = model->patterns[i];
		algebra_pattern(model, pattern);
		model->log_h += pattern->members * pattern->log_h;
		for (size_t end = at + pattern->members; at < end; at++) {
			struct person *person = model->order[at];
			algebra_person(model, person);
			model->squares += algebra_square(model, person);
			person_assemble(model, person);
		}
	}
	assert(at == model->candidates);
	system_scale(model);
}

/* ρ = r − A û of the candidate's columns. */
void algebra_rho(const struct model *model, const struct person *person, double *rho)
{
	size_t q = person->pattern->q;
	for (size_t i = 0; i < q; i++)
		rho[i] = person->r[i];
	for (size_t i = 0; i < q; i++) {
		double u = model->u[person->column[i]];
		const double *row = person->pattern->a + i * q;
		for (size_t l = 0; l < q; l++)
			rho[l] -= row[l] * u;
	}
}

void algebra_residuals(struct model *model)
{
	for (size_t at = 0; at < model->candidates; at++)
		algebra_rho(model, model->order[at], model->order[at]->rho);
}

enum err algebra_solve(struct model *model)
{
	size_t n = model->n;

	system_assemble(model);
	TRY(dense_factor(model->c, n, &model->log_c));
	TRY(dense_invert(model->c, n));
	for (size_t i = 0; i < n; i++) {
		double scale = algebra_scale(model, i);
		for (size_t l = 0; l < n; l++)
			model->c[i * n + l] *= scale * algebra_scale(model, l);
	}
	dense_apply(model->c, n, model->rhs, model->u);
	model->quadratic = model->squares - dense_dot(model->rhs, model->u, n);
	return OK;
}

double algebra_criterion(const struct model *model)
{
	double degrees = (double)design_degrees(model);
	double logs = model->log_h + model->log_c;
	if (model->fixed)
		return logs + degrees * log(2 * M_PI * model->residual) +
		       model->quadratic / model->residual;
	return logs + degrees * (1 + log(2 * M_PI * model->quadratic / degrees));
}
