/* Reading as Greenhouse's APIs are read: what their resources share. */
#ifndef RESOURCES_GREENHOUSE_H
#define RESOURCES_GREENHOUSE_H

#include "http/request.h"

#define HARVEST_FILTERS_MAX 24

/* What is asked for: a list of ours with filters that their parameters were turned into. */
struct harvest {
	const struct db_statement *statement;
	const char *const *args; /* the statement's own, or NULL */
	struct db_list_request page;
	const char *filter[HARVEST_FILTERS_MAX];
};

/* A parameter of theirs and the filter that it is. */
struct harvest_param {
	const char *param, *filter;
};

/* Lets in who came with HTTP Basic, whose user name is an API client's secret. */
enum err harvest_enter(struct request *rq) MUST_USE;
void harvest_init(struct harvest *asked, const struct db_statement *statement,
		  const char *const *args);
/* False: the list has no such filter. */
bool harvest_filter(struct harvest *asked, const char *name, const char *value);
void harvest_take(struct request *rq, struct harvest *asked, const struct harvest_param *params,
		  size_t count);
/* Whoever looks for what changed reads by when it did. */
void harvest_sort(struct harvest *asked);
/* How many a page has: 100 unless it is said. */
unsigned harvest_per_page(const struct request *rq);
/* The rows, as an array. */
void harvest_rows(struct request *rq, const struct db_rows *rows);
/* What an address begins with. */
const char *harvest_origin(const struct request *rq);

#endif
