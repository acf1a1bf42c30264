/* Each way of tampering with the record is found and named; and with its defence away, it is not.
 */
#include "audit_world.h"

#define COUNT 20
/* What a superuser does who is not stopped by keys and triggers. */
#define TAMPER "SET session_replication_role = replica; "

static char organization[UUID_TEXT_LEN + 1];

/* The id of the event that was sealed as `seq`. */
static const char *sealed(int seq)
{
	static char id[2][UUID_TEXT_LEN + 1];
	static int turn;
	char sql[256];

	turn = !turn;
	snprintf(sql, sizeof(sql),
		 "SELECT event_id FROM event_seals WHERE organization_id = '%s' AND seq = %d",
		 organization, seq);
	snprintf(id[turn], sizeof(id[turn]), "%s", pg_sql(&world.pg, sql));
	return id[turn];
}

static void tamper(const char *format, ...) PRINTF_LIKE(1, 2);

static void tamper(const char *format, ...)
{
	char sql[4096] = TAMPER;
	va_list args;

	va_start(args, format);
	vsnprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), format, args);
	va_end(args);
	pg_sql(&world.pg, sql);
}

/* A sealed, signed and clean record of an organization of the test's own. */
static int fresh(void **state UNUSED)
{
	static int number;
	char slug[32];

	snprintf(slug, sizeof(slug), "tampered-%d", ++number);
	organization_make(organization, slug);
	events_make(organization, COUNT);
	seal_all();
	verify(organization, true);
	assert_clean();
	assert_int_equal(verdict.report.events, COUNT);
	return 0;
}

static void changed_event(void **state UNUSED)
{
	const char *id = sealed(7);

	tamper("UPDATE events SET data = jsonb_set(data, '{n}', '99') WHERE id = '%s'", id);
	verify(organization, true);
	assert_found(AUDIT_CHANGED, 7, id);
	assert_int_equal(verdict.report.findings, 1);
	found_by("audit_digest", again_with_heads, organization);
}

/* A trailing zero and a microsecond count too. */
static void smallest_changes(void **state UNUSED)
{
	tamper("UPDATE events SET data = jsonb_set(data, '{score}', '3.140') WHERE id = '%s'",
	       sealed(3));
	tamper("UPDATE events SET created_at = created_at + interval '1 microsecond' "
	       "WHERE id = '%s'",
	       sealed(4));
	tamper("UPDATE events SET request_id = '' WHERE id = '%s'", sealed(5));
	verify(organization, true);
	assert_found(AUDIT_CHANGED, 3, sealed(3));
	assert_found(AUDIT_CHANGED, 4, sealed(4));
	assert_found(AUDIT_CHANGED, 5, sealed(5));
	assert_int_equal(verdict.report.findings, 3);
	found_by("audit_digest", again_with_heads, organization);
}

static void changed_event_with_its_seal(void **state UNUSED)
{
	tamper("UPDATE event_seals s SET digest = sha256('other'), chain = sha256((SELECT p.chain "
	       "FROM event_seals p WHERE p.organization_id = s.organization_id AND p.seq = 6) || "
	       "sha256('other')) WHERE organization_id = '%s' AND seq = 7",
	       organization);
	verify(organization, false);
	assert_found(AUDIT_FORGED, 8, sealed(8));
	found_by("audit_digest,audit_link", again_without_heads, organization);
}

static void removed_event(void **state UNUSED)
{
	const char *id = sealed(5);

	tamper("DELETE FROM events WHERE id = '%s'", id);
	verify(organization, true);
	assert_found(AUDIT_REMOVED, 5, id);
	assert_int_equal(verdict.report.findings, 1);
	found_by("audit_event", again_with_heads, organization);
}

