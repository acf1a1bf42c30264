/* Agreement of raters, against published values and those of independent programs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/attr.h"
#include "evaluation/agreement.h"
#include "evaluation/numerics.h"

#define CELLS_MOST 200
#define SIX	   5.0001e-7 /* half the last of six decimals */
#define FIVE	   5.0001e-6

struct table {
	struct agreement_cell cell[CELLS_MOST];
	size_t count;
};

/* Rows of words, one row a rater; "." is a missing cell. */
static struct table by_rater(const char *const *rows, size_t count)
{
	struct table table = {.count = 0};
	for (uint32_t rater = 0; rater < count; rater++) {
		uint32_t unit = 0;
		for (const char *at = rows[rater]; *at != '\0'; unit++) {
			char *end = NULL;
			at += strspn(at, " ");
			double rating = strtod(at, &end);
			if (end != at) {
				assert_true(table.count < CELLS_MOST);
				table.cell[table.count++] =
				    (struct agreement_cell){unit, rater, rating};
			} else {
				assert_true(*at == '.');
				end++;
			}
			at = end;
		}
	}
	return table;
}

#define BY_RATER(...)                                                                              \
	by_rater((const char *const[]){__VA_ARGS__},                                               \
		 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Rows are units instead. */
static struct table turned(struct table table)
{
	for (size_t i = 0; i < table.count; i++) {
		uint32_t unit = table.cell[i].unit;
		table.cell[i].unit = table.cell[i].rater;
		table.cell[i].rater = unit;
	}
	return table;
}

static struct table krippendorff_2011(void)
{
	return BY_RATER("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . .",
			". 3 3 3 2 3 4 2 2 5 1 3", "1 2 3 3 2 4 4 1 2 5 1 .");
}

static struct table shrout_fleiss(void)
{
	return turned(BY_RATER("9 2 5 8", "6 1 3 2", "8 4 6 8", "7 1 2 6", "10 5 6 9", "6 2 4 7"));
}

static struct table anxiety(void)
{
	return BY_RATER("3 3 3 4 5 5 2 3 5 2 2 6 1 5 2 2 1 2 4 3",
			"3 6 4 6 2 4 2 4 3 3 2 3 3 3 2 2 1 3 3 4",
			"2 1 4 4 3 2 1 6 1 1 1 2 3 3 1 1 3 3 2 2");
}

static struct agreement measure(const struct table *table)
{
	struct agreement agreement;
	assert_int_equal(agreement_of(table->cell, table->count, &agreement), OK);
	return agreement;
}

static struct icc correlate(const struct table *table)
{
	struct icc icc;
	assert_int_equal(icc_of(table->cell, table->count, &icc), OK);
	return icc;
}

static void near(struct figure got, double want, double tolerance)
{
	if (!got.known || !(fabs(got.value - want) <= tolerance))
		fail_msg("%s%.9f is not %.9f", got.known ? "" : "unknown ", got.value, want);
}

static void alphas(struct table table, double nominal, double ordinal, double interval,
		   double ratio)
{
	struct agreement got = measure(&table);
	near(got.krippendorff[METRIC_NOMINAL], nominal, SIX);
	near(got.krippendorff[METRIC_ORDINAL], ordinal, SIX);
	near(got.krippendorff[METRIC_INTERVAL], interval, SIX);
	near(got.krippendorff[METRIC_RATIO], ratio, SIX);
}

static void test_krippendorff(void **state UNUSED)
{
	alphas(krippendorff_2011(), .743421, .815388, .849107, .797403);
	alphas(BY_RATER(". . . . . 3 4 1 2 1 1 3 3 . 3", "1 . 2 1 3 3 4 3 . . . . . . .",
			". . 2 1 3 4 4 . 2 1 1 3 3 . 4"),
	       .691358, .806721, .810845, .808944);
}

/*
 * For complete tables of more than two raters R's irr 0.84.1 weighs each pair by 1 instead of
 * 1/(raters - 1): 20 units of 3 raters then count as 120 ratings, so that its 1 - alpha is 119/118
 * of Krippendorff's. The last row is what it prints.
 */
static void test_krippendorff_of_a_complete_table(void **state UNUSED)
{
	static const double printed[METRICS] = {-.032401, .221848, .163066, .134528};
	struct table table = anxiety();
	struct agreement got = measure(&table);
	alphas(table, -.023725, .228387, .170099, .141801);
	for (int m = 0; m < METRICS; m++)
		near(figure_of(1 - (1 - got.krippendorff[m].value) * 119 / 118), printed[m], SIX);
}

/* Gwet's raw4raters: value and standard error, as his own program prints them. */
static void test_gwet_and_fleiss(void **state UNUSED)
{
	static const double ac[WEIGHTINGS] = {.775444, .858739, .914001, .898940};
	static const double ac_se[WEIGHTINGS] = {.14295, .11733, .10396, .1069};
	static const double kappa[WEIGHTINGS] = {.761169, .817945, .864935, .850206};
	static const double kappa_se[WEIGHTINGS] = {.15302, .1485, .14603, .14704};
	struct table table = krippendorff_2011();
	struct agreement got = measure(&table);
	for (int w = 0; w < WEIGHTINGS; w++) {
		near(got.gwet[w].value, ac[w], SIX);
		near(got.gwet[w].se, ac_se[w], FIVE);
		near(got.fleiss[w].value, kappa[w], SIX);
		near(got.fleiss[w].se, kappa_se[w], FIVE);
	}
	assert_int_equal(got.units, 12);
	assert_int_equal(got.pairable, 11);
	assert_int_equal(got.raters, 4);
	assert_int_equal(got.categories, 5);
}

/* Fleiss 1971: how many of six psychiatrists gave each of five diagnoses; published .430. */
static void test_fleiss_1971(void **state UNUSED)
{
	static const char *const patients[] = {
	    "00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310",
	    "20040", "00006", "10050", "11040", "03300", "10050", "02031", "00501",
	    "30012", "51000", "02040", "10203", "00006", "01050", "02013", "20040",
	    "10041", "05010", "40002", "02040", "10500", "00006"};
	struct table table = {.count = 0};
	for (uint32_t unit = 0; unit < ARRAY_LEN(patients); unit++) {
		uint32_t rater = 0;
		for (int c = 0; c < 5; c++)
			for (int n = patients[unit][c] - '0'; n > 0; n--)
				table.cell[table.count++] =
				    (struct agreement_cell){unit, rater++, c};
		assert_int_equal(rater, 6);
	}
	near(measure(&table).fleiss[WEIGHTS_UNWEIGHTED].value, .430245, SIX);
}

static void form(const struct icc *icc, enum icc_form which, double value, double low, double high,
		 double tolerance)
{
	near(icc->form[which].value, value, tolerance);
	near(icc->form[which].low, low, tolerance);
	near(icc->form[which].high, high, tolerance);
}

static void test_icc(void **state UNUSED)
{
	struct table table = shrout_fleiss();
	struct icc got = correlate(&table);
	assert_true(got.complete && !got.agreement_single.known);
	form(&got, ICC_1, .16574177, -.132932325, .72256006, 1e-8);
	form(&got, ICC_2, .28976378, .018786513, .76108437, 1e-8);
	form(&got, ICC_3, .71484071, .342464765, .94585826, 1e-8);
	form(&got, ICC_1K, .44279713, -.884442155, .91241542, 1e-8);
	form(&got, ICC_2K, .62005055, .071136815, .92723204, 1e-8);
	form(&got, ICC_3K, .90931554, .675674714, .98589168, 1e-8);
	table = anxiety();
	got = correlate(&table);
	form(&got, ICC_2, .197998, -.038911, .493574, SIX);
	form(&got, ICC_1, .175022, -.077447, .484336, SIX);
	form(&got, ICC_3K, .452586, -.152921, .766331, SIX);
}

static void reml(const struct table *table, double unit, double rater, double residual,
		 double criterion, double tolerance)
{
	struct crossed got;
	assert_int_equal(crossed_reml(table->cell, table->count, &got), OK);
	assert_true(got.known);
	near(figure_of(got.unit), unit, tolerance);
	near(figure_of(got.rater), rater, tolerance);
	near(figure_of(got.residual), residual, tolerance);
	near(figure_of(got.neg2_reml), criterion, tolerance);
}

/* On a complete table REML is the solution of the mean squares. */
static void test_reml_of_complete_tables(void **state UNUSED)
{
	struct table table = shrout_fleiss();
	reml(&table, 2.55555556, 5.24444444, 1.01944444, 91.278667, 1e-6);
	/* Either way round: the more numerous factor is the one that is eliminated. */
	table = turned(table);
	reml(&table, 5.24444444, 2.55555556, 1.01944444, 91.278667, 1e-6);
	/* Penicillin: 24 plates, 6 samples. */
	table = turned(BY_RATER(
	    "27 23 26 23 23 21", "27 23 26 23 23 21", "25 21 25 24 24 20", "26 23 25 23 23 20",
	    "25 22 26 22 23 20", "24 22 25 23 22 19", "24 20 23 21 22 19", "26 22 26 24 24 21",
	    "24 21 24 22 22 20", "24 21 24 23 22 19", "26 23 26 24 24 21", "25 22 26 24 24 20",
	    "26 24 26 24 25 22", "26 23 26 23 23 20", "26 23 25 24 24 22", "25 22 25 23 23 20",
	    "25 21 24 23 23 20", "25 22 24 23 23 19", "24 21 23 21 21 19", "26 23 26 24 24 21",
	    "25 21 24 22 22 18", "25 22 25 22 22 20", "24 21 24 22 24 19", "24 21 24 22 21 18"));
	reml(&table, .716908, 3.730918, .302415, 330.860588, 1.1e-6);
}

/* Against the minimum of the dense likelihood (one matrix of all ratings), found by Newton's steps.
 */
static void test_icc_with_holes(void **state UNUSED)
{
	struct table table = shrout_fleiss(), holes = {.count = 0};
	table.count--; /* as listed, unit by unit: the last rating of the last unit */
	struct icc icc = correlate(&table);
	assert_false(icc.complete);
	assert_false(icc.form[ICC_2].value.known);
	near(icc.agreement_single, .30543017, 1e-6);
	near(icc.agreement_average, .63754461, 1e-6);
	near(icc.consistency_single, .72688042, 1e-6);
	reml(&table, 2.6679408, 5.0646287, 1.0024578, 87.8365271, 2e-6);
	table = shrout_fleiss();
	for (size_t i = 0; i < table.count; i++)
		if (i != 1 && i != 7 && i != 14 && i != 20)
			holes.cell[holes.count++] = table.cell[i];
	icc = correlate(&holes);
	near(icc.agreement_single, .24529057, 1e-6);
	near(icc.agreement_average, .56522741, 1e-6);
	near(icc.consistency_single, .90463719, 1e-6);
	reml(&holes, 1.9266775, 5.7248949, .2031017, 58.6671311, 2e-6);
}

/* ---- properties ------------------------------------------------------------------------------ */

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 8;
}

