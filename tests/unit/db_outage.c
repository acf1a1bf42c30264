/* Proves what happens when connections or the whole server go away, and come back. */
#include <sys/socket.h>
#include <sys/un.h>

#include "core/buffer.h"
#include "db/lanes.h"
#include "db_world.h"

static const int8_t own[] = {-1};
static const int8_t org_own[] = {DB_ORG, -1};

static const struct db_statement one = {.name = "one", .text = "SELECT 1 AS n", .lane = DB_READ};
static const struct db_statement nap = {
    .name = "nap",
    .text = "SELECT pg_sleep($1::float8)::text AS slept",
    .params = 1,
    .ambient = own,
    .lane = DB_READ,
};
static const struct db_statement write_nap = {
    .name = "write_nap",
    .text = "INSERT INTO things (organization_id, title) SELECT $1, $2::text"
	    " FROM (SELECT pg_sleep(1)) s RETURNING id",
    .params = 2,
    .ambient = org_own,
    .lane = DB_WRITE,
};
#define KEYED                                                                                      \
	"WITH new AS (INSERT INTO things (organization_id, title) SELECT $1, $2::text"             \
	" FROM (SELECT pg_sleep(1)) s RETURNING id),"                                              \
	" out AS (SELECT id, NULL::text AS refusal FROM new)"
static const struct db_statement keyed_nap = {
    .name = "keyed_nap",
    .text = KEYED " SELECT * FROM out",
    .idempotent_text = KEYED ", idem AS (INSERT INTO idempotency_keys (organization_id, scope, key,"
			     " body_digest, answer) SELECT $3::uuid, $4::text, $5::text, $6::text,"
			     " array_agg(out::text) FROM out HAVING count(*) > 0 AND"
			     " count(out.refusal) = 0) SELECT * FROM out",
    .params = 2,
    .ambient = org_own,
    .lane = DB_WRITE,
};
static const struct db_statement add = {
    .name = "add",
    .text = "INSERT INTO things (organization_id, title) VALUES ($1, $2) RETURNING id",
    .params = 2,
    .ambient = org_own,
    .lane = DB_WRITE,
};

/* Something to be done while questions are under way. */
struct deed {
	int64_t after_us;
	const char *sql;
	void (*call)(void);
};

static void deed_body(void *arg)
{
	const struct deed *deed = arg;

	loop_sleep(world.loop, deed->after_us);
	if (deed->sql)
		pg_sql(&world.pg, deed->sql);
	else
		deed->call();
	world_ended();
}

static void start_deed(void *arg)
{
	world_go(deed_body, arg);
}

static void meanwhile(struct deed *deed)
{
	assert_int_equal(loop_post(world.loop, start_deed, deed), OK);
}

static void terminate_all(void)
{
	pg_sql(&world.pg, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
			  " WHERE application_name = 'assay'");
}

/* Until every lane is up again. */
static void wait_ready(void)
{
	for (int i = 0; i < 200 && !db_ready(world.db); i++) {
		struct question q = ask(&nap);

		q.args[0] = "0.01";
		answer(&q, 1);
		forget(&q, 1);
	}
	assert_true(db_ready(world.db));
}

#define LOAD 60

static void killed_connections(void **state)
{
	static struct question q[LOAD];
	struct deed deed = {.after_us = 300000, .call = terminate_all};
	struct db_idempotency key[LOAD];
	static char name[LOAD][24];

	(void)state;
	wait_ready();
	for (int i = 0; i < LOAD; i++) {
		snprintf(name[i], sizeof(name[i]), "load %d", i);
		key[i] = (struct db_idempotency){.key = name[i], .scope = "s", .body_digest = "d"};
		q[i] = ask(i == 0 ? &write_nap : i == 1 ? &keyed_nap : &nap);
		q[i].args[0] = i < 2 ? name[i] : "0.02";
		if (i == 1)
			q[i].caller.idempotency = &key[i];
	}
	meanwhile(&deed);
	answer(q, LOAD);
	/* The write's outcome is unknown, and that is said. */
	assert_int_equal(q[0].err, ERR_UNAVAILABLE);
	/* With a key it is tried again, and done once. */
	assert_int_equal(q[1].err, OK);
	for (int i = 2; i < LOAD; i++)
		assert_int_equal(q[i].err, OK);
	assert_string_equal(pg_sql(&world.pg, "SELECT count(*) FROM things WHERE title ="
					      " 'load 1'"),
			    "1");
	forget(q, LOAD);
}