static void removed_event_and_seal(void **state UNUSED)
{
	const char *id = sealed(5);

	tamper("DELETE FROM event_seals WHERE event_id = '%s'; DELETE FROM events WHERE id = '%s'",
	       id, id);
	verify(organization, true);
	assert_found(AUDIT_REMOVED, 5, NULL);
	assert_int_equal(verdict.report.findings, 1);
	found_by("audit_sequence,audit_link", again_with_heads, organization);
}

static void removed_and_closed_up(void **state UNUSED)
{
	const char *id = sealed(5);

	tamper("DELETE FROM event_seals WHERE event_id = '%s'; DELETE FROM events WHERE id = '%s';"
	       "UPDATE event_seals SET seq = seq + 1000 WHERE organization_id = '%s' AND seq > 5;"
	       "UPDATE event_seals SET seq = seq - 1001 WHERE organization_id = '%s' AND seq > 5",
	       id, id, organization, organization);
	verify(organization, false);
	assert_found(AUDIT_FORGED, 5, sealed(5));
	found_by("audit_link", again_without_heads, organization);
}

/* Whole seals. */
static void swap_seals(int a, int b)
{
	tamper("UPDATE event_seals SET seq = CASE seq WHEN %d THEN 1000 ELSE 1001 END "
	       "WHERE organization_id = '%s' AND seq IN (%d, %d);"
	       "UPDATE event_seals SET seq = CASE seq WHEN 1000 THEN %d ELSE %d END "
	       "WHERE organization_id = '%s' AND seq >= 1000",
	       a, organization, a, b, b, a, organization);
}

static void reordered(void **state UNUSED)
{
	swap_seals(6, 11);
	verify(organization, false);
	assert_found(AUDIT_REORDERED, 6, sealed(6));
	assert_int_equal(verdict.report.findings, 1);
	swap_seals(6, 11);
	swap_seals(6, 7);
	verify(organization, false);
	assert_found(AUDIT_REORDERED, 6, sealed(6));
	assert_int_equal(verdict.report.findings, 1);
	found_by("audit_link", again_without_heads, organization);
}

/* What is sealed, without the chain values. */
static void reordered_within_the_chain(void **state UNUSED)
{
	pg_sql(&world.pg, "ALTER TABLE event_seals DROP CONSTRAINT event_seals_event");
	tamper("UPDATE event_seals s SET event_id = CASE seq WHEN 4 THEN o.e9 ELSE o.e4 END, "
	       "digest = CASE seq WHEN 4 THEN o.d9 ELSE o.d4 END FROM (SELECT a.event_id AS e4, "
	       "b.event_id AS e9, a.digest AS d4, b.digest AS d9 FROM event_seals a, event_seals b "
	       "WHERE a.organization_id = '%s' AND b.organization_id = '%s' AND a.seq = 4 AND "
	       "b.seq = 9) o WHERE organization_id = '%s' AND seq IN (4, 9)",
	       organization, organization, organization);
	pg_sql(&world.pg, "ALTER TABLE event_seals ADD CONSTRAINT event_seals_event "
			  "UNIQUE (organization_id, event_id)");
	verify(organization, false);
	assert_found(AUDIT_REORDERED, 4, sealed(4));
	assert_int_equal(verdict.report.findings, 1);
	found_by("audit_link", again_without_heads, organization);
}

static void inserted_seal(void **state UNUSED)
{
	tamper("UPDATE event_seals SET seq = seq + 1000 WHERE organization_id = '%s' AND seq > 10;"
	       "UPDATE event_seals SET seq = seq - 999 WHERE organization_id = '%s' AND seq > 1000;"
	       "INSERT INTO event_seals (organization_id, seq, event_id, digest, chain) "
	       "SELECT organization_id, 11, gen_random_uuid(), digest, sha256(chain || digest) "
	       "FROM event_seals WHERE organization_id = '%s' AND seq = 10",
	       organization, organization, organization);
	verify(organization, false);
	assert_found(AUDIT_REMOVED, 11, sealed(11)); /* the seal's event was never there */
	assert_found(AUDIT_FORGED, 12, sealed(12));
	found_by("audit_event,audit_link", again_without_heads, organization);
}

