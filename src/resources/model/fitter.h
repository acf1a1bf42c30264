/* The fitter: a thread that loads an organization's ratings, fits the model and stores results. */
#ifndef RESOURCES_MODEL_FITTER_H
#define RESOURCES_MODEL_FITTER_H

#include "changes.h"
#include "core/buffer.h"
#include "model_data.h"

struct admin;
struct fitter;

struct fit_job {
	char organization[UUID_TEXT_LEN + 1];
	struct model_data data;
	struct fit fit[FIT_KINDS];
	bool made[FIT_KINDS]; /* its inputs are others than those of the fit that is shown */
	char fit_id[FIT_KINDS][UUID_TEXT_LEN + 1];
	char *summary[FIT_KINDS];
	struct buffer changes;		  /* those of its snapshot, as an array literal */
	struct change_log log[FIT_KINDS]; /* those that each fit has taken since */
	double seconds;
	enum err err; /* ERR_BUSY: another node does it; ERR_NOT_FOUND: the model is off */
	struct why why;
};
void fit_job_free(struct fit_job *job); /* NULL is fine */

/* Calls done(arg) from its thread whenever a job has ended. */
enum err fitter_start(struct fitter **fitter, const char *app_url, void (*done)(void *arg),
		      void *arg, struct why *why) MUST_USE;
void fitter_stop(struct fitter *fitter); /* waits for the job under way; NULL is fine */

/* False while it has one. */
bool fitter_begin(struct fitter *fitter, const char *organization);
/* The job that has ended, or NULL; the caller owns it. */
struct fit_job *fitter_take(struct fitter *fitter);

/* Enters the organization as the system, in the transaction that is open. */
enum err fitter_enter(struct admin *app, const char *organization, struct why *why) MUST_USE;

#endif
