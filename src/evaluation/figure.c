/* The border that no NaN crosses. */
#include "evaluation/figure.h"

#include <math.h>

struct figure figure_of(double value)
{
	return isfinite(value) ? (struct figure){true, value + 0.0} : (struct figure){false, 0};
}
