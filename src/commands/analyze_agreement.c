/* assay analyze agreement: how far the raters of a file agree. */
#include "analyze.h"
#include "evaluation/agreement.h"
#include "ratings_file.h"

static const struct ratings_form agreement_form = {{"unit", "rater"}, NULL};

struct agreement_run {
	struct agreement_cell *cells;
	size_t count;
	struct agreement agreement;
	struct icc icc;
	bool notes[NOTES], many; /* too many for REML */
};

/* In the names' natural order, so that the order of the lines shows in no digit. */
static enum err cells_read(struct ratings_file *file, struct agreement_run *run, struct why *why)
{
	if (run->cells == NULL || ratings_file_sort_names(file, 0) != OK ||
	    ratings_file_sort_names(file, 1) != OK)
		return why_set(why, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < file->count; i++)
		run->cells[i] = (struct agreement_cell){file->rows[i].key[0], file->rows[i].key[1],
							file->rows[i].rating};
	run->count = file->count;
	return OK;
}

static enum err run_measure(struct agreement_run *run, struct why *why)
{
	enum err err = agreement_of(run->cells, run->count, &run->agreement);
	if (err == ERR_TOO_LARGE)
		return why_set(why, err, "there are more than %d different ratings",
			       AGREEMENT_CATEGORIES_MOST);
	if (err == OK)
		err = icc_of(run->cells, run->count, &run->icc);
	run->many = err == ERR_TOO_LARGE;
	if (err == OK || run->many)
		err =
		    agreement_notes(run->cells, run->count, &run->agreement, &run->icc, run->notes);
	run->notes[NOTE_NOT_ESTIMABLE] = run->notes[NOTE_NOT_ESTIMABLE] && !run->many;
	return err == OK ? OK : why_set(why, err, "%s", err_text(err));
}

#define MANY_TEXT                                                                                  \
	"There are too many raters and too many units for an intraclass correlation with missing " \
	"ratings."

/* ---- JSON ------------------------------------------------------------------------------------ */

static void coefficients_json(struct analysis *analysis, const char *key,
			      const struct coefficient *coefficients)
{
	struct json_writer *writer = &analysis->writer;
	json_key(writer, key);
	json_open_object(writer);
	for (int w = 0; w < WEIGHTINGS; w++) {
		json_key(writer, agreement_weighting_name((enum agreement_weighting)w));
		json_open_object(writer);
		analysis_figure(analysis, "value", coefficients[w].value);
		analysis_figure(analysis, "se", coefficients[w].se);
		json_close_object(writer);
	}
	json_close_object(writer);
}

static void icc_json(struct analysis *analysis, const struct icc *icc)
{
	struct json_writer *writer = &analysis->writer;
	json_key(writer, "icc");
	json_open_object(writer);
	for (int f = 0; f < ICC_FORMS && icc->complete; f++) {
		json_key(writer, icc_form_name((enum icc_form)f));
		json_open_object(writer);
		analysis_figure(analysis, "value", icc->form[f].value);
		analysis_figure(analysis, "low", icc->form[f].low);
		analysis_figure(analysis, "high", icc->form[f].high);
		json_close_object(writer);
	}
	if (!icc->complete) {
		analysis_figure(analysis, "agreement_single", icc->agreement_single);
		analysis_figure(analysis, "agreement_average", icc->agreement_average);
		analysis_figure(analysis, "consistency_single", icc->consistency_single);
	}
	json_close_object(writer);
}

static void run_json(struct analysis *analysis, const struct agreement_run *run)
{
	struct json_writer *writer = &analysis->writer;
	json_key(writer, "krippendorff");
	json_open_object(writer);
	for (int m = 0; m < METRICS; m++)
		analysis_figure(analysis, agreement_metric_name((enum agreement_metric)m),
				run->agreement.krippendorff[m]);
	json_close_object(writer);
	coefficients_json(analysis, "gwet", run->agreement.gwet);
	coefficients_json(analysis, "fleiss", run->agreement.fleiss);
	icc_json(analysis, &run->icc);
	json_key(writer, "warnings");
	json_open_array(writer);
	for (int n = 0; n < NOTES; n++)
		if (run->notes[n])
			json_text(writer, agreement_note_text((enum agreement_note)n));
	if (run->many)
		json_text(writer, MANY_TEXT);
	json_close_array(writer);
}

