/* Beta-binomial shrinkage of rates; see the header for the model. */
#include "evaluation/shrink.h"

#define CONCENTRATION_MOST .5 /* alpha + beta = 1, which is what Jeffreys' prior has */

struct shrink shrink_fit(const struct rate *groups, size_t count)
{
	struct shrink out = {0, 0};
	double x = 0, n = 0, squares = 0, apart = 0;
	size_t filled = 0;

	for (size_t i = 0; i < count; i++) {
		x += groups[i].x;
		n += groups[i].n;
		squares += (double)groups[i].n * groups[i].n;
		filled += groups[i].n > 0;
	}
	if (n <= 0)
		return out;
	out.mean = x / n;
	if (filled < 2 || x <= 0 || x >= n)
		return out;
	for (size_t i = 0; i < count; i++) {
		double off;

		if (groups[i].n == 0)
			continue;
		off = (double)groups[i].x / groups[i].n - out.mean;
		apart += groups[i].n * off * off;
	}
	/* What chance alone would give is filled - 1; the rest is between the groups. */
	double by_chance = (double)filled - 1, room = n - squares / n - by_chance;
	if (room <= 0)
		return out;
	out.concentration = (apart / (out.mean * (1 - out.mean)) - by_chance) / room;
	if (out.concentration < 0)
		out.concentration = 0;
	else if (out.concentration > CONCENTRATION_MOST)
		out.concentration = CONCENTRATION_MOST;
	return out;
}

double shrink_rate(const struct shrink *shrink, struct rate group)
{
	double rest = 1 - shrink->concentration;

	return (shrink->concentration * group.x + rest * shrink->mean) /
	       (shrink->concentration * group.n + rest);
}
