/* What the model says, in plain sentences: the one place that a translation replaces. */
#ifndef EVALUATION_MODEL_WORDS_H
#define EVALUATION_MODEL_WORDS_H

#include <stddef.h>

#include "evaluation/model.h"
#include "evaluation/sentences.h"

/* Borrowed; NULL where there are no names: then sentences count from 1. */
struct model_names {
	const char *const *candidates;
	const char *const *interviewers;
	const char *const *competencies;
};

/* All return `out`. */
const char *model_finding_text(const struct model_finding *finding, const struct model_names *names,
			       char out[SENTENCE_SIZE]);

/*
 * "3.6 ± 0.4 (90 %). Plain average 3.4; adjusted because 2 of 4 interviewers score lower than
 * peers." Who they are is not said.
 */
const char *model_score_text(const struct model *model, uint32_t candidate,
			     char out[SENTENCE_SIZE]);
/* "Asha over Ben: 71 % likely. Too close to call." */
const char *model_comparison_text(const struct model_comparison *comparison, const char *a,
				  const char *b, char out[SENTENCE_SIZE]);
/* "Must-have Security: 62 % likely at level 3; one rating only." */
const char *model_must_have_text(const struct model *model, uint32_t candidate, uint32_t competency,
				 double gate, const char *name, char out[SENTENCE_SIZE]);
/* "Dana scores 0.4 lower than peers who saw comparable candidates (0.2–0.6, 38 scorecards)." */
const char *model_severity_text(const struct model *model, uint32_t interviewer, const char *name,
				char out[SENTENCE_SIZE]);

/*
 * The same as codes with their values (evaluation/sentences.h). What they are given is said as it
 * is, so that figures which were kept can be said again: `model` serves for the reason only.
 */
#define WHO_SIZE 240 /* the name that a finding's sentence borrows */
struct said model_finding_said(const struct model_finding *finding, const struct model_names *names,
			       char who[WHO_SIZE]);
struct said model_score_said(const struct model *model, uint32_t candidate,
			     const struct model_candidate *shown);
struct said model_comparison_said(const struct model_comparison *comparison, const char *a,
				  const char *b);
struct said model_must_have_said(const struct figure *probability, size_t ratings, double gate,
				 const char *name);
struct said model_severity_said(const struct model_estimate *severity, size_t cards,
				const char *name);

/* Fewer scorecards say nothing of an interviewer. */
#define MODEL_SEVERITY_CARDS 10
/* Surer than this, and one candidate is called ahead of the other. */
#define MODEL_CALLED .9

#endif
