/* Proves pipelined statements: many at once, errors that stay alone, commits that are real. */
#include "db_world.h"

static const int8_t org_own[] = {DB_ORG, -1};
static const int8_t org_own_own[] = {DB_ORG, -1, -1};
static const int8_t own[] = {-1};

static const struct db_statement echo = {
    .name = "echo",
    .text = "SELECT $1::uuid AS org, $2::int AS n, NULL::text AS nothing, '' AS empty,"
	    " current_setting('assay.organization') AS tenant",
    .params = 2,
    .ambient = org_own,
    .lane = DB_READ,
};
static const struct db_statement fails_at = {
    .name = "fails_at",
    .text = "SELECT 1 / ($1::int % 7) AS quotient",
    .params = 1,
    .ambient = own,
    .lane = DB_READ,
};
static const struct db_statement thing_add = {
    .name = "thing_add",
    .text = "INSERT INTO things (organization_id, title, parent) VALUES ($1, $2, $3::uuid)"
	    " RETURNING id, title",
    .params = 3,
    .ambient = org_own_own,
    .lane = DB_WRITE,
};
static const struct db_statement thing_score = {
    .name = "thing_score",
    .text = "INSERT INTO things (organization_id, title, score)"
	    " VALUES ($1, 'score ' || $2, $2::numeric) RETURNING id",
    .params = 2,
    .ambient = org_own,
    .lane = DB_WRITE,
};
static const struct db_statement broken = {
    .name = "broken",
    .text = "SELECT nothing FROM nowhere WHERE $1::text = ''",
    .params = 1,
    .ambient = own,
    .lane = DB_READ,
};
static const struct db_statement naps = {
    .name = "naps",
    .text = "SELECT pg_sleep($1::float8)::text AS slept",
    .params = 1,
    .ambient = own,
    .lane = DB_SLOW,
};

#define MANY 200

static void many_at_once(void **state)
{
	static struct question q[MANY];
	static char number[MANY][12];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		q[i] = ask(&echo);
		snprintf(number[i], sizeof(number[i]), "%d", i);
		q[i].args[0] = number[i];
	}
	answer(q, MANY);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(q[i].err, OK);
		assert_int_equal(q[i].rows.count, 1);
		assert_int_equal(q[i].rows.columns, 5);
		assert_string_equal(value(&q[i], 0, "n"), number[i]);
		assert_string_equal(value(&q[i], 0, "org"), ORG);
		assert_string_equal(value(&q[i], 0, "tenant"), ORG);
		assert_null(value(&q[i], 0, "nothing"));
		assert_string_equal(value(&q[i], 0, "empty"), "");
		assert_int_equal(q[i].rows.column[1].type, 23);
		assert_int_equal(q[i].rows.length[1], (int)strlen(number[i]));
	}
	forget(q, MANY);
}

static void error_stays_alone(void **state)
{
	static struct question q[MANY];
	static char number[MANY][12];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		q[i] = ask(&fails_at);
		snprintf(number[i], sizeof(number[i]), "%d", i);
		q[i].args[0] = number[i];
	}
	answer(q, MANY);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(q[i].err, i % 7 ? OK : ERR_INVALID);
		assert_string_equal(q[i].refusal.sqlstate, i % 7 ? "" : "22012");
	}
	forget(q, MANY);
}

static void refusals_have_names(void **state)
{
	struct question q[7];

	(void)state;
	for (int i = 0; i < 3; i++) {
		q[i] = ask(&thing_add);
		q[i].args[0] = "one of a kind";
		answer(&q[i], 1);
	}
	assert_int_equal(q[0].err, OK);
	assert_int_equal(q[2].err, ERR_CONFLICT);
	assert_string_equal(q[2].refusal.sqlstate, "23505");
	assert_string_equal(q[2].refusal.constraint, "things_title");

	q[3] = ask(&thing_score);
	q[3].args[0] = "-1";
	q[4] = ask(&thing_score);
	q[4].args[0] = "many";
	q[5] = ask(&broken);
	q[5].args[0] = "";
	q[6] = ask(&echo);
	q[6].args[0] = "1";
	q[6].caller.token_version = "6";
	answer(q + 3, 4);
	assert_int_equal(q[3].err, ERR_INVALID);
	assert_string_equal(q[3].refusal.constraint, "things_score");
	assert_int_equal(q[4].err, ERR_INVALID);
	assert_int_equal(q[5].err, ERR_INTERNAL);
	assert_string_equal(q[5].refusal.sqlstate, "42P01");
	assert_int_equal(q[6].err, ERR_DENIED);
	forget(q, 7);
}

/* TUPLES_OK comes before the commit, which a deferred constraint still refuses. */
static void commit_decides(void **state)
{
	struct question q = ask(&thing_add);

	(void)state;
	q.args[0] = "an orphan";
	q.args[1] = STRANGE;
	answer(&q, 1);
	assert_int_equal(q.err, ERR_CONFLICT);
	assert_string_equal(q.refusal.constraint, "things_parent");
	assert_string_equal(pg_sql(&world.pg, "SELECT count(*) FROM things"
					      " WHERE title = 'an orphan'"),
			    "0");
	forget(&q, 1);
}