/* Not only here and there, but again and again under load. */
static void killed_repeatedly(void **state)
{
	static struct question q[1000];
	static char title[1000][24];
	struct deed deed[5];
	struct buffer sql;
	int acknowledged = 0;

	(void)state;
	wait_ready();
	for (int i = 0; i < 1000; i++) {
		snprintf(title[i], sizeof(title[i]), "burst %d", i);
		q[i] = ask(&add);
		q[i].args[0] = title[i];
		q[i].after_us = i * 500;
	}
	for (int i = 0; i < 5; i++) {
		deed[i] = (struct deed){.after_us = 50000 + i * 90000, .call = terminate_all};
		meanwhile(&deed[i]);
	}
	answer(q, 1000);
	buffer_init(&sql, 1 << 20);
	buffer_text(&sql, "SELECT count(*) FROM unnest('{");
	for (int i = 0; i < 1000; i++) {
		assert_true(q[i].err == OK || q[i].err == ERR_UNAVAILABLE);
		if (q[i].err == OK)
			buffer_printf(&sql, "%s%s", acknowledged++ ? "," : "", title[i]);
	}
	buffer_text(&sql, "}'::text[]) a WHERE NOT EXISTS"
			  " (SELECT FROM things t WHERE t.title = a)");
	assert_true(acknowledged > 900);
	assert_string_equal(pg_sql(&world.pg, sql.data), "0");
	buffer_release(&sql);
	forget(q, 1000);
}

static void stopped_server(void **state)
{
	static struct question q[LOAD];

	(void)state;
	wait_ready();
	pg_halt(&world.pg, SIGQUIT);
	for (int i = 0; i < LOAD; i++) {
		q[i] = ask(i % 2 ? &one : &add);
		q[i].args[0] = "never";
		q[i].after_us = i * 20000;
	}
	answer(q, LOAD);
	for (int i = 0; i < LOAD; i++) {
		assert_int_equal(q[i].err, ERR_UNAVAILABLE);
		assert_in_range(q[i].took_us, 0, 1000000);
	}
	assert_false(db_ready(world.db));
	forget(q, LOAD);
}

/* Follows stopped_server: the long back-offs that it left are not waited out by a request. */
static void impatient_request(void **state)
{
	const struct connection *connection = world.db->lanes[DB_READ].connections;
	struct question q = ask(&one);
	unsigned before = connection->failures;

	(void)state;
	answer(&q, 1);
	assert_int_equal(q.err, ERR_UNAVAILABLE);
	assert_in_range(connection->failures - before, 6, 20);
	forget(&q, 1);
}

/* Follows stopped_server: the server comes back while requests wait. */
static void started_server(void **state)
{
	struct question q = ask(&one);
	struct db_counts counts;
	int64_t start;

	(void)state;
	pg_boot(&world.pg);
	start = clock_monotonic_us();
	answer(&q, 1);
	assert_int_equal(q.err, OK);
	assert_in_range(clock_monotonic_us() - start, 0, 800000);
	wait_ready();
	assert_in_range(clock_monotonic_us() - start, 0, 1000000);
	db_counts(world.db, &counts);
	assert_int_equal(counts.connections_up, 7);
	assert_int_equal(counts.waiting, 0);
	assert_true(counts.reconnects >= 7);
	forget(&q, 1);
}

static void crash(void)
{
	pg_halt(&world.pg, SIGQUIT);
}

/* The server dies with statements in flight. */
static void crashed_server(void **state)
{
	static struct question q[LOAD];
	struct deed deed = {.after_us = 200000, .call = crash};

	(void)state;
	for (int i = 0; i < LOAD; i++) {
		q[i] = ask(i % 2 ? &nap : &write_nap);
		q[i].args[0] = i % 2 ? "0.5" : "crash";
	}
	meanwhile(&deed);
	answer(q, LOAD);
	for (int i = 0; i < LOAD; i++) {
		assert_int_equal(q[i].err, ERR_UNAVAILABLE);
		assert_in_range(q[i].took_us, 0, 200000 + 1000000);
	}
	forget(q, LOAD);
	pg_boot(&world.pg);
	wait_ready();
}

static void demote(void)
{
	pg_sql(&world.pg, "ALTER DATABASE postgres SET default_transaction_read_only = on");
	terminate_all();
}

/* A server that only reads is none for us (target_session_attrs), until it writes again. */
static void read_only_server(void **state)
{
	struct deed deed = {.after_us = 1000, .call = demote};
	struct question q[2] = {ask(&add), ask(&add)};

	(void)state;
	wait_ready();
	q[0].args[0] = "while demoted";
	q[0].after_us = 200000;
	meanwhile(&deed);
	answer(&q[0], 1);
	assert_int_equal(q[0].err, ERR_UNAVAILABLE);
	pg_sql(&world.pg, "BEGIN READ WRITE;"
			  " ALTER DATABASE postgres RESET default_transaction_read_only; COMMIT");
	q[1].args[0] = "promoted";
	answer(&q[1], 1);
	assert_int_equal(q[1].err, OK);
	forget(q, 2);
	wait_ready();
}

