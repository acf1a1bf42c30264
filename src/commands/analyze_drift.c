/* assay analyze drift: EWMA and CUSUM of a series. */
#include "analyze.h"
#include "evaluation/drift.h"

#define VALUES_MOST 100000
#define VALUE_MOST  1e9

struct drift_run {
	struct drift_chart chart;
	double *values;
	size_t count;
	size_t ewma_first, cusum_first; /* which value signals first; 0 if none */
};

static enum err run_read(const struct settings *settings, struct drift_run *run, struct why *why)
{
	static const struct number_range any = {-VALUE_MOST, VALUE_MOST, false};
	static const struct number_range positive = {0, VALUE_MOST, true};
	static const struct number_range share = {0, 1, true};
	struct drift_chart *chart = &run->chart;
	TRY(number_option("--lambda", settings->lambda, share, &chart->lambda, why));
	TRY(number_option("--limit", settings->limit, positive, &chart->limit, why));
	TRY(number_option("--target", settings->target, any, &chart->target, why));
	TRY(number_option("--sd", settings->sd, positive, &chart->sd, why));
	TRY(number_option("--k", settings->k, (struct number_range){0, VALUE_MOST, false},
			  &chart->k, why));
	TRY(number_option("--h", settings->h, positive, &chart->h, why));
	run->values = malloc(VALUES_MOST * sizeof(*run->values));
	if (run->values == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	return number_list_option("--values", settings->values, any, run->values, VALUES_MOST,
				  &run->count, why);
}

static void point_json(struct analysis *analysis, double value, const struct drift *drift)
{
	struct json_writer *writer = &analysis->writer;
	json_open_object(writer);
	analysis_number(analysis, "value", value);
	analysis_number(analysis, "ewma", drift->ewma);
	analysis_number(analysis, "low", drift->limits.low);
	analysis_number(analysis, "high", drift->limits.high);
	json_key(writer, "ewma_out");
	json_put_boolean(writer, drift->ewma_out);
	analysis_number(analysis, "cusum_low", drift->low);
	analysis_number(analysis, "cusum_high", drift->high);
	json_key(writer, "cusum_out");
	json_put_boolean(writer, drift->cusum_out);
	json_close_object(writer);
}

static void point_text(struct analysis *analysis, double value, const struct drift *drift)
{
	char cell[6][CELL_SIZE];
	analysis_line(analysis, "%6zu %12s %12s %12s %12s %12s %12s %s%s", drift->t,
		      analysis_cell(value, cell[0]), analysis_cell(drift->ewma, cell[1]),
		      analysis_cell(drift->limits.low, cell[2]),
		      analysis_cell(drift->limits.high, cell[3]),
		      analysis_cell(drift->low, cell[4]), analysis_cell(drift->high, cell[5]),
		      drift->ewma_out ? " EWMA" : "", drift->cusum_out ? " CUSUM" : "");
}

static void points_put(struct analysis *analysis, struct drift_run *run)
{
	struct drift drift = drift_start(&run->chart);
	for (size_t i = 0; i < run->count; i++) {
		drift_add(&drift, &run->chart, run->values[i]);
		if (analysis->json)
			point_json(analysis, run->values[i], &drift);
		else
			point_text(analysis, run->values[i], &drift);
		if (drift.ewma_out && run->ewma_first == 0)
			run->ewma_first = i + 1;
		if (drift.cusum_out && run->cusum_first == 0)
			run->cusum_first = i + 1;
	}
}

static void first_json(struct analysis *analysis, const char *key, size_t first)
{
	json_key(&analysis->writer, key);
	if (first > 0)
		json_put_integer(&analysis->writer, (int64_t)first);
	else
		json_put_null(&analysis->writer);
}

#define FEW_TEXT "Fewer than 20 values; a drift cannot be told from chance by so few."

static void run_json(struct analysis *analysis, struct drift_run *run)
{
	struct interval limits = drift_limits(&run->chart);
	analysis_interval(analysis, "limits", NULL, limits.low, limits.high);
	json_key(&analysis->writer, "points");
	json_open_array(&analysis->writer);
	points_put(analysis, run);
	json_close_array(&analysis->writer);
	first_json(analysis, "ewma_signal", run->ewma_first);
	first_json(analysis, "cusum_signal", run->cusum_first);
	json_key(&analysis->writer, "warnings");
	json_open_array(&analysis->writer);
	if (run->count < DRIFT_VALUES_LEAST)
		json_text(&analysis->writer, FEW_TEXT);
	json_close_array(&analysis->writer);
}

static void run_text(struct analysis *analysis, struct drift_run *run)
{
	analysis_line(analysis, "%6s %12s %12s %12s %12s %12s %12s", "", "value", "EWMA", "from",
		      "to", "CUSUM down", "CUSUM up");
	points_put(analysis, run);
	if (run->ewma_first > 0)
		analysis_line(analysis, "The EWMA left its limits at value %zu.", run->ewma_first);
	if (run->cusum_first > 0)
		analysis_line(analysis, "The CUSUM signalled at value %zu.", run->cusum_first);
	if (run->ewma_first == 0 && run->cusum_first == 0)
		analysis_line(analysis, "No drift was found.");
	if (run->count < DRIFT_VALUES_LEAST)
		analysis_line(analysis, FEW_TEXT);
}

int command_analyze_drift(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct analysis analysis;
	struct drift_run run = {0};
	struct why why;
	int status;
	analysis_begin(&analysis, settings);
	enum err err = run_read(settings, &run, &why);
	if (err != OK) {
		status = analysis_fail(&analysis, err, &why);
	} else {
		if (analysis.json)
			run_json(&analysis, &run);
		else
			run_text(&analysis, &run);
		status = analysis_end(&analysis);
	}
	free(run.values);
	return status;
}
