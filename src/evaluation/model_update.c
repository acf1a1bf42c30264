/* Takes one changed scorecard into a fit: a few columns of the shared system, and no search. */
#include <assert.h>
#include <math.h>

#include "dense.h"
#include "model_internal.h"

static enum err marks_check(const struct model *model, uint32_t candidate, uint32_t interviewer,
			    const struct model_mark *marks, size_t count)
{
	if (candidate >= model->candidates || interviewer >= model->interviewers ||
	    count > UINT16_MAX)
		return ERR_INVALID;
	for (size_t i = 0; i < count; i++)
		if (marks[i].competency >= model->competencies ||
		    !(fabs(marks[i].value) <= MODEL_VALUE_MOST))
			return ERR_INVALID;
	for (size_t i = 0; i < count; i++)
		if (model->column_of[marks[i].competency] == NO_COLUMN)
			return ERR_CONFLICT;
	return model->known ? OK : ERR_CONFLICT;
}

static int mark_order(const void *a, const void *b)
{
	const struct rating *x = a, *y = b;
	if (x->competency != y->competency)
		return x->competency < y->competency ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* The sorted ratings with the card's old ones replaced; *shift is by how many they grew. */
static enum err ratings_replace(struct model *model, uint32_t candidate, uint32_t interviewer,
				const struct model_mark *marks, size_t count, ptrdiff_t *shift)
{
	const struct person *person = &model->people[candidate];
	size_t from = person->first, end = person->first + person->count;
	while (from < end && model->ratings[from].interviewer < interviewer)
		from++;
	size_t to = from;
	while (to < end && model->ratings[to].interviewer == interviewer)
		to++;
	size_t total = model->count - (to - from) + count;
	if (total <= model->rated)
		return ERR_CONFLICT;
	if (total > model->capacity) {
		size_t capacity = total + total / 8 + 1024;
		struct rating *grown = arena_alloc(&model->arena, capacity * sizeof(*grown));
		if (grown == NULL)
			return ERR_MEMORY;
		memcpy(grown, model->ratings, model->count * sizeof(*grown));
		model->ratings = grown;
		model->capacity = capacity;
	}
	memmove(model->ratings + from + count, model->ratings + to,
		(model->count - to) * sizeof(*model->ratings));
	for (size_t i = 0; i < count; i++)
		model->ratings[from + i] =
		    (struct rating){candidate, interviewer, marks[i].competency, marks[i].value};
	if (count > 0)
		qsort(model->ratings + from, count, sizeof(*model->ratings), mark_order);
	*shift = (ptrdiff_t)total - (ptrdiff_t)model->count;
	model->count = total;
	return OK;
}

/* Moves the ratings of each competency to what they will be, or back with -1. */
static void times_move(struct model *model, const struct person *person, uint32_t interviewer,
		       const struct model_mark *marks, size_t count, int sign)
{
	size_t step = (size_t)sign; /* adding it wraps around as -1 should */
	for (size_t i = 0; i < count; i++)
		model->times[model->column_of[marks[i].competency]] += step;
	for (size_t i = person->first; i < person->first + person->count; i++)
		if (model->ratings[i].interviewer == interviewer)
			model->times[model->column_of[model->ratings[i].competency]] -= step;
}

static bool times_lack(const struct model *model)
{
	for (size_t k = 0; k < model->rated; k++)
		if (model->times[k] == 0)
			return true;
	return false;
}

/* What a candidate's other counts change in the shared system. */
struct change {
	size_t count; /* columns that change */
	uint32_t *column;
	double *delta, *solved; /* count by count */
	double *across;		/* C⁻¹ of those columns: n by count */
	void *memory;
};

static size_t change_place(struct change *change, uint32_t column)
{
	for (size_t i = 0; i < change->count; i++)
		if (change->column[i] == column)
			return i;
	change->column[change->count] = column;
	return change->count++;
}

static enum err change_take(struct change *change, const struct model *model,
			    const struct person *before, const struct person *after)
{
	size_t most = (size_t)before->pattern->q + after->pattern->q;
	double *values = calloc(2 * most * most + model->n * most, sizeof(*values));
	change->column = calloc(most, sizeof(*change->column));
	change->memory = values;
	if (values == NULL || change->column == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < before->pattern->q; i++)
		(void)change_place(change, before->column[i]);
	for (size_t i = 0; i < after->pattern->q; i++)
		(void)change_place(change, after->column[i]);
	change->delta = values;
	change->solved = values + most * most;
	change->across = values + 2 * most * most;
	return OK;
}

static void change_add(struct change *change, struct model *model, const struct person *person,
		       double sign)
{
	size_t q = person->pattern->q;
	for (size_t i = 0; i < q; i++) {
		size_t at = change_place(change, person->column[i]);
		model->rhs[person->column[i]] += sign * person->r[i];
		for (size_t l = 0; l < q; l++)
			change
			    ->delta[at * change->count + change_place(change, person->column[l])] +=
			    sign * person->pattern->a[i * q + l];
	}
	model->squares += sign * algebra_square(model, person);
	model->log_h += sign * person->pattern->log_h;
}

/* C + EΔE' has the inverse C⁻¹ − C⁻¹E (I + ΔG)⁻¹Δ E'C⁻¹ with G = E'C⁻¹E. */
static enum err change_apply(struct change *change, struct model *model)
{
	size_t t = change->count, n = model->n;
	double *matrix = change->solved, *x = change->delta;

	for (size_t i = 0; i < n; i++)
		for (size_t l = 0; l < t; l++)
			change->across[i * t + l] = model->c[i * n + change->column[l]];
	for (size_t i = 0; i < t; i++)
		for (size_t l = 0; l < t; l++) {
			double sum = i == l;
			for (size_t m = 0; m < t; m++)
				sum += x[i * t + m] * change->across[change->column[m] * t + l];
			matrix[i * t + l] = sum;
		}
	TRY(dense_solve(matrix, t, x, &model->log_c));
	for (size_t i = 0; i < n; i++) {
		const double *own = change->across + i * t;
		double *row = matrix;
		memset(row, 0, t * sizeof(*row));
		for (size_t m = 0; m < t; m++)
			for (size_t l = 0; l < t; l++)
				row[l] += own[m] * x[m * t + l];
		for (size_t j = 0; j < n; j++)
			model->c[i * n + j] -= dense_dot(row, change->across + j * t, t);
	}
	dense_apply(model->c, n, model->rhs, model->u);
	model->quadratic = model->squares - dense_dot(model->rhs, model->u, n);
	return OK;
}

static bool has_card(const struct model *model, const struct person *person, uint32_t interviewer)
{
	uint32_t column = model->pools + model->rated + interviewer;
	for (size_t i = 1 + person->pattern->nk; i < person->pattern->q; i++)
		if (person->column[i] == column)
			return true;
	return false;
}

/* The candidate's counts and sums anew, and what they change in the shared system. */
static enum err person_change(struct model *model, struct person *person, uint32_t interviewer)
{
	struct person before = *person;
	struct change change = {.count = 0};
	size_t q_most = model->q_most;

	TRY(design_person(model, person));
	if (model->q_most > q_most)
		TRY(design_scratch(model));
	before.pattern->members--;
	if (person->pattern->members++ == 0)
		algebra_pattern(model, person->pattern);
	algebra_person(model, person);
	model->cards[interviewer] += has_card(model, person, interviewer);
	model->cards[interviewer] -= has_card(model, &before, interviewer);
	enum err err = change_take(&change, model, &before, person);
	if (err == OK) {
		change_add(&change, model, &before, -1);
		change_add(&change, model, person, 1);
		err = change_apply(&change, model);
	}
	free(change.memory);
	free(change.column);
	return err;
}

static size_t times_in(const struct rating *ratings, size_t count, const struct model_mark *mark)
{
	size_t times = 0;

	for (size_t i = 0; i < count; i++)
		times += ratings[i].competency == mark->competency &&
			 fabs(ratings[i].value - mark->value) <= 0;
	return times;
}

static size_t times_among(const struct model_mark *marks, size_t count,
			  const struct model_mark *mark)
{
	size_t times = 0;

	for (size_t i = 0; i < count; i++)
		times += marks[i].competency == mark->competency &&
			 fabs(marks[i].value - mark->value) <= 0;
	return times;
}

bool model_has(const struct model *model, uint32_t candidate, uint32_t interviewer,
	       const struct model_mark *marks, size_t count)
{
	const struct person *person;
	size_t from, own = 0;

	if (candidate >= model->candidates)
		return false;
	person = &model->people[candidate];
	from = person->first;
	for (size_t i = from; i < person->first + person->count; i++) {
		from += model->ratings[i].interviewer < interviewer;
		own += model->ratings[i].interviewer == interviewer;
	}
	if (own != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (times_in(model->ratings + from, own, &marks[i]) !=
		    times_among(marks, count, &marks[i]))
			return false;
	return true;
}

enum err model_update(struct model *model, uint32_t candidate, uint32_t interviewer,
		      const struct model_mark *marks, size_t count)
{
	ptrdiff_t shift = 0;
	TRY(marks_check(model, candidate, interviewer, marks, count));
	struct person *person = &model->people[candidate];
	times_move(model, person, interviewer, marks, count, 1);
	if (times_lack(model)) {
		times_move(model, person, interviewer, marks, count, -1);
		return ERR_CONFLICT;
	}
	enum err err = ratings_replace(model, candidate, interviewer, marks, count, &shift);
	if (err == OK) {
		person->count = (size_t)((ptrdiff_t)person->count + shift);
		for (size_t c = (size_t)candidate + 1; c < model->candidates; c++)
			model->people[c].first =
			    (size_t)((ptrdiff_t)model->people[c].first + shift);
		err = person_change(model, person, interviewer);
	}
	/* The variances stay; what is half changed is of no use. */
	model->fixed = true;
	model->known = model->known && err == OK;
	return err;
}
