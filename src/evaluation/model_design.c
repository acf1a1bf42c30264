/* Reduces ratings to what a fit needs: sorted once, then counts and sums of each candidate. */
#include <assert.h>
#include <math.h>

#include "model_internal.h"

static enum err ratings_check(const struct model_design *design)
{
	if (design->count > MODEL_RATINGS_MOST)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < design->count; i++) {
		const struct rating *rating = &design->ratings[i];
		if (rating->candidate >= design->candidates ||
		    rating->interviewer >= design->interviewers ||
		    rating->competency >= design->competencies ||
		    !(fabs(rating->value) <= MODEL_VALUE_MOST))
			return ERR_INVALID;
	}
	return OK;
}

static enum err design_check(const struct model_design *design)
{
	double sum = 0;
	for (size_t k = 0; design->weights != NULL && k < design->competencies; k++) {
		if (!(design->weights[k] >= 0) || !isfinite(design->weights[k]))
			return ERR_INVALID;
		sum += design->weights[k];
	}
	if (design->weights != NULL && design->competencies > 0 && !(sum > 0 && isfinite(sum)))
		return ERR_INVALID;
	for (size_t c = 0; design->pool != NULL && c < design->candidates; c++)
		if (design->pool[c] >= design->pools)
			return ERR_INVALID;
	if (design->candidates > MODEL_RATINGS_MOST || design->interviewers > MODEL_COLUMNS_MOST ||
	    design->competencies > MODEL_COMPETENCIES_MOST || design->pools > MODEL_COLUMNS_MOST)
		return ERR_TOO_LARGE;
	return ratings_check(design);
}

static uint32_t key_of(const struct rating *rating, int key)
{
	return key == 0 ? rating->competency : key == 1 ? rating->interviewer : rating->candidate;
}

static int rating_compare(const struct rating *a, const struct rating *b)
{
	for (int key = 2; key >= 0; key--) {
		uint32_t x = key_of(a, key), y = key_of(b, key);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a->value > b->value) - (a->value < b->value);
}

static bool ratings_sorted(const struct rating *ratings, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (rating_compare(&ratings[i - 1], &ratings[i]) > 0)
			return false;
	return true;
}

/* Stable, by one key: counts, then places. */
static void sort_by(const struct rating *from, struct rating *to, size_t count, int key,
		    size_t *place, size_t places)
{
	memset(place, 0, (places + 1) * sizeof(*place));
	for (size_t i = 0; i < count; i++)
		place[key_of(&from[i], key) + 1]++;
	for (size_t i = 1; i <= places; i++)
		place[i] += place[i - 1];
	for (size_t i = 0; i < count; i++)
		to[place[key_of(&from[i], key)]++] = from[i];
}

static int rating_order(const void *a, const void *b)
{
	return rating_compare(a, b);
}

/* Ratings of one cell, by their values. */
static void sort_cells(struct rating *ratings, size_t count)
{
	for (size_t i = 0, end; i < count; i = end) {
		end = i + 1;
		while (end < count && ratings[end].candidate == ratings[i].candidate &&
		       ratings[end].interviewer == ratings[i].interviewer &&
		       ratings[end].competency == ratings[i].competency)
			end++;
		if (end > i + 1)
			qsort(ratings + i, end - i, sizeof(*ratings), rating_order);
	}
}

static enum err ratings_sort(struct model *model, const struct model_design *design)
{
	size_t count = design->count, places = design->candidates;
	size_t bytes = (count + 1) * sizeof(struct rating);
	enum err err = OK;

	model->count = count;
	model->capacity = count + 1;
	model->ratings = arena_alloc(&model->arena, bytes);
	if (model->ratings == NULL)
		return ERR_MEMORY;
	if (count > 0)
		memcpy(model->ratings, design->ratings, count * sizeof(struct rating));
	if (ratings_sorted(model->ratings, count))
		return OK;
	if (places < design->interviewers)
		places = design->interviewers;
	if (places < design->competencies)
		places = design->competencies;
	struct rating *other = malloc(bytes);
	size_t *place = malloc((places + 1) * sizeof(*place));
	if (other == NULL || place == NULL) {
		err = ERR_MEMORY;
	} else {
		sort_by(model->ratings, other, count, 0, place, design->competencies);
		sort_by(other, model->ratings, count, 1, place, design->interviewers);
		sort_by(model->ratings, other, count, 2, place, design->candidates);
		memcpy(model->ratings, other, count * sizeof(*other));
		sort_cells(model->ratings, count);
	}
	free(other);
	free(place);
	return err;
}