static void shuffle(struct table *table, uint32_t seed)
{
	for (size_t i = table->count; i > 1; i--) {
		size_t j = next(&seed) % i;
		struct agreement_cell cell = table->cell[j];
		table->cell[j] = table->cell[i - 1];
		table->cell[i - 1] = cell;
	}
}

static void test_order_of_rows_changes_no_bit(void **state UNUSED)
{
	struct table table = krippendorff_2011();
	struct agreement first = measure(&table);
	struct icc icc = correlate(&table);
	for (uint32_t seed = 1; seed <= 20; seed++) {
		shuffle(&table, seed);
		struct agreement again = measure(&table);
		struct icc icc_again = correlate(&table);
		for (int i = 0; i < METRICS; i++) {
			assert_memory_equal(&first.krippendorff[i].value,
					    &again.krippendorff[i].value, sizeof(double));
			assert_memory_equal(&first.gwet[i].se.value, &again.gwet[i].se.value,
					    sizeof(double));
			assert_memory_equal(&first.fleiss[i].value.value,
					    &again.fleiss[i].value.value, sizeof(double));
		}
		assert_memory_equal(&icc.agreement_single.value, &icc_again.agreement_single.value,
				    sizeof(double));
	}
}

static void same(const struct agreement *a, const struct agreement *b, double tolerance)
{
	for (int i = 0; i < METRICS; i++)
		if (i != METRIC_RATIO)
			near(a->krippendorff[i], b->krippendorff[i].value, tolerance);
	for (int w = 0; w < WEIGHTINGS; w++) {
		near(a->gwet[w].value, b->gwet[w].value.value, tolerance);
		near(a->gwet[w].se, b->gwet[w].se.value, tolerance);
		near(a->fleiss[w].value, b->fleiss[w].value.value, tolerance);
		near(a->fleiss[w].se, b->fleiss[w].se.value, tolerance);
	}
}