static void truncated(void **state UNUSED)
{
	tamper("DELETE FROM events WHERE id IN (SELECT event_id FROM event_seals WHERE "
	       "organization_id = '%s' AND seq > 15); DELETE FROM event_seals WHERE "
	       "organization_id = '%s' AND seq > 15",
	       organization, organization);
	verify(organization, true);
	assert_found(AUDIT_TRUNCATED, COUNT, NULL);
	assert_int_equal(verdict.report.findings, 1);
	/* The defence off: from inside, nothing is amiss. */
	verify(organization, false);
	assert_clean();
}

static void truncated_and_continued(void **state UNUSED)
{
	tamper("DELETE FROM events WHERE id IN (SELECT event_id FROM event_seals WHERE "
	       "organization_id = '%s' AND seq > 15); DELETE FROM event_seals WHERE "
	       "organization_id = '%s' AND seq > 15",
	       organization, organization);
	events_make(organization, 10);
	seal_all();
	verify(organization, true);
	assert_found(AUDIT_FORGED, COUNT, NULL);
	verify(organization, false);
	assert_clean();
}

static void everything_gone(void **state UNUSED)
{
	tamper("DELETE FROM event_seals WHERE organization_id = '%s'; DELETE FROM events WHERE "
	       "organization_id = '%s'",
	       organization, organization);
	verify(organization, true);
	assert_found(AUDIT_TRUNCATED, COUNT, NULL);
	verify(organization, false);
	assert_clean();
}

static void again_heads(const void *dir)
{
	struct audit_heads heads = {NULL, 0, 0};
	struct why why;

	verdict_begin();
	assert_int_equal(audit_heads_read_dir(&heads, dir, &verdict.report, &why), OK);
	audit_heads_release(&heads);
}

/* Whoever knows the rule can make a whole chain anew, but signs no head of it. */
static void forged_anew(void **state UNUSED)
{
	tamper("UPDATE events SET type = 'thing.forged' WHERE id = '%s'; "
	       "DELETE FROM event_seals WHERE organization_id = '%s'",
	       sealed(9), organization);
	struct audit_keys *own = NULL;
	struct sealer *sealer = NULL;
	struct why why;
	char dir[128];
	snprintf(dir, sizeof(dir), "%s/forger", world.pg.dir);
	assert_int_equal(audit_keys_load(&own, dir, &why), OK);
	assert_int_equal(sealer_start(&sealer, world.sealer_url, own, dir, &why), OK);
	wait_for(UNSEALED_COUNT, "0", 10);
	sealer_stop(sealer);
	verify(organization, false);
	assert_clean();
	verify(organization, true);
	assert_found(AUDIT_FORGED, COUNT, sealed(COUNT));

	/* The forger's heads, put in place of ours, bear no signature of our key. */
	char command[512];
	snprintf(
	    command, sizeof(command),
	    "cd %s && mkdir -p mixed && cp audit/public.pem mixed/ && cp forger/heads-* mixed/",
	    world.pg.dir);
	assert_int_equal(system(command), 0);
	struct audit_heads heads = {NULL, 0, 0};
	snprintf(dir, sizeof(dir), "%s/mixed", world.pg.dir);
	verdict_begin();
	assert_int_equal(audit_heads_read_dir(&heads, dir, &verdict.report, &why), OK);
	assert_found(AUDIT_HEAD, 0, NULL);
	assert_int_equal(heads.count, 0);
	audit_heads_release(&heads);
	found_by("audit_head_signature", again_heads, dir);
	audit_keys_free(own);
}