/* Competencies with ratings get a column; ratings are centred on their plain means. */
static enum err competencies_take(struct model *model, const struct model_design *design)
{
	size_t most = design->competencies;
	double *sum = arena_alloc(&model->arena, (most + 1) * sizeof(*sum));
	size_t *times = arena_alloc(&model->arena, (most + 1) * sizeof(*times));
	double all = 0;

	model->column_of = arena_alloc(&model->arena, (most + 1) * sizeof(*model->column_of));
	model->weight = arena_alloc(&model->arena, (most + 1) * sizeof(*model->weight));
	model->centre = arena_alloc(&model->arena, (most + 1) * sizeof(*model->centre));
	model->times = times;
	if (model->arena.failed)
		return ERR_MEMORY;
	for (size_t i = 0; i < model->count; i++) {
		sum[model->ratings[i].competency] += model->ratings[i].value;
		times[model->ratings[i].competency]++;
	}
	for (size_t k = 0; k < most; k++) {
		model->column_of[k] = NO_COLUMN;
		if (times[k] == 0)
			continue;
		model->centre[model->rated] = sum[k] / (double)times[k];
		model->weight[model->rated] = design->weights == NULL ? 1 : design->weights[k];
		all += model->weight[model->rated];
		times[model->rated] = times[k];
		model->column_of[k] = model->rated++;
	}
	/* Where only weightless ones were rated, there is no score; they weigh the same then. */
	for (size_t k = 0; k < model->rated; k++)
		model->weight[k] = all > 0 ? model->weight[k] / all : 1.0 / model->rated;
	return OK;
}

size_t design_degrees(const struct model *model)
{
	return model->count - model->rated;
}

static uint32_t hash_cells(const uint16_t *cell, uint32_t nk, uint32_t nj)
{
	uint32_t hash = 2166136261u;
	hash = (hash ^ nk) * 16777619u;
	hash = (hash ^ nj) * 16777619u;
	for (size_t i = 0; i < (size_t)nk * nj; i++)
		hash = (hash ^ cell[i]) * 16777619u;
	return hash ^ hash >> 15;
}

static enum err buckets_grow(struct model *model)
{
	size_t count = model->bucket_count == 0 ? 1024 : model->bucket_count * 4;
	struct pattern **buckets = arena_alloc(&model->arena, count * sizeof(struct pattern *));
	struct pattern **patterns = arena_alloc(&model->arena, count * sizeof(struct pattern *));
	if (model->arena.failed)
		return ERR_MEMORY;
	for (size_t i = 0; i < model->pattern_count; i++) {
		size_t at = model->patterns[i]->hash & (count - 1);
		while (buckets[at] != NULL)
			at = (at + 1) & (count - 1);
		buckets[at] = model->patterns[i];
		patterns[i] = model->patterns[i];
	}
	model->buckets = buckets;
	model->patterns = patterns;
	model->bucket_count = count;
	return OK;
}

static enum err pattern_find(struct model *model, const uint16_t *cell, uint32_t nk, uint32_t nj,
			     struct pattern **out)
{
	size_t cells = (size_t)nk * nj, q = 1 + (size_t)nk + nj;
	uint32_t hash = hash_cells(cell, nk, nj);

