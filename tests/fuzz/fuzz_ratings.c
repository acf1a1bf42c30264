/*
 * Fuzzes the reading of ratings, and measures agreement of whatever was read: nothing that leaves
 * may be infinite or no number. Built with clang -fsanitize=fuzzer.
 */
#include <assert.h>
#include <math.h>
#include <stdint.h>

#include "commands/ratings_file.h"
#include "core/text.h"
#include "evaluation/agreement.h"
#include "evaluation/numerics.h"

#define REML_CELLS_MOST 60 /* the search for variances is for a few of them, not for thousands */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ratings_form forms[] = {
    {{"unit", "rater"}, NULL},
    {{"candidate", "interviewer", "competency", "pool"}, "pool"},
};

static void check_file(const struct ratings_file *file)
{
	for (size_t key = 0; key < RATINGS_KEYS_MOST; key++)
		for (size_t i = 0; i < file->names[key].count; i++) {
			const char *name = file->names[key].text[i];
			assert(utf8_valid(name, strlen(name)) && name[0] != '\0');
		}
	for (size_t i = 0; i < file->count; i++) {
		assert(isfinite(file->rows[i].rating) && file->rows[i].line > 1);
		for (size_t key = 0; key < RATINGS_KEYS_MOST; key++)
			assert(file->names[key].count == 0 ||
			       file->rows[i].key[key] < file->names[key].count);
	}
}

static void check_figures(const struct agreement *agreement, const struct icc *icc)
{
	for (int i = 0; i < METRICS; i++)
		assert(isfinite(agreement->krippendorff[i].value));
	for (int w = 0; w < WEIGHTINGS; w++)
		assert(isfinite(agreement->gwet[w].value.value) &&
		       isfinite(agreement->gwet[w].se.value) &&
		       isfinite(agreement->fleiss[w].value.value) &&
		       isfinite(agreement->fleiss[w].se.value));
	for (int f = 0; f < ICC_FORMS; f++)
		assert(isfinite(icc->form[f].value.value) && isfinite(icc->form[f].low.value) &&
		       isfinite(icc->form[f].high.value));
	assert(isfinite(icc->agreement_single.value) && isfinite(icc->agreement_average.value) &&
	       isfinite(icc->consistency_single.value));
}

static void measure(const struct ratings_file *file)
{
	struct agreement_cell *cells = calloc(file->count + 1, sizeof(*cells));
	struct agreement agreement;
	struct icc icc;
	bool notes[NOTES];

	assert(cells);
	for (size_t i = 0; i < file->count; i++)
		cells[i] = (struct agreement_cell){file->rows[i].key[0], file->rows[i].key[1],
						   file->rows[i].rating};
	if (file->count <= REML_CELLS_MOST && agreement_of(cells, file->count, &agreement) == OK &&
	    icc_of(cells, file->count, &icc) == OK &&
	    agreement_notes(cells, file->count, &agreement, &icc, notes) == OK)
		check_figures(&agreement, &icc);
	free(cells);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	numerics_start();
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct ratings_file file;
		struct why why;
		enum err err = ratings_file_parse(&file, "input", data, size, &forms[i], &why);

		assert(err != OK || ratings_file_sort_names(&file, 0) == OK);
		if (err == OK) {
			ratings_file_sort_rows(&file);
			check_file(&file);
			if (i == 0)
				measure(&file);
		} else {
			assert(utf8_valid(why.text, strlen(why.text)));
		}
		ratings_file_release(&file);
	}
	return 0;
}
