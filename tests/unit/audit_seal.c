/* Every event is sealed within a second of its commit, by one sealer, whatever happens to it. */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>

#include "audit_world.h"

#define WRITERS	      4
#define ORGANIZATIONS 3
#define SECONDS	      3

static char organizations[ORGANIZATIONS][UUID_TEXT_LEN + 1];

/* When each event was committed, as its writer saw it. */
static void commits_prepare(void)
{
	pg_sql(&world.pg, "SET client_min_messages = error; CREATE TABLE IF NOT EXISTS commits (id "
			  "uuid PRIMARY KEY, at timestamptz)");
	for (int i = 0; i < ORGANIZATIONS; i++) {
		char slug[32];
		static int number;
		snprintf(slug, sizeof(slug), "sealed-%d", ++number);
		organization_make(organizations[i], slug);
	}
}

static bool run(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);
	bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;

	PQclear(result);
	return good;
}

struct writer {
	pthread_t thread;
	int number;
	double hold; /* seconds between an event and its commit */
	bool good;
};

static void *write_events(void *arg)
{
	struct writer *writer = arg;
	PGconn *conn = PQconnectdb(world.pg.url);
	int64_t until = clock_monotonic_us() + SECONDS * 1000000;

	writer->good = PQstatus(conn) == CONNECTION_OK;
	for (int i = 0; writer->good && clock_monotonic_us() < until; i++) {
		char sql[768], id[UUID_TEXT_LEN + 1];
		uuid_generate(id);
		snprintf(
		    sql, sizeof(sql),
		    "INSERT INTO events (organization_id, id, type, object_id, actor_kind, data) "
		    "VALUES ('%s', '%s', 'thing.made', '%s', 'system', '{\"n\": %d}'); "
		    "SELECT pg_sleep(%f)",
		    organizations[(writer->number + i) % ORGANIZATIONS], id, id, i, writer->hold);
		writer->good = run(conn, "BEGIN") && run(conn, sql) && run(conn, "COMMIT");
		snprintf(sql, sizeof(sql), "INSERT INTO commits VALUES ('%s', clock_timestamp())",
			 id);
		writer->good = writer->good && run(conn, sql);
		usleep(1000);
	}
	PQfinish(conn);
	return NULL;
}

/* Writers for a while; one of them commits two seconds after its events are dated. */
static void write_for_a_while(void)
{
	struct writer writers[WRITERS];

	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){.number = i, .hold = i == 0 ? 2 : 0};
		pthread_create(&writers[i].thread, NULL, write_events, &writers[i]);
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(writers[i].thread, NULL);
		assert_true(writers[i].good);
	}
}

static double slowest_seal(void)
{
	return strtod(pg_sql(&world.pg,
			     "SELECT max(extract(epoch FROM s.sealed_at - c.at)) FROM commits c "
			     "JOIN event_seals s ON s.event_id = c.id"),
		      NULL);
}

static void within_a_second_in_whatever_order_they_commit(void **state UNUSED)
{
	struct sealer *sealer = seal_begin();

	commits_prepare();
	write_for_a_while();
	double waited = wait_for(UNSEALED_COUNT, "0", 5);
	print_message("  %s events, slowest seal %.3f s after its commit; settled in %.3f s\n",
		      pg_sql(&world.pg, "SELECT count(*) FROM commits"), slowest_seal(), waited);
	assert_true(slowest_seal() < 1.0);
	assert_true(sealer_holds(sealer));
	assert_true(sealer_lag_seconds(sealer) < 1.0);
	/* A late one was really sealed behind others that are dated after it. */
	assert_string_equal(
	    pg_sql(
		&world.pg,
		"SELECT count(*) > 0 FROM (SELECT e.created_at, lag(e.created_at) OVER (PARTITION "
		"BY s.organization_id ORDER BY s.seq) AS before FROM event_seals s JOIN events e "
		"ON e.id = s.event_id) o WHERE created_at < before - interval '1 s'"),
	    "t");
	sealer_stop(sealer);
	verify(NULL, true);
	assert_clean();
	assert_true(verdict.report.organizations >= ORGANIZATIONS);
}

