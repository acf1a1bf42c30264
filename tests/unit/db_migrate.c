/* Migrations on a real PostgreSQL: once, in order, by one at a time, and never on foreign ground.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "embedded.h"

#define MIGRATION(number, name, sql)                                                               \
	{                                                                                          \
		number, name, sql, sizeof(sql) - 1, NULL                                           \
	}

static const struct migration three[] = {
    MIGRATION(1, "notes",
	      "CREATE TABLE notes (organization_id uuid NOT NULL, text text);"
	      "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
	      "ALTER TABLE notes FORCE ROW LEVEL SECURITY;"
	      "CREATE POLICY own ON notes TO assay_app USING (organization_id = "
	      "nullif(current_setting('assay.organization', true), '')::uuid);"
	      "CREATE POLICY all_of_them ON notes TO assay_worker USING (true);"
	      "GRANT SELECT, INSERT ON notes TO assay_app; GRANT SELECT ON notes TO assay_worker"),
    MIGRATION(2, "more", "ALTER TABLE notes ADD COLUMN more text; SELECT pg_sleep(0.2)"),
    MIGRATION(3, "found",
	      "CREATE FUNCTION found() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS "
	      "'SELECT count(*) FROM notes';"
	      "GRANT CREATE ON SCHEMA public TO assay_search;"
	      "ALTER FUNCTION found() OWNER TO assay_search;"
	      "REVOKE CREATE ON SCHEMA public FROM assay_search"),
};

struct fixture {
	char dir[64];
	struct embedded server;
	unsigned databases;
	char name[32], url[256];
};

static void url_make(const struct fixture *fixture, const char *user, const char *database,
		     char *out, size_t size)
{
	(void)snprintf(out, size, "host=%s/run port=5432 user=%s dbname=%s", fixture->dir, user,
		       database);
}

static struct admin *connect_to(const char *url)
{
	struct admin *admin = NULL;
	struct why why = {""};
	if (admin_connect(&admin, url, &why) != OK)
		fail_msg("%s", why.text);
	return admin;
}

static void run(const char *url, const char *sql)
{
	struct admin *admin = connect_to(url);
	struct why why = {""};
	if (admin_run(admin, sql, &why) != OK)
		fail_msg("%s: %s", sql, why.text);
	admin_close(admin);
}

/* The one value of a query, as number. */
static long number_of(const char *url, const char *sql)
{
	struct admin *admin = connect_to(url);
	struct admin_rows rows = {NULL, 0};
	struct why why = {""};
	if (admin_query(admin, sql, NULL, 0, &rows, &why) != OK)
		fail_msg("%s: %s", sql, why.text);
	assert_int_equal(rows.count, 1);
	long number = strtol(admin_value(&rows, 0, 0), NULL, 10);
	admin_rows_release(&rows);
	admin_close(admin);
	return number;
}

static int server_start(void **state)
{
	static struct fixture fixture;
	embedded_make_directory(fixture.dir, sizeof(fixture.dir), "/tmp/assay-migrate-XXXXXX");
	embedded_start(&fixture.server, fixture.dir);
	if (strncmp(fixture.server.said, "ready", 5) != 0)
		fail_msg("%s", fixture.server.said);
	*state = &fixture;
	return digest_start() == OK ? 0 : -1;
}

static int server_stop(void **state)
{
	struct fixture *fixture = *state;
	int status = embedded_end(&fixture->server, SIGTERM);
	embedded_remove_directory(fixture->dir);
	digest_stop();
	return status;
}

/* Each test has a database of its own. */
static int database_make(void **state)
{
	struct fixture *fixture = *state;
	char url[256], sql[128];
	(void)snprintf(fixture->name, sizeof(fixture->name), "test_%u", ++fixture->databases);
	url_make(fixture, "postgres", "postgres", url, sizeof(url));
	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s", fixture->name);
	run(url, sql);
	url_make(fixture, "postgres", fixture->name, fixture->url, sizeof(fixture->url));
	return 0;
}