static void test_names_and_scale_change_nothing(void **state UNUSED)
{
	struct table table = krippendorff_2011(), other = table;
	struct agreement plain = measure(&table), moved;
	struct icc icc = correlate(&table), icc_moved;
	for (size_t i = 0; i < other.count; i++)
		other.cell[i] = (struct agreement_cell){1000000 - 7 * other.cell[i].unit,
							50 - other.cell[i].rater,
							10 + 3 * other.cell[i].rating};
	moved = measure(&other);
	same(&plain, &moved, 1e-12);
	icc_moved = correlate(&other);
	near(icc_moved.agreement_single, icc.agreement_single.value, 1e-6);
	near(icc_moved.consistency_single, icc.consistency_single.value, 1e-6);
}

/* ---- too little ------------------------------------------------------------------------------ */

static void notes_of(const struct table *table, bool notes[NOTES])
{
	struct agreement agreement = measure(table);
	struct icc icc = correlate(table);
	assert_int_equal(agreement_notes(table->cell, table->count, &agreement, &icc, notes), OK);
	for (int i = 0; i < METRICS; i++) {
		assert_true(isfinite(agreement.krippendorff[i].value));
		assert_true(isfinite(agreement.gwet[i].value.value));
		assert_true(isfinite(agreement.gwet[i].se.value));
		assert_true(isfinite(agreement.fleiss[i].value.value));
		assert_true(isfinite(agreement.fleiss[i].se.value));
	}
	for (int f = 0; f < ICC_FORMS; f++)
		assert_true(isfinite(icc.form[f].value.value) && isfinite(icc.form[f].low.value) &&
			    isfinite(icc.form[f].high.value));
	assert_true(isfinite(icc.agreement_single.value) && isfinite(icc.agreement_average.value) &&
		    isfinite(icc.consistency_single.value));
}

