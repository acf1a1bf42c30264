/* What a fit says of applications and roles, as it is stored: ids and figures, no words. */
#ifndef RESOURCES_MODEL_RESULTS_H
#define RESOURCES_MODEL_RESULTS_H

#include "core/buffer.h"
#include "model_data.h"

/* Applications of one role that are compared with each other: the newest ones. */
#define COMPARED_MOST 100

/* [{"id", "r"}] of all applications and roles of the fit. */
void results_all(struct buffer *out, const struct model_data *data, const struct fit *fit);
/* The same of one application, whose ratings are these now, and of its role. */
void results_of(struct buffer *out, const struct model_data *data, const struct fit *fit,
		uint32_t application, const struct rating *ratings, size_t count);
/* The fit itself: {"known", "reason", "candidates", "ratings", "interviewers", "notes"}. */
void results_summary(struct buffer *out, const struct fit *fit);

#endif