/* Whoever may not enter changes nothing, though the change was sent along. */
static void denied_has_no_effect(void **state)
{
	struct question q = ask(&thing_add);

	(void)state;
	q.args[0] = "intruder";
	q.caller.actor_id = STRANGE;
	answer(&q, 1);
	assert_int_equal(q.err, ERR_DENIED);
	assert_string_equal(q.refusal.sqlstate, "AS401");
	assert_string_equal(pg_sql(&world.pg, "SELECT count(*) FROM things"
					      " WHERE title = 'intruder'"),
			    "0");
	forget(&q, 1);
}

/* The tenant ends with its transaction, although the connection goes on. */
static void tenant_does_not_stay(void **state)
{
	static const struct db_statement whose = {
	    .name = "whose",
	    .text = "SELECT coalesce(nullif(current_setting('assay.organization', true), ''),"
		    " 'nobody') AS tenant",
	    .lane = DB_READ,
	};
	struct question q[40];

	(void)state;
	for (int i = 0; i < 40; i++) {
		q[i] = ask(&whose);
		if (i % 2)
			q[i].caller.organization_id = NULL;
	}
	answer(q, 40);
	for (int i = 0; i < 40; i++)
		assert_string_equal(value(&q[i], 0, "tenant"), i % 2 ? "nobody" : ORG);
	forget(q, 40);
}

/* A lock that is held too long, a statement that takes too long. */
static void waits_are_bounded(void **state)
{
	static const struct db_statement touch = {
	    .name = "touch",
	    .text = "UPDATE things SET version = version WHERE organization_id = $1"
		    " AND title = $2 RETURNING id",
	    .params = 2,
	    .ambient = org_own,
	    .lane = DB_WRITE,
	};
	struct question add = ask(&thing_add), q = ask(&touch);
	PGconn *other = PQconnectdb(world.pg.url);

	(void)state;
	add.args[0] = "locked";
	answer(&add, 1);
	PQclear(PQexec(other, "BEGIN; SELECT FROM things WHERE title = 'locked' FOR UPDATE"));
	q.args[0] = "locked";
	answer(&q, 1);
	assert_int_equal(q.err, ERR_TIMEOUT);
	assert_string_equal(q.refusal.sqlstate, "55P03");
	assert_in_range(q.took_us, 900000, 2000000);
	PQfinish(other);
	forget(&add, 1);
	forget(&q, 1);
}

/* Two that lock the same rows crosswise: one is rolled back, and done again. */
static void deadlock_is_retried(void **state)
{
	static const struct db_statement cross = {
	    .name = "cross",
	    .text = "WITH a AS MATERIALIZED (SELECT id FROM things WHERE organization_id = $1"
		    "  AND title = split_part($2, ',', 1) FOR UPDATE),"
		    " w AS MATERIALIZED (SELECT pg_sleep(0.3) FROM a),"
		    " b AS MATERIALIZED (SELECT t.id FROM things t, w WHERE"
		    "  t.title = split_part($2, ',', 2) FOR UPDATE OF t)"
		    " SELECT count(*) AS n FROM b",
	    .params = 2,
	    .ambient = org_own,
	    .lane = DB_WRITE,
	};
	struct question add[2] = {ask(&thing_add), ask(&thing_add)};
	struct question q[2] = {ask(&cross), ask(&cross)};

	(void)state;
	add[0].args[0] = "left";
	add[1].args[0] = "right";
	answer(add, 2);
	q[0].args[0] = "left,right";
	q[1].args[0] = "right,left";
	answer(q, 2);
	assert_string_equal(value(&q[0], 0, "n"), "1");
	assert_string_equal(value(&q[1], 0, "n"), "1");
	forget(add, 2);
	forget(q, 2);
}

/* A lane whose connections are all busy lets others wait, and says so when too many do. */
static void queue_is_bounded(void **state)
{
	static struct question q[520];
	unsigned ok = 0, busy = 0;

	(void)state;
	for (int i = 0; i < 520; i++) {
		q[i] = ask(&naps);
		q[i].args[0] = "0.001";
	}
	answer(q, 520);
	for (int i = 0; i < 520; i++) {
		ok += q[i].err == OK;
		busy += q[i].err == ERR_BUSY;
	}
	assert_int_equal(ok + busy, 520);
	assert_int_equal(ok, 513);
	forget(q, 520);
}

/* What a migration alters under a prepared statement is noticed, and the statement made anew. */
static void altered_table_is_noticed(void **state)
{
	static const struct db_statement all = {
	    .name = "all", .text = "SELECT * FROM alters", .lane = DB_WRITE};
	struct question q[9];

	(void)state;
	world_sql("CREATE TABLE alters (a int); INSERT INTO alters VALUES (1)");
	for (int i = 0; i < 8; i++)
		q[i] = ask(&all);
	answer(q, 8);
	world_sql("ALTER TABLE alters ADD b text DEFAULT 'new'");
	q[8] = ask(&all);
	answer(q + 8, 1);
	assert_string_equal(value(&q[7], 0, "a"), "1");
	assert_string_equal(value(&q[8], 0, "b"), "new");
	forget(q, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(many_at_once),	    cmocka_unit_test(error_stays_alone),
	    cmocka_unit_test(refusals_have_names),  cmocka_unit_test(commit_decides),
	    cmocka_unit_test(denied_has_no_effect), cmocka_unit_test(tenant_does_not_stay),
	    cmocka_unit_test(waits_are_bounded),    cmocka_unit_test(deadlock_is_retried),
	    cmocka_unit_test(queue_is_bounded),	    cmocka_unit_test(altered_table_is_noticed),
	};

	return cmocka_run_group_tests_name("db: pipeline", tests, world_begin, world_end);
}
