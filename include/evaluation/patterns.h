/* What an interviewer's scorecards say of how they rate, beside colleagues'. */
#ifndef EVALUATION_PATTERNS_H
#define EVALUATION_PATTERNS_H

#include "evaluation/interval.h"
#include "evaluation/interviewer.h"
#include "evaluation/model.h"
#include "evaluation/sentences.h"

/*
 * Each of their scorecards is compared with what the model expects of it from everything but that
 * scorecard (leave-one-out): r = its mean - the candidate's level + their severity, with variance
 * E r² = V(level) + V(severity) + σe² + σε²/K of K ratings. Scorecards of candidates whom nobody
 * else met are left out. Consistency, halo, compression as in evaluation/interviewer.h; drift is
 * the EWMA of r/√E r², oldest first, begun again where `renewed`.
 */
struct pattern_card {
	uint32_t candidate;
	const struct model_mark *marks;
	size_t count;
	bool renewed; /* by a newer version of its rubric than the one before */
};

#define PATTERN_CARDS_MOST 200 /* newest ones, which are compared */
#define PATTERN_LAMBDA	   .2
#define PATTERN_LIMIT	   3.0
#define PATTERN_LEVEL_Z	   1.6448536269514722 /* 90 %, as all of the model's */

struct pattern_point {
	size_t card;  /* counted from 1 */
	double value; /* the EWMA */
	struct interval limits;
	bool out;
};

struct patterns {
	size_t cards, compared, peers;	/* peers: others who met the same candidates */
	struct model_estimate severity; /* unknown where it may not be said */
	struct report_ratio consistency, halo;
	struct report_slope compression;
	struct interval compression_interval; /* when its slope is known */
	struct pattern_point points[PATTERN_CARDS_MOST];
	size_t point_count;
	bool drifts;
	struct said severity_said, consistency_said, halo_said, compression_said, drift_said;
};

/*
 * `cards` are theirs, oldest first. The model is changed while it is asked, and as it was
 * afterwards but for rounding. ERR_MEMORY.
 */
enum err patterns_of(struct model *model, uint32_t interviewer, const char *name,
		     const struct pattern_card *cards, size_t count, size_t peers,
		     struct patterns *out) MUST_USE;

#endif
