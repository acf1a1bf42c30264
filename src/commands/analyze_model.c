/* assay analyze model: the model of a file of ratings. */
#include "analyze.h"
#include "evaluation/model.h"
#include "evaluation/model_words.h"
#include "ratings_file.h"

enum { KEY_CANDIDATE, KEY_INTERVIEWER, KEY_COMPETENCY, KEY_POOL };
static const char pool_key[] = "pool";
static const struct ratings_form model_form = {{"candidate", "interviewer", "competency", pool_key},
					       pool_key};

#define WEIGHT_MOST   1e9
#define VARIANCE_MOST 1e12

struct model_run {
	struct rating *ratings;
	uint32_t *pool;	 /* of each candidate, or NULL */
	double *weights; /* of each competency, or NULL */
	struct model_variances variances;
	struct model *model;
	struct ratings_file file;
	uint32_t (*pairs)[2];
	size_t pair_count;
};

static enum err no_memory(struct why *why)
{
	return why_set(why, ERR_MEMORY, "out of memory");
}

/* ---- the options ----------------------------------------------------------------------------- */

/* `first` has the competencies in the order of their first appearance. */
static enum err weights_read(struct model_run *run, const char *text, const char **first,
			     struct why *why)
{
	struct ratings_names *names = &run->file.names[KEY_COMPETENCY];
	size_t count = 0;
	double sum = 0;

	if (text[0] == '\0')
		return OK;
	double *given = malloc((names->count + 1) * sizeof(*given));
	run->weights = calloc(names->count + 1, sizeof(*run->weights));
	if (given == NULL || run->weights == NULL) {
		free(given);
		return no_memory(why);
	}
	enum err err =
	    number_list_option("--weights", text, (struct number_range){0, WEIGHT_MOST, false},
			       given, names->count + 1, &count, why);
	if (err == OK && count != names->count)
		err = why_set(why, ERR_INVALID,
			      "--weights has %zu numbers, and the file %zu competencies", count,
			      names->count);
	for (size_t i = 0; i < count && err == OK; i++) {
		sum += given[i];
		for (size_t k = 0; k < names->count; k++)
			if (names->text[k] == first[i])
				run->weights[k] = given[i];
	}
	free(given);
	if (err == OK && !(sum > 0))
		err = why_set(why, ERR_INVALID, "--weights are all 0");
	return err;
}

static enum err variances_read(struct model_run *run, const char *text, struct why *why)
{
	double v[6] = {0};
	size_t count, want = run->file.has_optional ? 6 : 5;
	TRY(number_list_option("--variances", text, (struct number_range){0, VARIANCE_MOST, false},
			       v, 6, &count, why));
	if (count != want)
		return why_set(why, ERR_INVALID,
			       "--variances takes %zu numbers for this file: a,d,e,b,s%s", want,
			       want == 6 ? " and the pool's" : "");
	if (!(v[4] >= 1e-9))
		return why_set(why, ERR_INVALID,
			       "--variances: the fifth, the residual variance, is above 0");
	run->variances = (struct model_variances){.candidate = v[0],
						  .candidate_competency = v[1],
						  .candidate_interviewer = v[2],
						  .interviewer = v[3],
						  .residual = v[4],
						  .pool = v[5]};
	return OK;
}

static bool name_find(const struct ratings_names *names, const char *text, size_t len,
		      uint32_t *out)
{
	for (size_t i = 0; i < names->count; i++)
		if (strlen(names->text[i]) == len && memcmp(names->text[i], text, len) == 0) {
			*out = (uint32_t)i;
			return true;
		}
	return false;
}

/* "A,B"; a name may have commas of its own, so each comma is tried. */
static enum err pair_read(struct model_run *run, const char *line, size_t len, struct why *why)
{
	const struct ratings_names *names = &run->file.names[KEY_CANDIDATE];
	uint32_t *pair = run->pairs[run->pair_count];
	bool comma = false;
	for (size_t i = 0; i < len; i++) {
		if (line[i] != ',')
			continue;
		comma = true;
		if (name_find(names, line, i, &pair[0]) &&
		    name_find(names, line + i + 1, len - i - 1, &pair[1])) {
			run->pair_count++;
			return OK;
		}
	}
	if (!comma)
		return why_set(why, ERR_INVALID,
			       "--compare takes two candidates, as A,B, not \"%.*s\"",
			       (int)(len < 80 ? len : 80), line);
	return why_set(why, ERR_INVALID, "--compare %.*s: the file has no such two candidates",
		       (int)(len < 80 ? len : 80), line);
}

static enum err pairs_read(struct model_run *run, const char *text, struct why *why)
{
	size_t lines = 1;
	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	run->pairs = calloc(lines, sizeof(*run->pairs));
	if (run->pairs == NULL)
		return no_memory(why);
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		if (len > 0)
			TRY(pair_read(run, text, len, why));
		text += len + (text[len] == '\n');
	}
	return OK;
}

