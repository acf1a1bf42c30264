/* Every table that holds an organization's rows is closed by forced row-level security, as
 * migrated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/digest.h"
#include "db/migrate.h"
#include "pg.h"

static struct pg pg;
static PGconn *owner;

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
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	PQfinish(owner);
	pg_stop(&pg);
	digest_stop();
	return 0;
}

/* What is not as it should be, joined by blanks; the caller clears the result. */
static PGresult *ask(const char *sql)
{
	PGresult *result = PQexec(owner, sql);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s", PQresultErrorMessage(result));
	return result;
}

#define TABLES                                                                                     \
	" FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"                               \
	" WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"                       \
	" AND a.attname = 'organization_id' AND NOT a.attisdropped"

static void expect_none(const char *sql)
{
	PGresult *result = ask(sql);

	assert_string_equal(PQgetvalue(result, 0, 0), "");
	PQclear(result);
}

static void test_every_table_is_closed(void **state)
{
	PGresult *tables = ask("SELECT count(*) >= 25" TABLES);

	(void)state;
	assert_string_equal(PQgetvalue(tables, 0, 0), "t");
	PQclear(tables);
	expect_none("SELECT coalesce(string_agg(c.relname, ' '), '')" TABLES
		    " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)");
}

static void test_the_service_sees_its_organization_alone(void **state)
{
	(void)state;
	expect_none("SELECT coalesce(string_agg(c.relname, ' '), '')" TABLES
		    " AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid"
		    " AND p.polname = 'tenancy'"
		    " AND pg_get_expr(p.polqual, c.oid) = '(organization_id = org())'"
		    " AND pg_get_expr(p.polwithcheck, c.oid) = '(organization_id = org())')"
		    " AND has_table_privilege('assay_app', c.oid, 'SELECT')");
	/* No other policy of the service's opens what that one closes. */
	expect_none("SELECT coalesce(string_agg(c.relname || '.' || p.polname, ' '), '')"
		    " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
		    " WHERE p.polname <> 'tenancy'"
		    " AND ('assay_app'::regrole = ANY (p.polroles) OR 0 = ANY (p.polroles))");
}

static void test_a_backup_has_everything(void **state)
{
	(void)state;
	expect_none("SELECT coalesce(string_agg(c.relname, ' '), '')" TABLES
		    " AND NOT (has_table_privilege('assay_backup', c.oid, 'SELECT')"
		    " AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid"
		    " AND p.polname = 'backup' AND pg_get_expr(p.polqual, c.oid) = 'true'))");
}

/* Or the first rows of a new organization are planned as if there were one. */
static void test_statistics_tell_a_new_organization_from_an_empty_one(void **state)
{
	(void)state;
	expect_none("SELECT coalesce(string_agg(c.relname, ' '), '')" TABLES
		    " AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
		    " AND a.attname = 'organization_id' AND a.attstattarget = 1)");
}

static void test_an_open_table_is_found(void **state)
{
	PGresult *found;

	(void)state;
	PQclear(PQexec(owner, "CREATE TABLE stray (organization_id uuid)"));
	found = ask("SELECT coalesce(string_agg(c.relname, ' '), '')" TABLES
		    " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)");
	assert_string_equal(PQgetvalue(found, 0, 0), "stray");
	PQclear(found);
	PQclear(PQexec(owner, "DROP TABLE stray"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_table_is_closed),
	    cmocka_unit_test(test_the_service_sees_its_organization_alone),
	    cmocka_unit_test(test_a_backup_has_everything),
	    cmocka_unit_test(test_statistics_tell_a_new_organization_from_an_empty_one),
	    cmocka_unit_test(test_an_open_table_is_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
