/* What adverse impact says, in a sentence. */
#ifndef EVALUATION_IMPACT_WORDS_H
#define EVALUATION_IMPACT_WORDS_H

#include "evaluation/impact.h"
#include "evaluation/sentences.h"

/* Surer than this that the rate is lower, and a ratio below four-fifths is called likely. */
#define IMPACT_LIKELY .95

/* "too_few", "no_reference", "below", "below_by_one", "not_below". */
const char *impact_verdict_code(enum impact_verdict verdict);
struct said impact_said(const struct impact *impact, const char *focal, const char *reference);

#endif