/* Nothing is sealed without a sealer: what the tests above measure is its work. */
static void control_without_a_sealer(void **state UNUSED)
{
	commits_prepare();
	events_make(organizations[0], 1);
	usleep(1500000);
	assert_string_equal(pg_sql(&world.pg, UNSEALED_COUNT), "1");
	seal_all();
	assert_string_equal(pg_sql(&world.pg, UNSEALED_COUNT), "0");
}

static void one_of_two_works_and_the_other_takes_over(void **state UNUSED)
{
	struct sealer *first = seal_begin(), *second = NULL;
	struct audit_keys *keys = NULL;
	struct why why;
	char dir[128];

	commits_prepare();
	for (int i = 0; i < 200 && !sealer_holds(first); i++)
		usleep(10000);
	snprintf(dir, sizeof(dir), "%s/second", world.pg.dir);
	assert_int_equal(audit_keys_load(&keys, dir, &why), OK);
	assert_int_equal(sealer_start(&second, world.sealer_url, keys, dir, &why), OK);
	write_for_a_while();
	wait_for(UNSEALED_COUNT, "0", 5);
	assert_true(sealer_holds(first));
	assert_false(sealer_holds(second));
	usleep(700000); /* its next look, now that all is sealed */
	assert_true(sealer_lag_seconds(second) < 1.0);
	assert_string_equal(pg_sql(&world.pg, "SELECT count(*) FROM pg_locks WHERE locktype = "
					      "'advisory' AND granted"),
			    "1");
	sealer_stop(first);
	events_make(organizations[1], 5);
	double waited = wait_for(UNSEALED_COUNT, "0", 3);
	print_message("  taken over in %.3f s\n", waited);
	assert_true(sealer_holds(second));
	sealer_stop(second);
	audit_keys_free(keys);
	verify(NULL, false);
	assert_clean();
}