	if (2 * model->pattern_count >= model->bucket_count)
		TRY(buckets_grow(model));
	size_t at = hash & (model->bucket_count - 1);
	for (; model->buckets[at] != NULL; at = (at + 1) & (model->bucket_count - 1)) {
		struct pattern *p = model->buckets[at];
		if (p->hash == hash && p->nk == nk && p->nj == nj &&
		    memcmp(p->cell, cell, cells * sizeof(*cell)) == 0) {
			*out = p;
			return OK;
		}
	}
	struct pattern *p = arena_alloc(&model->arena, sizeof(*p));
	uint16_t *copy = arena_alloc(&model->arena, cells * sizeof(*copy) + 1);
	double *a = arena_alloc(&model->arena, q * q * sizeof(*a));
	if (p == NULL || copy == NULL || a == NULL)
		return ERR_MEMORY;
	memcpy(copy, cell, cells * sizeof(*copy));
	*p = (struct pattern){
	    .nk = nk, .nj = nj, .q = (uint32_t)q, .hash = hash, .cell = copy, .a = a};
	model->patterns[model->pattern_count++] = p;
	model->buckets[at] = p;
	*out = p;
	return OK;
}

/* Which competencies and interviewers the candidate has met, both in order; ERR_TOO_LARGE. */
static enum err person_columns(const struct model *model, const struct person *person,
			       uint32_t *competency, uint32_t *interviewer, uint32_t *nk,
			       uint32_t *nj)
{
	*nk = *nj = 0;
	for (size_t i = person->first; i < person->first + person->count; i++) {
		const struct rating *rating = &model->ratings[i];
		uint32_t column = model->pools + model->column_of[rating->competency];
		uint32_t at = *nk;
		if (*nj == 0 || interviewer[*nj - 1] != rating->interviewer) {
			if (*nj == MODEL_CARD_MOST)
				return ERR_TOO_LARGE;
			interviewer[(*nj)++] = rating->interviewer;
		}
		while (at > 0 && competency[at - 1] > column)
			at--;
		if (at > 0 && competency[at - 1] == column)
			continue;
		if (*nk == MODEL_CARD_MOST)
			return ERR_TOO_LARGE;
		memmove(competency + at + 1, competency + at, (*nk - at) * sizeof(*competency));
		competency[at] = column;
		(*nk)++;
	}
	return OK;
}

static size_t column_find(const uint32_t *columns, size_t count, uint32_t column)
{
	size_t low = 0;
	while (count > 1) {
		size_t half = count / 2;
		if (columns[low + half] <= column)
			low += half;
		count -= half;
	}
	return low;
}

/* Counts and sums over the candidate's ratings; `cell` is zero before. */
static void person_sum(const struct model *model, struct person *person, uint32_t nk, uint32_t nj,
		       uint16_t *cell)
{
	uint32_t base = model->pools + model->rated;
	size_t j = 0;

	for (size_t i = person->first; i < person->first + person->count; i++) {
		const struct rating *rating = &model->ratings[i];
		uint32_t k = model->column_of[rating->competency];
		double y = rating->value - model->centre[k];
		while (person->column[1 + nk + j] != base + rating->interviewer)
			j++;
		size_t at = column_find(person->column + 1, nk, model->pools + k);
		cell[at * nj + j]++;
		person->sum[0] += y;
		person->sum[1 + at] += y;
		person->sum[1 + nk + j] += y;
		person->square += y * y;
	}
}

/* From the candidate's ratings, `first` and `count` of the sorted ones. */
enum err design_person(struct model *model, struct person *person)
{
	uint32_t competency[MODEL_CARD_MOST + 1] UNINITIALIZED;
	uint32_t interviewer[MODEL_CARD_MOST + 1] UNINITIALIZED;
	uint16_t few[256], *cell = few;
	uint32_t nk, nj, base = model->pools + model->rated;

