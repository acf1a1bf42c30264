/* Proves composed lists: every shape runs, pages join without gap or overlap, plans use indexes. */
#include "db_world.h"

static const int8_t org[] = {DB_ORG};

static const struct db_filter filters[] = {
    {.name = "status", .text = "AND t.status = \001v"},
    {.name = "title", .text = "AND t.title LIKE \001v || '%'", .custom_plan = true},
    {.name = "mine", .text = "AND (\001v::bool IS FALSE OR t.owner = \0011)\nAND \0010 <> \0011"},
    {.name = "created_since", .text = "AND t.created_at >= \001v"},
};
static const struct db_sort sorts[] = {
    {.name = "created_at", .type = "timestamptz", .expr = "t.created_at"},
    {.name = "title", .type = "text", .expr = "t.title", .ascending = true},
    {.name = "rank", .type = "int", .expr = "t.rank"},
};
static const struct db_list list = {
    .id = "t.id", .filters = filters, .filter_count = 4, .sorts = sorts, .sort_count = 3};
static const struct db_statement items = {
    .name = "items",
    .text = "SELECT t.id, t.title, t.status/*sort_key*/ FROM items t\n"
	    "WHERE t.organization_id = $1",
    .params = 1,
    .ambient = org,
    .lane = DB_READ,
    .list = &list,
};

/* With a boolean that stands in the text. */
static const struct db_filter closed_filters[] = {
    {.name = "closed", .text = "AND (t.status = 'closed') = \001v::boolean", .literal = true},
};
static const struct db_list closed_list = {
    .id = "t.id", .filters = closed_filters, .filter_count = 1, .sorts = sorts, .sort_count = 3};
static const struct db_statement closed_items = {
    .name = "closed_items",
    .text = "SELECT t.id, t.title, t.status/*sort_key*/ FROM items t\n"
	    "WHERE t.organization_id = $1",
    .params = 1,
    .ambient = org,
    .lane = DB_READ,
    .list = &closed_list,
};

#define ITEMS 1000

static int begin(void **state)
{
	if (world_begin(state) != 0)
		return -1;
	/* Equal times and ranks in plenty, so that the id has to decide. */
	world_sql(
	    "CREATE TABLE items (organization_id uuid NOT NULL, id uuid NOT NULL DEFAULT"
	    " gen_random_uuid(), title text NOT NULL, status text NOT NULL, owner uuid,"
	    " rank int NOT NULL, created_at timestamptz NOT NULL, PRIMARY KEY"
	    " (organization_id, id));"
	    "CREATE INDEX items_created ON items (organization_id, created_at, id);"
	    "CREATE INDEX items_status ON items (organization_id, status, created_at, id);"
	    "CREATE INDEX items_title ON items (organization_id, title, id);"
	    "CREATE INDEX items_rank ON items (organization_id, rank, id);"
	    "INSERT INTO items SELECT '" ORG "', gen_random_uuid(), 'item ' || i % 300,"
	    " CASE WHEN i % 5 = 0 THEN 'closed' ELSE 'open' END, CASE WHEN i % 2 = 0 THEN '" ACTOR
	    "'::uuid END, i % 7, '2026-01-01'::timestamptz + (i / 10) * interval"
	    " '1.000001 s' FROM generate_series(1, 1000) i;"
	    "INSERT INTO items SELECT '" STRANGE "', gen_random_uuid(), 'x' || i, 'open',"
	    " NULL, i % 7, now() FROM generate_series(1, 50000) i;"
	    "ANALYZE items");
	return 0;
}

/* Walks all pages; returns how many rows, each seen once and in order. */
static int walk(unsigned sort, bool descending, const char *const *filter, unsigned page)
{
	static char seen[ITEMS + 1][40];
	char key[64] = "", id[40] = "";
	int total = 0;
	bool more = true;

	while (more) {
		struct question q = ask(&items);
		struct db_list_request request = {.filter = filter,
						  .sort = sort,
						  .descending = descending,
						  .cursor_key = *id ? key : NULL,
						  .cursor_id = *id ? id : NULL,
						  .limit = page + 1};

		q.list = &request;
		answer(&q, 1);
		assert_int_equal(q.err, OK);
		more = q.rows.count > (int)page;
		for (int r = 0; r < q.rows.count - more; r++) {
			assert_in_range(total, 0, ITEMS - 1);
			snprintf(seen[total], sizeof(seen[0]), "%s", value(&q, r, "id"));
			for (int i = 0; i < total; i++)
				assert_string_not_equal(seen[i], seen[total]);
			if (sort == 1 && *id)
				assert_true((strcmp(value(&q, r, "sort_key"), key) > 0) !=
						descending ||
					    strcmp(value(&q, r, "sort_key"), key) == 0);
			snprintf(key, sizeof(key), "%s", value(&q, r, "sort_key"));
			snprintf(id, sizeof(id), "%s", value(&q, r, "id"));
			total++;
		}
		forget(&q, 1);
	}
	return total;
}

static void pages_join(void **state)
{
	(void)state;
	for (unsigned sort = 0; sort < 3; sort++) {
		assert_int_equal(walk(sort, true, NULL, 97), ITEMS);
		assert_int_equal(walk(sort, false, NULL, 200), ITEMS);
	}
}

static void filters_combine(void **state)
{
	const char *filter[4] = {"closed"};

	(void)state;
	assert_int_equal(walk(0, true, filter, 50), 200);
	filter[2] = "true";
	assert_int_equal(walk(0, true, filter, 50), 100);
	filter[0] = NULL;
	filter[1] = "item 7";
	filter[2] = NULL;
	assert_int_equal(walk(1, false, filter, 10), 44);
	filter[1] = NULL;
	filter[3] = "2026-01-01T00:01:00Z";
	assert_int_equal(walk(2, true, filter, 100), 401);
}

