/* What the statistical model says, as it is shown: figures, each with its sentence. */
#ifndef RESOURCES_MODEL_VIEW_H
#define RESOURCES_MODEL_VIEW_H

#include <jansson.h>
#include <stdbool.h>

#include "core/json_writer.h"
#include "evaluation/sentences.h"

struct evaluation;

#define MODEL_LEVEL .9 /* of the intervals, and from which one candidate is called ahead */

/* What there is to say before any figure: `reason` when there is none. */
struct model_state {
	const char *name; /* current, updating, too_little_data, withheld, off */
	struct said reason;
	bool known; /* the fit has figures */
};
/* `shown` is what shown_model or withheld_model gave. */
struct model_state model_state_of(const json_t *shown);

void sentence_write(struct json_writer *json, const char *key, const struct said *sentence);
/* {"value", "low", "high", "se"}, or null without one. */
void estimate_write(struct json_writer *json, const char *key, const json_t *result);
/* As JSON shows numbers; null when it is none. */
void number_write(struct json_writer *json, const char *key, const json_t *number);
/* "confidence", "notes", "version", "inputs_hash", "computed_at". */
void fit_write(struct json_writer *json, const json_t *shown, bool known);
struct said level_sentence(const json_t *level, const char *name);
struct said score_sentence(const json_t *result);

/* The member "model" of an evaluation. */
void model_view_write(struct json_writer *json, const struct evaluation *evaluation);

#endif
