/* What the tests of db share: a cluster with a small schema, a loop, and coroutines on it. */
#ifndef TESTS_DB_WORLD_H
#define TESTS_DB_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "db/db.h"
#include "pg.h"
#include "runtime/coroutine.h"
#include "runtime/loop.h"

#define ORG	"00000000-0000-7000-8000-000000000001"
#define ACTOR	"00000000-0000-7000-8000-0000000000aa"
#define STRANGE "00000000-0000-7000-8000-0000000000bb"

static const char world_schema[] =
    "CREATE TABLE users (id uuid PRIMARY KEY, token_version bigint NOT NULL);"
    "INSERT INTO users VALUES ('" ACTOR "', 7);"
    "CREATE FUNCTION enter(organization uuid, kind text, who uuid, token_version bigint,"
    " request text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
    " PERFORM set_config('assay.organization', organization::text, true),"
    "  set_config('assay.actor', coalesce(who::text, ''), true);"
    " IF kind <> 'system' AND NOT EXISTS (SELECT FROM users u WHERE u.id = who"
    "  AND u.token_version = enter.token_version) THEN"
    "  RAISE EXCEPTION 'no' USING ERRCODE = 'AS401'; END IF; END $$;"
    "CREATE TABLE idempotency_keys (organization_id uuid NOT NULL, scope text NOT NULL,"
    " key text NOT NULL, body_digest text NOT NULL, answer text[] NOT NULL,"
    " created_at timestamptz NOT NULL DEFAULT now(),"
    " CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organization_id, scope, key));"
    "CREATE TABLE things (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
    " organization_id uuid NOT NULL, title text NOT NULL, version int NOT NULL DEFAULT 1,"
    " parent uuid CONSTRAINT things_parent REFERENCES things DEFERRABLE INITIALLY DEFERRED,"
    " score numeric CONSTRAINT things_score CHECK (score >= 0), note jsonb,"
    " status text NOT NULL DEFAULT 'open', created_at timestamptz NOT NULL DEFAULT now(),"
    " CONSTRAINT things_title UNIQUE (organization_id, title));";

struct world {
	struct pg pg;
	struct loop *loop;
	struct coroutine_pool *pool;
	struct db *db;
	unsigned live; /* coroutines that have not ended */
};

static UNUSED struct world world;

static const struct db_caller somebody = {.organization_id = ORG,
					  .actor_id = ACTOR,
					  .actor_kind = "user",
					  .token_version = "7",
					  .request_id = "r1"};

/* One statement run by a coroutine of its own. */
struct question {
	const struct db_statement *statement;
	const struct db_list_request *list;
	const char *args[8];
	struct db_caller caller;
	int64_t after_us; /* when to begin */
	int64_t took_us;
	struct arena arena;
	enum err err;
	struct db_rows rows;
	struct db_refusal refusal;
};

static struct question ask(const struct db_statement *statement)
{
	return (struct question){.statement = statement, .caller = somebody};
}

static void world_ended(void)
{
	if (--world.live == 0)
		loop_stop(world.loop);
}

static void question_body(void *arg)
{
	struct question *q = arg;
	int64_t start;

	if (q->after_us)
		loop_sleep(world.loop, q->after_us);
	start = clock_monotonic_us();
	if (q->list)
		q->err = db_run_list(world.db, &q->arena, &q->caller, q->statement, q->args,
				     q->list, &q->rows, &q->refusal);
	else
		q->err = db_run(world.db, &q->arena, &q->caller, q->statement, q->args, &q->rows,
				&q->refusal);
	q->took_us = clock_monotonic_us() - start;
	world_ended();
}

static void world_go(void (*body)(void *arg), void *arg)
{
	world.live++;
	assert_int_equal(coroutine_start(world.pool, body, arg), OK);
}

struct go {
	struct question *questions;
	unsigned count;
};

static void start_questions(void *arg)
{
	struct go *go = arg;

	for (unsigned i = 0; i < go->count; i++)
		world_go(question_body, &go->questions[i]);
}

/* Runs them all at once, until the last has its answer. Release them with forget. */
static UNUSED void answer(struct question *questions, unsigned count)
{
	struct go go = {questions, count};

	for (unsigned i = 0; i < count; i++)
		arena_init(&questions[i].arena, 1 << 22);
	assert_int_equal(loop_post(world.loop, start_questions, &go), OK);
	loop_run(world.loop);
}

static UNUSED void forget(struct question *questions, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		arena_release(&questions[i].arena);
}

static UNUSED const char *value(const struct question *q, int row, const char *column)
{
	assert_int_equal(q->err, OK);
	assert_true(row < q->rows.count);
	return db_value(&q->rows, row, column);
}

static struct db_options world_options(void)
{
	return (struct db_options){.url = world.pg.url,
				   .read_connections = 2,
				   .write_connections = 4,
				   .slow_connections = 1,
				   .queue = 512,
				   .statement_timeout_ms = 5000,
				   .lock_timeout_ms = 1000};
}

static UNUSED int world_begin(void **state)
{
	struct db_options options;

	(void)state;
	pg_start(&world.pg);
	pg_sql(&world.pg, world_schema);
	options = world_options();
	world.loop = loop_new();
	world.pool = coroutine_pool_new(64 * 1024, 1100);
	world.db = db_new(world.loop, &options);
	return world.loop && world.pool && world.db ? 0 : -1;
}

static UNUSED int world_end(void **state)
{
	(void)state;
	db_free(world.db);
	coroutine_pool_free(world.pool);
	loop_free(world.loop);
	pg_stop(&world.pg);
	return 0;
}

/* Runs SQL on another connection from within a coroutine's time: blocks the loop, briefly. */
static UNUSED void world_sql(const char *sql)
{
	pg_sql(&world.pg, sql);
}

#endif
