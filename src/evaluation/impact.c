/* Adverse impact; see the header for the formulae. */
#include "evaluation/impact.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#define TIE 1e-7 /* relative; probabilities this near count as equal */

/* ---- the probability of a ratio ----------------------------------------------------------------
 */

struct ratio_case {
	struct rate focal, reference;
	double factor, log_scale;
};

/*
 * P(p1 < factor·p2) = ∫ F1(factor·y)·f2(y) dy. With y = sin²θ the density has no poles at its ends:
 * f2(y) dy = 2·sin^(2x)θ·cos^(2(n-x))θ / B(x+½, n-x+½) dθ, which is about normal, 1/(2√n) wide.
 */
static double ratio_density(double theta, const struct ratio_case *c)
{
	double s = sin(theta), y = s * s, x = c->reference.x, rest = c->reference.n - x;
	double log_density = c->log_scale;
	if (c->reference.x > 0)
		log_density += 2 * x * log(s);
	if (c->reference.x < c->reference.n)
		log_density += 2 * rest * log(cos(theta));
	return exp(log_density) * jeffreys_below(c->focal, c->factor * y);
}

static double angle(double p)
{
	return asin(sqrt(fmin(1, fmax(0, p))));
}

/* Nodes for the integral over a piece that is narrow beside the curves' widths. */
static double piece_integral(const gsl_integration_glfixed_table *table, double from, double to,
			     const struct ratio_case *c)
{
	double sum = 0;
	for (size_t i = 0; i < table->n; i++) {
		double at = 0, weight = 0;
		(void)gsl_integration_glfixed_point(from, to, i, &at, &weight, table);
		sum += weight * ratio_density(at, c);
	}
	return sum;
}

/* From `from` to `to` in pieces of at most `width`. */
static double stretch_integral(const gsl_integration_glfixed_table *table, double from, double to,
			       double width, const struct ratio_case *c)
{
	double sum = 0;
	if (to <= from)
		return 0;
	int pieces = (int)ceil((to - from) / width);
	for (int i = 0; i < pieces; i++)
		sum += piece_integral(table, from + (to - from) * i / pieces,
				      from + (to - from) * (i + 1) / pieces, c);
	return sum;
}

#define REACH 10.0 /* standard deviations that hold all of a curve that a double can tell */
#define NODES 20   /* a piece: the library has these to all digits without computing them */

enum err impact_probability(struct rate focal, struct rate reference, double factor, double *out)
{
	assert(factor > 0 && factor <= 1);
	struct ratio_case c = {focal, reference, factor, 0};
	double x = reference.x, n = reference.n, m = focal.n;
	c.log_scale = log(2.0) - gsl_sf_lnbeta(x + .5, n - x + .5);
	/* The density is where the reference rate is, F1 rises where the focal one is: fine there.
	 */
	double sd = .5 / sqrt(n), rise = .5 / sqrt(m);
	double from = fmax(0, angle((x + .5) / (n + 1)) - REACH * sd);
	double to = fmin(acos(0), angle((x + .5) / (n + 1)) + REACH * sd);
	double step = angle((focal.x + .5) / (m + 1) / factor);
	double step_from = fmin(to, fmax(from, step - REACH * rise));
	double step_to = fmax(from, fmin(to, step + REACH * rise));
	gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(NODES);
	if (table == NULL)
		return ERR_MEMORY;
	double p = stretch_integral(table, from, step_from, sd, &c) +
		   stretch_integral(table, step_from, step_to, fmin(sd, rise), &c) +
		   stretch_integral(table, step_to, to, sd, &c);
	gsl_integration_glfixed_table_free(table);
	*out = fmin(1, fmax(0, p));
	return OK;
}

/* ---- exact tests ----------------------------------------------------------------------------- */

/* Adds up the probabilities to one side, each from the one before. */
struct tail {
	double observed, below, equal;
};

static void tail_add(struct tail *tail, double p)
{
	if (p > tail->observed * (1 + TIE))
		return;
	if (p < tail->observed * (1 - TIE))
		tail->below += p;
	else
		tail->equal += p;
}

