/* Made-up candidates and interviewers, whose truth is known: for simulations and for timing. */
#ifndef EVALUATION_MODEL_WORLD_H
#define EVALUATION_MODEL_WORLD_H

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "evaluation/model.h"

#define WORLD_JOB 10 /* candidates for one job, who are ranked against each other */

enum world_panel {
	PANEL_RANDOM, /* each candidate meets interviewers drawn from all */
	PANEL_JOB,    /* all candidates of a job meet the same ones */
	PANEL_SENIOR, /* two of the junior half; the better half then two of the senior half */
	PANEL_TEAM,   /* drawn from the candidate's team: teams share no one */
};

struct world_form {
	uint32_t candidates, interviewers, competencies, cards;
	double severity;     /* standard deviation */
	double hole;	     /* share of ratings that are missing */
	uint32_t rated_each; /* competencies on a card, drawn; 0: all */
	enum world_panel panel;
	uint32_t teams;
	double team; /* standard deviation of the teams' candidates' means */
	bool ends;   /* ratings stop at 1 and 5, where the scale ends */
};

struct world {
	struct rating *ratings;
	size_t count;
	uint32_t *pool; /* of each candidate, when there are teams */
	double *truth;	/* each candidate's score, all competencies weighing the same */
	uint64_t state;
};

static inline uint64_t world_bits(struct world *world)
{
	uint64_t z = world->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline double world_uniform(struct world *world)
{
	return ((double)(world_bits(world) >> 11) + .5) / 9007199254740992.0;
}

static inline uint32_t world_below(struct world *world, uint32_t most)
{
	return (uint32_t)(world_uniform(world) * most);
}

static inline double world_normal(struct world *world, double sd)
{
	double u = world_uniform(world), v = world_uniform(world);
	return sd * sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* `cards` different ones of `count` from `first` on. */
static inline void world_draw(struct world *world, uint32_t first, uint32_t count, uint32_t cards,
			      uint32_t *out)
{
	assert(cards <= count);
	for (uint32_t i = 0; i < cards; i++) {
		bool again = true;
		while (again) {
			out[i] = first + world_below(world, count);
			again = false;
			for (uint32_t l = 0; l < i; l++)
				again = again || out[l] == out[i];
		}
	}
}

#define WORLD_COMPETENCIES 16

struct world_person {
	double level[WORLD_COMPETENCIES]; /* β + pool + a + d */
	double observed;		  /* sum of the ratings so far */
	uint32_t rated;
};

/* One scorecard: a halo of the day, an unmodelled severity by competency, and rounding. */
static inline void world_card(struct world *world, const struct world_form *form, uint32_t c,
			      uint32_t j, const double *severity, struct world_person *person)
{
	double halo = world_normal(world, sqrt(.20));
	uint32_t left = form->competencies;
	uint32_t wanted = form->rated_each == 0 ? left : form->rated_each;
	for (uint32_t k = 0; k < form->competencies; k++, left--) {
		double noise = world_normal(world, sqrt(.20));
		if (world_below(world, left) >= wanted)
			continue;
		wanted--;
		if (form->hole > 0 && world_uniform(world) < form->hole)
			continue;
		const double *own = severity + j * (size_t)(WORLD_COMPETENCIES + 1);
		double y = rint(person->level[k] + own[WORLD_COMPETENCIES] + own[k] + halo + noise);
		if (form->ends)
			y = fmin(fmax(y, 1), 5);
		world->ratings[world->count++] = (struct rating){c, j, k, y};
		person->observed += y;
		person->rated++;
	}
}

static inline void world_cards(struct world *world, const struct world_form *form, uint32_t c,
			       const double *severity, struct world_person *person)
{
	static const uint32_t most = 64;
	uint32_t chosen[64], m = form->interviewers, n = form->cards;
	assert(n <= most);
	if (form->panel == PANEL_TEAM) {
		uint32_t each = m / form->teams;
		world_draw(world, world->pool[c] * each, each, n, chosen);
	} else if (form->panel == PANEL_JOB) {
		struct world job = {.state = 77 + c / WORLD_JOB};
		world_draw(&job, 0, m, n, chosen);
	} else if (form->panel == PANEL_SENIOR) {
		world_draw(world, 0, m / 2, 2, chosen);
		world_draw(world, m / 2, m / 2, 2, chosen + 2);
		n = 2;
	} else {
		world_draw(world, 0, m, n, chosen);
	}
	for (uint32_t i = 0; i < n; i++)
		world_card(world, form, c, chosen[i], severity, person);
	if (form->panel == PANEL_SENIOR && person->observed >= 3 * person->rated)
		for (uint32_t i = 2; i < 4; i++)
			world_card(world, form, c, chosen[i], severity, person);
}

static inline void world_make(struct world *world, const struct world_form *form, uint64_t seed)
{
	size_t most = (size_t)form->candidates * form->cards * form->competencies;
	size_t m = form->interviewers;
	double *severity = malloc(m * (WORLD_COMPETENCIES + 1) * sizeof(double));
	double *team = calloc(form->teams + 1, sizeof(double));
	*world = (struct world){.state = seed * 1000003 + 1};
	world->ratings = malloc(most * sizeof(*world->ratings));
	world->truth = malloc(form->candidates * sizeof(double));
	world->pool = calloc(form->candidates, sizeof(*world->pool));
	if (!severity || !team || !world->ratings || !world->truth || !world->pool)
		abort();
	for (size_t j = 0; j < m; j++) {
		double *own = severity + j * (WORLD_COMPETENCIES + 1);
		own[WORLD_COMPETENCIES] = world_normal(world, form->severity);
		for (uint32_t k = 0; k < WORLD_COMPETENCIES; k++)
			own[k] = world_normal(world, .10);
	}
	for (uint32_t g = 0; g < form->teams; g++)
		team[g] = world_normal(world, form->team);
	for (uint32_t c = 0; c < form->candidates; c++) {
		struct world_person person = {.rated = 0};
		double a = 3 + world_normal(world, sqrt(.22)), sum = 0;
		if (form->teams > 0) {
			world->pool[c] = c / WORLD_JOB % form->teams;
			a += team[world->pool[c]];
		}
		for (uint32_t k = 0; k < form->competencies; k++) {
			person.level[k] = a + world_normal(world, sqrt(.12));
			sum += person.level[k];
		}
		world->truth[c] = sum / form->competencies;
		world_cards(world, form, c, severity, &person);
	}
	free(severity);
	free(team);
}

static inline void world_release(struct world *world)
{
	free(world->ratings);
	free(world->truth);
	free(world->pool);
}

static inline struct model_design world_design(const struct world *world,
					       const struct world_form *form)
{
	return (struct model_design){
	    .candidates = form->candidates,
	    .interviewers = form->interviewers,
	    .competencies = form->competencies,
	    .pools = form->teams,
	    .ratings = world->ratings,
	    .count = world->count,
	    .pool = form->teams > 0 ? world->pool : NULL,
	};
}

#endif
