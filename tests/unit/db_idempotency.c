/* Proves keyed writes: one effect, the same answer each time, whatever comes between. */
#include "db_world.h"

static const int8_t org_own_4[] = {DB_ORG, -1, -1, -1, -1};

#define RECORD(org, scope, key, digest)                                                            \
	", idem AS (INSERT INTO idempotency_keys (organization_id, scope, key, body_digest,"       \
	" answer) SELECT " org "::uuid, " scope "::text, " key "::text, " digest "::text,"         \
	" array_agg(out::text) FROM out HAVING count(*) > 0 AND count(out.refusal) = 0)"           \
	" SELECT * FROM out"

/* Columns of the types that are hardest to keep. */
#define ADD                                                                                        \
	"WITH new AS (INSERT INTO things (organization_id, title, note, score)"                    \
	" VALUES ($1, $2, $3::jsonb, $4::numeric)"                                                 \
	" RETURNING id, title, note, score, created_at, version),"                                 \
	" out AS (SELECT id, title, note, score, created_at, version, true AS yes,"                \
	" ''::text AS empty, NULL::text AS nothing, ARRAY[title, NULL, ''] AS list,"               \
	" 0.1::float8 + 0.2 AS real, '\\x00ff'::bytea AS bytes, '(\"a\\,'::text || $5 AS odd,"     \
	" NULL::text AS refusal FROM new)"
static const struct db_statement add = {
    .name = "add",
    .text = ADD " SELECT * FROM out",
    .idempotent_text = ADD RECORD("$6", "$7", "$8", "$9"),
    .params = 5,
    .ambient = org_own_4,
    .lane = DB_WRITE,
};

/* If-Match: its own first effect would refuse its repetition. */
#define RENAME                                                                                     \
	"WITH cur AS (SELECT id, version FROM things WHERE organization_id = $1 AND title = $2"    \
	"  FOR UPDATE), upd AS (UPDATE things t SET version = t.version + 1 FROM cur"              \
	"  WHERE t.id = cur.id AND t.version = $3::int AND $4::text IS NULL"                       \
	"  AND $5::text IS NULL RETURNING t.version), out AS (SELECT"                              \
	"  coalesce(upd.version, cur.version) AS version, CASE WHEN upd.version IS NULL"           \
	"  THEN 'precondition' END AS refusal FROM cur LEFT JOIN upd ON true)"
static const struct db_statement rename_thing = {
    .name = "rename_thing",
    .text = RENAME " SELECT * FROM out",
    .idempotent_text = RENAME RECORD("$6", "$7", "$8", "$9"),
    .params = 5,
    .ambient = org_own_4,
    .lane = DB_WRITE,
};

/* Gone is gone: the repetition finds nothing. */
#define REMOVE                                                                                     \
	"WITH del AS (DELETE FROM things WHERE organization_id = $1 AND title = $2"                \
	"  AND ($3::text || $4::text || $5::text) IS NULL RETURNING id, title),"                   \
	" out AS (SELECT id, title, NULL::text AS refusal FROM del)"
static const struct db_statement remove_thing = {
    .name = "remove_thing",
    .text = REMOVE " SELECT * FROM out",
    .idempotent_text = REMOVE RECORD("$6", "$7", "$8", "$9"),
    .params = 5,
    .ambient = org_own_4,
    .lane = DB_WRITE,
};

static struct question keyed(const struct db_statement *statement, const char *title,
			     const struct db_idempotency *idempotency)
{
	struct question q = ask(statement);

	q.args[0] = title;
	q.caller.idempotency = idempotency;
	return q;
}

static struct question keyed_add(const char *title, const struct db_idempotency *idempotency)
{
	struct question q = keyed(&add, title, idempotency);

	q.args[1] = "{\"b\": 1, \"a\": [\"x, y\", \"\\\\\", \"ü\\n\"]}";
	q.args[2] = "0010.500";
	q.args[3] = "back\\slash, \"quote\", (paren)\n\ttab ü";
	return q;
}

/* Byte for byte: names, types, values, NULLs. */
static void assert_same(const struct question *a, const struct question *b)
{
	assert_int_equal(a->err, OK);
	assert_int_equal(b->err, OK);
	assert_int_equal(a->rows.count, b->rows.count);
	assert_int_equal(a->rows.columns, b->rows.columns);
	for (int c = 0; c < a->rows.columns; c++) {
		assert_string_equal(a->rows.column[c].name, b->rows.column[c].name);
		assert_int_equal(a->rows.column[c].type, b->rows.column[c].type);
	}
	for (int i = 0; i < a->rows.count * a->rows.columns; i++) {
		if (!a->rows.value[i] || !b->rows.value[i]) {
			assert_ptr_equal(a->rows.value[i], b->rows.value[i]);
			continue;
		}
		assert_string_equal(a->rows.value[i], b->rows.value[i]);
		assert_int_equal(a->rows.length[i], b->rows.length[i]);
	}
}

