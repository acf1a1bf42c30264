/* What the answers of the intake call for, and how a role stands to the market figures. Pure. */
#ifndef RESOURCES_INTAKE_RECOMMEND_H
#define RESOURCES_INTAKE_RECOMMEND_H

#include <jansson.h>

/*
 * The templates that are needed, by kind: {"intake": […], "ladder": […], …}, each list in order of
 * ids, each item as src/templates has it; for market_compare alone, those of the market. The caller
 * releases it; NULL when memory is out.
 */
json_t *intake_templates(void);
json_t *market_templates(void);

/*
 * The recommendation for `answers` (an object as the API document says; members may be missing or
 * null), each part with its reasons and their sources. Nothing is averaged over guides that
 * disagree: all that they say is listed. The caller releases it; NULL when memory is out.
 *
 *   focus       specialist or full_stack, by which of the two more of what was answered speaks for;
 *               as many on both sides, or nothing: undecided
 *   engagement  full_time while there is lasting work, as is taken where nothing is said; without
 *               it outsourced where cost comes first, else contract
 */
json_t *intake_recommend(const json_t *answers, const json_t *templates);

/*
 * Each salary of the market snapshots against the band, and the target against how long hiring
 * takes: {"salaries": […], "time_to_hire": […]}. `band` may be NULL or JSON's null, `level` NULL,
 * `target_days` 0 for none. The caller releases it; NULL when memory is out.
 *
 * A band is `below` when its end is less than the lowest figure, `above` when its beginning is more
 * than the highest, `within` when it lies between them, else it `overlaps`; null when there is
 * none, or currency or period are not the same.
 */
json_t *market_compare(const json_t *band, const char *level, int target_days,
		       const json_t *templates);

/* The day, "YYYY-MM-DD", from which figures of that day are too old to go by. */
#define MARKET_FRESH_DAYS 365
#define DAY_TEXT	  16
void market_stale_from(const char *as_of, char out[DAY_TEXT]);

#endif