/* True and false are shapes of their own, on one connection after the other. */
static void a_boolean_stands_in_the_text(void **state)
{
	static const char *const says[] = {"true", "false", "true"};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (int i = 0; i < 3; i++) {
		struct db_list_request request = {.filter = &says[i], .limit = 20};
		struct question q = ask(&closed_items);
		const char *text = db_list_compose(&arena, &closed_items, &request);

		assert_non_null(strstr(text, arena_printf(&arena, "= %s::boolean", says[i])));
		assert_null(strstr(text, "$3"));
		q.list = &request;
		answer(&q, 1);
		assert_int_equal(q.err, OK);
		assert_int_equal(q.rows.count, 20);
		for (int r = 0; r < q.rows.count; r++)
			assert_string_equal(value(&q, r, "status"), i == 1 ? "open" : "closed");
		forget(&q, 1);
	}
	arena_release(&arena);
}

/* What a client may send is text; what is no time or no id is refused, not a defect. */
static void nonsense_is_invalid(void **state)
{
	const char *filter[4] = {NULL, NULL, NULL, "yesterday-ish"};
	struct db_list_request requests[] = {
	    {.filter = filter, .limit = 10},
	    {.cursor_key = "never", .cursor_id = ORG, .limit = 10},
	    {.cursor_key = "2026-01-01Z", .cursor_id = "1 OR 1=1", .limit = 10},
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct question q = ask(&items);

		q.list = &requests[i];
		answer(&q, 1);
		assert_int_equal(q.err, ERR_INVALID);
		forget(&q, 1);
	}
}

/* Runs every shape at once, so that shapes are prepared on several connections. */
static void every_shape_runs(void **state)
{
	static struct question q[16 * 3 * 2 * 2];
	static struct db_list_request requests[16 * 3 * 2 * 2];
	static const char *filter[16][4];
	static const char *const some[] = {"open", "item 1", "true", "2026-01-01"};
	static const char *const keys[] = {"2026-01-01 00:00:50+00", "item 2", "3"};
	unsigned n = 0;

	(void)state;
	for (unsigned mask = 0; mask < 16; mask++)
		for (unsigned f = 0; f < 4; f++)
			filter[mask][f] = mask >> f & 1 ? some[f] : NULL;
	for (unsigned shape = 0; shape < 16 * 12; shape++, n++) {
		bool cursor = shape % 2;
		unsigned sort = shape / 4 % 3;

		requests[n] = (struct db_list_request){.filter = filter[shape / 12],
						       .sort = sort,
						       .descending = shape / 2 % 2,
						       .cursor_key = cursor ? keys[sort] : NULL,
						       .cursor_id = cursor ? ORG : NULL,
						       .limit = 5};
		q[n] = ask(&items);
		q[n].list = &requests[n];
	}
	answer(q, n);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(q[i].err, OK);
		assert_int_equal(q[i].rows.columns, 4);
		assert_true(q[i].rows.count == 5 || requests[i].cursor_key);
	}
	forget(q, n);
}

/* The text of EXPLAIN for a shape, planned as on a worker's connection. */
static void explain(const struct db_list_request *request, const char *args, char *plan, size_t cap)
{
	struct arena arena;
	PGconn *conn = PQconnectdb(world.pg.url);
	PGresult *result;
	const char *text;

	arena_init(&arena, 1 << 20);
	text = db_list_compose(&arena, &items, request);
	assert_non_null(text);
	PQclear(PQexec(conn, "SET plan_cache_mode = force_generic_plan"));
	result = PQprepare(conn, "shape", text, 0, NULL);
	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	PQclear(result);
	result = PQexec(conn, arena_printf(&arena, "EXPLAIN EXECUTE shape (%s)", args));
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	plan[0] = '\0';
	for (int r = 0; r < PQntuples(result); r++) {
		size_t len = strlen(plan);

		snprintf(plan + len, cap - len, "%s\n", PQgetvalue(result, r, 0));
	}
	PQclear(result);
	PQfinish(conn);
	arena_release(&arena);
}

static void plans_use_indexes(void **state)
{
	const char *filter[4] = {"open"};
	char plan[4096];

	(void)state;
	for (unsigned sort = 0; sort < 3; sort++) {
		explain(&(struct db_list_request){.sort = sort, .descending = true, .limit = 50},
			"'" ORG "', 50", plan, sizeof(plan));
		assert_non_null(strstr(plan, "Index Scan Backward"));
		assert_null(strstr(plan, "Sort"));
		assert_null(strstr(plan, "Seq Scan"));
	}
	explain(
	    &(struct db_list_request){
		.filter = filter, .cursor_key = "2026-01-01", .cursor_id = ORG, .limit = 50},
	    "'" ORG "', 'open', '2026-01-01', '" ORG "', 50", plan, sizeof(plan));
	assert_non_null(strstr(plan, "items_status"));
	assert_non_null(strstr(plan, "ROW(created_at, id) > ROW("));
	assert_null(strstr(plan, "Sort"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_join),	   cmocka_unit_test(filters_combine),
	    cmocka_unit_test(nonsense_is_invalid), cmocka_unit_test(every_shape_runs),
	    cmocka_unit_test(plans_use_indexes),   cmocka_unit_test(a_boolean_stands_in_the_text),
	};

	return cmocka_run_group_tests_name("db: lists", tests, begin, world_end);
}
