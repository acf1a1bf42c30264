/* The model's sentences. */
#include "evaluation/model_words.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>

#include "model_internal.h"

static const char *say(char out[SENTENCE_SIZE], const char *format, ...) PRINTF_LIKE(2, 3);
static const char *say(char out[SENTENCE_SIZE], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(out, SENTENCE_SIZE, format, args);
	va_end(args);
	return out;
}

/* {who} is a name, {n} a number; `many` is for an n other than 1, where that reads differently. */
static const struct sentence {
	const char *one, *many;
} findings[MODEL_FINDING_KINDS] = {
    [MODEL_NO_RATINGS] = {"There are no ratings, so there is nothing to estimate."},
    [MODEL_TOO_FEW_RATINGS] =
	{"One rating is too little to estimate anything; only the average is shown.",
	 "{n} ratings are too few to estimate anything; only averages are shown."},
    [MODEL_NO_SPREAD] = {"Within each competency all ratings are the same, so nothing tells the "
			 "candidates apart; only averages are shown."},
    [MODEL_ONE_CANDIDATE] = {"There is one candidate only, so there is no one to compare with."},
    [MODEL_FEW_CANDIDATES] = {"{n} candidates are few: variances need about 20, so scores and "
			      "intervals are rough."},
    [MODEL_ONE_INTERVIEWER] = {"One interviewer gave all ratings, so severity cannot be told "
			       "from the candidates' level and is taken as 0."},
    [MODEL_INTERVIEWERS_ALONE] = {"No interviewer met two candidates, so severity cannot be "
				  "estimated and is taken as 0."},
    [MODEL_INTERVIEWER_A_POOL] = {"Each pool has one interviewer of its own, so severity cannot "
				  "be told from the pool and is taken as 0."},
    [MODEL_ONE_COMPETENCY] = {"There is one competency only, so a candidate's special strengths "
			      "and an interviewer's impression on the day cannot be told from "
			      "chance."},
    [MODEL_CELLS_SINGLE] = {"No competency of a candidate was rated by two interviewers, so a "
			    "candidate's special strengths cannot be told from chance."},
    [MODEL_CARDS_SINGLE] = {"No interviewer rated two competencies of a candidate, so the "
			    "impression on the day cannot be told from chance; the intervals "
			    "may be too narrow."},
    [MODEL_CANDIDATES_SINGLE] = {"No candidate met two interviewers, so an interviewer's "
				 "impression on the day cannot be told from the candidate's "
				 "level; the intervals are too narrow."},
    [MODEL_DISCONNECTED] = {"The scorecards fall into {n} groups that share neither "
			    "interviewers nor candidates: ranking across them is mostly "
			    "guesswork."},
    [MODEL_GROUPS_AS_POOLS] = {"The {n} groups are treated as pools of their own."},
    [MODEL_POOLS_DROPPED] = {"The pools cannot be told from single candidates, so they have no "
			     "effect."},
    [MODEL_COMPETENCY_UNRATED] = {"No one rated {who}; it has no part in the scores."},
    [MODEL_CANDIDATES_UNRATED] =
	{"{who} has no ratings, and so no score.",
	 "{n} candidates ({who} among them) have no ratings, and so no score."},
    [MODEL_INTERVIEWERS_UNRATED] = {"{who} gave no ratings.",
				    "{n} interviewers ({who} among them) gave no ratings."},
    [MODEL_ONE_CARD] = {"{who} has one scorecard only, so that score is mostly one "
			"interviewer's impression.",
			"{n} candidates ({who} among them) have one scorecard only, so their "
			"scores are mostly one interviewer's impression."},
    [MODEL_CONSTANT_RATER] = {"{who} gave the same rating all {n} times."},
    [MODEL_SAME_PANEL] = {"The same {n} interviewers met every candidate, so adjusting for "
			  "severity changes no order."},
    [MODEL_ZERO_CANDIDATE] = {"The ratings show no general difference between candidates: its "
			      "variance came out as 0."},
    [MODEL_ZERO_COMPETENCY] = {"The ratings show no special strengths of candidates: their "
			       "variance came out as 0."},
    [MODEL_ZERO_HALO] = {"The ratings show no impression on the day (halo): its variance came "
			 "out as 0."},
    [MODEL_ZERO_SEVERITY] = {"The ratings show no difference in severity: its variance came out "
			     "as 0, and nothing is adjusted for it."},
    [MODEL_ZERO_POOL] = {"The ratings show no difference between pools: its variance came out "
			 "as 0."},
    [MODEL_PERFECT_FIT] = {"The ratings follow a pattern without any chance in it; the "
			   "intervals cannot be believed."},
    [MODEL_NOT_SETTLED] = {"The variances could not be settled by these ratings; the figures "
			   "are rough."},
    [MODEL_PRIOR_USED] = {"The variances of these candidates are held near published ones "
			  "({n} candidates with ratings)."},
};

/* The name of whom a finding is about. */
static void who_name(const struct model_finding *finding, const struct model_names *names,
		     char *out, size_t size)
{
	const char *noun = "candidate";
	const char *const *known = names->candidates;
	if (finding->kind == MODEL_COMPETENCY_UNRATED) {
		noun = "competency";
		known = names->competencies;
	} else if (finding->kind == MODEL_INTERVIEWERS_UNRATED ||
		   finding->kind == MODEL_CONSTANT_RATER) {
		noun = "interviewer";
		known = names->interviewers;
	}
	if (known != NULL)
		(void)snprintf(out, size, "%s", known[finding->who]);
	else
		(void)snprintf(out, size, "%s %u", noun, finding->who + 1);
}