static void noted(struct table table, enum agreement_note note)
{
	bool notes[NOTES];
	notes_of(&table, notes);
	assert_true(notes[note]);
	assert_true(strlen(agreement_note_text(note)) > 20);
}

static void test_degenerate_tables_have_a_sentence(void **state UNUSED)
{
	noted((struct table){.count = 0}, NOTE_NO_PAIRS);
	noted(BY_RATER("3"), NOTE_NO_PAIRS);
	noted(BY_RATER("3 4 2"), NOTE_NO_PAIRS);
	noted(BY_RATER("3 4 2"), NOTE_ONE_RATER);
	noted(BY_RATER("3 3 3", "3 3 3"), NOTE_ONE_CATEGORY);
	noted(BY_RATER("3 . 3", "3 3 3"), NOTE_ONE_CATEGORY);
	noted(BY_RATER("3.1 3.1 3.1 3.1 3.1 3.1 3.1", "3.1 3.1 3.1 3.1 3.1 3.1 3.1"),
	      NOTE_ONE_CATEGORY);
	noted(BY_RATER("-1 3 3", "2 3 3"), NOTE_NEGATIVE);
	noted(BY_RATER("1 . 3 .", ". 2 . 4"), NOTE_NOT_ESTIMABLE);
	noted(BY_RATER("1 2 3", "1 2 3"), NOTE_FEW_UNITS);
	noted(BY_RATER("1 2 3", "1 2 3"), NOTE_ICC_SMALL);
	noted(BY_RATER("3 3 3 3 3 3 3 3 3 3", "3 3 3 3 3 3 3 3 3 4"), NOTE_LITTLE_VARIANCE);
}

