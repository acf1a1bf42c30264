/* Loads an organization's ratings, and fits the model to all of them or to the closed ones. */
#include "model_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "db/admin.h"

#define HASHED_MOST ((size_t)1 << 30)
#define MARKS_MOST  256 /* of one scorecard */
#define ARGS(...)   ((const char *const[]){__VA_ARGS__})

const char *fit_kind_name(enum fit_kind kind)
{
	return kind == FIT_FULL ? "full" : "closed";
}

/* Makes room for one more. */
static enum err room_for(void **items, size_t *room, size_t count, size_t size)
{
	size_t more = *room == 0 ? 64 : 2 * *room;
	void *grown;

	if (count < *room)
		return OK;
	grown = realloc(*items, more * size);
	if (grown == NULL)
		return ERR_MEMORY;
	*items = grown;
	*room = more;
	return OK;
}

/* ---- scorecards -------------------------------------------------------------------------------
 */

/* Scorecards by application and author, then who is still waited for, so that they are declared. */
static const char cards_sql[] =
    "WITH open AS MATERIALIZED (SELECT open_applications() AS id) "
    "SELECT s.application_id, a.role_id, s.author_id, (o.id IS NOT NULL)::text, "
    "(SELECT string_agg(e.key || ':' || (e.value ->> 'value'), ',' ORDER BY e.key) "
    "FROM jsonb_each(s.ratings) e WHERE jsonb_typeof(e.value -> 'value') = 'number'), s.id "
    "FROM scorecards s "
    "JOIN applications a ON a.organization_id = s.organization_id AND a.id = s.application_id "
    "LEFT JOIN open o ON o.id = s.application_id "
    "WHERE s.organization_id = $1::uuid AND s.status = 'submitted' "
    "UNION ALL SELECT ii.application_id, a.role_id, ii.user_id, 'true', NULL, NULL "
    "FROM open o JOIN applications a ON a.organization_id = $1::uuid AND a.id = o.id "
    "JOIN interview_interviewers ii ON ii.organization_id = $1::uuid "
    "AND ii.application_id = o.id AND ii.part = 'interviewer' AND ii.status = 'assigned' "
    "ORDER BY 1, 3, 6";

static const char criteria_sql[] =
    "SELECT r.id, c.competency_id, c.weight, coalesce(c.must_have_level, 0) FROM roles r "
    "JOIN rubric_criteria c ON c.organization_id = r.organization_id "
    "AND c.rubric_version_id = r.rubric_version_id "
    "WHERE r.organization_id = $1::uuid ORDER BY r.id, c.position";

enum err model_data_marks(struct model_data *data, const char *text, struct model_mark *out,
			  size_t most, size_t *count, bool add)
{
	while (text != NULL && *text != '\0') {
		char id[UUID_TEXT_LEN + 1];
		uint32_t competency;

		if (strlen(text) < UUID_TEXT_LEN + 2 || text[UUID_TEXT_LEN] != ':' ||
		    *count == most)
			return ERR_INVALID;
		memcpy(id, text, UUID_TEXT_LEN);
		id[UUID_TEXT_LEN] = '\0';
		if (add)
			TRY(id_table_add(&data->competencies, id, &competency));
		else if (!id_table_find(&data->competencies, id, &competency))
			return ERR_CONFLICT;
		out[(*count)++] =
		    (struct model_mark){competency, strtod(text + UUID_TEXT_LEN + 1, NULL)};
		text = strchr(text, ',');
		if (text != NULL)
			text++;
	}
	return OK;
}

static enum err application_add(struct model_data *data, const struct admin_rows *rows, int i,
				uint32_t *number)
{
	uint32_t before = data->applications.count;

	TRY(id_table_add(&data->applications, admin_value(rows, i, 0), number));
	if (*number < before)
		return OK;
	TRY(room_for((void **)&data->application, &data->application_room, *number,
		     sizeof(*data->application)));
	data->application[*number] = (struct model_application){
	    .open = admin_value(rows, i, 3)[0] == 't', .first = data->count};
	return id_table_add(&data->roles, admin_value(rows, i, 1),
			    &data->application[*number].role);
}

static enum err card_add(struct model_data *data, const struct admin_rows *rows, int i)
{
	struct model_mark marks[MARKS_MOST];
	uint32_t application, interviewer;
	size_t count = 0;

	TRY(application_add(data, rows, i, &application));
	TRY(id_table_add(&data->interviewers, admin_value(rows, i, 2), &interviewer));
	TRY(model_data_marks(data, admin_value(rows, i, 4), marks, MARKS_MOST, &count, true));
	for (size_t k = 0; k < count; k++) {
		TRY(room_for((void **)&data->ratings, &data->room, data->count,
			     sizeof(*data->ratings)));
		data->ratings[data->count++] =
		    (struct rating){application, interviewer, marks[k].competency, marks[k].value};
		data->application[application].count++;
	}
	return OK;
}

/* What is hashed: each scorecard that counts, and the weights of the roles that they are of. */
static void hash_card(struct buffer *out, const struct admin_rows *rows, int i)
{
	buffer_printf(out, "%s %s %s %s\n", admin_value(rows, i, 0), admin_value(rows, i, 1),
		      admin_value(rows, i, 2), admin_value(rows, i, 4));
}

