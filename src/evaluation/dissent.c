/* Compares a candidate's interviewers, two by two. */
#include "evaluation/dissent.h"

#include <math.h>

#define COMMON_MOST 64 /* competencies of two scorecards; further ones are left out */
#define CARDS_MOST  32 /* interviewers of one candidate; as many as are compared */

/* An interviewer's ratings. */
struct side {
	const struct rating *ratings;
	size_t count;
};

struct common {
	size_t count;
	uint32_t competency[COMMON_MOST];
	double first[COMMON_MOST], second[COMMON_MOST];
	bool must_have[COMMON_MOST];
};

/* Whoever rated a competency twice counts with the mean. */
static bool mean_of(const struct side *side, uint32_t competency, double *mean)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < side->count; i++)
		if (side->ratings[i].competency == competency) {
			sum += side->ratings[i].value;
			n++;
		}
	*mean = n == 0 ? 0 : sum / (double)n;
	return n > 0;
}

static bool is_taken(const struct common *common, uint32_t competency)
{
	for (size_t k = 0; k < common->count; k++)
		if (common->competency[k] == competency)
			return true;
	return false;
}

static void common_take(const struct dissent_case *of, const struct side *first,
			const struct side *second, struct common *out)
{
	out->count = 0;
	for (size_t i = 0; i < first->count && out->count < COMMON_MOST; i++) {
		uint32_t competency = first->ratings[i].competency;
		size_t k = out->count;

		if (is_taken(out, competency) || !mean_of(second, competency, &out->second[k]))
			continue;
		(void)mean_of(first, competency, &out->first[k]);
		out->competency[k] = competency;
		out->must_have[k] = of->must_have[competency];
		out->count++;
	}
}

static struct disagreement compare(const struct dissent_case *of, const struct side *first,
				   const struct side *second, struct common *common, double *gap)
{
	struct model_variances v = model_summary(of->model).variances;
	struct model_estimate apart = model_severity_gap(of->model, first->ratings->interviewer,
							 second->ratings->interviewer);

	common_take(of, first, second, common);
	/* The first rates that much lower, as a rule. */
	*gap = apart.value.value;
	if (!apart.value.known)
		return (struct disagreement){0};
	return disagreement_of(
	    &(struct disagreement_pair){.first = common->first,
					.second = common->second,
					.must_have = common->must_have,
					.count = common->count,
					.first_effect = -*gap,
					.effects_variance = apart.se.value * apart.se.value,
					.candidate_interviewer = v.candidate_interviewer,
					.residual = v.residual});
}

/* ---- what is said ---------------------------------------------------------------------------- */

/* In the place of what was found of the same before, if it says more. */
static size_t dissent_add(struct dissent out[DISSENTS_MOST], size_t count, struct dissent found)
{
	for (size_t i = 0; i < count; i++) {
		struct dissent *was = &out[i];

		if (was->overall != found.overall || was->competency != found.competency)
			continue;
		if (found.unusual > was->unusual || (found.unusual == was->unusual &&
						     found.high - found.low > was->high - was->low))
			*was = found;
		return count;
	}
	if (count < DISSENTS_MOST)
		out[count++] = found;
	return count;
}

static struct dissent dissent_on(const struct common *common, size_t k, bool unusual)
{
	return (struct dissent){.unusual = unusual,
				.competency = common->competency[k],
				.low = fmin(common->first[k], common->second[k]),
				.high = fmax(common->first[k], common->second[k])};
}

static struct dissent dissent_overall(const struct common *common)
{
	double first = 0, second = 0;

	for (size_t k = 0; k < common->count; k++) {
		first += common->first[k] / (double)common->count;
		second += common->second[k] / (double)common->count;
	}
	return (struct dissent){.overall = true,
				.unusual = true,
				.low = fmin(first, second),
				.high = fmax(first, second)};
}

/* What stands out from the usual difference most. */
static size_t unusual_add(const struct common *common, double gap,
			  struct dissent out[DISSENTS_MOST], size_t count)
{
	size_t most = 0;
	double beyond = -1;

	for (size_t k = 0; k < common->count; k++) {
		double here = fabs(common->first[k] - common->second[k] + gap);

		if (here > beyond) {
			beyond = here;
			most = k;
		}
	}
	if (fabs(common->first[most] - common->second[most]) >= DISAGREEMENT_POINTS)
		return dissent_add(out, count, dissent_on(common, most, true));
	return dissent_add(out, count, dissent_overall(common));
}

static size_t sides_of(const struct dissent_case *of, struct side side[CARDS_MOST])
{
	size_t count = 0;

	for (size_t i = 0; i < of->count; i++) {
		const struct rating *rating = &of->ratings[i];

		if (i > 0 && rating->interviewer == rating[-1].interviewer) {
			side[count - 1].count++;
			continue;
		}
		if (count == CARDS_MOST)
			break;
		side[count++] = (struct side){rating, 1};
	}
	return count;
}

size_t dissents_of(const struct dissent_case *of, struct dissent out[DISSENTS_MOST])
{
	struct side side[CARDS_MOST];
	size_t sides = model_known(of->model) ? sides_of(of, side) : 0, count = 0;

	for (size_t a = 0; a < sides; a++)
		for (size_t b = a + 1; b < sides; b++) {
			struct common common;
			double gap;
			struct disagreement found = compare(of, &side[a], &side[b], &common, &gap);

			if (found.unusual)
				count = unusual_add(&common, gap, out, count);
			for (size_t k = 0; found.must_have && k < common.count; k++)
				if (common.must_have[k] &&
				    fabs(common.first[k] - common.second[k]) >= DISAGREEMENT_POINTS)
					count =
					    dissent_add(out, count, dissent_on(&common, k, false));
		}
	return count;
}

struct disagreement dissent_between(const struct dissent_case *of, uint32_t first, uint32_t second)
{
	struct side side[CARDS_MOST], of_first = {0}, of_second = {0};
	size_t sides = model_known(of->model) ? sides_of(of, side) : 0;
	struct common common;
	double gap;

	for (size_t i = 0; i < sides; i++) {
		if (side[i].ratings->interviewer == first)
			of_first = side[i];
		if (side[i].ratings->interviewer == second)
			of_second = side[i];
	}
	if (of_first.count == 0 || of_second.count == 0)
		return (struct disagreement){0};
	return compare(of, &of_first, &of_second, &common, &gap);
}
