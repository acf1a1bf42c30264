/* Every named statement prepares against the migrated schema, has the parameters that its struct
 * says, and finds its rows in large tables by index, for every shape of every list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "core/digest.h"
#include "db/migrate.h"
#include "pg.h"
#include "statements.h"

static struct pg pg;
static PGconn *owner, *app;

#define ORG "00000000-0000-7000-8000-000000000001"

static void must(PGconn *connection, const char *sql)
{
	PGresult *result = PQexec(connection, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s\n%s", PQresultErrorMessage(result), sql);
	PQclear(result);
}

/* One organization with enough rows that reading a whole table is never the better plan. */
static const char *const large[] = {
    "INSERT INTO organizations (organization_id, name, slug) VALUES ('" ORG "', 'Large', 'large');",
    "INSERT INTO organizations (name, slug) SELECT 'o' || n, 'o-' || n FROM generate_series(1, 50) "
    "n;",
    "INSERT INTO users (organization_id, email, name, access_level)"
    "  SELECT o.organization_id, 'u' || n || '@e.example', 'U ' || n, 'member'"
    "  FROM organizations o, generate_series(1, 100) n;",
    "CREATE TEMP TABLE ids AS SELECT new_id() AS role_id, new_id() AS plan_id, new_id() AS "
    "stage_id, n"
    "  FROM generate_series(1, 200) n;",
    "INSERT INTO competencies (organization_id, name) SELECT '" ORG
    "', 'C' || n FROM generate_series(1, 6) n;",
    "INSERT INTO rubrics (organization_id, name) VALUES ('" ORG "', 'R');",
    "INSERT INTO rubric_versions (organization_id, rubric_id, number) SELECT '" ORG
    "', id, 1 FROM rubrics;",
    "INSERT INTO rubric_criteria (organization_id, rubric_version_id, competency_id, position, "
    "weight, anchors)"
    "  SELECT '" ORG
    "', v.id, c.id, row_number() OVER (), 1, '{a,b,c,d,e}' FROM rubric_versions v, competencies c;",
    "UPDATE rubric_versions SET status = 'published', content_hash = repeat('0', 64), published_at "
    "= now();",
    "INSERT INTO roles (organization_id, id, title, plan_id, rubric_version_id)"
    "  SELECT '" ORG
    "', role_id, 'Role ' || n, plan_id, (SELECT id FROM rubric_versions) FROM ids;",
    "INSERT INTO interview_plans (organization_id, id, role_id, number) SELECT '" ORG
    "', plan_id, role_id, 1 FROM ids;",
    "INSERT INTO stages (organization_id, id, plan_id, role_id, position, name, method)"
    "  SELECT '" ORG "', stage_id, plan_id, role_id, 1, 'S', 'screen' FROM ids;",
    "INSERT INTO candidates (organization_id, name, email)"
    "  SELECT '" ORG "', 'Name ' || n, 'c' || n || '@e.example' FROM generate_series(1, 20000) n;",
    "INSERT INTO applications (organization_id, candidate_id, role_id, plan_id, stage_id)"
    "  SELECT '" ORG "', c.id, i.role_id, i.plan_id, i.stage_id FROM"
    "  (SELECT id, row_number() OVER () AS r FROM candidates) c JOIN ids i ON i.n = c.r % 200 + 1;",
    "INSERT INTO application_moves (organization_id, application_id, to_stage_id, to_status, "
    "actor_kind)"
    "  SELECT '" ORG "', id, stage_id, 'active', 'system' FROM applications;",
    "INSERT INTO interviews (organization_id, application_id, stage_id, role_id, duration_minutes)"
    "  SELECT '" ORG "', id, stage_id, role_id, 60 FROM applications;",
    "INSERT INTO interview_interviewers (organization_id, interview_id, user_id, application_id, "
    "stage_id)"
    "  SELECT '" ORG "', i.id, u.id, i.application_id, i.stage_id FROM"
    "  (SELECT *, row_number() OVER () AS r FROM interviews) i JOIN"
    "  (SELECT id, row_number() OVER () AS r FROM users WHERE organization_id = '" ORG
    "') u ON u.r = i.r % 100 + 1;",
    "INSERT INTO scorecards (organization_id, interview_id, application_id, stage_id, role_id, "
    "author_id, rubric_version_id)"
    "  SELECT '" ORG
    "', i.id, i.application_id, i.stage_id, i.role_id, ii.user_id, (SELECT id FROM rubric_versions)"
    "  FROM interviews i JOIN interview_interviewers ii ON ii.interview_id = i.id;",
    "INSERT INTO decisions (organization_id, application_id, kind, rationale, evidence, decided_by)"
    "  SELECT '" ORG
    "', a.id, 'advance', 'r', '{}', (SELECT id FROM users WHERE organization_id = '" ORG
    "' LIMIT 1)"
    "  FROM applications a LIMIT 10000;",
    "INSERT INTO events (organization_id, type, object_id, actor_kind)"
    "  SELECT '" ORG "', 'role.created', new_id(), 'system' FROM generate_series(1, 20000);",
    "INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)"
    "  SELECT '" ORG "', 'candidate', 'ats', id::text, id FROM candidates;",
    "INSERT INTO notes (organization_id, candidate_id, author_id, text)"
    "  SELECT '" ORG "', id, (SELECT id FROM users WHERE organization_id = '" ORG
    "' LIMIT 1), 'n' FROM candidates;",
    "INSERT INTO documents (organization_id, candidate_id, kind, media_type, content, size_bytes, "
    "digest, "
    "text_state) SELECT '" ORG
    "', id, 'resume', 'text/plain', 'x', 1, repeat('0', 64), 'empty' FROM candidates LIMIT 9000;",
    "UPDATE candidates SET tags = ARRAY['t' || right(email, 20)], source = 's' || left(email, 3);",
    "INSERT INTO refresh_tokens (organization_id, digest, family_id, user_id, token_version, "
    "expires_at)"
    "  SELECT '" ORG "', encode(sha256((n || u.email)::bytea), 'hex'), new_id(), u.id, 1, now() "
    "FROM generate_series(1, 100) n, users u WHERE u.organization_id = '" ORG "';",
    "ANALYZE",
};

