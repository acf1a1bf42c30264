/* GSL's errors, and what it lacks of distributions. */
#include "evaluation/numerics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "distribution.h"

void numerics_start(void)
{
	(void)gsl_set_error_handler_off();
}

/* By halving, to the last bit: the library's own inverse gives up in the far tails. */
double beta_quantile(double probability, double a, double b)
{
	double low = 0, high = 1;
	for (;;) {
		double middle = low + (high - low) / 2;
		if (middle <= low || middle >= high)
			return middle;
		if (gsl_cdf_beta_P(middle, a, b) < probability)
			low = middle;
		else
			high = middle;
	}
}

double f_quantile(double probability, double df1, double df2)
{
	double x = beta_quantile(probability, df1 / 2, df2 / 2);
	return df2 * x / (df1 * (1 - x));
}