static void seal_behind_the_last_head(void **state UNUSED)
{
	events_make(organization, 1);
	tamper("INSERT INTO event_seals (organization_id, seq, event_id, digest, chain, sealed_at) "
	       "SELECT s.organization_id, 21, (SELECT e.id FROM events e WHERE e.organization_id = "
	       "s.organization_id ORDER BY created_at DESC LIMIT 1), sha256('x'), "
	       "sha256(s.chain || sha256('x')), now() - interval '1 minute' FROM event_seals s "
	       "WHERE organization_id = '%s' AND seq = 20",
	       organization);
	verify(organization, true);
	assert_found(AUDIT_UNSIGNED, 21, NULL);
	assert_found(AUDIT_CHANGED, 21, NULL);
	found_by("audit_digest", again_without_heads, organization);
}

static void old_event_without_seal(void **state UNUSED)
{
	events_make(organization, 1);
	verify(organization, true);
	assert_clean(); /* it has its ten seconds */
	tamper("UPDATE events e SET created_at = now() - interval '1 hour' WHERE organization_id = "
	       "'%s' AND NOT EXISTS (SELECT FROM event_seals s WHERE s.event_id = e.id)",
	       organization);
	verify(organization, true);
	assert_found(AUDIT_UNSEALED, 0, NULL);
	assert_int_equal(verdict.report.findings, 1);
	found_by("audit_unsealed", again_with_heads, organization);
}

/* ---- without a database ------------------------------------------------------------------------
 */

static void export_to(char path[128])
{
	struct admin *admin = NULL;
	struct why why;
	snprintf(path, 128, "%s/export.ndjson", world.pg.dir);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(admin_connect(&admin, world.backup_url, &why), OK);
	if (audit_export(admin, organization, out, &why) != OK)
		fail_msg("%s", why.text);
	admin_close(admin);
	fclose(out);
}

static void verify_export(const char *path, const char *edit)
{
	char command[512];
	struct audit_heads heads = {NULL, 0, 0};
	struct why why;
	snprintf(command, sizeof(command), "sed -i '%s' %s", edit, path);
	assert_int_equal(system(command), 0);
	verdict_begin();
	assert_int_equal(audit_heads_read_dir(&heads, world.dir, &verdict.report, &why), OK);
	if (audit_verify_file(path, &heads, &verdict.report, &why) != OK)
		fail_msg("%s", why.text);
	audit_heads_release(&heads);
}

static void again_export(const void *path)
{
	verify_export(path, "");
}

static void exported(void **state UNUSED)
{
	char path[128];
	struct audit_heads none = {NULL, 0, 0};
	struct why why;

	export_to(path);
	verify_export(path, "");
	assert_clean();
	assert_int_equal(verdict.report.events, COUNT);
	verify_export(path, "8s/thing.made/thing.lost/");
	assert_found(AUDIT_CHANGED, 8, sealed(8));
	assert_int_equal(verdict.report.findings, 1);
	found_by("audit_digest", again_export, path);
	export_to(path);
	verify_export(path, "4d");
	assert_found(AUDIT_REMOVED, 4, NULL);
	found_by("audit_sequence,audit_link", again_export, path);
	export_to(path);
	verify_export(path, "18,$d");
	assert_found(AUDIT_TRUNCATED, COUNT, NULL);
	export_to(path);
	verify_export(path, "5{h;d};6G");
	assert_found(AUDIT_REORDERED, 0, NULL);
	found_by("audit_sequence", again_export, path);
	FILE *out = fopen(path, "a");
	fputs("{\"seq\":1}\n", out);
	fclose(out);
	verdict_begin();
	assert_int_equal(audit_verify_file(path, &none, &verdict.report, &why), ERR_INVALID);
	assert_non_null(strstr(why.text, "line 21 of"));
}

/* ---- heads files -------------------------------------------------------------------------------
 */

