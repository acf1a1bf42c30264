/* Dense symmetric positive definite matrices. */
#ifndef EVALUATION_DENSE_H
#define EVALUATION_DENSE_H

#include <stddef.h>

#include "core/attr.h"
#include "core/error.h"

/*
 * Matrices are n by n, row after row, of which only the upper triangle is read. Factor first:
 * ERR_CONFLICT when the matrix is not positive definite.
 */
enum err dense_factor(double *matrix, size_t n, double *log_determinant) MUST_USE;
/* From the factor to the inverse, both triangles. */
enum err dense_invert(double *factor, size_t n) MUST_USE;
/* right = matrix⁻¹ · right, n by n both; `right` is symmetric, and so is the result. Adds
 * log|matrix|. ERR_CONFLICT when that is not above 0. */
enum err dense_solve(double *matrix, size_t n, double *right, double *log_determinant) MUST_USE;
/* out = matrix · in; both triangles are read. */
void dense_apply(const double *matrix, size_t n, const double *in, double *out);
double dense_dot(const double *a, const double *b, size_t n);

#endif