static void migrated(const struct fixture *fixture, const struct migration *list, unsigned count,
		     unsigned applied)
{
	struct migrate_result result;
	struct why why = {""};
	if (migrate_run(fixture->url, NULL, list, count, &result, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(result.applied, applied);
	assert_int_equal(result.number, count);
}

static void refused(const char *url, const struct migration *list, unsigned count,
		    enum err expected, const char *sentence)
{
	struct migrate_result result;
	struct why why = {""};
	assert_int_equal(migrate_run(url, NULL, list, count, &result, &why), expected);
	assert_string_equal(why.text, sentence);
	assert_int_equal(result.applied, 0);
}

static void test_forward(void **state)
{
	const struct fixture *fixture = *state;
	migrated(fixture, three, 0, 0);
	migrated(fixture, three, 1, 1);
	migrated(fixture, three, 3, 2);
	migrated(fixture, three, 3, 0);
	assert_int_equal(number_of(fixture->url, "SELECT sum(number) FROM assay_migrations"), 6);
	/* All that is ours belongs to the roles, nothing to who happened to run it. */
	assert_int_equal(number_of(fixture->url,
				   "SELECT count(*) FROM pg_class c WHERE relnamespace = "
				   "'public'::regnamespace AND relkind = 'r' AND relowner <> "
				   "'assay_owner'::regrole"),
			 0);
	assert_int_equal(number_of(fixture->url, "SELECT count(*) FROM pg_proc WHERE proname = "
						 "'found' AND proowner = 'assay_search'::regrole"),
			 1);
}

static void test_roles_are_narrow(void **state)
{
	const struct fixture *fixture = *state;
	migrated(fixture, three, 3, 3);
	assert_int_equal(number_of(fixture->url,
				   "SELECT count(*) FROM pg_roles WHERE rolname IN "
				   "('assay_owner', 'assay_app', 'assay_sealer', 'assay_worker', "
				   "'assay_backup', 'assay_search', 'assay_signin', "
				   "'assay_demographics') AND NOT rolsuper "
				   "AND NOT rolbypassrls AND NOT rolcreaterole AND NOT rolcreatedb "
				   "AND NOT rolinherit"),
			 DATABASE_ROLE_COUNT);
	run(fixture->url, "SET assay.organization = '00000000-0000-7000-8000-000000000001';"
			  "SET ROLE assay_app;"
			  "INSERT INTO notes VALUES ('00000000-0000-7000-8000-000000000001', 'x')");
	/* Unset means zero rows; the owner is forced, and does not inherit the worker's policy. */
	char url[256];
	url_make(fixture, "assay_app", fixture->name, url, sizeof(url));
	assert_int_equal(number_of(url, "SELECT count(*) FROM notes"), 0);
	url_make(fixture, "assay_worker", fixture->name, url, sizeof(url));
	assert_int_equal(number_of(url, "SELECT count(*) FROM notes"), 1);

	struct admin *owner = connect_to(fixture->url);
	struct admin_rows rows = {NULL, 0};
	struct why why;
	assert_int_equal(admin_run(owner, "SET ROLE assay_owner", &why), OK);
	assert_int_equal(admin_query(owner, "SELECT count(*) FROM notes", NULL, 0, &rows, &why),
			 OK);
	assert_string_equal(admin_value(&rows, 0, 0), "0");
	admin_rows_release(&rows);
	assert_int_equal(admin_run(owner, "SET ROLE assay_app; CREATE TABLE own (id int)", &why),
			 ERR_DENIED);
	assert_string_equal(admin_sqlstate(owner), "42501");
	assert_int_equal(
	    admin_run(owner, "SET ROLE assay_app; CREATE TEMP TABLE own (id int)", &why),
	    ERR_DENIED);
	admin_close(owner);
}

static void test_concurrent_runs(void **state)
{
	const struct fixture *fixture = *state;
	pid_t children[4];
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct migrate_result result;
			struct why why;
			enum err err = migrate_run(fixture->url, NULL, three, 3, &result, &why);
			_exit(err == OK ? (int)result.applied : 100);
		}
	}
	int applied = 0;
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		int status = 0;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		applied += WEXITSTATUS(status);
	}
	assert_int_equal(applied, 3);
}