static void replay_is_identical(void **state)
{
	const struct db_idempotency key = {.key = "k1", .scope = "s", .body_digest = "d1"};
	struct question q[2] = {keyed_add("first", &key), keyed_add("first", &key)};

	(void)state;
	answer(&q[0], 1);
	answer(&q[1], 1);
	assert_false(q[0].rows.replayed);
	assert_true(q[1].rows.replayed);
	assert_same(&q[0], &q[1]);
	assert_string_equal(value(&q[1], 0, "score"), "10.500");
	assert_string_equal(value(&q[1], 0, "yes"), "t");
	assert_null(value(&q[1], 0, "nothing"));
	assert_string_equal(value(&q[1], 0, "empty"), "");
	assert_string_equal(value(&q[1], 0, "odd"),
			    "(\"a\\,back\\slash, \"quote\", (paren)\n\ttab ü");
	forget(q, 2);
}

#define DUPLICATES 40

static void duplicates_have_one_effect(void **state)
{
	const struct db_idempotency key = {.key = "k2", .scope = "s", .body_digest = "d"};
	static struct question q[DUPLICATES];
	int fresh = 0;

	(void)state;
	for (int i = 0; i < DUPLICATES; i++)
		q[i] = keyed_add("many times", &key);
	answer(q, DUPLICATES);
	for (int i = 0; i < DUPLICATES; i++) {
		assert_same(&q[0], &q[i]);
		fresh += !q[i].rows.replayed;
	}
	assert_int_equal(fresh, 1);
	assert_string_equal(
	    pg_sql(&world.pg, "SELECT count(*) FROM things WHERE title = 'many times'"), "1");
	forget(q, DUPLICATES);
}

/* Without a unique title, only the key stands between a duplicate and a second effect. */
static void key_alone_suffices(void **state)
{
	const struct db_idempotency key = {.key = "k3", .scope = "s", .body_digest = "d"};
	static struct question q[DUPLICATES];
	static char title[DUPLICATES][20];

	(void)state;
	for (int i = 0; i < DUPLICATES; i++) {
		snprintf(title[i], sizeof(title[i]), "other %d", i);
		q[i] = keyed_add(title[i], &key);
	}
	answer(q, DUPLICATES);
	for (int i = 0; i < DUPLICATES; i++)
		assert_same(&q[0], &q[i]);
	assert_string_equal(
	    pg_sql(&world.pg, "SELECT count(*) FROM things WHERE title LIKE 'other %'"), "1");
	forget(q, DUPLICATES);
}

static void own_effect_does_not_refuse(void **state)
{
	const struct db_idempotency make = {.key = "k4", .scope = "s", .body_digest = "d"};
	const struct db_idempotency change = {.key = "k5", .scope = "s", .body_digest = "d"};
	const struct db_idempotency late = {.key = "k6", .scope = "s", .body_digest = "d"};
	const struct db_idempotency gone = {.key = "k7", .scope = "s", .body_digest = "d"};
	struct question q[7] = {
	    keyed_add("precious", &make),
	    keyed(&rename_thing, "precious", &change),
	    keyed(&rename_thing, "precious", &change),
	    keyed(&rename_thing, "precious", &late),
	    keyed(&remove_thing, "precious", &gone),
	    keyed(&remove_thing, "precious", &gone),
	    keyed(&remove_thing, "precious", &late),
	};

	(void)state;
	for (int i = 0; i < 7; i++) {
		if (i >= 1 && i <= 3)
			q[i].args[1] = "1";
		answer(&q[i], 1);
	}
	assert_string_equal(value(&q[1], 0, "version"), "2");
	assert_true(q[2].rows.replayed);
	assert_same(&q[1], &q[2]);
	assert_string_equal(value(&q[3], 0, "refusal"), "precondition");
	assert_string_equal(value(&q[3], 0, "version"), "2");
	assert_false(q[3].rows.replayed);
	assert_true(q[5].rows.replayed);
	assert_same(&q[4], &q[5]);
	/* A refusal leaves no record: the key is free for what comes after. */
	assert_int_equal(q[6].err, OK);
	assert_int_equal(q[6].rows.count, 0);
	forget(q, 7);
}

