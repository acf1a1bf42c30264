/* What v1 and v3 of the Harvest API have in common: who asks, which filters, the rows. */
#include "greenhouse.h"
#include "http/app.h"
#include "resources/sign_in/sign_in.h"

static enum err refuse_basic(struct request *rq)
{
	reply_header(rq, "WWW-Authenticate", "Basic realm=\"assay\"");
	return fail(rq, PROBLEM_unauthenticated, "Invalid Basic Auth credentials");
}

enum err harvest_enter(struct request *rq)
{
	const char *secret, *password;
	enum err err;

	if (!request_waits(rq))
		return OK;
	if (!request_basic(rq, &secret, &password))
		return refuse_basic(rq);
	err = client_admit(rq, secret);
	return err == ERR_DENIED ? refuse_basic(rq) : err;
}

void harvest_init(struct harvest *asked, const struct db_statement *statement,
		  const char *const *args)
{
	*asked = (struct harvest){.statement = statement, .args = args};
	asked->page.filter = asked->filter;
	asked->page.descending = true;
	asked->page.wide = true;
}

bool harvest_filter(struct harvest *asked, const char *name, const char *value)
{
	const struct db_list *list = asked->statement->list;

	for (unsigned i = 0; i < list->filter_count && i < HARVEST_FILTERS_MAX; i++) {
		if (strcmp(list->filters[i].name, name) == 0) {
			asked->filter[i] = value;
			return true;
		}
	}
	return false;
}

void harvest_take(struct request *rq, struct harvest *asked, const struct harvest_param *params,
		  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = request_query(rq, params[i].param);

		if (value)
			(void)harvest_filter(asked, params[i].filter, value);
	}
}

void harvest_sort(struct harvest *asked)
{
	const struct db_list *list = asked->statement->list;

	asked->page.sort = 0;
	for (unsigned i = 0; i < list->filter_count && list->sort_count > 1; i++) {
		if (!asked->filter[i])
			continue;
		if (strncmp(list->filters[i].name, "updated_", strlen("updated_")) == 0)
			asked->page.sort = 1;
		if (strncmp(list->filters[i].name, "created_", strlen("created_")) == 0) {
			asked->page.sort = 0;
			return;
		}
	}
}

unsigned harvest_per_page(const struct request *rq)
{
	const char *sent = request_query(rq, "per_page");

	return sent ? (unsigned)strtoul(sent, NULL, 10) : 100;
}

void harvest_rows(struct request *rq, const struct db_rows *rows)
{
	answer_begin(rq, 200);
	json_open_array(&rq->json);
	for (int i = 0; i < rows->count; i++)
		render_row(rq, rows, i);
	json_close_array(&rq->json);
}

const char *harvest_origin(const struct request *rq)
{
	return rq->app->web_origin ? rq->app->web_origin : "";
}