static enum err cards_load(struct model_data *data, struct admin *app, const char *organization,
			   struct buffer *hashed, struct why *why)
{
	struct admin_rows rows;
	enum err err = OK;

	TRY(admin_query(app, cards_sql, ARGS(organization), 1, &rows, why));
	for (int i = 0; i < rows.count && err == OK; i++) {
		err = card_add(data, &rows, i);
		if (admin_value(&rows, i, 4) == NULL)
			continue;
		hash_card(&hashed[FIT_FULL], &rows, i);
		if (admin_value(&rows, i, 3)[0] != 't')
			hash_card(&hashed[FIT_CLOSED], &rows, i);
	}
	admin_rows_release(&rows);
	return err == OK ? OK : why_set(why, err, "the ratings cannot be taken: %s", err_text(err));
}

/* ---- criteria ---------------------------------------------------------------------------------
 */

/* A bit for each kind of fit that has ratings of the role; owned by the caller. */
static uint8_t *roles_counting(const struct model_data *data)
{
	uint8_t *counting = calloc((size_t)data->roles.count + 1, sizeof(*counting));

	for (uint32_t a = 0; counting != NULL && a < data->applications.count; a++) {
		const struct model_application *app = &data->application[a];

		if (app->count > 0)
			counting[app->role] |=
			    app->open ? 1 << FIT_FULL : 1 << FIT_FULL | 1 << FIT_CLOSED;
	}
	return counting;
}

static enum err criterion_add(struct model_data *data, const struct admin_rows *rows, int i)
{
	struct model_criterion c = {.gate = (int)strtol(admin_value(rows, i, 3), NULL, 10)};

	c.weight = strtod(admin_value(rows, i, 2), NULL);
	if (!id_table_find(&data->roles, admin_value(rows, i, 0), &c.role) ||
	    !id_table_find(&data->competencies, admin_value(rows, i, 1), &c.competency))
		return OK;
	TRY(room_for((void **)&data->criteria, &data->criterion_room, data->criterion_count,
		     sizeof(*data->criteria)));
	data->criteria[data->criterion_count++] = c;
	return OK;
}

static int criterion_order(const void *a, const void *b)
{
	const struct model_criterion *x = a, *y = b;

	return (x->role > y->role) - (x->role < y->role);
}

static enum err criteria_index(struct model_data *data)
{
	size_t at = 0;

	data->first_criterion =
	    calloc((size_t)data->roles.count + 1, sizeof(*data->first_criterion));
	if (data->first_criterion == NULL)
		return ERR_MEMORY;
	if (data->criterion_count > 0)
		qsort(data->criteria, data->criterion_count, sizeof(*data->criteria),
		      criterion_order);
	for (uint32_t r = 0; r <= data->roles.count; r++) {
		while (at < data->criterion_count && data->criteria[at].role < r)
			at++;
		data->first_criterion[r] = at;
	}
	return OK;
}

static enum err criteria_load(struct model_data *data, struct admin *app, const char *organization,
			      struct buffer *hashed, struct why *why)
{
	struct admin_rows rows;
	uint8_t *counting = roles_counting(data);
	uint32_t role;
	enum err err;

	if (counting == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	err = admin_query(app, criteria_sql, ARGS(organization), 1, &rows, why);
	if (err != OK) {
		free(counting);
		return err;
	}
	for (int i = 0; i < rows.count && err == OK; i++) {
		if (!id_table_find(&data->roles, admin_value(&rows, i, 0), &role))
			continue;
		err = criterion_add(data, &rows, i);
		for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++) {
			if (counting[role] & 1 << kind)
				buffer_printf(&hashed[kind], "%s %s %s %s\n",
					      admin_value(&rows, i, 0), admin_value(&rows, i, 1),
					      admin_value(&rows, i, 2), admin_value(&rows, i, 3));
		}
	}
	admin_rows_release(&rows);
	free(counting);
	if (err == OK)
		err = criteria_index(data);
	return err == OK ? OK : why_set(why, err, "out of memory");
}

enum err model_data_load(struct model_data *data, struct admin *app, const char *organization,
			 struct why *why)
{
	struct buffer hashed[FIT_KINDS];
	enum err err;

	*data = (struct model_data){0};
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++) {
		buffer_init(&hashed[kind], HASHED_MOST);
		buffer_printf(&hashed[kind], "model %d\n", MODEL_VERSION);
	}
	err = cards_load(data, app, organization, hashed, why);
	if (err == OK)
		err = criteria_load(data, app, organization, hashed, why);
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++) {
		if (err == OK &&
		    (hashed[kind].failed ||
		     sha256_hex(hashed[kind].data, hashed[kind].len, data->hash[kind]) != OK))
			err = why_set(why, ERR_MEMORY, "the inputs cannot be hashed");
		buffer_release(&hashed[kind]);
	}
	return err;
}