static void fisher(struct rate focal, struct rate reference, struct impact *out)
{
	unsigned n1 = focal.n, n2 = reference.n, selected = focal.x + reference.x;
	unsigned first = selected > n2 ? selected - n2 : 0, last = selected < n1 ? selected : n1;
	double observed = gsl_ran_hypergeometric_pdf(focal.x, n1, n2, selected);
	struct tail tail = {.observed = observed, .equal = observed};
	double p = observed;
	for (unsigned k = focal.x; k < last; k++) {
		p *= (double)(n1 - k) * (selected - k) /
		     ((k + 1.0) * (double)(n2 + k + 1 - selected));
		tail_add(&tail, p);
	}
	p = observed;
	for (unsigned k = focal.x; k > first; k--) {
		p *=
		    (double)k * (n2 + k - selected) / ((n1 - k + 1.0) * (double)(selected - k + 1));
		tail_add(&tail, p);
	}
	out->fisher = fmin(1, tail.below + tail.equal);
	out->mid_p = fmin(1, tail.below + tail.equal / 2);
}

/* ---- the ratio ------------------------------------------------------------------------------- */

static void katz(struct rate focal, struct rate reference, struct impact *out)
{
	double x1 = focal.x, n1 = focal.n, x2 = reference.x, n2 = reference.n;
	if (focal.x == 0 || focal.x == focal.n || reference.x == reference.n) {
		x1 += .5;
		x2 += .5;
		n1++;
		n2++;
	}
	double z = gsl_cdf_ugaussian_Pinv(.5 + IMPACT_LEVEL / 2);
	double middle = log(x1 / n1 / (x2 / n2)), sd = sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2);
	out->katz_low = figure_of(focal.x == 0 ? 0 : exp(middle - z * sd));
	out->katz_high = figure_of(exp(middle + z * sd));
}

static enum impact_verdict judge(const struct impact *impact, struct rate focal,
				 struct rate reference)
{
	double least = IMPACT_SHARE_LEAST * ((double)focal.n + reference.n);
	if (focal.n < IMPACT_GROUP_LEAST || reference.n < IMPACT_GROUP_LEAST || focal.n < least ||
	    reference.n < least)
		return IMPACT_TOO_FEW;
	if (!impact->ratio.known)
		return IMPACT_NO_REFERENCE;
	/* In integers: 48 of 100 beside 60 of 100 is four-fifths, not a hair below. */
	if (5ULL * focal.x * reference.n >= 4ULL * reference.x * focal.n)
		return IMPACT_NOT_BELOW;
	if (focal.x == focal.n ||
	    5ULL * (focal.x + 1) * reference.n >= 4ULL * (reference.x - 1) * focal.n)
		return IMPACT_BELOW_BY_ONE;
	return IMPACT_BELOW;
}

enum err impact_of(struct rate focal, struct rate reference, struct impact *out)
{
	assert(focal.n >= 1 && focal.x <= focal.n && focal.n <= RATE_MOST);
	assert(reference.n >= 1 && reference.x <= reference.n && reference.n <= RATE_MOST);
	*out = (struct impact){.focal = (double)focal.x / focal.n,
			       .reference = (double)reference.x / reference.n};
	if (reference.x > 0) {
		out->ratio = figure_of(out->focal / out->reference);
		katz(focal, reference, out);
	}
	if (reference.x > 1 && focal.x < focal.n)
		out->shift_one = figure_of(((double)focal.x + 1) / focal.n /
					   (((double)reference.x - 1) / reference.n));
	fisher(focal, reference, out);
	out->difference = out->focal - out->reference;
	out->newcombe = interval_newcombe(focal, reference, IMPACT_LEVEL);
	TRY(impact_probability(focal, reference, FOUR_FIFTHS, &out->p_ratio_below));
	TRY(impact_probability(focal, reference, 1, &out->p_lower));
	out->verdict = judge(out, focal, reference);
	return OK;
}

const char *impact_verdict_text(enum impact_verdict verdict)
{
	static const char *const texts[] = {
	    [IMPACT_TOO_FEW] = "too few to say",
	    [IMPACT_NO_REFERENCE] = "nobody of the reference group was selected",
	    [IMPACT_BELOW] = "below four-fifths",
	    [IMPACT_BELOW_BY_ONE] = "below four-fifths, but one more selection would end that",
	    [IMPACT_NOT_BELOW] = "not below four-fifths",
	};
	return texts[verdict];
}
