/* assay analyze dstudy, assay analyze another-interview: how many interviews are enough. */
#include "analyze.h"
#include "evaluation/planning.h"

#define VARIANCE_MOST 1e12
#define SCORE_MOST    1e6
#define WEIGHTS_MOST  1000

static const struct number_range variance_range = {0, VARIANCE_MOST, false};
static const struct number_range weight_range = {0, 1e6, true};
static const struct number_range score_range = {-SCORE_MOST, SCORE_MOST, false};

/* ---- D-study --------------------------------------------------------------------------------- */

static enum err from_variances(const struct settings *settings, struct dstudy *out, struct why *why)
{
	double v[5] = {0}, weights[WEIGHTS_MOST] = {1};
	size_t count = 0, weight_count = 1;
	TRY(number_list_option("--variances", settings->variances, variance_range, v, 5, &count,
			       why));
	if (count != 5)
		return why_set(why, ERR_INVALID,
			       "--variances has %zu numbers, but must have five: candidate, "
			       "candidate×competency, candidate×interviewer, interviewer, residual",
			       count);
	if (settings->weights[0] != '\0')
		TRY(number_list_option("--weights", settings->weights, weight_range, weights,
				       WEIGHTS_MOST, &weight_count, why));
	struct dstudy_variances variances = {.candidate = v[0],
					     .candidate_competency = v[1],
					     .candidate_interviewer = v[2],
					     .interviewer = v[3],
					     .residual = v[4]};
	*out = dstudy_of(&variances, weights, weight_count);
	return OK;
}

static enum err dstudy_read(const struct settings *settings, struct dstudy *out, struct why *why)
{
	bool sums = settings->universe[0] != '\0' || settings->error[0] != '\0';
	if (sums && (settings->variances[0] != '\0' || settings->weights[0] != '\0'))
		return why_set(why, ERR_INVALID,
			       "give either --variances and --weights, or --universe and --error");
	if (!sums)
		return from_variances(settings, out, why);
	*out = (struct dstudy){0};
	TRY(number_option("--universe", settings->universe, variance_range, &out->universe, why));
	return number_option("--error", settings->error, variance_range, &out->error, why);
}

static void dstudy_json(struct analysis *analysis, const struct dstudy *dstudy, unsigned most)
{
	struct json_writer *writer = &analysis->writer;
	analysis_number(analysis, "universe", dstudy->universe);
	analysis_number(analysis, "error", dstudy->error);
	json_key(writer, "rows");
	json_open_array(writer);
	for (unsigned n = 1; n <= most; n++) {
		struct dstudy_row row = dstudy_row(dstudy, n);
		json_open_object(writer);
		json_key(writer, "interviewers");
		json_put_integer(writer, n);
		analysis_number(analysis, "error", row.error);
		analysis_figure(analysis, "e_rho2", row.e_rho2);
		analysis_figure(analysis, "phi", row.phi);
		analysis_number(analysis, "sem", row.sem);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void dstudy_text(struct analysis *analysis, const struct dstudy *dstudy, unsigned most)
{
	char error[CELL_SIZE], rho[CELL_SIZE], phi[CELL_SIZE], sem[CELL_SIZE];
	analysis_line(analysis, "%12s %12s %12s %12s %12s", "interviewers", "error", "E rho2",
		      "phi", "sem");
	for (unsigned n = 1; n <= most; n++) {
		struct dstudy_row row = dstudy_row(dstudy, n);
		analysis_line(analysis, "%12u %12s %12s %12s %12s", n,
			      analysis_cell(row.error, error),
			      analysis_figure_cell(row.e_rho2, rho),
			      analysis_figure_cell(row.phi, phi), analysis_cell(row.sem, sem));
	}
}

static void warnings_put(struct analysis *analysis, const char *sentence)
{
	if (!analysis->json) {
		if (sentence != NULL)
			analysis_line(analysis, "%s", sentence);
		return;
	}
	json_key(&analysis->writer, "warnings");
	json_open_array(&analysis->writer);
	if (sentence != NULL)
		json_text(&analysis->writer, sentence);
	json_close_array(&analysis->writer);
}

int command_analyze_dstudy(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct analysis analysis;
	struct why why;
	struct dstudy dstudy = {0};
	unsigned most = (unsigned)settings->interviewers;
	analysis_begin(&analysis, settings);
	enum err err = dstudy_read(settings, &dstudy, &why);
	if (err != OK)
		return analysis_fail(&analysis, err, &why);
	if (analysis.json)
		dstudy_json(&analysis, &dstudy, most);
	else
		dstudy_text(&analysis, &dstudy, most);
	warnings_put(&analysis, dstudy.universe > 0 || dstudy.error > 0
				    ? NULL
				    : "All variances are 0, so nothing can be told apart.");
	return analysis_end(&analysis);
}

/* ---- one more interview ---------------------------------------------------------------------- */

struct another_case {
	double score, variance, error, cutoff;
};

static enum err another_read(const struct settings *settings, struct another_case *out,
			     struct why *why)
{
	TRY(number_option("--score", settings->score, score_range, &out->score, why));
	TRY(number_option("--variance", settings->variance, variance_range, &out->variance, why));
	TRY(number_option("--error", settings->error, variance_range, &out->error, why));
	return number_option("--cutoff", settings->cutoff, score_range, &out->cutoff, why);
}

int command_analyze_another(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct analysis analysis;
	struct why why;
	struct another_case given = {0};
	char cell[CELL_SIZE];
	analysis_begin(&analysis, settings);
	enum err err = another_read(settings, &given, &why);
	if (err != OK)
		return analysis_fail(&analysis, err, &why);
	struct another_interview got =
	    another_interview_of(given.score, given.variance, given.error, given.cutoff);
	if (analysis.json) {
		analysis_number(&analysis, "tau", got.tau);
		analysis_number(&analysis, "p_flip", got.p_flip);
		analysis_number(&analysis, "gain", got.gain);
		analysis_number(&analysis, "sd_drop", got.sd_drop);
	} else {
		analysis_line(&analysis, "how far the score may move (tau)      %s",
			      analysis_cell(got.tau, cell));
		analysis_line(&analysis, "probability that the decision flips   %s",
			      analysis_cell(got.p_flip, cell));
		analysis_line(&analysis, "expected gain, in points              %s",
			      analysis_cell(got.gain, cell));
		analysis_line(&analysis, "share that the standard error falls   %s",
			      analysis_cell(got.sd_drop, cell));
	}
	warnings_put(&analysis, given.variance > 0
				    ? NULL
				    : "The score has no variance: nothing can change it.");
	return analysis_end(&analysis);
}