/* ---- a table --------------------------------------------------------------------------------- */

static void coefficients_text(struct analysis *analysis, const char *name,
			      const struct coefficient *coefficients)
{
	char value[CELL_SIZE], se[CELL_SIZE];
	for (int w = 0; w < WEIGHTINGS; w++)
		analysis_line(analysis, "%-20s %-12s %10s   se %s", name,
			      agreement_weighting_name((enum agreement_weighting)w),
			      analysis_figure_cell(coefficients[w].value, value),
			      analysis_figure_cell(coefficients[w].se, se));
}

static void icc_text(struct analysis *analysis, const struct icc *icc)
{
	char value[CELL_SIZE], low[CELL_SIZE], high[CELL_SIZE];
	if (icc->complete) {
		for (int f = 0; f < ICC_FORMS; f++)
			analysis_line(analysis, "%-20s %-12s %10s   %s to %s", "intraclass",
				      icc_form_name((enum icc_form)f),
				      analysis_figure_cell(icc->form[f].value, value),
				      analysis_figure_cell(icc->form[f].low, low),
				      analysis_figure_cell(icc->form[f].high, high));
		return;
	}
	analysis_line(analysis, "intraclass           agreement, one rater        %s",
		      analysis_figure_cell(icc->agreement_single, value));
	analysis_line(analysis, "intraclass           agreement, mean of all      %s",
		      analysis_figure_cell(icc->agreement_average, value));
	analysis_line(analysis, "intraclass           consistency, one rater      %s",
		      analysis_figure_cell(icc->consistency_single, value));
}

static void run_text(struct analysis *analysis, const struct agreement_run *run)
{
	char value[CELL_SIZE];
	analysis_line(analysis,
		      "%zu ratings of %zu units by %zu raters; %zu units have two or more",
		      run->agreement.ratings, run->agreement.units, run->agreement.raters,
		      run->agreement.pairable);
	for (int m = 0; m < METRICS; m++)
		analysis_line(analysis, "%-20s %-12s %10s", "Krippendorff's alpha",
			      agreement_metric_name((enum agreement_metric)m),
			      analysis_figure_cell(run->agreement.krippendorff[m], value));
	coefficients_text(analysis, "Gwet's AC1, AC2", run->agreement.gwet);
	coefficients_text(analysis, "Fleiss' kappa", run->agreement.fleiss);
	icc_text(analysis, &run->icc);
	for (int n = 0; n < NOTES; n++)
		if (run->notes[n])
			analysis_line(analysis, "%s", agreement_note_text((enum agreement_note)n));
	if (run->many)
		analysis_line(analysis, "%s", MANY_TEXT);
}

int command_analyze_agreement(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct analysis analysis;
	struct ratings_file file = {0};
	struct agreement_run run = {0};
	struct why why;
	enum err err;
	int status;
	analysis_begin(&analysis, settings);
	if (settings->ratings[0] == '\0')
		err = why_set(&why, ERR_INVALID,
			      "--ratings is needed: a file with the header "
			      "unit,rater,rating");
	else
		err = ratings_file_read(&file, settings->ratings, &agreement_form, &why);
	struct agreement_cell *cells = malloc((file.count + 1) * sizeof(*cells));
	run.cells = cells;
	if (err == OK)
		err = cells_read(&file, &run, &why);
	if (err == OK)
		err = run_measure(&run, &why);
	if (err != OK) {
		status = analysis_fail(&analysis, err, &why);
	} else {
		if (analysis.json)
			run_json(&analysis, &run);
		else
			run_text(&analysis, &run);
		status = analysis_end(&analysis);
	}
	free(cells);
	ratings_file_release(&file);
	return status;
}
