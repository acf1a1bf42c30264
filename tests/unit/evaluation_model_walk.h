/* Asks a model for everything that it can be asked, and holds that every figure is one. */
#ifndef EVALUATION_MODEL_WALK_H
#define EVALUATION_MODEL_WALK_H

#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/text.h"
#include "evaluation/model.h"
#include "evaluation/model_words.h"

static inline void walk_figure(struct figure figure)
{
	assert(isfinite(figure.value));
}

static inline void walk_estimate(struct model_estimate e)
{
	walk_figure(e.value);
	walk_figure(e.se);
	walk_figure(e.low);
	walk_figure(e.high);
	assert(e.value.known == e.se.known && e.value.known == e.low.known);
	assert(e.se.value >= 0 && e.low.value <= e.value.value && e.value.value <= e.high.value);
}

static inline void walk_sentence(const char *sentence)
{
	size_t len = strlen(sentence);
	assert(len > 1 && len < SENTENCE_SIZE - 1 && sentence[len - 1] == '.');
	assert(utf8_valid(sentence, len));
	assert(strchr(sentence, '{') == NULL && strstr(sentence, "nan") == NULL);
}

static inline void walk_candidate(const struct model *model, const struct model_design *design,
				  uint32_t c)
{
	char sentence[SENTENCE_SIZE];
	struct model_candidate candidate = model_candidate(model, c);
	walk_estimate(candidate.score);
	walk_figure(candidate.average);
	assert(candidate.share_rated >= 0 && candidate.share_rated <= 1 + 1e-9);
	walk_sentence(model_score_text(model, c, sentence));
	for (uint32_t k = 0; k < design->competencies; k++) {
		walk_estimate(model_level(model, c, k));
		struct figure p = model_level_probability(model, c, k, 3);
		assert(p.value >= 0 && p.value <= 1);
		walk_sentence(model_must_have_text(model, c, k, 3, "Security", sentence));
	}
	for (uint32_t j = 0; j < design->interviewers; j++)
		walk_figure(model_halo(model, c, j));
	for (uint32_t other = 0; other < design->candidates && other < 8; other++) {
		struct model_comparison comparison = model_compare(model, c, other);
		walk_figure(comparison.covariance);
		assert(comparison.probability.value >= 0 && comparison.probability.value <= 1);
		walk_sentence(model_comparison_text(&comparison, "Asha", "Ben", sentence));
	}
}

static inline void walk_model(const struct model *model, const struct model_design *design)
{
	char sentence[SENTENCE_SIZE];
	struct model_names none = {NULL, NULL, NULL};
	size_t count;
	const struct model_finding *findings = model_findings(model, &count);
	for (size_t i = 0; i < count; i++)
		walk_sentence(model_finding_text(&findings[i], &none, sentence));
	if (model_known(model)) {
		struct model_fit fit = model_summary(model);
		assert(isfinite(fit.neg2_reml) && isfinite(fit.variances.candidate) &&
		       isfinite(fit.variances.candidate_competency) &&
		       isfinite(fit.variances.candidate_interviewer) &&
		       isfinite(fit.variances.interviewer) && isfinite(fit.variances.residual) &&
		       isfinite(fit.variances.pool));
		assert(fit.variances.residual > 0);
	} else {
		assert(count > 0);
	}
	for (uint32_t c = 0; c < design->candidates; c++)
		walk_candidate(model, design, c);
	for (uint32_t k = 0; k < design->competencies; k++)
		walk_estimate(model_competency(model, k));
	for (uint32_t j = 0; j < design->interviewers; j++) {
		walk_estimate(model_severity(model, j));
		walk_sentence(model_severity_text(model, j, "Dana", sentence));
	}
}

#endif
