/* What the tests of audit share: a migrated database, events in it, a sealer, and its verdicts. */
#ifndef TESTS_AUDIT_WORLD_H
#define TESTS_AUDIT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/audit.h"
#include "core/clock.h"
#include "core/digest.h"
#include "db/admin.h"
#include "db/migrate.h"
#include "pg.h"

#define SEALER_OPTIONS " options='-c role=assay_sealer'"
#define FINDINGS_KEPT  64

static struct audit_world {
	struct pg pg;
	char sealer_url[256], backup_url[256], dir[96];
	struct audit_keys *keys;
} world;

static int world_make(void **state UNUSED)
{
	struct migrate_result result;
	struct why why;

	assert_int_equal(digest_start(), OK);
	pg_start(&world.pg);
	if (migrate_run(world.pg.url, NULL, migrations, migration_count, &result, &why) != OK)
		fail_msg("%s", why.text);
	snprintf(world.sealer_url, sizeof(world.sealer_url), "%s" SEALER_OPTIONS, world.pg.url);
	snprintf(world.backup_url, sizeof(world.backup_url), "%s options='-c role=assay_backup'",
		 world.pg.url);
	snprintf(world.dir, sizeof(world.dir), "%s/audit", world.pg.dir);
	assert_int_equal(audit_keys_load(&world.keys, world.dir, &why), OK);
	return 0;
}

static int world_drop(void **state UNUSED)
{
	audit_keys_free(world.keys);
	pg_stop(&world.pg);
	digest_stop();
	return 0;
}

static struct sealer *seal_begin(void)
{
	struct sealer *sealer = NULL;
	struct why why;

	assert_int_equal(sealer_start(&sealer, world.sealer_url, world.keys, world.dir, &why), OK);
	return sealer;
}

/* Waits for the answer of a query; fails after `seconds`. */
static UNUSED double wait_for(const char *sql, const char *answer, double seconds)
{
	int64_t begun = clock_monotonic_us();

	while (strcmp(pg_sql(&world.pg, sql), answer) != 0) {
		double waited = (double)(clock_monotonic_us() - begun) / 1e6;
		if (waited > seconds)
			fail_msg("not within %.1f s: %s", seconds, sql);
		usleep(20000);
	}
	return (double)(clock_monotonic_us() - begun) / 1e6;
}

#define UNSEALED_COUNT                                                                             \
	"SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT FROM event_seals s WHERE "         \
	"s.organization_id = e.organization_id AND s.event_id = e.id)"

/* Seals whatever there is, with heads, and stops. */
static UNUSED void seal_all(void)
{
	struct sealer *sealer = seal_begin();

	wait_for(UNSEALED_COUNT, "0", 10);
	sealer_stop(sealer);
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static struct verdict {
	struct audit_report report;
	struct audit_finding finding[FINDINGS_KEPT];
	size_t count;
} verdict;

static void verdict_found(void *arg UNUSED, const struct audit_finding *finding)
{
	if (verdict.count < FINDINGS_KEPT)
		verdict.finding[verdict.count++] = *finding;
}

static void verdict_begin(void)
{
	memset(&verdict, 0, sizeof(verdict));
	verdict.report.found = verdict_found;
}

static UNUSED void verdict_print(void)
{
	for (size_t i = 0; i < verdict.count; i++)
		print_message("  %s: %s\n", audit_kind_name(verdict.finding[i].kind),
			      verdict.finding[i].text);
}

/* Reads the database as `assay audit verify` does; without heads where `heads` is false. */
static UNUSED void verify(const char *organization_id, bool with_heads)
{
	struct audit_heads heads = {NULL, 0, 0};
	struct admin *admin = NULL;
	struct why why;
	enum err err = OK;

	verdict_begin();
	if (with_heads)
		err = audit_heads_read_dir(&heads, world.dir, &verdict.report, &why);
	if (err == OK)
		err = admin_connect(&admin, world.backup_url, &why);
	if (err == OK)
		err = audit_verify_database(admin, organization_id, &heads, &verdict.report, &why);
	admin_close(admin);
	audit_heads_release(&heads);
	if (err != OK)
		fail_msg("%s", why.text);
}

static UNUSED void assert_clean(void)
{
	verdict_print();
	assert_int_equal(verdict.report.findings, 0);
}

/* One finding of the kind that names the seal (0: any) and the event (NULL: any). */
static UNUSED void assert_found(enum audit_kind kind, int64_t seq, const char *id)
{
	for (size_t i = 0; i < verdict.count; i++)
		if (verdict.finding[i].kind == kind &&
		    (seq == 0 || verdict.finding[i].seq == seq) &&
		    (id == NULL || strcmp(verdict.finding[i].id, id) == 0))
			return;
	verdict_print();
	fail_msg("nothing was found to be %s at %ld %s", audit_kind_name(kind), (long)seq,
		 id != NULL ? id : "");
}

static UNUSED void again_with_heads(const void *organization_id)
{
	verify(organization_id, true);
}

static UNUSED void again_without_heads(const void *organization_id)
{
	verify(organization_id, false);
}

/*
 * What was just found is found by these defences, each of which finds something alone, and by no
 * other: the control build goes without them. `again` verifies anew.
 */
static UNUSED void found_by(const char *defences, void (*again)(const void *arg), const void *arg)
{
#ifdef ASSAY_CONTROL
	const char *end;

	setenv("ASSAY_CONTROL_OFF", defences, 1);
	again(arg);
	assert_clean();
	for (const char *one = defences; *one; one = end + (*end == ',')) {
		char others[256];

		end = one + strcspn(one, ",");
		snprintf(others, sizeof(others), "%.*s%s", (int)(one - defences), defences, end);
		setenv("ASSAY_CONTROL_OFF", others, 1);
		again(arg);
		if (verdict.report.findings == 0)
			fail_msg("%.*s finds nothing alone", (int)(end - one), one);
	}
	unsetenv("ASSAY_CONTROL_OFF");
#else
	(void)defences, (void)again, (void)arg;
#endif
}

/* ---- organizations and events ---------------------------------------------------------------- */

static UNUSED void organization_make(char id[UUID_TEXT_LEN + 1], const char *slug)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO organizations (name, slug) VALUES ('%s', '%s') "
		 "RETURNING organization_id",
		 slug, slug);
	snprintf(id, UUID_TEXT_LEN + 1, "%s", pg_sql(&world.pg, sql));
}

static UNUSED void events_make(const char *organization_id, int count)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO events (organization_id, type, object_id, actor_kind, data) "
		 "SELECT '%s', 'thing.made', gen_random_uuid(), 'system', jsonb_build_object("
		 "'n', n, 'text', 'Zoë \"' || n || E'\\n', 'score', 3.1400) "
		 "FROM generate_series(1, %d) n",
		 organization_id, count);
	pg_sql(&world.pg, sql);
}

#endif
