/* Numbers as people write them in options and files: decimal, finite, nothing behind them. */
#ifndef COMMANDS_NUMBERS_H
#define COMMANDS_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

/* "3", "-2.5", ".4", "1e-3"; false for anything else, also for what is too large for a double. */
bool number_parse(const char *text, double *out) MUST_USE;

/* What a number must be; `over` excludes the lowest itself. */
struct number_range {
	double low, high;
	bool over;
};

/* The value of an option; ERR_INVALID names it, also when it is empty. */
enum err number_option(const char *flag, const char *text, struct number_range range, double *out,
		       struct why *why) MUST_USE;
/* "1,2.5,3": at most `most` of them. */
enum err number_list_option(const char *flag, const char *text, struct number_range range,
			    double *out, size_t most, size_t *count, struct why *why) MUST_USE;
/* "12/48": 0 <= x <= n, 1 <= n <= `most`. */
enum err fraction_option(const char *what, const char *text, unsigned most, unsigned *x,
			 unsigned *n, struct why *why) MUST_USE;

#endif