/* ---- the file -------------------------------------------------------------------------------- */

static enum err pools_read(struct model_run *run, struct why *why)
{
	const struct ratings_file *file = &run->file;
	size_t candidates = file->names[KEY_CANDIDATE].count;
	if (!file->has_optional)
		return OK;
	run->pool = malloc((candidates + 1) * sizeof(*run->pool));
	if (run->pool == NULL)
		return no_memory(why);
	for (size_t c = 0; c < candidates; c++)
		run->pool[c] = UINT32_MAX;
	for (size_t i = 0; i < file->count; i++) {
		const struct ratings_row *row = &file->rows[i];
		uint32_t *pool = &run->pool[row->key[KEY_CANDIDATE]];
		if (*pool != UINT32_MAX && *pool != row->key[KEY_POOL])
			return why_set(
			    why, ERR_INVALID,
			    "line %u: candidate \"%.80s\" is in pool \"%.80s\", and was in "
			    "\"%.80s\" before",
			    row->line, file->names[KEY_CANDIDATE].text[row->key[KEY_CANDIDATE]],
			    file->names[KEY_POOL].text[row->key[KEY_POOL]],
			    file->names[KEY_POOL].text[*pool]);
		*pool = row->key[KEY_POOL];
	}
	/* Candidates without ratings have no part in anything. */
	for (size_t c = 0; c < candidates; c++)
		if (run->pool[c] == UINT32_MAX)
			run->pool[c] = 0;
	return OK;
}

/* In the names' natural order, so that the order of the lines shows in no digit. */
static enum err file_take(struct model_run *run, const struct settings *settings, struct why *why)
{
	struct ratings_file *file = &run->file;
	size_t competencies = file->names[KEY_COMPETENCY].count;
	const char **first = calloc(competencies + 1, sizeof(*first));
	enum err err = OK;

	if (first == NULL)
		return no_memory(why);
	if (competencies > 0)
		memcpy(first, file->names[KEY_COMPETENCY].text, competencies * sizeof(*first));
	for (size_t key = 0; key < 3 + (size_t)file->has_optional && err == OK; key++)
		err = ratings_file_sort_names(file, key);
	if (err != OK)
		err = no_memory(why);
	if (err == OK)
		err = weights_read(run, settings->weights, first, why);
	free(first);
	TRY(err);
	run->ratings = malloc((file->count + 1) * sizeof(*run->ratings));
	if (run->ratings == NULL)
		return no_memory(why);
	for (size_t i = 0; i < file->count; i++)
		run->ratings[i] = (struct rating){
		    file->rows[i].key[KEY_CANDIDATE], file->rows[i].key[KEY_INTERVIEWER],
		    file->rows[i].key[KEY_COMPETENCY], file->rows[i].rating};
	return pools_read(run, why);
}

static enum err run_fit(struct model_run *run, const struct settings *settings, struct why *why)
{
	struct ratings_file *file = &run->file;
	struct model_options options = {.prior = settings->prior ? MODEL_PRIOR_ALWAYS
								 : MODEL_PRIOR_NEVER};
	if (settings->ratings[0] == '\0')
		return why_set(why, ERR_INVALID, "--ratings is missing");
	TRY(ratings_file_read(file, settings->ratings, &model_form, why));
	TRY(file_take(run, settings, why));
	if (settings->variances[0] != '\0') {
		TRY(variances_read(run, settings->variances, why));
		options.variances = &run->variances;
	}
	TRY(pairs_read(run, settings->compare, why));
	struct model_design design = {
	    .candidates = (uint32_t)file->names[KEY_CANDIDATE].count,
	    .interviewers = (uint32_t)file->names[KEY_INTERVIEWER].count,
	    .competencies = (uint32_t)file->names[KEY_COMPETENCY].count,
	    .pools = file->has_optional ? (uint32_t)file->names[KEY_POOL].count : 0,
	    .ratings = run->ratings,
	    .count = file->count,
	    .pool = run->pool,
	    .weights = run->weights,
	};
	enum err err = model_fit(&design, &options, &run->model);
	if (err == ERR_TOO_LARGE)
		return why_set(why, err,
			       "the file is too large: up to %d interviewers, competencies and "
			       "pools together, and %d of them for one candidate",
			       MODEL_COLUMNS_MOST, MODEL_CARD_MOST);
	return err == OK ? OK : why_set(why, err, "%s", err_text(err));
}

static void run_release(struct model_run *run)
{
	free(run->ratings);
	free(run->pool);
	free(run->weights);
	free(run->pairs);
	model_free(run->model);
	ratings_file_release(&run->file);
}

