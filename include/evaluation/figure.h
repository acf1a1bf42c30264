/* A number that may be unknown; what leaves this module is never NaN and never infinite. */
#ifndef EVALUATION_FIGURE_H
#define EVALUATION_FIGURE_H

#include <stdbool.h>

struct figure {
	bool known;
	double value; /* 0 while unknown */
};

/* Unknown when the value is not finite. */
struct figure figure_of(double value);

#endif
