/* Single changes, taken into fits in memory; and which of them a fit has. */
#ifndef RESOURCES_MODEL_CHANGES_H
#define RESOURCES_MODEL_CHANGES_H

#include <stddef.h>

#include "core/text.h"
#include "core/why.h"
#include "model_data.h"

struct admin;
struct fit_job;

/* Changes that one fit takes after the snapshot it was made of; more wait for the next one. */
#define CHANGES_MOST 256

struct change_log {
	char id[CHANGES_MOST][UUID_TEXT_LEN + 1];
	size_t count;
};

/* Those that stand in this array literal are not noted any more. */
void change_log_forget(struct change_log *log, const char *ids);

/* Begins a transaction within the organization, as the system. */
enum err changes_begin(struct admin *app, const char *organization, struct why *why) MUST_USE;

/*
 * Whether the model is on, and that nobody switches it off before the transaction ends: before the
 * first write, for whoever switches it off waits for rows that were written. ERR_NOT_FOUND: off.
 */
enum err changes_allowed(struct admin *app, const char *organization, struct why *why) MUST_USE;

/*
 * Takes up to `most` of the changes that wait into the fits `into` (NULL: none of that kind) as far
 * as that can be done without a full fit, except those in `done`, an array literal; and stores
 * under the fits' ids what they say of the applications concerned. *taken is how many there were.
 * In the transaction that is open. ERR_NOT_FOUND: the model is off; nothing was stored.
 */
enum err changes_take(struct fit_job *const into[FIT_KINDS], const char *organization,
		      const char *done, int most, struct admin *app, size_t *taken,
		      struct why *why) MUST_USE;

#endif
