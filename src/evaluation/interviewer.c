/* An interviewer's ratings beside what the model expects; see the header for the formulae. */
#include "evaluation/interviewer.h"

#include <math.h>

/* 1 ± 2·√(2/freedom). */
static struct report_ratio ratio_of(double value, double freedom, size_t n)
{
	double half = 2 * sqrt(2 / freedom);
	struct report_ratio ratio = {.n = n, .value = figure_of(value)};
	ratio.low = fmax(0, 1 - half);
	ratio.high = 1 + half;
	ratio.flagged = ratio.value.known && (value < ratio.low || value > ratio.high);
	return ratio;
}

struct report_ratio report_consistency(const double *squares, const double *expected, size_t n)
{
	double seen = 0, wanted = 0;
	for (size_t i = 0; i < n; i++) {
		seen += squares[i];
		wanted += expected[i];
	}
	if (n < REPORT_CARDS_LEAST || !(wanted > 0))
		return (struct report_ratio){.n = n};
	return ratio_of(seen / wanted, (double)n, n);
}

struct report_ratio report_halo(const struct report_card *cards, size_t n,
				double candidate_competency, double residual)
{
	double squares = 0, freedom = 0, expected = candidate_competency + residual;
	size_t used = 0;
	for (size_t i = 0; i < n; i++) {
		double mean = 0;
		if (cards[i].count < 2)
			continue;
		for (size_t k = 0; k < cards[i].count; k++)
			mean += cards[i].rating[k] / (double)cards[i].count;
		for (size_t k = 0; k < cards[i].count; k++)
			squares += (cards[i].rating[k] - mean) * (cards[i].rating[k] - mean);
		freedom += (double)cards[i].count - 1;
		used++;
	}
	if (used < REPORT_CARDS_LEAST || !(expected > 0))
		return (struct report_ratio){.n = used};
	return ratio_of(squares / freedom / expected, freedom, used);
}

struct report_slope report_compression(const double *own, const double *others, size_t n)
{
	double x = 0, y = 0, xx = 0, xy = 0, rest = 0;
	struct report_slope out = {.n = n};
	if (n < REPORT_CARDS_LEAST)
		return out;
	for (size_t i = 0; i < n; i++) {
		x += others[i] / (double)n;
		y += own[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		xx += (others[i] - x) * (others[i] - x);
		xy += (others[i] - x) * (own[i] - y);
	}
	/* Squares of rounding errors are no differences. */
	if (!(xx > 1e-24 * (double)n * (1 + x * x)))
		return out;
	for (size_t i = 0; i < n; i++) {
		double r = own[i] - y - xy / xx * (others[i] - x);
		rest += r * r;
	}
	out.slope = figure_of(xy / xx);
	out.se = figure_of(sqrt(rest / ((double)n - 2) / xx));
	return out;
}

struct disagreement disagreement_of(const struct disagreement_pair *pair)
{
	struct disagreement out = {0};
	double points_apart = 0, count = (double)pair->count;
	if (pair->count == 0)
		return out;
	for (size_t k = 0; k < pair->count; k++) {
		double points = pair->first[k] - pair->second[k];
		points_apart += points;
		if (pair->must_have[k] && fabs(points) >= DISAGREEMENT_POINTS)
			out.must_have = true;
	}
	double variance =
	    2 * (pair->candidate_interviewer + pair->residual / count) + pair->effects_variance;
	if (variance > 0)
		out.z =
		    figure_of((points_apart / count - pair->first_effect + pair->second_effect) /
			      sqrt(variance));
	out.unusual = out.z.known && fabs(out.z.value) > DISAGREEMENT_Z &&
		      fabs(points_apart) >= DISAGREEMENT_LEAST * count - DISAGREEMENT_ROUNDING;
	return out;
}