/* Its connection is cut, its backend killed with the whole server, and it goes on. */
static void survives_its_backend(void **state UNUSED)
{
	static const char backend[] =
	    "SELECT pid FROM pg_stat_activity WHERE application_name = 'assay sealer'";
	struct sealer *sealer = seal_begin();

	commits_prepare();
	events_make(organizations[0], 3);
	wait_for(UNSEALED_COUNT, "0", 3);
	pg_sql(&world.pg, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
			  "application_name = 'assay sealer'");
	events_make(organizations[0], 3);
	print_message("  back %.3f s after its connection was cut\n",
		      wait_for(UNSEALED_COUNT, "0", 3));

	events_make(organizations[0], 500);
	pid_t pid = (pid_t)strtol(pg_sql(&world.pg, backend), NULL, 10);
	assert_true(pid > 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	usleep(300000);
	while (PQping(world.pg.url) != PQPING_OK)
		usleep(20000);
	events_make(organizations[1], 3);
	print_message("  back %.3f s after kill -9 of its backend\n",
		      wait_for(UNSEALED_COUNT, "0", 5));
	sealer_stop(sealer);
	verify(NULL, false);
	assert_clean();
}

/* Written long ago by whatever means: the sweep at the start finds it. */
static void old_events_are_swept_up(void **state UNUSED)
{
	commits_prepare();
	events_make(organizations[0], 25000);
	pg_sql(&world.pg, "UPDATE events SET created_at = created_at - interval '3 days' WHERE "
			  "NOT EXISTS (SELECT FROM event_seals s WHERE s.event_id = events.id)");
	struct sealer *sealer = seal_begin();
	double waited = wait_for(UNSEALED_COUNT, "0", 30);
	print_message("  25,000 old events sealed in %.1f s\n", waited);
	sealer_stop(sealer);
	verify(organizations[0], true);
	assert_clean();
	assert_int_equal(verdict.report.events, 25000);
}

/* What has no canonical form stays unsealed, and holds nothing else up. */
static void what_cannot_be_sealed_is_left(void **state UNUSED)
{
	commits_prepare();
	char sql[512];
	snprintf(sql, sizeof(sql),
		 "INSERT INTO events (organization_id, type, object_id, actor_kind, data) VALUES "
		 "('%s', 'thing.deep', gen_random_uuid(), 'system', "
		 "(repeat('[', 100) || repeat(']', 100))::jsonb)",
		 organizations[0]);
	pg_sql(&world.pg, sql);
	events_make(organizations[0], 3);
	struct sealer *sealer = seal_begin();
	wait_for(UNSEALED_COUNT, "1", 3);
	sealer_stop(sealer);
	pg_sql(&world.pg, "DELETE FROM events WHERE type = 'thing.deep'");
}

static void heads_are_signed_and_kept_close(void **state UNUSED)
{
	char path[512], sql[256];
	struct stat st;
	struct audit_heads heads = {NULL, 0, 0};
	struct why why;

	commits_prepare();
	struct sealer *sealer = seal_begin();
	events_make(organizations[2], 4);
	wait_for(UNSEALED_COUNT, "0", 3);
	usleep(1300000); /* a second at most until the head is out */
	verdict_begin();
	assert_int_equal(audit_heads_read_dir(&heads, world.dir, &verdict.report, &why), OK);
	assert_int_equal(verdict.report.findings, 0);
	bool there = false;
	for (size_t i = 0; i < heads.count; i++)
		there = there || (strcmp(heads.items[i].organization_id, organizations[2]) == 0 &&
				  heads.items[i].seq == 4);
	assert_true(there);
	audit_heads_release(&heads);
	sealer_stop(sealer);

	snprintf(path, sizeof(path), "%s/key.pem", world.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0400);
	DIR *dir = opendir(world.dir);
	int files = 0;
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		if (strncmp(entry->d_name, "heads-", 6) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", world.dir, entry->d_name);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		files++;
	}
	closedir(dir);
	assert_true(files >= 1);
	/* The same pair is found again; one that others may read is refused. */
	struct audit_keys *again = NULL;
	assert_int_equal(audit_keys_load(&again, world.dir, &why), OK);
	audit_keys_free(again);
	snprintf(path, sizeof(path), "%s/key.pem", world.dir);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(audit_keys_load(&again, world.dir, &why), ERR_INVALID);
	assert_int_equal(chmod(path, 0400), 0);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM event_seals WHERE organization_id = '%s'",
		 organizations[2]);
	assert_string_equal(pg_sql(&world.pg, sql), "4");
}

/* The sealer's role reads events and adds seals, and may do nothing else. */
static void sealer_may_only_add(void **state UNUSED)
{
	static const char *const refused[] = {
	    "UPDATE event_seals SET seq = seq + 1",
	    "DELETE FROM event_seals",
	    "UPDATE events SET data = '{}'",
	    "DELETE FROM events",
	    "INSERT INTO events (organization_id, type, object_id, actor_kind) SELECT "
	    "organization_id, 'a.b', id, 'system' FROM events LIMIT 1",
	    "SELECT name FROM candidates",
	};
	PGconn *conn = PQconnectdb(world.sealer_url);

	assert_true(run(conn, "SELECT count(*) FROM events"));
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		assert_false(run(conn, refused[i]));
	PQfinish(conn);
	conn = PQconnectdb(world.pg.url);
	assert_true(run(conn, "SET ROLE assay_app"));
	assert_false(run(conn, "INSERT INTO event_seals SELECT * FROM event_seals"));
	assert_false(run(conn, "UPDATE events SET data = '{}'"));
	assert_false(run(conn, "DELETE FROM events"));
	PQfinish(conn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(within_a_second_in_whatever_order_they_commit),
	    cmocka_unit_test(control_without_a_sealer),
	    cmocka_unit_test(one_of_two_works_and_the_other_takes_over),
	    cmocka_unit_test(survives_its_backend),
	    cmocka_unit_test(old_events_are_swept_up),
	    cmocka_unit_test(what_cannot_be_sealed_is_left),
	    cmocka_unit_test(heads_are_signed_and_kept_close),
	    cmocka_unit_test(sealer_may_only_add),
	};
	return cmocka_run_group_tests_name("audit seal", tests, world_make, world_drop);
}