static const char *const large_tables[] = {"candidates",
					   "applications",
					   "application_moves",
					   "interviews",
					   "interview_interviewers",
					   "scorecards",
					   "decisions",
					   "events",
					   "external_ids",
					   "refresh_tokens",
					   "notes",
					   "documents",
					   "candidate_tags",
					   "searchable_candidates"};

static int setup(void **state)
{
	struct migrate_result result;
	struct why why;

	(void)state;
	assert_int_equal(digest_start(), OK);
	pg_start(&pg);
	if (migrate_run(pg.url, NULL, migrations, migration_count, &result, &why) != OK)
		fail_msg("%s", why.text);
	owner = PQconnectdb(pg.url);
	app = PQconnectdb(pg.url);
	must(owner, "BEGIN");
	for (size_t i = 0; i < ARRAY_LEN(large); i++)
		must(owner, large[i]);
	must(owner, "COMMIT");
	must(app, "SET ROLE assay_app; SET plan_cache_mode = force_generic_plan");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	PQfinish(owner);
	PQfinish(app);
	pg_stop(&pg);
	digest_stop();
	return 0;
}

static unsigned prepared_params(const char *name)
{
	PGresult *result = PQdescribePrepared(app, name);
	unsigned count = (unsigned)PQnparams(result);

	PQclear(result);
	return count;
}

static void prepare(const char *name, const char *text)
{
	PGresult *result = PQprepare(app, name, text, 0, NULL);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s does not prepare: %s", name, PQresultErrorMessage(result));
	PQclear(result);
}

/*
 * The generic plan, which does not depend on the values. A report reads much of its organization:
 * it is planned as the service's sessions plan, where a scan means that nothing leads to those rows
 * alone.
 */
