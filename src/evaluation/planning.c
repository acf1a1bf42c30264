/* D-study and the value of one more interview; see the header for the formulae. */
#include "evaluation/planning.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

struct dstudy dstudy_of(const struct dstudy_variances *v, const double *weights, size_t count)
{
	double sum = 0, squares = 0;
	assert(count > 0);
	for (size_t i = 0; i < count; i++) {
		assert(weights[i] > 0);
		sum += weights[i];
	}
	for (size_t i = 0; i < count; i++)
		squares += weights[i] / sum * (weights[i] / sum);
	double relative = v->candidate_interviewer + v->residual * squares;
	return (struct dstudy){v->candidate + v->candidate_competency * squares,
			       v->interviewer + relative, figure_of(relative)};
}

static struct figure share(double universe, double error)
{
	return universe + error > 0 ? figure_of(universe / (universe + error)) : (struct figure){0};
}

struct dstudy_row dstudy_row(const struct dstudy *dstudy, unsigned interviewers)
{
	assert(interviewers > 0);
	double error = dstudy->error / interviewers;
	struct dstudy_row row = {
	    .error = error, .phi = share(dstudy->universe, error), .sem = sqrt(error)};
	if (dstudy->relative.known)
		row.e_rho2 = share(dstudy->universe, dstudy->relative.value / interviewers);
	return row;
}

struct another_interview another_interview_of(double score, double variance, double error,
					      double cutoff)
{
	assert(variance >= 0 && error >= 0);
	double gap = fabs(score - cutoff), all = variance + error;
	struct another_interview out = {0};
	if (!(variance > 0)) {
		/* What is known for certain, no interview changes; at the cutoff it is a coin's
		 * throw. */
		out.p_flip = gap > 0 ? 0 : .5;
		return out;
	}
	out.tau = variance / sqrt(all);
	out.p_flip = gsl_cdf_ugaussian_P(-gap / out.tau);
	out.gain = fmax(0, out.tau * gsl_ran_ugaussian_pdf(gap / out.tau) - gap * out.p_flip);
	out.sd_drop = 1 - sqrt(error / all);
	return out;
}