/* Perfect, constant and additive raters: whole numbers or nothing, and never an infinity. */
static void test_extremes(void **state UNUSED)
{
	struct table table = BY_RATER("1 2 3 4 5", "1 2 3 4 5", "1 2 3 4 5");
	struct agreement agreement = measure(&table);
	struct icc icc = correlate(&table);
	near(agreement.krippendorff[METRIC_ORDINAL], 1, 1e-15);
	near(agreement.gwet[WEIGHTS_UNWEIGHTED].value, 1, 1e-15);
	near(icc.form[ICC_1].value, 1, 0);
	near(icc.form[ICC_3K].value, 1, 0);
	/* One who always says 3 beside one who does not. */
	bool notes[NOTES];
	table = BY_RATER("3 3 3 3", "1 2 4 5");
	notes_of(&table, notes);
	/* Each rater has a level and no unit differs. */
	table = BY_RATER("3.1 3.1 3.1 3.1 3.1", "2.7 2.7 2.7 2.7 2.7", "1.3 1.3 1.3 1.3 1.3");
	assert_false(correlate(&table).form[ICC_3].value.known);
	/* Levels differ, order does not: consistent, but not in agreement. */
	table = BY_RATER("1 2 3 4", "2 3 4 5");
	icc = correlate(&table);
	near(icc.form[ICC_3].value, 1, 0);
	assert_true(icc.form[ICC_2].value.value < 1);
	notes_of(&table, notes);
	table = BY_RATER("1 2 3 . 5", "2 3 4 5 6", "1 2 3 4 5");
	notes_of(&table, notes);
}

/* Every table of three units and two raters with ratings 1, 2 or none. */
static void test_every_small_table(void **state UNUSED)
{
	bool notes[NOTES];
	for (int code = 0; code < 729; code++) {
		struct table table = {.count = 0};
		for (int i = 0, rest = code; i < 6; i++, rest /= 3)
			if (rest % 3 > 0)
				table.cell[table.count++] = (struct agreement_cell){
				    (uint32_t)i / 2, (uint32_t)i % 2, rest % 3};
		notes_of(&table, notes);
	}
}

static void test_too_many_categories(void **state UNUSED)
{
	static struct agreement_cell cells[2 * AGREEMENT_CATEGORIES_MOST];
	struct agreement agreement;
	for (uint32_t i = 0; i < ARRAY_LEN(cells); i++)
		cells[i] = (struct agreement_cell){i / 2, i % 2, i / 1000.0};
	assert_int_equal(agreement_of(cells, ARRAY_LEN(cells), &agreement), ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_krippendorff),
	    cmocka_unit_test(test_krippendorff_of_a_complete_table),
	    cmocka_unit_test(test_gwet_and_fleiss),
	    cmocka_unit_test(test_fleiss_1971),
	    cmocka_unit_test(test_icc),
	    cmocka_unit_test(test_reml_of_complete_tables),
	    cmocka_unit_test(test_icc_with_holes),
	    cmocka_unit_test(test_order_of_rows_changes_no_bit),
	    cmocka_unit_test(test_names_and_scale_change_nothing),
	    cmocka_unit_test(test_degenerate_tables_have_a_sentence),
	    cmocka_unit_test(test_extremes),
	    cmocka_unit_test(test_every_small_table),
	    cmocka_unit_test(test_too_many_categories),
	};
	numerics_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