const char *model_finding_text(const struct model_finding *finding, const struct model_names *names,
			       char out[SENTENCE_SIZE])
{
	char who[240], number[24];
	size_t len = 0;

	assert(finding->kind < MODEL_FINDING_KINDS && findings[finding->kind].one != NULL);
	const struct sentence *sentence = &findings[finding->kind];
	const char *text = finding->n != 1 && sentence->many ? sentence->many : sentence->one;
	who[0] = '\0';
	if (strstr(text, "{who}") != NULL)
		who_name(finding, names, who, sizeof(who));
	(void)snprintf(number, sizeof(number), "%zu", finding->n);
	while (*text != '\0' && len + 1 < SENTENCE_SIZE) {
		const char *insert = strncmp(text, "{who}", 5) == 0 ? who
				     : strncmp(text, "{n}", 3) == 0 ? number
								    : NULL;
		if (insert == NULL) {
			out[len++] = *text++;
			continue;
		}
		text += insert == who ? 5 : 3;
		while (*insert != '\0' && len + 1 < SENTENCE_SIZE)
			out[len++] = *insert++;
	}
	out[len] = '\0';
	return out;
}

/* ---- estimates ------------------------------------------------------------------------------- */

#define NOTABLE .2 /* of a rating step: less is not worth a reason */

/* Interviewers of the candidate who rate notably lower and higher than peers. */
static void severe_count(const struct model *model, uint32_t candidate, uint32_t *lower,
			 uint32_t *higher, uint32_t *all)
{
	const struct person *person = &model->people[candidate];
	uint32_t base = model->pools + model->rated;
	*lower = *higher = *all = 0;
	for (size_t i = 1 + person->pattern->nk; i < person->pattern->q; i++) {
		double severity = model_severity(model, person->column[i] - base).value.value;
		*lower += severity >= NOTABLE;
		*higher += severity <= -NOTABLE;
		(*all)++;
	}
}

const char *model_score_text(const struct model *model, uint32_t candidate, char out[SENTENCE_SIZE])
{
	struct model_candidate c = model_candidate(model, candidate);
	char score[120];
	uint32_t lower, higher, all;

	if (!c.score.value.known && !c.average.known)
		return say(out, "There are no ratings yet.");
	if (!c.score.value.known)
		return say(out, "Plain average %.1f; too few ratings for more.", c.average.value);
	(void)snprintf(score, sizeof(score), "%.1f ± %.1f (90 %%).", c.score.value.value,
		       c.score.high.value - c.score.value.value);
	if (!c.average.known)
		return say(out, "%s", score);
	severe_count(model, candidate, &lower, &higher, &all);
	double moved = c.score.value.value - c.average.value;
	uint32_t reason = moved > 0 ? lower : higher;
	if (fabs(moved) < .05)
		return say(out, "%s Plain average %.1f.", score, c.average.value);
	if (reason > 0 && reason < all)
		return say(out,
			   "%s Plain average %.1f; adjusted because %u of %u interviewers score "
			   "%s than peers.",
			   score, c.average.value, reason, all, moved > 0 ? "lower" : "higher");
	return say(out,
		   "%s Plain average %.1f; drawn towards what is usual, since %u scorecard%s %s "
		   "not much to go by.",
		   score, c.average.value, c.cards, c.cards == 1 ? "" : "s",
		   c.cards == 1 ? "is" : "are");
}

/* Never certain: 1 to 99. */
static double percent(double probability)
{
	return fmin(fmax(100 * probability, 1), 99);
}

const char *model_comparison_text(const struct model_comparison *comparison, const char *a,
				  const char *b, char out[SENTENCE_SIZE])
{
	double p = comparison->probability.value;
	if (!comparison->probability.known)
		return say(out, "%s and %s cannot be compared: there are too few ratings.", a, b);
	if (p < .5) {
		const char *other = a;
		a = b;
		b = other;
		p = 1 - p;
	}
	return say(out, "%s over %s: %.0f %% likely.%s", a, b, percent(p),
		   p < MODEL_CALLED ? " Too close to call." : "");
}

const char *model_must_have_text(const struct model *model, uint32_t candidate, uint32_t competency,
				 double gate, const char *name, char out[SENTENCE_SIZE])
{
	struct figure p = model_level_probability(model, candidate, competency, gate);
	const struct person *person = &model->people[candidate];
	unsigned times = 0;

	if (!p.known)
		return say(out, "Must-have %s: there are too few ratings to say.", name);
	for (size_t i = person->first; i < person->first + person->count; i++)
		times += model->ratings[i].competency == competency;
	return say(out, "Must-have %s: %.0f %% likely at level %g%s.", name, percent(p.value), gate,
		   times == 0	? "; not rated yet"
		   : times == 1 ? "; one rating only"
				: "");
}

const char *model_severity_text(const struct model *model, uint32_t interviewer, const char *name,
				char out[SENTENCE_SIZE])
{
	struct model_estimate s = model_severity(model, interviewer);
	uint32_t cards = model->cards[interviewer];

	if (!s.value.known || cards < MODEL_SEVERITY_CARDS)
		return say(out, "%s has %u scorecard%s: too few to say.", name, cards,
			   cards == 1 ? "" : "s");
	if (s.low.value <= 0 && s.high.value >= 0)
		return say(out,
			   "%s scores about as peers who saw comparable candidates do (%u "
			   "scorecards).",
			   name, cards);
	bool lower = s.value.value > 0;
	return say(out,
		   "%s scores %.1f %s than peers who saw comparable candidates (%.1f–%.1f, %u "
		   "scorecards).",
		   name, fabs(s.value.value), lower ? "lower" : "higher",
		   lower ? s.low.value : -s.high.value, lower ? s.high.value : -s.low.value, cards);
}
