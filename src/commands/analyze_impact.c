/* assay analyze impact: two groups' selection rates. */
#include "analyze.h"
#include "evaluation/impact.h"

static void impact_json(struct analysis *analysis, const struct impact *impact)
{
	struct json_writer *writer = &analysis->writer;
	analysis_figure(analysis, "ratio", impact->ratio);
	json_key(writer, "katz");
	json_open_object(writer);
	analysis_figure(analysis, "low", impact->katz_low);
	analysis_figure(analysis, "high", impact->katz_high);
	json_close_object(writer);
	analysis_number(analysis, "fisher", impact->fisher);
	analysis_number(analysis, "mid_p", impact->mid_p);
	analysis_interval(analysis, "newcombe", &impact->difference, impact->newcombe.low,
			  impact->newcombe.high);
	analysis_number(analysis, "p_ratio_below", impact->p_ratio_below);
	analysis_number(analysis, "p_lower", impact->p_lower);
	analysis_figure(analysis, "shift_one", impact->shift_one);
	json_member(writer, "verdict", impact_verdict_text(impact->verdict));
}

static void impact_text(struct analysis *analysis, const struct impact *impact)
{
	char a[CELL_SIZE], b[CELL_SIZE], c[CELL_SIZE];
	analysis_line(analysis, "rates                     %s beside %s",
		      analysis_cell(impact->focal, a), analysis_cell(impact->reference, b));
	analysis_line(analysis, "ratio                     %s (Katz %s to %s)",
		      analysis_figure_cell(impact->ratio, a),
		      analysis_figure_cell(impact->katz_low, b),
		      analysis_figure_cell(impact->katz_high, c));
	analysis_line(analysis, "difference                %s (Newcombe %s to %s)",
		      analysis_cell(impact->difference, a), analysis_cell(impact->newcombe.low, b),
		      analysis_cell(impact->newcombe.high, c));
	analysis_line(analysis, "Fisher, two-sided         %s (mid-p %s)",
		      analysis_cell(impact->fisher, a), analysis_cell(impact->mid_p, b));
	analysis_line(analysis, "P(ratio < .8)             %s",
		      analysis_cell(impact->p_ratio_below, a));
	analysis_line(analysis, "P(focal rate is lower)    %s", analysis_cell(impact->p_lower, a));
	analysis_line(analysis, "ratio, one moved over     %s",
		      analysis_figure_cell(impact->shift_one, a));
	analysis_line(analysis, "verdict                   %s",
		      impact_verdict_text(impact->verdict));
}

static enum err rate_read(const char *flag, const char *text, struct rate *rate, struct why *why)
{
	return fraction_option(flag, text, RATE_MOST, &rate->x, &rate->n, why);
}

int command_analyze_impact(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct analysis analysis;
	struct why why;
	struct rate focal, reference;
	struct impact impact;
	analysis_begin(&analysis, settings);
	enum err err = rate_read("--focal", settings->focal, &focal, &why);
	if (err == OK)
		err = rate_read("--reference", settings->reference, &reference, &why);
	if (err == OK && impact_of(focal, reference, &impact) != OK)
		err = why_set(&why, ERR_MEMORY, "out of memory");
	if (err != OK)
		return analysis_fail(&analysis, err, &why);
	if (analysis.json)
		impact_json(&analysis, &impact);
	else
		impact_text(&analysis, &impact);
	return analysis_end(&analysis);
}