static void test_changed_checksum(void **state)
{
	const struct fixture *fixture = *state;
	static const struct migration changed[] = {MIGRATION(1, "notes", "SELECT 1")};
	static const struct migration renamed[] = {MIGRATION(1, "letters", "SELECT 1")};
	migrated(fixture, three, 1, 1);
	refused(fixture->url, changed, 1, ERR_CONFLICT,
		"migration 1 (notes) differs from the one that the database was made with (notes); "
		"use the program that belongs to it");
	refused(
	    fixture->url, renamed, 1, ERR_CONFLICT,
	    "migration 1 (letters) differs from the one that the database was made with (notes); "
	    "use the program that belongs to it");
}

static void test_newer_database(void **state)
{
	const struct fixture *fixture = *state;
	migrated(fixture, three, 3, 3);
	refused(fixture->url, three, 2, ERR_CONFLICT,
		"the database is newer than this program: it holds migration 3 (found), and this "
		"program knows 2; run a newer Assay");
}

static void test_gap(void **state)
{
	const struct fixture *fixture = *state;
	migrated(fixture, three, 3, 3);
	run(fixture->url, "DELETE FROM assay_migrations WHERE number = 2");
	refused(fixture->url, three, 3, ERR_CONFLICT,
		"the database's history has a gap: migration 2 is missing before 3 (found)");
}

static void test_failure_leaves_nothing(void **state)
{
	const struct fixture *fixture = *state;
	static const struct migration broken[] = {
	    MIGRATION(1, "fine", "CREATE TABLE fine (id int)"),
	    MIGRATION(2, "broken", "CREATE TABLE half (id int); SELECT 1 / 0"),
	};
	static const struct migration leaving[] = {
	    MIGRATION(1, "fine", "CREATE TABLE fine (id int)"),
	    MIGRATION(2, "leaving", "COMMIT"),
	};
	struct migrate_result result;
	struct why why;
	assert_int_equal(migrate_run(fixture->url, NULL, broken, 2, &result, &why), ERR_INVALID);
	assert_string_equal(why.text, "migration 2 (broken) could not be applied: the database "
				      "refused: division by zero (22012)");
	assert_int_equal(result.applied, 1);
	assert_int_equal(number_of(fixture->url, "SELECT count(*) FROM assay_migrations"), 1);
	assert_int_equal(number_of(fixture->url, "SELECT (to_regclass('half') IS NULL)::int"), 1);
	refused(
	    fixture->url, leaving, 2, ERR_INTERNAL,
	    "migration 2 (leaving) could not be applied: it ends the transaction that it runs in");
}

static void test_foreign_tables(void **state)
{
	const struct fixture *fixture = *state;
	char sentence[256];
	run(fixture->url, "CREATE TABLE invoices (id int)");
	(void)snprintf(
	    sentence, sizeof(sentence),
	    "the database \"%s\" holds tables of something else (such as invoices); give "
	    "Assay a database of its own",
	    fixture->name);
	refused(fixture->url, three, 3, ERR_CONFLICT, sentence);
	assert_int_equal(number_of(fixture->url, "SELECT (to_regclass('notes') IS NULL)::int"), 1);
}

static void test_role_that_bypasses(void **state)
{
	const struct fixture *fixture = *state;
	migrated(fixture, three, 3, 3);
	run(fixture->url, "ALTER ROLE assay_app BYPASSRLS");
	refused(
	    fixture->url, three, 3, ERR_CONFLICT,
	    "the database role assay_app can bypass row-level security; take that from it: ALTER "
	    "ROLE assay_app NOSUPERUSER NOBYPASSRLS");
	run(fixture->url, "ALTER ROLE assay_app NOBYPASSRLS");
	migrated(fixture, three, 3, 0);
}

