/* An organization's ratings as the model takes them, and the fits that are made of them. */
#ifndef RESOURCES_MODEL_DATA_H
#define RESOURCES_MODEL_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "core/digest.h"
#include "core/why.h"
#include "evaluation/model.h"
#include "id_table.h"

struct admin;

/* Grows with every change of what is stored or how it is computed; part of what is hashed. */
#define MODEL_VERSION 3

enum fit_kind { FIT_FULL, FIT_CLOSED, FIT_KINDS };
const char *fit_kind_name(enum fit_kind kind);

#define NO_NUMBER UINT32_MAX

struct model_application {
	uint32_t role;
	bool open;	     /* somebody owes a scorecard for it */
	size_t first, count; /* its ratings */
};

struct model_criterion {
	uint32_t role, competency;
	double weight;
	int gate; /* of a must-have, else 0 */
};

struct model_data {
	struct id_table applications, interviewers, competencies, roles;
	struct model_application *application;
	size_t application_room;
	struct rating *ratings; /* application after application */
	size_t count, room;
	struct model_criterion *criteria; /* role after role */
	size_t criterion_count, criterion_room;
	size_t *first_criterion; /* of each role; one more than there are roles */
	char hash[FIT_KINDS][SHA256_HEX_LEN + 1];
};

/* Everything of an organization, in the transaction that is open. Release in either case. */
enum err model_data_load(struct model_data *data, struct admin *app, const char *organization,
			 struct why *why) MUST_USE;
void model_data_release(struct model_data *data);

/* The ratings of one text "competency:value,…", added behind `*count`. ERR_INVALID: none such. */
enum err model_data_marks(struct model_data *data, const char *text, struct model_mark *out,
			  size_t most, size_t *count, bool add) MUST_USE;

struct fit {
	struct model *model;	/* owned; NULL when there is nothing to estimate from */
	const char *reason;	/* then why: a sentence's code */
	uint32_t *pool_of_role; /* owned; NO_NUMBER where the fit has none */
	bool *live;		/* owned: applications that have ratings in it */
	size_t candidates, interviewers, ratings;
	size_t bytes; /* about what it holds */
};

/* Fewer candidates say nothing of how much candidates differ. */
#define MODEL_CANDIDATES_LEAST 6
/* What one organization may take of this machine's memory and time. */
#define FIT_RATINGS_MOST 4000000
#define FIT_COLUMNS_MOST 3000

enum err fit_make(struct fit *fit, const struct model_data *data, enum fit_kind kind) MUST_USE;
void fit_release(struct fit *fit);

#endif
