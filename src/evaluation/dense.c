/* Dense algebra on LAPACK. */
#include "dense.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>

/* Fortran's interface, which every LAPACK has; the last argument is the length of the text. */
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t len);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t len);
void dgesv_(const int *n, const int *columns, double *a, const int *lda, int *pivots, double *b,
	    const int *ldb, int *info);
/* OpenBLAS: a fit uses the thread that it was given and no other. */
void openblas_set_num_threads(int count);

/* Our rows are Fortran's columns, so our upper triangle is its lower one. */
static const char triangle[] = "L";

enum err dense_factor(double *matrix, size_t n, double *log_determinant)
{
	int info = 0, order = (int)n;
	assert(n > 0 && n <= INT_MAX);
	openblas_set_num_threads(1);
	dpotrf_(triangle, &order, matrix, &order, &info, 1);
	if (info != 0)
		return ERR_CONFLICT;
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += log(matrix[i * n + i]);
	*log_determinant = 2 * sum;
	return isfinite(sum) ? OK : ERR_CONFLICT;
}

enum err dense_invert(double *factor, size_t n)
{
	int info = 0, order = (int)n;
	dpotri_(triangle, &order, factor, &order, &info, 1);
	if (info != 0)
		return ERR_CONFLICT;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			factor[i * n + j] = factor[j * n + i];
	return OK;
}

enum err dense_solve(double *matrix, size_t n, double *right, double *log_determinant)
{
	int info = 0, order = (int)n;
	int *pivots = malloc(n * sizeof(*pivots));
	if (pivots == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++) {
			double other = matrix[i * n + j];
			matrix[i * n + j] = matrix[j * n + i];
			matrix[j * n + i] = other;
		}
	openblas_set_num_threads(1);
	dgesv_(&order, &order, matrix, &order, pivots, right, &order, &info);
	bool negative = false;
	double sum = 0;
	for (size_t i = 0; i < n && info == 0; i++) {
		double pivot = matrix[i * n + i];
		negative ^= (pivot < 0) != (pivots[i] != (int)i + 1);
		sum += log(fabs(pivot));
	}
	free(pivots);
	if (info != 0 || negative || !isfinite(sum))
		return ERR_CONFLICT;
	*log_determinant += sum;
	return OK;
}

double dense_dot(const double *a, const double *b, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

void dense_apply(const double *matrix, size_t n, const double *in, double *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = dense_dot(matrix + i * n, in, n);
}