static void refuse_scans(const char *name, const char *label, unsigned params)
{
	bool reports = strncmp(label, "report_", strlen("report_")) == 0;
	struct buffer sql;
	PGresult *plan;

	PQclear(PQexec(app, reports ? "SET enable_seqscan = off" : "SET enable_seqscan = on"));
	buffer_init(&sql, 65536);
	buffer_printf(&sql, "EXPLAIN EXECUTE %s", name);
	for (unsigned i = 0; i < params; i++)
		buffer_printf(&sql, "%sNULL", i == 0 ? "(" : ",");
	buffer_text(&sql, params == 0 ? "" : ")");
	plan = PQexec(app, sql.data);
	if (PQresultStatus(plan) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", label, PQresultErrorMessage(plan));
	for (int row = 0; row < PQntuples(plan); row++) {
		const char *line = PQgetvalue(plan, row, 0), *scan = strstr(line, "Seq Scan on ");

		for (size_t t = 0; scan != NULL && t < ARRAY_LEN(large_tables); t++) {
			const char *table = scan + strlen("Seq Scan on ");
			size_t len = strlen(large_tables[t]);

			if (strncmp(table, large_tables[t], len) == 0 &&
			    (table[len] == ' ' || table[len] == '\0'))
				fail_msg("%s reads all of %s:%s", label, large_tables[t], line);
		}
	}
	PQclear(plan);
	buffer_release(&sql);
}

static void check_text(const char *label, const char *text, unsigned params)
{
	must(app, "DEALLOCATE ALL");
	prepare("s", text);
	if (prepared_params("s") != params)
		fail_msg("%s has %u parameters, not %u", label, prepared_params("s"), params);
	must(app, "BEGIN");
	must(app, "SELECT set_config('assay.organization', '" ORG "', true)");
	refuse_scans("s", label, params);
	must(app, "ROLLBACK");
}

static void test_statements(void **state)
{
	(void)state;
	assert_true(db_statement_count > 40);
	for (unsigned i = 0; i < db_statement_count; i++) {
		const struct db_statement *s = db_statements[i];

		if (s->list != NULL)
			continue;
		check_text(s->name, s->text, s->params);
		if (s->idempotent_text != NULL)
			check_text(s->name, s->idempotent_text, s->params + 4);
	}
}

static void check_shape(struct arena *arena, const struct db_statement *s,
			const struct db_list_request *request, unsigned params)
{
	const char *text = db_list_compose(arena, s, request);
	char label[160];

	assert_non_null(text);
	snprintf(label, sizeof(label), "%s sorted by %s%s", s->name,
		 s->list->sorts[request->sort].name,
		 request->cursor_key != NULL ? " with a cursor" : "");
	must(app, "DEALLOCATE ALL");
	prepare("s", text);
	(void)params;
	must(app, "BEGIN");
	must(app, "SELECT set_config('assay.organization', '" ORG "', true),"
		  " set_config('assay.actor_kind', 'user', true), set_config('assay.level', "
		  "'recruiter', true)");
	refuse_scans("s", label, prepared_params("s"));
	must(app, "ROLLBACK");
}

/* Each filter alone and all together, each sort in both directions, with and without a cursor. */
static void check_list(const struct db_statement *s)
{
	const char *filter[24] = {NULL};
	struct arena arena;

	for (unsigned shape = 0; shape <= s->list->filter_count + 1; shape++) {
		for (unsigned i = 0; i < s->list->filter_count; i++)
			filter[i] =
			    shape == i + 1 || shape == s->list->filter_count + 1 ? "x" : NULL;
		for (unsigned sort = 0; sort < s->list->sort_count * 4; sort++) {
			struct db_list_request request = {
			    .filter = filter,
			    .sort = sort / 4,
			    .descending = sort % 2 == 0,
			    .cursor_key = sort % 4 < 2 ? "k" : NULL,
			    .cursor_id = sort % 4 < 2 ? ORG : NULL,
			    .limit = 26,
			};

			arena_init(&arena, 1 << 20);
			check_shape(&arena, s, &request, s->params);
			arena_release(&arena);
		}
	}
}

static void test_lists(void **state)
{
	unsigned lists = 0;

	(void)state;
	for (unsigned i = 0; i < db_statement_count; i++) {
		if (db_statements[i]->list == NULL)
			continue;
		check_list(db_statements[i]);
		lists++;
	}
	assert_true(lists > 8);
}

/* The plan of a list with these filters, on as many lines as it has. */
static void plan_of(const struct db_statement *s, const char *const *filter, struct buffer *out)
{
	struct db_list_request request = {.filter = filter, .limit = 101};
	struct buffer sql;
	struct arena arena;
	PGresult *plan;

	arena_init(&arena, 1 << 20);
	must(app, "DEALLOCATE ALL");
	prepare("s", db_list_compose(&arena, s, &request));
	buffer_init(&sql, 4096);
	buffer_text(&sql, "EXPLAIN EXECUTE s");
	for (unsigned i = 0; i < prepared_params("s"); i++)
		buffer_printf(&sql, "%sNULL", i == 0 ? "(" : ",");
	buffer_text(&sql, ")");
	plan = PQexec(app, sql.data);
	if (PQresultStatus(plan) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", s->name, PQresultErrorMessage(plan));
	for (int row = 0; row < PQntuples(plan); row++)
		buffer_printf(out, "%s\n", PQgetvalue(plan, row, 0));
	PQclear(plan);
	buffer_release(&sql);
	arena_release(&arena);
}

/* A member's own interviews: from what they are on, each by its key; never by those of a role or a
 * day. */
static void test_own_interviews_are_found_by_person(void **state)
{
	const char *mine[24] = {"true"};
	struct buffer plan;

	(void)state;
	buffer_init(&plan, 65536);
	plan_of(&sql_interviews_own_list_statement, mine, &plan);
	if (strstr(plan.data, "interview_interviewers_user") == NULL ||
	    strstr(plan.data, "interviews_pkey on interviews one") == NULL)
		fail_msg("%s", plan.data);
	buffer_release(&plan);
}

/* Functions that write events, by themselves or through others. */
static PGresult *writers_of_events(void)
{
	PGresult *writers = PQexec(app, "WITH RECURSIVE writers AS (SELECT p.proname FROM pg_proc p"
					" WHERE p.pronamespace = 'public'::regnamespace"
					" AND p.prosrc LIKE '%INSERT INTO events%'"
					" UNION SELECT p.proname FROM pg_proc p JOIN writers w"
					" ON p.prosrc ~ ('\\m' || w.proname || '\\(')"
					" WHERE p.pronamespace = 'public'::regnamespace) SELECT "
					"w.proname || '(' FROM writers w");

	assert_true(PQntuples(writers) > 3);
	return writers;
}

static bool writes_event(const struct db_statement *s, const PGresult *writers)
{
	if (strstr(s->text, "INSERT INTO events") != NULL)
		return true;
	for (int i = 0; i < PQntuples(writers); i++)
		if (strstr(s->text, PQgetvalue(writers, i, 0)) != NULL)
			return true;
	return false;
}

/* Every change writes its event with it: in the same statement. */
static void test_writes_have_events(void **state)
{
	PGresult *writers = writers_of_events();

	(void)state;
	for (unsigned i = 0; i < db_statement_count; i++) {
		const struct db_statement *s = db_statements[i];

		if (s->idempotent_text != NULL && !writes_event(s, writers))
			fail_msg("%s (%s:%u) writes no event", s->name, s->file, s->line);
	}
	PQclear(writers);
}

/* The control: a statement that does read a whole table is found. */
static void test_a_scan_is_found(void **state)
{
	PGresult *plan;

	(void)state;
	must(app, "DEALLOCATE ALL");
	prepare("s", "SELECT count(*) FROM candidates WHERE name LIKE '%x%'");
	plan = PQexec(app, "EXPLAIN EXECUTE s");
	assert_non_null(strstr(PQgetvalue(plan, 1, 0), "Scan"));
	PQclear(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_statements),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_own_interviews_are_found_by_person),
	    cmocka_unit_test(test_writes_have_events),
	    cmocka_unit_test(test_a_scan_is_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