static void other_body_is_refused(void **state)
{
	const struct db_idempotency one = {.key = "k8", .scope = "s", .body_digest = "d1"};
	const struct db_idempotency two = {.key = "k8", .scope = "s", .body_digest = "d2"};
	const struct db_idempotency elsewhere = {.key = "k8", .scope = "t", .body_digest = "d2"};
	struct question q[3] = {keyed_add("one body", &one), keyed_add("two bodies", &two),
				keyed_add("elsewhere", &elsewhere)};

	(void)state;
	for (int i = 0; i < 3; i++)
		answer(&q[i], 1);
	assert_int_equal(q[0].err, OK);
	assert_int_equal(q[1].err, ERR_CONFLICT);
	assert_string_equal(q[1].refusal.constraint, "idempotency_mismatch");
	assert_int_equal(q[2].err, OK);
	assert_false(q[2].rows.replayed);
	forget(q, 3);
}

/* A refusal of the first attempt is not remembered. */
static void refused_may_be_repeated(void **state)
{
	const struct db_idempotency key = {.key = "k9", .scope = "s", .body_digest = "d"};
	struct question q[2] = {keyed_add("sometimes", &key), keyed_add("sometimes", &key)};

	(void)state;
	q[0].args[2] = "-1";
	answer(&q[0], 1);
	answer(&q[1], 1);
	assert_int_equal(q[0].err, ERR_INVALID);
	assert_string_equal(q[0].refusal.constraint, "things_score");
	assert_int_equal(q[1].err, OK);
	assert_false(q[1].rows.replayed);
	forget(q, 2);
}

/* Another holds the key and does not end: 409, in bounded time. */
static void in_progress_is_said(void **state)
{
	const struct db_idempotency key = {.key = "k10", .scope = "s", .body_digest = "d"};
	struct question q = keyed_add("in progress", &key);
	PGconn *other = PQconnectdb(world.pg.url);

	(void)state;
	PQclear(PQexec(other, "BEGIN; INSERT INTO idempotency_keys VALUES ('" ORG
			      "', 's', 'k10', 'd', '{}')"));
	answer(&q, 1);
	assert_int_equal(q.err, ERR_CONFLICT);
	assert_string_equal(q.refusal.constraint, "idempotency_in_progress");
	assert_in_range(q.took_us, 900000, 2500000);
	PQfinish(other);
	assert_string_equal(
	    pg_sql(&world.pg, "SELECT count(*) FROM things WHERE title = 'in progress'"), "0");
	forget(&q, 1);
}

/* An answer is for those who may still enter. */
static void revoked_gets_no_replay(void **state)
{
	const struct db_idempotency key = {.key = "k11", .scope = "s", .body_digest = "d"};
	struct question q[2] = {keyed_add("revoked", &key), keyed_add("revoked", &key)};

	(void)state;
	q[1].caller.token_version = "8";
	answer(&q[0], 1);
	answer(&q[1], 1);
	assert_int_equal(q[0].err, OK);
	assert_int_equal(q[1].err, ERR_DENIED);
	forget(q, 2);
}

/* Keys of requests without an organization are not kept; nor is anything without a key. */
static void without_key_nothing_is_kept(void **state)
{
	const struct db_idempotency none = {.key = NULL, .scope = "s", .body_digest = "d"};
	struct question q[2] = {keyed_add("unkeyed", &none), keyed_add("unkeyed", &none)};

	(void)state;
	answer(&q[0], 1);
	answer(&q[1], 1);
	assert_int_equal(q[0].err, OK);
	assert_int_equal(q[1].err, ERR_CONFLICT);
	assert_string_equal(q[1].refusal.constraint, "things_title");
	forget(q, 2);
}

/* What was stored by a release with other columns is a defect that is said, not a wrong answer. */
static void foreign_record_is_not_guessed(void **state)
{
	const struct db_idempotency key = {.key = "k12", .scope = "s", .body_digest = "d"};
	struct question q[2] = {keyed_add("foreign", &key), keyed_add("foreign", &key)};

	(void)state;
	answer(&q[0], 1);
	world_sql("UPDATE idempotency_keys SET answer = '{\"(1,2)\"}' WHERE key = 'k12'");
	answer(&q[1], 1);
	assert_int_equal(q[1].err, ERR_INTERNAL);
	forget(q, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(replay_is_identical),
	    cmocka_unit_test(duplicates_have_one_effect),
	    cmocka_unit_test(key_alone_suffices),
	    cmocka_unit_test(own_effect_does_not_refuse),
	    cmocka_unit_test(other_body_is_refused),
	    cmocka_unit_test(refused_may_be_repeated),
	    cmocka_unit_test(in_progress_is_said),
	    cmocka_unit_test(revoked_gets_no_replay),
	    cmocka_unit_test(without_key_nothing_is_kept),
	    cmocka_unit_test(foreign_record_is_not_guessed),
	};

	return cmocka_run_group_tests_name("db: idempotency", tests, world_begin, world_end);
}
