/* assay analyze interval: how far a rate, or the difference of two, can be trusted. */
#include "analyze.h"
#include "evaluation/interval.h"

static enum err rates_read(const struct settings *settings, int argc, char **argv, int wanted,
			   struct rate *rates, double *level, struct why *why)
{
	if (argc - 1 != wanted)
		return why_set(why, ERR_INVALID, "%s takes %s, such as 12/48", argv[0],
			       wanted == 1 ? "one x/n" : "two x/n, whose difference it is of");
	for (int i = 0; i < wanted; i++)
		TRY(fraction_option(i == 0 ? "x/n" : "the second x/n", argv[i + 1], RATE_MOST,
				    &rates[i].x, &rates[i].n, why));
	return number_option("--level", settings->level, (struct number_range){.5, .9999, false},
			     level, why);
}

int command_analyze_interval(const struct settings *settings, int argc, char **argv)
{
	struct analysis analysis;
	struct why why;
	struct rate rates[2] = {{0, 1}, {0, 1}};
	double level = .95, value = 0;
	struct interval interval;
	bool newcombe = strcmp(argv[0], "newcombe") == 0, wilson = strcmp(argv[0], "wilson") == 0;
	enum err err = OK;

	analysis_begin(&analysis, settings);
	if (!newcombe && !wilson && strcmp(argv[0], "jeffreys") != 0)
		err = why_set(&why, ERR_INVALID,
			      "there is no interval \"%.40s\"; there are wilson, newcombe and "
			      "jeffreys",
			      argv[0]);
	if (err == OK)
		err = rates_read(settings, argc, argv, newcombe ? 2 : 1, rates, &level, &why);
	if (err != OK)
		return analysis_fail(&analysis, err, &why);
	value = (double)rates[0].x / rates[0].n;
	if (newcombe) {
		value -= (double)rates[1].x / rates[1].n;
		interval = interval_newcombe(rates[0], rates[1], level);
	} else {
		interval =
		    wilson ? interval_wilson(rates[0], level) : interval_jeffreys(rates[0], level);
	}
	if (analysis.json) {
		analysis_number(&analysis, "value", value);
		analysis_number(&analysis, "low", interval.low);
		analysis_number(&analysis, "high", interval.high);
	} else {
		char cell[3][CELL_SIZE];
		analysis_line(&analysis, "%s %s, from %s to %s (%g %%)",
			      newcombe ? "difference" : "rate", analysis_cell(value, cell[0]),
			      analysis_cell(interval.low, cell[1]),
			      analysis_cell(interval.high, cell[2]), level * 100);
	}
	return analysis_end(&analysis);
}