void model_data_release(struct model_data *data)
{
	id_table_release(&data->applications);
	id_table_release(&data->interviewers);
	id_table_release(&data->competencies);
	id_table_release(&data->roles);
	free(data->application);
	free(data->ratings);
	free(data->criteria);
	free(data->first_criterion);
	*data = (struct model_data){0};
}

/* ---- the fit ----------------------------------------------------------------------------------
 */

/* The ratings that count, and with them candidates, interviewers and pools. */
static enum err fit_collect(struct fit *fit, const struct model_data *data, enum fit_kind kind,
			    struct rating *ratings, bool *seen, uint32_t *pools)
{
	for (uint32_t r = 0; r < data->roles.count; r++)
		fit->pool_of_role[r] = NO_NUMBER;
	for (uint32_t a = 0; a < data->applications.count; a++) {
		const struct model_application *app = &data->application[a];

		if (app->count == 0 || (kind == FIT_CLOSED && app->open))
			continue;
		fit->live[a] = true;
		fit->candidates++;
		memcpy(ratings + fit->ratings, data->ratings + app->first,
		       app->count * sizeof(*ratings));
		fit->ratings += app->count;
		if (fit->pool_of_role[app->role] == NO_NUMBER)
			fit->pool_of_role[app->role] = (*pools)++;
	}
	for (size_t i = 0; i < fit->ratings; i++) {
		fit->interviewers += !seen[ratings[i].interviewer];
		seen[ratings[i].interviewer] = true;
	}
	return OK;
}

static const char *too_little(const struct fit *fit)
{
	return fit->ratings == 0			  ? "model_no_ratings"
	       : fit->candidates < MODEL_CANDIDATES_LEAST ? "model_few_candidates"
	       : fit->interviewers < 2			  ? "model_few_interviewers"
							  : NULL;
}

/* Roles are the pools, unless there are so many that the shared system would outgrow its bounds. */
static enum err fit_run(struct fit *fit, const struct model_data *data,
			const struct rating *ratings, uint32_t pools, uint32_t *pool)
{
	struct model_options options = {.prior = fit->candidates < MODEL_SMALL ? MODEL_PRIOR_ALWAYS
									       : MODEL_PRIOR_NEVER};
	struct model_design design = {
	    .candidates = data->applications.count,
	    .interviewers = data->interviewers.count,
	    .competencies = data->competencies.count,
	    .pools = pools,
	    .ratings = ratings,
	    .count = fit->ratings,
	    .pool = pool,
	};
	size_t columns = (size_t)design.interviewers + design.competencies;
	enum err err;

	if (fit->ratings > FIT_RATINGS_MOST || columns > FIT_COLUMNS_MOST) {
		fit->reason = "model_too_large";
		return OK;
	}
	for (uint32_t a = 0; a < data->applications.count; a++) {
		uint32_t own = fit->pool_of_role[data->application[a].role];

		pool[a] = own == NO_NUMBER ? 0 : own;
	}
	if (columns + pools > FIT_COLUMNS_MOST) {
		design.pools = 0;
		design.pool = NULL;
	}
	columns += design.pools;
	err = model_fit(&design, &options, &fit->model);
	if (err == ERR_TOO_LARGE) {
		fit->reason = "model_too_large";
		return OK;
	}
	fit->bytes = 3 * columns * columns * sizeof(double) + fit->ratings * 64 +
		     (size_t)data->applications.count * 512;
	return err;
}

static const char *unknown_reason(const struct model *model)
{
	size_t count;
	const struct model_finding *findings = model_findings(model, &count);

	for (size_t i = 0; i < count; i++)
		if (findings[i].kind == MODEL_NO_SPREAD)
			return "model_no_spread";
	return "model_too_little";
}

enum err fit_make(struct fit *fit, const struct model_data *data, enum fit_kind kind)
{
	struct rating *ratings = calloc(data->count + 1, sizeof(*ratings));
	bool *seen = calloc((size_t)data->interviewers.count + 1, sizeof(*seen));
	uint32_t *pool = calloc((size_t)data->applications.count + 1, sizeof(*pool)), pools = 0;
	enum err err = ERR_MEMORY;

	*fit = (struct fit){0};
	fit->pool_of_role = calloc((size_t)data->roles.count + 1, sizeof(*fit->pool_of_role));
	fit->live = calloc((size_t)data->applications.count + 1, sizeof(*fit->live));
	if (ratings && seen && pool && fit->pool_of_role && fit->live)
		err = fit_collect(fit, data, kind, ratings, seen, &pools);
	if (err == OK) {
		fit->reason = too_little(fit);
		if (fit->reason == NULL)
			err = fit_run(fit, data, ratings, pools, pool);
	}
	if (err == OK && fit->model != NULL && !model_known(fit->model)) {
		fit->reason = unknown_reason(fit->model);
		model_free(fit->model);
		fit->model = NULL;
	}
	free(ratings);
	free(seen);
	free(pool);
	if (err != OK)
		fit_release(fit);
	return err;
}

void fit_release(struct fit *fit)
{
	model_free(fit->model);
	free(fit->pool_of_role);
	free(fit->live);
	*fit = (struct fit){0};
}