/* A database's owner who may create roles migrates; a mere user does not, but may serve. */
static void test_users_of_a_url(void **state)
{
	const struct fixture *fixture = *state;
	char owner[256], user[256], sentence[256], sql[512];
	struct migrate_result result;
	struct why why = {""};
	(void)snprintf(sql, sizeof(sql),
		       "DO $$ BEGIN EXECUTE 'DROP ROLE IF EXISTS dba, svc'; END $$;"
		       "CREATE ROLE dba LOGIN CREATEROLE; CREATE ROLE \"svc\" LOGIN;"
		       "ALTER DATABASE %s OWNER TO dba",
		       fixture->name);
	run(fixture->url, sql);
	url_make(fixture, "dba", fixture->name, owner, sizeof(owner));
	url_make(fixture, "svc", fixture->name, user, sizeof(user));

	refused(user, migrations, migration_count, ERR_DENIED,
		"the database user \"svc\" may not make \"svc\" a member of assay_owner; let an "
		"administrator do it: GRANT assay_owner TO \"svc\"");
	if (migrate_run(owner, "svc", migrations, migration_count, &result, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(result.applied, migration_count);
	if (migrate_run(user, NULL, migrations, migration_count, &result, &why) != OK)
		fail_msg("%s", why.text);
	assert_int_equal(result.applied, 0);

	struct arena arena;
	const char *url = NULL;
	arena_init(&arena, 65536);
	assert_int_equal(admin_url_for(user, "assay_app", &arena, &url, &why), OK);
	struct admin *service = connect_to(url);
	struct admin_rows rows = {NULL, 0};
	assert_int_equal(
	    admin_query(service, "SELECT current_user, session_user", NULL, 0, &rows, &why), OK);
	assert_string_equal(admin_value(&rows, 0, 0), "assay_app");
	assert_string_equal(admin_value(&rows, 0, 1), "svc");
	admin_rows_release(&rows);
	assert_int_equal(admin_run(service, "SET ROLE assay_owner", &why), ERR_DENIED);
	admin_close(service);
	arena_release(&arena);
	(void)snprintf(sentence, sizeof(sentence), "ALTER DATABASE %s OWNER TO postgres",
		       fixture->name);
	run(fixture->url, sentence);
}

static void test_connection_sentences(void **state)
{
	const struct fixture *fixture = *state;
	struct admin *admin = NULL;
	struct why why;
	char url[256], sentence[256];
	assert_int_equal(admin_connect(&admin, "postgresql://u:hunter2@127.0.0.1:1/assay", &why),
			 ERR_UNAVAILABLE);
	assert_string_equal(why.text, "the database at 127.0.0.1:1 cannot be reached: Connection "
				      "refused");
	assert_int_equal(admin_connect(&admin, "postgresql://u:hunt%er2@h/assay", &why),
			 ERR_INVALID);
	assert_null(strstr(why.text, "hunt"));
	url_make(fixture, "postgres", "missing", url, sizeof(url));
	assert_int_equal(admin_connect(&admin, url, &why), ERR_UNAVAILABLE);
	(void)snprintf(sentence, sizeof(sentence),
		       "the database at %s/run refuses: database \"missing\" does not exist",
		       fixture->dir);
	assert_string_equal(why.text, sentence);
	assert_int_equal(admin_check_version(149999, "h", &why), ERR_INVALID);
	assert_string_equal(why.text,
			    "the database at h is PostgreSQL 14, but Assay needs 15 or newer");
	assert_int_equal(admin_check_version(150000, "h", &why), OK);
}

/* The program's own migrations, from nothing. */
static void test_embedded(void **state)
{
	const struct fixture *fixture = *state;
	migrated(fixture, migrations, migration_count, migration_count);
	migrated(fixture, migrations, migration_count, 0);
}

int main(void)
{
#define IN_DATABASE(test) cmocka_unit_test_setup(test, database_make)
	const struct CMUnitTest tests[] = {
	    IN_DATABASE(test_forward),
	    IN_DATABASE(test_roles_are_narrow),
	    IN_DATABASE(test_concurrent_runs),
	    IN_DATABASE(test_changed_checksum),
	    IN_DATABASE(test_newer_database),
	    IN_DATABASE(test_gap),
	    IN_DATABASE(test_failure_leaves_nothing),
	    IN_DATABASE(test_foreign_tables),
	    IN_DATABASE(test_role_that_bypasses),
	    IN_DATABASE(test_users_of_a_url),
	    IN_DATABASE(test_connection_sentences),
	    IN_DATABASE(test_embedded),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests_name("migrate", tests, server_start, server_stop);
}
