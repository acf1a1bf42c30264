/* Quantiles that hold in the far tails. */
#ifndef EVALUATION_DISTRIBUTION_H
#define EVALUATION_DISTRIBUTION_H

/* 0 < probability < 1; the parameters are above 0. */
double beta_quantile(double probability, double a, double b);
double f_quantile(double probability, double df1, double df2);

#endif
