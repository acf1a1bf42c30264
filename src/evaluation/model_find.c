/* Finds out what a design can tell apart, how it hangs together, and what a reader has to know. */
#include <math.h>

#include "model_internal.h"

void finding_add(struct model *model, enum model_finding_kind kind, uint32_t who, size_t n)
{
	if (model->finding_count < FINDINGS_MOST)
		model->findings[model->finding_count++] =
		    (struct model_finding){.kind = kind, .who = who, .n = n};
}

/* ---- groups: candidates and interviewers who are linked by scorecards ------------------------ */

static uint32_t root_of(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

static void groups_join(const struct model *model, uint32_t *parent)
{
	for (size_t i = 0; i < model->count; i++) {
		uint32_t a = root_of(parent, model->ratings[i].candidate);
		uint32_t b = root_of(parent, model->candidates + model->ratings[i].interviewer);
		/* The lower one stays, so that the numbers do not hang on the order. */
		if (a < b)
			parent[b] = a;
		else
			parent[a] = b;
	}
}

/* Without pools each group is one: to adjust between groups that share no one only does harm. */
static void groups_as_pools(struct model *model, uint32_t *parent, const bool *has)
{
	uint32_t next = 0;
	for (uint32_t c = 0; c < model->candidates; c++)
		if (has[c] && root_of(parent, c) == c)
			model->pool[c] = next++;
	for (uint32_t c = 0; c < model->candidates; c++)
		model->pool[c] = has[c] ? model->pool[root_of(parent, c)] : 0;
	model->pools = next;
}

enum err find_groups(struct model *model)
{
	size_t nodes = (size_t)model->candidates + model->interviewers;
	uint32_t *parent = malloc((nodes + 1) * sizeof(*parent));
	bool *has = calloc((size_t)model->candidates + 1, sizeof(*has));

	if (parent == NULL || has == NULL) {
		free(parent);
		free(has);
		return ERR_MEMORY;
	}
	for (uint32_t i = 0; i < nodes; i++)
		parent[i] = i;
	groups_join(model, parent);
	for (size_t i = 0; i < model->count; i++)
		has[model->ratings[i].candidate] = true;
	for (uint32_t c = 0; c < model->candidates; c++)
		model->groups += has[c] && root_of(parent, c) == c;
	if (model->groups > 1)
		finding_add(model, MODEL_DISCONNECTED, 0, model->groups);
	if (model->groups > 1 && !model->fixed && model->pools_given == 0 &&
	    model->groups <= MODEL_COLUMNS_MOST / 2) {
		groups_as_pools(model, parent, has);
		finding_add(model, MODEL_GROUPS_AS_POOLS, 0, model->groups);
	}
	free(parent);
	free(has);
	return OK;
}

/* ---- what can be told apart ------------------------------------------------------------------ */

struct facts {
	size_t candidates, interviewers; /* with ratings */
	bool candidate_twice;		 /* some candidate has two ratings */
	bool cell_twice, competencies;	 /* … two of one competency, … two competencies */
	bool card_twice, cards;		 /* some card has two ratings, some candidate two cards */
	bool interviewer_twice;		 /* some interviewer met two candidates */
	bool same_panel;
	bool pool_twice;       /* some pool has two candidates */
	bool pool_interviewer; /* each pool has one interviewer and shares them with no other */
	size_t pools;
};

static void facts_pattern(struct facts *facts, const struct pattern *p)
{
	facts->competencies |= p->nk >= 2;
	facts->cards |= p->nj >= 2;
	for (size_t k = 0; k < p->nk; k++) {
		unsigned n = 0;
		for (size_t j = 0; j < p->nj; j++)
			n += p->cell[k * p->nj + j];
		facts->cell_twice |= n >= 2;
	}
	for (size_t j = 0; j < p->nj; j++) {
		unsigned n = 0;
		for (size_t k = 0; k < p->nk; k++)
			n += p->cell[k * p->nj + j];
		facts->card_twice |= n >= 2;
	}
}

/* `only` has of each pool the interviewer whom it met, and of each interviewer the pool. */
static enum err facts_pools(const struct model *model, struct facts *facts)
{
	uint32_t base = model->pools + model->rated;
	uint32_t *only = calloc(model->n + 1, sizeof(*only));
	uint32_t *members = calloc((size_t)model->pools + 1, sizeof(*members));

	if (only == NULL || members == NULL) {
		free(only);
		free(members);
		return ERR_MEMORY;
	}
	facts->pool_interviewer = true;
	for (size_t c = 0; c < model->candidates; c++) {
		const struct person *person = &model->people[c];
		uint32_t pool = model->pool[c];
		if (person->count == 0)
			continue;
		facts->pool_twice |= ++members[pool] == 2;
		facts->pools += members[pool] == 1;
		for (size_t i = 1 + person->pattern->nk; i < person->pattern->q; i++) {
			uint32_t who = person->column[i];
			if ((only[pool] != 0 && only[pool] != who) ||
			    (only[who] != 0 && only[who] != pool + 1))
				facts->pool_interviewer = false;
			only[pool] = who;
			only[who] = pool + 1;
		}
	}
	free(only);
	free(members);
	(void)base;
	return OK;
}

static enum err facts_find(const struct model *model, struct facts *facts)
{
	*facts = (struct facts){.same_panel = true};
	for (size_t c = 0; c < model->candidates; c++) {
		facts->candidates += model->people[c].count > 0;
		facts->candidate_twice |= model->people[c].count >= 2;
	}
	for (size_t j = 0; j < model->interviewers; j++) {
		facts->interviewers += model->cards[j] > 0;
		facts->interviewer_twice |= model->cards[j] >= 2;
		facts->same_panel &= model->cards[j] == 0 || model->cards[j] == facts->candidates;
	}
	for (size_t i = 0; i < model->pattern_count; i++)
		facts_pattern(facts, model->patterns[i]);
	return facts_pools(model, facts);
}

/* With few candidates the prior tells apart what the design cannot. */
static void possible_find(struct model *model, const struct facts *f)
{
	bool *possible = model->possible;
	bool several = f->candidates >= 2;
	possible[TERM_CANDIDATE] = model->prior || (several && f->candidate_twice);
	possible[TERM_COMPETENCY] = model->prior || (several && f->cell_twice && f->competencies);
	possible[TERM_HALO] = model->prior || (f->card_twice && f->cards);
	possible[TERM_POOL] = model->has_pool && f->pools >= 2 && f->pool_twice;
	possible[TERM_SEVERITY] = f->interviewers >= 2 && (model->prior || f->interviewer_twice) &&
				  !(possible[TERM_POOL] && f->pool_interviewer);
}

static void say_design(struct model *model, const struct facts *f)
{
	const bool *possible = model->possible;
	if (f->candidates == 1)
		finding_add(model, MODEL_ONE_CANDIDATE, 0, 1);
	else if (f->candidates < 20)
		finding_add(model, MODEL_FEW_CANDIDATES, 0, f->candidates);
	if (f->interviewers == 1)
		finding_add(model, MODEL_ONE_INTERVIEWER, 0, 1);
	else if (f->same_panel && f->candidates >= 2)
		finding_add(model, MODEL_SAME_PANEL, 0, f->interviewers);
	if (model->fixed)
		return;
	if (f->interviewers >= 2 && !f->interviewer_twice)
		finding_add(model, MODEL_INTERVIEWERS_ALONE, 0, f->interviewers);
	else if (possible[TERM_POOL] && f->pool_interviewer)
		finding_add(model, MODEL_INTERVIEWER_A_POOL, 0, f->pools);
	if (model->has_pool && !possible[TERM_POOL])
		finding_add(model, MODEL_POOLS_DROPPED, 0, f->pools);
	if (!f->competencies)
		finding_add(model, MODEL_ONE_COMPETENCY, 0, 1);
	else if (!f->cell_twice)
		finding_add(model, MODEL_CELLS_SINGLE, 0, 0);
	if (f->competencies && !f->card_twice)
		finding_add(model, MODEL_CARDS_SINGLE, 0, 0);
	if (!f->cards)
		finding_add(model, MODEL_CANDIDATES_SINGLE, 0, 0);
}

/* ---- who is missing, alone or always the same ------------------------------------------------ */

static void say_counts(struct model *model)
{
	uint32_t unrated = 0, single = 0, first_unrated = 0, first_single = 0;
	for (uint32_t c = model->candidates; c-- > 0;) {
		const struct person *person = &model->people[c];
		if (person->count == 0) {
			unrated++;
			first_unrated = c;
		} else if (person->pattern->nj == 1) {
			single++;
			first_single = c;
		}
	}
	if (unrated > 0)
		finding_add(model, MODEL_CANDIDATES_UNRATED, first_unrated, unrated);
	if (single > 0)
		finding_add(model, MODEL_ONE_CARD, first_single, single);
	unrated = 0;
	for (uint32_t j = model->interviewers; j-- > 0;) {
		unrated += model->cards[j] == 0;
		if (model->cards[j] == 0)
			first_unrated = j;
	}
	if (unrated > 0)
		finding_add(model, MODEL_INTERVIEWERS_UNRATED, first_unrated, unrated);
	for (uint32_t k = 0; k < model->competencies; k++)
		if (model->column_of[k] == NO_COLUMN)
			finding_add(model, MODEL_COMPETENCY_UNRATED, k, 0);
}

#define CONSTANT_CARDS	 3 /* fewer are no habit */
#define CONSTANT_RATINGS 6

static enum err say_constant(struct model *model)
{
	size_t m = model->interviewers, said = 0;
	double *value = calloc(m + 1, sizeof(*value));
	size_t *times = calloc(m + 1, sizeof(*times));
	bool *varies = calloc(m + 1, sizeof(*varies));

	if (value != NULL && times != NULL && varies != NULL) {
		for (size_t i = 0; i < model->count; i++) {
			const struct rating *rating = &model->ratings[i];
			uint32_t j = rating->interviewer;
			varies[j] |= times[j] > 0 && fabs(value[j] - rating->value) > 0;
			value[j] = rating->value;
			times[j]++;
		}
		for (uint32_t j = 0; j < m && said < CONSTANT_RATERS; j++)
			if (!varies[j] && model->cards[j] >= CONSTANT_CARDS &&
			    times[j] >= CONSTANT_RATINGS) {
				finding_add(model, MODEL_CONSTANT_RATER, j, times[j]);
				said++;
			}
	}
	enum err err = value == NULL || times == NULL || varies == NULL ? ERR_MEMORY : OK;
	free(value);
	free(times);
	free(varies);
	return err;
}

static void known_find(struct model *model)
{
	double squares = 0, size = 0;
	for (size_t c = 0; c < model->candidates; c++)
		squares += model->people[c].square;
	for (size_t i = 0; i < model->count; i++)
		size += model->ratings[i].value * model->ratings[i].value;
	if (model->count == 0)
		finding_add(model, MODEL_NO_RATINGS, 0, 0);
	else if (model->fixed)
		model->known = true;
	else if (design_degrees(model) < 1)
		finding_add(model, MODEL_TOO_FEW_RATINGS, 0, model->count);
	else if (!(squares > 1e-20 * size))
		finding_add(model, MODEL_NO_SPREAD, 0, model->count);
	else
		model->known = true;
}

enum err find_all(struct model *model)
{
	struct facts facts;
	TRY(facts_find(model, &facts));
	possible_find(model, &facts);
	known_find(model);
	if (model->count > 0)
		say_design(model, &facts);
	say_counts(model);
	if (model->prior && model->known)
		finding_add(model, MODEL_PRIOR_USED, 0, facts.candidates);
	return say_constant(model);
}