static struct model_names run_names(const struct model_run *run)
{
	const struct ratings_names *names = run->file.names;
	return (struct model_names){names[KEY_CANDIDATE].text, names[KEY_INTERVIEWER].text,
				    names[KEY_COMPETENCY].text};
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void fit_json(struct analysis *analysis, const struct model_run *run)
{
	struct json_writer *writer = &analysis->writer;
	json_key(writer, "variances");
	if (!model_known(run->model)) {
		json_put_null(writer);
		json_key(writer, "neg2_reml");
		json_put_null(writer);
		return;
	}
	struct model_fit fit = model_summary(run->model);
	json_open_object(writer);
	analysis_number(analysis, "candidate", fit.variances.candidate);
	analysis_number(analysis, "candidate_competency", fit.variances.candidate_competency);
	analysis_number(analysis, "candidate_interviewer", fit.variances.candidate_interviewer);
	analysis_number(analysis, "interviewer", fit.variances.interviewer);
	analysis_number(analysis, "residual", fit.variances.residual);
	analysis_number(analysis, "pool", fit.variances.pool);
	json_close_object(writer);
	analysis_number(analysis, "neg2_reml", fit.neg2_reml);
}

static void competencies_json(struct analysis *analysis, const struct model_run *run)
{
	struct json_writer *writer = &analysis->writer;
	const struct ratings_names *names = &run->file.names[KEY_COMPETENCY];
	json_key(writer, "competencies");
	json_open_array(writer);
	for (uint32_t k = 0; k < names->count; k++) {
		struct model_estimate mean = model_competency(run->model, k);
		json_open_object(writer);
		json_member(writer, "id", names->text[k]);
		analysis_figure(analysis, "mean", mean.value);
		analysis_figure(analysis, "se", mean.se);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void candidate_json(struct analysis *analysis, const struct model_run *run, uint32_t c)
{
	struct json_writer *writer = &analysis->writer;
	const struct ratings_names *names = &run->file.names[KEY_COMPETENCY];
	struct model_candidate candidate = model_candidate(run->model, c);
	json_open_object(writer);
	json_member(writer, "id", run->file.names[KEY_CANDIDATE].text[c]);
	analysis_figure(analysis, "score", candidate.score.value);
	analysis_figure(analysis, "se", candidate.score.se);
	analysis_figure(analysis, "low", candidate.score.low);
	analysis_figure(analysis, "high", candidate.score.high);
	analysis_figure(analysis, "average", candidate.average);
	json_key(writer, "competencies");
	json_open_array(writer);
	for (uint32_t k = 0; k < names->count; k++) {
		struct model_estimate level = model_level(run->model, c, k);
		json_open_object(writer);
		json_member(writer, "id", names->text[k]);
		analysis_figure(analysis, "level", level.value);
		analysis_figure(analysis, "se", level.se);
		json_close_object(writer);
	}
	json_close_array(writer);
	json_close_object(writer);
}

static void interviewers_json(struct analysis *analysis, const struct model_run *run)
{
	struct json_writer *writer = &analysis->writer;
	const struct ratings_names *names = &run->file.names[KEY_INTERVIEWER];
	json_key(writer, "interviewers");
	json_open_array(writer);
	for (uint32_t j = 0; j < names->count; j++) {
		struct model_estimate severity = model_severity(run->model, j);
		json_open_object(writer);
		json_member(writer, "id", names->text[j]);
		analysis_figure(analysis, "severity", severity.value);
		analysis_figure(analysis, "se", severity.se);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void comparisons_json(struct analysis *analysis, const struct model_run *run)
{
	struct json_writer *writer = &analysis->writer;
	const char **names = run->file.names[KEY_CANDIDATE].text;
	json_key(writer, "comparisons");
	json_open_array(writer);
	for (size_t i = 0; i < run->pair_count; i++) {
		const uint32_t *pair = run->pairs[i];
		struct model_comparison comparison = model_compare(run->model, pair[0], pair[1]);
		json_open_object(writer);
		json_member(writer, "a", names[pair[0]]);
		json_member(writer, "b", names[pair[1]]);
		analysis_figure(analysis, "probability", comparison.probability);
		analysis_figure(analysis, "covariance", comparison.covariance);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void warnings_json(struct analysis *analysis, const struct model_run *run)
{
	struct model_names names = run_names(run);
	char sentence[SENTENCE_SIZE];
	size_t count;
	const struct model_finding *findings = model_findings(run->model, &count);
	json_key(&analysis->writer, "warnings");
	json_open_array(&analysis->writer);
	for (size_t i = 0; i < count; i++)
		json_text(&analysis->writer, model_finding_text(&findings[i], &names, sentence));
	json_close_array(&analysis->writer);
}

static void model_json(struct analysis *analysis, const struct model_run *run)
{
	fit_json(analysis, run);
	competencies_json(analysis, run);
	json_key(&analysis->writer, "candidates");
	json_open_array(&analysis->writer);
	for (uint32_t c = 0; c < run->file.names[KEY_CANDIDATE].count; c++)
		candidate_json(analysis, run, c);
	json_close_array(&analysis->writer);
	interviewers_json(analysis, run);
	comparisons_json(analysis, run);
	warnings_json(analysis, run);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void fit_text(struct analysis *analysis, const struct model_run *run)
{
	char cell[CELL_SIZE];
	if (!model_known(run->model))
		return;
	struct model_fit fit = model_summary(run->model);
	const struct {
		const char *name;
		double value;
	} lines[] = {
	    {"candidate", fit.variances.candidate},
	    {"candidate × competency", fit.variances.candidate_competency},
	    {"candidate × interviewer", fit.variances.candidate_interviewer},
	    {"interviewer", fit.variances.interviewer},
	    {"residual", fit.variances.residual},
	    {"pool", fit.variances.pool},
	    {"-2 REML", fit.neg2_reml},
	};
	analysis_line(analysis, "variances");
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		/* × is two bytes and one column. */
		int width = strstr(lines[i].name, "×") != NULL ? 26 : 25;
		analysis_line(analysis, "%-*s %12s", width, lines[i].name,
			      analysis_cell(lines[i].value, cell));
	}
}

static void people_text(struct analysis *analysis, const struct model_run *run)
{
	char a[CELL_SIZE], b[CELL_SIZE], c[CELL_SIZE], d[CELL_SIZE], e[CELL_SIZE];
	const struct ratings_names *names = run->file.names;
	analysis_line(analysis, "\n%12s %12s %12s %12s %12s  candidate", "score", "se", "low",
		      "high", "average");
	for (uint32_t i = 0; i < names[KEY_CANDIDATE].count; i++) {
		struct model_candidate candidate = model_candidate(run->model, i);
		analysis_line(analysis, "%12s %12s %12s %12s %12s  %s",
			      analysis_figure_cell(candidate.score.value, a),
			      analysis_figure_cell(candidate.score.se, b),
			      analysis_figure_cell(candidate.score.low, c),
			      analysis_figure_cell(candidate.score.high, d),
			      analysis_figure_cell(candidate.average, e),
			      names[KEY_CANDIDATE].text[i]);
	}
	analysis_line(analysis, "\n%12s %12s  competency", "mean", "se");
	for (uint32_t i = 0; i < names[KEY_COMPETENCY].count; i++) {
		struct model_estimate mean = model_competency(run->model, i);
		analysis_line(analysis, "%12s %12s  %s", analysis_figure_cell(mean.value, a),
			      analysis_figure_cell(mean.se, b), names[KEY_COMPETENCY].text[i]);
	}
	analysis_line(analysis, "\n%12s %12s  interviewer", "severity", "se");
	for (uint32_t i = 0; i < names[KEY_INTERVIEWER].count; i++) {
		struct model_estimate severity = model_severity(run->model, i);
		analysis_line(analysis, "%12s %12s  %s", analysis_figure_cell(severity.value, a),
			      analysis_figure_cell(severity.se, b), names[KEY_INTERVIEWER].text[i]);
	}
}

static void model_text(struct analysis *analysis, const struct model_run *run)
{
	struct model_names names = run_names(run);
	char sentence[SENTENCE_SIZE];
	size_t count;
	const struct model_finding *findings = model_findings(run->model, &count);
	fit_text(analysis, run);
	people_text(analysis, run);
	for (size_t i = 0; i < run->pair_count; i++) {
		const uint32_t *pair = run->pairs[i];
		struct model_comparison comparison = model_compare(run->model, pair[0], pair[1]);
		analysis_line(analysis, "%s%s", i == 0 ? "\n" : "",
			      model_comparison_text(&comparison, names.candidates[pair[0]],
						    names.candidates[pair[1]], sentence));
	}
	for (size_t i = 0; i < count; i++)
		analysis_line(analysis, "%s%s", i == 0 ? "\n" : "",
			      model_finding_text(&findings[i], &names, sentence));
}

int command_analyze_model(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct analysis analysis;
	struct why why;
	struct model_run run = {.ratings = NULL};
	int status;
	analysis_begin(&analysis, settings);
	enum err err = run_fit(&run, settings, &why);
	if (err != OK) {
		status = analysis_fail(&analysis, err, &why);
	} else {
		if (analysis.json)
			model_json(&analysis, &run);
		else
			model_text(&analysis, &run);
		status = analysis_end(&analysis);
	}
	run_release(&run);
	return status;
}
