/* What the files of the model share: its data, reduced to counts and sums, and the fit. */
#ifndef EVALUATION_MODEL_INTERNAL_H
#define EVALUATION_MODEL_INTERNAL_H

#include "core/arena.h"
#include "evaluation/model.h"

/*
 * Of candidate c, Z has a column of ones, one for each rated competency and one for each
 * interviewer, so Z'Z holds counts and Z'y sums. H = I + ZΛZ', and W, the design of the effects
 * that candidates share (pool, competencies, interviewers), has the same columns. So everything
 * that a fit needs of c is
 *
 *   A = Z'H⁻¹Z   (the same for all candidates with the same counts: a pattern)
 *   r = Z'H⁻¹y = s − AΛs           y'H⁻¹y = y'y − (Λs)'r             with s = Z'y
 */
enum { TERM_CANDIDATE, TERM_COMPETENCY, TERM_HALO, TERM_SEVERITY, TERM_POOL, TERMS };

struct pattern {
	uint32_t nk, nj, q; /* competencies, interviewers, 1 + nk + nj */
	uint32_t members;   /* candidates */
	uint32_t hash;
	size_t at;	      /* of its next candidate, while they are put in order */
	const uint16_t *cell; /* nk rows of nj counts */
	double *a;	      /* A at the present ratios: q by q */
	double log_h;	      /* log|H| */
};

struct person {
	struct pattern *pattern;
	uint32_t *column; /* of each of the q: pool, competencies, interviewers */
	double *sum;	  /* s, of centred ratings */
	double *r;
	double *rho; /* Z'H⁻¹(y − Wû) */
	double square;
	size_t first, count; /* ratings */
};

struct model {
	struct arena arena;
	uint32_t candidates, interviewers, competencies, pools;
	uint32_t rated; /* competencies with ratings */
	size_t n;	/* columns: pools, rated competencies, interviewers */
	size_t count, capacity;
	struct rating *ratings; /* sorted */
	size_t *times;		/* ratings of each rated competency */
	uint32_t *pool;		/* of each candidate */
	uint32_t *column_of;	/* of each competency, or NO_COLUMN */
	double *weight;		/* of each rated competency; they sum to 1 */
	double *centre;		/* of each rated competency: its plain mean */
	uint32_t *cards;	/* of each interviewer */
	struct person *people;
	struct person **order; /* pattern after pattern */
	struct pattern **patterns;
	size_t pattern_count;
	size_t q_most;
	double *scratch;	  /* a few vectors and two matrices of q_most */
	struct pattern **buckets; /* by hash */
	size_t bucket_count;

	bool possible[TERMS]; /* can be told apart from the other effects */
	bool fixed, prior, known, has_pool;
	uint32_t groups, pools_given, iterations;

	double lambda[TERMS]; /* variances over the residual one */
	double residual;
	double log_h, log_c, quadratic; /* quadratic: y'Py times the residual variance */
	double squares;			/* Σ y'H⁻¹y */
	double *c, *rhs, *u;		/* C, then its inverse */

	struct model_finding *findings;
	size_t finding_count;
};

#define NO_COLUMN	UINT32_MAX
#define FINDINGS_MOST	256
#define CONSTANT_RATERS 20 /* of whom each gets a sentence */

/* model_design.c */
enum err design_take(struct model *model, const struct model_design *design) MUST_USE;
enum err design_reduce(struct model *model) MUST_USE;
enum err design_scratch(struct model *model) MUST_USE;
enum err design_person(struct model *model, struct person *person) MUST_USE;
size_t design_degrees(const struct model *model); /* N − K */
/* model_find.c */
enum err find_groups(struct model *model) MUST_USE;
enum err find_all(struct model *model) MUST_USE;
void finding_add(struct model *model, enum model_finding_kind kind, uint32_t who, size_t n);
/* model_algebra.c */
void algebra_pattern(const struct model *model, struct pattern *pattern);
void algebra_person(const struct model *model, struct person *person);
double algebra_shrink(const struct model *model, const struct pattern *pattern, size_t i);
/* At the present ratios: C's inverse and û. ERR_CONFLICT when C cannot be inverted. */
enum err algebra_solve(struct model *model) MUST_USE;
void algebra_residuals(struct model *model); /* every candidate's ρ */
void algebra_rho(const struct model *model, const struct person *person, double *rho);
double algebra_square(const struct model *model, const struct person *person);
/* −2 REML, the residual variance profiled out unless fixed. */
double algebra_criterion(const struct model *model);
double algebra_scale(const struct model *model, size_t column);
/* model_reml.c */
enum err reml_search(struct model *model) MUST_USE;

#endif
