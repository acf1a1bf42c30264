/* Rewrites what holds personal data, so that an erasure reaches the data files too. */
#include "audit/audit.h"
#include "core/clock.h"
#include "db/admin.h"

#include <unistd.h>

#define OLD_READERS_US ((int64_t)60 * 1000000)
#define POLL_US	       100000
#define COMPACT_MEMORY ((size_t)1 << 20)

/* Tables with a person's own fields, texts about them, or answers that repeat them. */
static const char *const personal_tables[] = {
    "candidates",
    "candidate_keys",
    "external_ids",
    "applications",
    "application_moves",
    "interviews",
    "scorecards",
    "scorecard_revisions",
    "decisions",
    "idempotency_keys",
    "candidate_tags",
    "notes",
    "note_mentions",
    "documents",
    "handovers",
    "level_observations",
    "searchable_candidates",
};

struct compact {
	struct admin *admin;
	struct arena arena;
	void (*say)(const char *sentence);
};

static enum err compact_say(struct compact *compact, const char *format, ...) PRINTF_LIKE(2, 3);

static enum err compact_say(struct compact *compact, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	const char *sentence = arena_vprintf(&compact->arena, format, args);
	va_end(args);
	if (sentence == NULL)
		return ERR_MEMORY;
	compact->say(sentence);
	return OK;
}

/*
 * A rewrite keeps old versions that a transaction from before may still read, so those are waited
 * for first.
 */
static enum err old_readers_wait(struct compact *compact, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	int64_t deadline = clock_monotonic_us() + OLD_READERS_US;
	TRY(admin_query(
	    compact->admin,
	    "SELECT pg_snapshot_xmax(s), pg_current_xact_id() FROM pg_current_snapshot() s", NULL,
	    0, &rows, why));
	const char *mine = arena_strdup(&compact->arena, admin_value(&rows, 0, 1));
	admin_rows_release(&rows);
	if (mine == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	for (;;) {
		const char *args[] = {mine};
		/* backend_xmin as an age, which is how far it holds back what may go. */
		TRY(admin_query(
		    compact->admin,
		    "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
		    "AND datname = current_database() AND backend_xmin IS NOT NULL AND "
		    "age(backend_xmin) > age($1::xid8::xid)",
		    args, 1, &rows, why));
		bool none = strcmp(admin_value(&rows, 0, 0), "0") == 0;
		admin_rows_release(&rows);
		if (none)
			return OK;
		if (clock_monotonic_us() > deadline)
			return why_set(why, ERR_BUSY,
				       "another transaction has been reading the database for more "
				       "than a minute, and old rows stay while it does; try again "
				       "when it has ended");
		(void)usleep(POLL_US);
	}
}

static enum err table_rewrite(struct compact *compact, const char *table, struct why *why)
{
	int64_t begun = clock_monotonic_us();
	const char *sql = arena_printf(&compact->arena, "VACUUM (FULL, ANALYZE) public.%s", table);
	if (sql == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	TRY(admin_run(compact->admin, sql, why));
	if (compact_say(compact, "%s: rewritten, locked for %.1f s", table,
			(double)(clock_monotonic_us() - begun) / 1e6) != OK)
		return why_set(why, ERR_MEMORY, "out of memory");
	return OK;
}

/* What only some users may do, and what to tell those who may not. */
static const struct {
	const char *sql, *done, *denied;
} last_steps[] = {
    /* The planner's statistics quote common values; they were made anew with each table. */
    {"VACUUM FULL pg_catalog.pg_statistic", "statistics: rewritten",
     "statistics: not rewritten, which takes the database's owner; the old ones stay in the file "
     "until VACUUM FULL pg_statistic"},
    {"CHECKPOINT", "checkpoint: done, the old files are gone",
     "checkpoint: left to PostgreSQL, which takes a member of pg_checkpoint; the old files go "
     "with its next one"},
    {"SELECT pg_switch_wal()", "write-ahead log: switched; it ages out with the next checkpoints",
     "write-ahead log: not switched, which takes a superuser; it ages out by itself"},
};

static enum err last_steps_do(struct compact *compact, struct why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(last_steps); i++) {
		enum err err = admin_run(compact->admin, last_steps[i].sql, why);
		if (err != OK && err != ERR_DENIED)
			return err;
		compact->say(err == OK ? last_steps[i].done : last_steps[i].denied);
	}
	return OK;
}

static enum err compact_all(struct compact *compact, struct why *why)
{
	/* Long for a rewrite, short for a wait: behind a waiting lock everyone else queues. */
	TRY(admin_run(compact->admin,
		      "SET statement_timeout = 0; SET lock_timeout = '10s'; SET ROLE assay_owner",
		      why));
	TRY(old_readers_wait(compact, why));
	for (size_t i = 0; i < ARRAY_LEN(personal_tables); i++)
		TRY(table_rewrite(compact, personal_tables[i], why));
	TRY(admin_run(compact->admin, "RESET ROLE", why));
	return last_steps_do(compact, why);
}

enum err audit_compact(struct admin *admin, void (*say)(const char *sentence), struct why *why)
{
	struct compact compact = {.admin = admin, .say = say};
	arena_init(&compact.arena, COMPACT_MEMORY);
	enum err err = compact_all(&compact, why);
	arena_release(&compact.arena);
	return err;
}
