/* Sentences of adverse impact. */
#include "evaluation/impact_words.h"

const char *impact_verdict_code(enum impact_verdict verdict)
{
	static const char *const codes[] = {
	    [IMPACT_TOO_FEW] = "too_few",     [IMPACT_NO_REFERENCE] = "no_reference",
	    [IMPACT_BELOW] = "below",	      [IMPACT_BELOW_BY_ONE] = "below_by_one",
	    [IMPACT_NOT_BELOW] = "not_below",
	};
	return codes[verdict];
}

static enum sentence_id verdict_of(const struct impact *impact)
{
	switch (impact->verdict) {
	case IMPACT_TOO_FEW:
		return SENTENCE_impact_too_few;
	case IMPACT_NO_REFERENCE:
		return SENTENCE_impact_no_reference;
	case IMPACT_BELOW_BY_ONE:
		return SENTENCE_impact_below_by_one;
	case IMPACT_NOT_BELOW:
		return SENTENCE_impact_not_below;
	case IMPACT_BELOW:
		break;
	}
	return impact->p_lower >= IMPACT_LIKELY ? SENTENCE_impact_below_likely
						: SENTENCE_impact_below_unsure;
}

struct said impact_said(const struct impact *impact, const char *focal, const char *reference)
{
	struct said said = said_begin(verdict_of(impact));

	said_text_value(&said, "focal", focal);
	said_text_value(&said, "reference", reference);
	if (impact->verdict == IMPACT_TOO_FEW || impact->verdict == IMPACT_NO_REFERENCE)
		return said;
	said_number(&said, "focal_percent", 100 * impact->focal, 0);
	said_number(&said, "reference_percent", 100 * impact->reference, 0);
	said_number(&said, "ratio", impact->ratio.value, 2);
	said_number(&said, "low", impact->katz_low.value, 2);
	said_number(&said, "high", impact->katz_high.value, 2);
	return said;
}