	if (person->count > UINT16_MAX)
		return ERR_TOO_LARGE;
	TRY(person_columns(model, person, competency, interviewer, &nk, &nj));
	size_t q = 1 + (size_t)nk + nj, cells = (size_t)nk * nj;
	uint32_t *column = arena_alloc(&model->arena, q * sizeof(*column));
	double *values = arena_alloc(&model->arena, 3 * q * sizeof(*values));
	if (cells > ARRAY_LEN(few))
		cell = malloc(cells * sizeof(*cell));
	if (column == NULL || values == NULL || cell == NULL) {
		if (cell != few)
			free(cell);
		return ERR_MEMORY;
	}
	memset(cell, 0, cells * sizeof(*cell));
	column[0] = model->pool[person - model->people];
	memcpy(column + 1, competency, nk * sizeof(*column));
	for (size_t j = 0; j < nj; j++)
		column[1 + nk + j] = base + interviewer[j];
	person->column = column;
	person->sum = values;
	person->r = values + q;
	person->rho = values + 2 * q;
	person->square = 0;
	person_sum(model, person, nk, nj, cell);
	enum err err = pattern_find(model, cell, nk, nj, &person->pattern);
	if (cell != few)
		free(cell);
	if (q > model->q_most)
		model->q_most = q;
	return err;
}

static enum err people_take(struct model *model)
{
	size_t at = 0;
	model->people =
	    arena_alloc(&model->arena, ((size_t)model->candidates + 1) * sizeof(*model->people));
	model->order =
	    arena_alloc(&model->arena, ((size_t)model->candidates + 1) * sizeof(struct person *));
	if (model->arena.failed)
		return ERR_MEMORY;
	for (uint32_t c = 0; c < model->candidates; c++) {
		struct person *person = &model->people[c];
		person->first = at;
		while (at < model->count && model->ratings[at].candidate == c)
			at++;
		person->count = at - person->first;
		TRY(design_person(model, person));
		person->pattern->members++;
		for (size_t j = 0; j < person->pattern->nj; j++)
			model->cards[person->column[1 + person->pattern->nk + j] - model->pools -
				     model->rated]++;
	}
	return OK;
}

/* Candidates pattern after pattern, so that each small matrix is at hand when it is used. */
static void people_order(struct model *model)
{
	size_t at = 0;
	for (size_t i = 0; i < model->pattern_count; i++) {
		model->patterns[i]->at = at;
		at += model->patterns[i]->members;
	}
	for (size_t c = 0; c < model->candidates; c++)
		model->order[model->people[c].pattern->at++] = &model->people[c];
}

/* Room for what the largest pattern needs. */
enum err design_scratch(struct model *model)
{
	size_t q = model->q_most;
	model->scratch = arena_alloc(&model->arena, (2 * q * q + 16 * q) * sizeof(double));
	return model->scratch == NULL ? ERR_MEMORY : OK;
}

static enum err system_take(struct model *model)
{
	size_t n = model->n;
	model->c = arena_alloc(&model->arena, n * n * sizeof(*model->c));
	model->rhs = arena_alloc(&model->arena, n * sizeof(*model->rhs));
	model->u = arena_alloc(&model->arena, n * sizeof(*model->u));
	if (model->arena.failed)
		return ERR_MEMORY;
	return design_scratch(model);
}

enum err design_take(struct model *model, const struct model_design *design)
{
	TRY(design_check(design));
	model->candidates = design->candidates;
	model->interviewers = design->interviewers;
	model->competencies = design->competencies;
	model->pools_given = design->pool == NULL ? 0 : design->pools;
	TRY(ratings_sort(model, design));
	TRY(competencies_take(model, design));
	model->cards =
	    arena_alloc(&model->arena, ((size_t)model->interviewers + 1) * sizeof(*model->cards));
	model->pool =
	    arena_alloc(&model->arena, ((size_t)model->candidates + 1) * sizeof(*model->pool));
	if (model->arena.failed)
		return ERR_MEMORY;
	/* Without pools there is one, whose effect has no variance. */
	if (design->pool != NULL)
		memcpy(model->pool, design->pool, model->candidates * sizeof(*model->pool));
	model->pools = design->pool != NULL && design->pools > 0 ? design->pools : 1;
	return OK;
}

enum err design_reduce(struct model *model)
{
	model->n = (size_t)model->pools + model->rated + model->interviewers;
	if (model->n > MODEL_COLUMNS_MOST)
		return ERR_TOO_LARGE;
	TRY(people_take(model));
	people_order(model);
	return system_take(model);
}
