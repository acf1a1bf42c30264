/* The sentences that go with figures: one table, which a translation replaces. */
#include "evaluation/sentence.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* `one` is said for an n of 1, where that reads differently. */
static const struct row {
	const char *code, *many, *one;
} rows[] = {
    /* clang-format off */
    /* what can be said of the model at all */
    {"model_off", "The statistical model is switched off; the weighted average stands alone.", NULL},
    {"model_withheld", "Shown once every scorecard of this application is in and open to you.", NULL},
    {"model_no_ratings", "There are no ratings yet, so there is nothing to estimate.", NULL},
    {"model_first", "The first estimate is being computed.", NULL},
    {"model_updating", "Something has changed since; these figures are being computed anew.", NULL},
    {"model_no_rubric", "The role has no rubric with weights, so there is no score to estimate.", NULL},
    {"model_few_candidates", "{n} candidates with ratings are too few to estimate anything; it takes {least}.",
     "One candidate with ratings is too little to estimate anything; it takes {least}."},
    {"model_few_interviewers", "One interviewer alone gave all ratings: nothing tells severity from quality.", NULL},
    {"model_too_little", "{n} ratings say too little for an estimate.", "One rating says too little for an estimate."},
    {"model_no_spread", "All ratings of a competency are the same, so nothing tells the candidates apart.", NULL},
    {"model_too_large", "There are more ratings or interviewers than one model takes.", NULL},
    /* a score */
    {"score", "{score} ± {margin} ({level} %). Plain average {average}.", NULL},
    {"score_without_average", "{score} ± {margin} ({level} %).", NULL},
    /* what moved it away from the average */
    {"adjusted_hardly", "Hardly adjusted: it is within 0.05 of the plain average.", NULL},
    {"adjusted_lower", "Adjusted by {by}, because {n} of {all} interviewers score lower than peers.", NULL},
    {"adjusted_higher", "Adjusted by {by}, because {n} of {all} interviewers score higher than peers.", NULL},
    {"adjusted", "Adjusted by {by}, for how interviewers rate in general and for how much {n} scorecards can say.",
     "Adjusted by {by}, for how interviewers rate in general and for how little one scorecard can say."},
    /* competencies */
    {"level", "{name}: {level} ± {margin}, from {n} ratings.", "{name}: {level} ± {margin}, from one rating."},
    {"level_unrated", "{name}: {level} ± {margin}, though nobody rated it; only what is usual speaks for it.", NULL},
    {"level_unknown", "{name}: nobody rated it for any candidate yet, so nothing can be said.", NULL},
    {"must_have", "Must-have {name}: {percent} % likely at level {gate}; {n} ratings.",
     "Must-have {name}: {percent} % likely at level {gate}; one rating only."},
    {"must_have_unrated", "Must-have {name}: {percent} % likely at level {gate}; not rated yet.", NULL},
    {"must_have_unknown", "Must-have {name}: too few ratings to say.", NULL},
    /* two candidates, and a role's */
    {"ahead", "{a} over {b}: {percent} % likely.", NULL},
    {"too_close", "{a} over {b}: {percent} % likely. Too close to call.", NULL},
    {"group_alone", "{a} is told apart from all others.", NULL},
    {"group_apart", "{a} is told apart from the next in order, though not from everyone.", NULL},
    {"group_close", "{n} candidates are too close to call: no order among them is surer than {level} %.", NULL},
    {"comparison", "{n} candidates can be compared.", "One candidate alone has an estimate: there is no one to compare with."},
    {"comparison_withheld", "Shown for candidates whose scorecards are open to you.", NULL},
    {"comparison_none", "No candidate of this role has an estimate yet.", NULL},
    {"comparison_left_out", "Only the {n} newest candidates are compared.", NULL},
    /* what a reader has to know of the fit */
    {"note_few_candidates", "{n} candidates are few: variances need about 20, so scores and intervals are rough.", NULL},
    {"note_candidates_single", "No candidate met two interviewers, so the intervals are too narrow.", NULL},
    {"note_disconnected", "The scorecards fall into {n} groups that share neither interviewers nor candidates: ranking across them is mostly guesswork.", NULL},
    {"note_same_panel", "The same interviewers met every candidate, so adjusting for severity changes no order.", NULL},
    {"note_interviewers_alone", "No interviewer met two candidates, so nothing is adjusted for severity.", NULL},
    {"note_zero_severity", "The ratings show no difference in severity, so nothing is adjusted for it.", NULL},
    {"note_perfect_fit", "The ratings follow a pattern without any chance in it; the intervals cannot be believed.", NULL},
    {"note_not_settled", "The variances could not be settled by these ratings; the figures are rough.", NULL},
    {"note_prior", "With {n} candidates the variances are held near published ones.", NULL},
    /* clang-format on */
};

static const struct row *find(const char *code)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].code, code) == 0)
			return &rows[i];
	return NULL;
}

bool sentence_known(const char *code)
{
	return find(code) != NULL;
}

struct sentence sentence_begin(const char *code)
{
	assert(sentence_known(code));
	return (struct sentence){.code = code};
}

static void add(struct sentence *sentence, struct sentence_value value)
{
	assert(sentence->count < SENTENCE_VALUES);
	sentence->values[sentence->count++] = value;
}

void sentence_count(struct sentence *sentence, const char *name, size_t count)
{
	add(sentence, (struct sentence_value){.name = name, .number = (double)count});
}

void sentence_number(struct sentence *sentence, const char *name, double number, int decimals)
{
	assert(isfinite(number));
	add(sentence,
	    (struct sentence_value){.name = name, .number = number, .decimals = decimals});
}

void sentence_name(struct sentence *sentence, const char *name, const char *text)
{
	add(sentence, (struct sentence_value){.name = name, .text = text != NULL ? text : ""});
}

void sentence_percent(struct sentence *sentence, const char *name, double probability)
{
	double percent = round(fmin(fmax(100 * probability, 1), 99));
	sentence_number(sentence, name, percent, 0);
}

static const struct sentence_value *value_of(const struct sentence *sentence, const char *name,
					     size_t len)
{
	for (size_t i = 0; i < sentence->count; i++)
		if (strlen(sentence->values[i].name) == len &&
		    memcmp(sentence->values[i].name, name, len) == 0)
			return &sentence->values[i];
	return NULL;
}

static size_t put_value(const struct sentence_value *value, char *out, size_t room)
{
	int n = value->text != NULL ? snprintf(out, room, "%.*s", 250, value->text)
				    : snprintf(out, room, "%.*f", value->decimals, value->number);
	return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

const char *sentence_text(const struct sentence *sentence, char out[SENTENCE_SIZE])
{
	const struct row *row = find(sentence->code);
	const struct sentence_value *n = value_of(sentence, "n", 1);
	size_t len = 0;

	assert(row != NULL);
	const char *text =
	    row->one != NULL && n != NULL && fabs(n->number - 1) < .5 ? row->one : row->many;
	while (*text != '\0' && len + 1 < SENTENCE_SIZE) {
		const char *end = *text == '{' ? strchr(text, '}') : NULL;
		const struct sentence_value *value =
		    end != NULL ? value_of(sentence, text + 1, (size_t)(end - text - 1)) : NULL;

		assert(end == NULL || value != NULL); /* the table asks for what was not given */
		if (value == NULL) {
			out[len++] = *text++;
			continue;
		}
		len += put_value(value, out + len, SENTENCE_SIZE - len);
		text = end + 1;
	}
	out[len] = '\0';
	return out;
}
