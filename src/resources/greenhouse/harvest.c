/* What v1 and v3 of the Harvest API have in common: who asks, which filters, the rows. */
#include "auth/scopes.h"
#include "auth/secret.h"
#include "greenhouse.h"
#include "http/app.h"
#include "statements.h"

#define SECRET_PREFIX "acs"

static enum err refuse_basic(struct request *rq)
{
	reply_header(rq, "WWW-Authenticate", "Basic realm=\"assay\"");
	return fail(rq, PROBLEM_unauthenticated, "Invalid Basic Auth credentials");
}

enum err harvest_enter(struct request *rq)
{
	struct principal who = {.kind = PRINCIPAL_CLIENT};
	struct db_caller system = {.actor_kind = "system", .request_id = rq->request_id};
	char digest[SHA256_HEX_LEN + 1];
	const char *secret, *password;
	struct db_rows rows;

	if (!request_waits(rq))
		return OK;
	if (!request_basic(rq, &secret, &password) ||
	    secret_parse(SECRET_PREFIX, secret, who.organization_id, digest) != OK)
		return refuse_basic(rq);
	system.organization_id = who.organization_id;
	TRY(RUN_AS(rq, &system, harvest_client, &rows, .digest = digest));
	if (rows.count == 0 || scopes_parse(db_value(&rows, 0, "scopes"), &who.scopes) != OK)
		return refuse_basic(rq);
	snprintf(who.id, sizeof(who.id), "%s", db_value(&rows, 0, "id"));
	who.token_version = (uint32_t)strtoul(db_value(&rows, 0, "token_version"), NULL, 10);
	return request_admit(rq, &who);
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