static void heads_are_thinned_but_not_of_evidence(void **state UNUSED)
{
	char dir[128];
	struct audit_head head[8];
	struct why why;
	static const struct {
		const char *time;
		int64_t seq;
	} rows[] = {
	    {"2026-03-01T10:00:00.000Z", 5},  {"2026-03-01T12:00:00.000Z", 9},
	    {"2026-03-01T13:00:00.000Z", 7},  {"2026-03-02T09:10:00.000Z", 10},
	    {"2026-03-02T09:20:00.000Z", 11}, {"2026-03-02T10:00:00.000Z", 12},
	    {"2026-03-02T11:00:01.000Z", 13}, {"2026-03-02T11:00:02.000Z", 14},
	};
	snprintf(dir, sizeof(dir), "%s/thin", world.pg.dir);
	struct audit_keys *keys = NULL;
	assert_int_equal(audit_keys_load(&keys, dir, &why), OK);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		head[i] = (struct audit_head){.seq = rows[i].seq};
		snprintf(head[i].organization_id, sizeof(head[i].organization_id), "%s",
			 organization);
		snprintf(head[i].sealed_at, sizeof(head[i].sealed_at), "%s", rows[i].time);
		memset(head[i].chain, (int)rows[i].seq, SHA256_LEN);
	}
	assert_int_equal(audit_heads_append(keys, dir, head, ARRAY_LEN(head), &why), OK);
	char path[160];
	snprintf(path, sizeof(path), "%s/heads-2026-03.ndjson", dir);
	FILE *torn = fopen(path, "a");
	fputs("{\"chain\":\"4", torn);
	fclose(torn);
	/* 2026-03-02T11:30 */
	assert_int_equal(audit_heads_thin(dir, 1772451000000, &why), OK);

	struct audit_heads heads = {NULL, 0, 0};
	verdict_begin();
	assert_int_equal(audit_heads_read_dir(&heads, dir, &verdict.report, &why), OK);
	assert_int_equal(verdict.report.findings, 0);
	/* 5 and 10 had a later one in their day or hour; 9 is contradicted by 7, so it stays. */
	static const int64_t left[] = {7, 9, 11, 12, 13, 14};
	assert_int_equal(heads.count, ARRAY_LEN(left));
	for (size_t i = 0; i < heads.count; i++)
		assert_int_equal(heads.items[i].seq, left[i]);
	audit_heads_release(&heads);

	/* One byte of a line changed, and its signature holds no more. */
	char command[512];
	snprintf(command, sizeof(command), "sed -i '1s/\"seq\":9/\"seq\":8/' %s", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(audit_heads_read_dir(&heads, dir, &verdict.report, &why), OK);
	assert_found(AUDIT_HEAD, 0, NULL);
	assert_int_equal(heads.count, ARRAY_LEN(left) - 1);
	audit_heads_release(&heads);
	found_by("audit_head_signature", again_heads, dir);
	audit_keys_free(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(changed_event, fresh),
	    cmocka_unit_test_setup(smallest_changes, fresh),
	    cmocka_unit_test_setup(changed_event_with_its_seal, fresh),
	    cmocka_unit_test_setup(removed_event, fresh),
	    cmocka_unit_test_setup(removed_event_and_seal, fresh),
	    cmocka_unit_test_setup(removed_and_closed_up, fresh),
	    cmocka_unit_test_setup(reordered, fresh),
	    cmocka_unit_test_setup(reordered_within_the_chain, fresh),
	    cmocka_unit_test_setup(inserted_seal, fresh),
	    cmocka_unit_test_setup(truncated, fresh),
	    cmocka_unit_test_setup(truncated_and_continued, fresh),
	    cmocka_unit_test_setup(everything_gone, fresh),
	    cmocka_unit_test_setup(forged_anew, fresh),
	    cmocka_unit_test_setup(seal_behind_the_last_head, fresh),
	    cmocka_unit_test_setup(old_event_without_seal, fresh),
	    cmocka_unit_test_setup(exported, fresh),
	    cmocka_unit_test_setup(heads_are_thinned_but_not_of_evidence, fresh),
	};
	return cmocka_run_group_tests_name("audit tamper", tests, world_make, world_drop);
}