/* A commit that did not reach its synchronous standby is reported as a success by the server. */
static void unsynced_commit(void **state)
{
	struct deed deed = {.after_us = 400000,
			    .sql = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
				   " WHERE wait_event = 'SyncRep'"};
	struct question q = ask(&add);

	(void)state;
	pg_sql(&world.pg, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
	pg_sql(&world.pg, "SELECT pg_reload_conf()");
	usleep(300000);
	q.args[0] = "not acknowledged";
	meanwhile(&deed);
	answer(&q, 1);
	assert_int_equal(q.err, ERR_UNAVAILABLE);
	pg_sql(&world.pg, "ALTER SYSTEM RESET synchronous_standby_names");
	pg_sql(&world.pg, "SELECT pg_reload_conf()");
	usleep(300000);
	assert_string_equal(
	    pg_sql(&world.pg, "SELECT count(*) FROM things WHERE title = 'not acknowledged'"), "1");
	forget(&q, 1);
}

/* An answer of many megabytes beside a question of many: partial writes and reads. */
static void large_messages(void **state)
{
	static const struct db_statement big = {
	    .name = "big",
	    .text = "SELECT repeat($1::text, 2) AS twice",
	    .params = 1,
	    .ambient = own,
	    .lane = DB_READ,
	};
	struct question q[8];
	size_t len = 1900000;
	char *text = malloc(len + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	text[len] = '\0';
	for (int i = 0; i < 8; i++) {
		q[i] = ask(&big);
		q[i].args[0] = text;
	}
	answer(q, 8);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(q[i].err, OK);
		assert_int_equal(q[i].rows.length[0], (int)len * 2);
	}
	forget(q, 8);
	free(text);
}

/* The postmaster and all backends that serve us. */
static void signal_server(const char *pids, int sig)
{
	char *end;

	kill(world.pg.server, sig);
	for (long pid = strtol(pids, &end, 10); pid > 0; pid = strtol(end, &end, 10))
		kill((pid_t)pid, sig);
}

/* A server that is there, and says nothing more. */
static void silent_server(void **state)
{
	struct question q[2] = {ask(&add), ask(&one)};
	int64_t start;
	char pids[512];

	(void)state;
	wait_ready();
	q[0].args[0] = "silence";
	snprintf(pids, sizeof(pids), "%s",
		 pg_sql(&world.pg, "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity"
				   " WHERE application_name = 'assay'"));
	signal_server(pids, SIGSTOP);
	start = clock_monotonic_us();
	answer(q, 2);
	assert_int_equal(q[0].err, ERR_UNAVAILABLE);
	assert_int_equal(q[1].err, ERR_UNAVAILABLE);
	assert_in_range(clock_monotonic_us() - start, 6000000, 9000000);
	signal_server(pids, SIGCONT);
	wait_ready();
	forget(q, 2);
}

/* The first host of the URL accepts and says nothing; the second is the database. */
static void silent_host(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct db_options options = world_options();
	struct db *before = world.db;
	struct question q[2] = {ask(&one), ask(&one)};
	char dir[80], url[256];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	snprintf(dir, sizeof(dir), "%s/silent", world.pg.dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 64), 0);
	snprintf(url, sizeof(url), "host=%s,%s port=5432,5432 dbname=postgres user=assay", dir,
		 world.pg.dir);
	options.url = url;
	world.db = db_new(world.loop, &options);
	assert_non_null(world.db);
	q[1].after_us = 3300000;
	answer(q, 2);
	assert_int_equal(q[0].err, ERR_UNAVAILABLE);
	assert_in_range(q[0].took_us, 0, 1000000);
	assert_int_equal(q[1].err, OK);
	db_free(world.db);
	world.db = before;
	close(fd);
	forget(q, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(large_messages),	 cmocka_unit_test(killed_connections),
	    cmocka_unit_test(killed_repeatedly), cmocka_unit_test(stopped_server),
	    cmocka_unit_test(impatient_request), cmocka_unit_test(started_server),
	    cmocka_unit_test(crashed_server),	 cmocka_unit_test(read_only_server),
	    cmocka_unit_test(unsynced_commit),	 cmocka_unit_test(silent_server),
	    cmocka_unit_test(silent_host),
	};

	return cmocka_run_group_tests_name("db: outages", tests, world_begin, world_end);
}
