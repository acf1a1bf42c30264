/* The sealer's steps: its lock, where it looks for events, and the heads that are due. */
#include "audit/sealing.h"

#include <assert.h>

#include "core/clock.h"

#define BATCH_MEMORY ((size_t)256 << 20)
#define SWEEP_STEP   "9999"
/* Any number that nothing else locks in this database. */
#define SEALER_LOCK "7146512240031"
#define NO_ID	    "00000000-0000-0000-0000-000000000000"

enum err sealing_init(struct sealing *sealing, const char *url, const struct audit_keys *keys,
		      const char *dir)
{
	*sealing = (struct sealing){.keys = keys, .url = strdup(url), .dir = strdup(dir)};
	arena_init(&sealing->arena, BATCH_MEMORY);
	return sealing->url != NULL && sealing->dir != NULL ? OK : ERR_MEMORY;
}

void sealing_release(struct sealing *sealing)
{
	sealing_disconnect(sealing);
	arena_release(&sealing->arena);
	free(sealing->heads);
	free(sealing->url);
	free(sealing->dir);
	*sealing = (struct sealing){.url = NULL};
}

/* ---- connection and lock -----------------------------------------------------------------------
 */

enum err sealing_connect(struct sealing *sealing, struct why *why)
{
	TRY(admin_connect(&sealing->admin, sealing->url, why));
	/* Few rows out of many, always: whatever the statistics say, the indexes are the way. */
	return admin_run(sealing->admin,
			 "SET application_name = 'assay sealer'; SET search_path = public, pg_temp;"
			 "SET statement_timeout = '20s'; SET lock_timeout = '5s';"
			 "SET enable_seqscan = off; SET enable_hashjoin = off;"
			 "SET enable_mergejoin = off; SET enable_incremental_sort = off",
			 why);
}

void sealing_disconnect(struct sealing *sealing)
{
	admin_close(sealing->admin);
	sealing->admin = NULL;
	sealing->holds = false;
}

/* The lock belongs to the connection: it goes when that goes, however it does. */
enum err sealing_hold(struct sealing *sealing, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	if (sealing->holds)
		return OK;
	TRY(admin_query(sealing->admin, "SELECT pg_try_advisory_lock(" SEALER_LOCK "), now()", NULL,
			0, &rows, why));
	sealing->holds = admin_value(&rows, 0, 0)[0] == 't';
	(void)snprintf(sealing->from, sizeof(sealing->from), "%s", "-infinity");
	sealing->mark_xmax[0] = '\0';
	admin_rows_release(&rows);
	return OK;
}

/* ---- where events are looked for ---------------------------------------------------------------
 */

/*
 * An event becomes visible when its transaction commits, which may be long after its created_at.
 * A mark remembers a moment and the first transaction number that was not given out yet. Once all
 * transactions before that number have ended, whatever was written before the mark has been seen,
 * so that the next look may begin there; with a second to spare, since the clock is read
 * shortly before the number is taken.
 */
static enum err mark_move(struct sealing *sealing, char confirmed[64], struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	const char *args[] = {sealing->mark_xmax[0] != '\0' ? sealing->mark_xmax : NULL};
	TRY(admin_query(sealing->admin,
			"SELECT clock_timestamp() - interval '1 second', pg_snapshot_xmax(s), "
			"$1::xid8 IS NULL, coalesce(pg_snapshot_xmin(s) >= $1::xid8, false) "
			"FROM pg_current_snapshot() s",
			args, 1, &rows, why));
	bool first = admin_value(&rows, 0, 2)[0] == 't',
	     passed = admin_value(&rows, 0, 3)[0] == 't';
	(void)snprintf(confirmed, 64, "%s", passed ? sealing->mark_time : sealing->from);
	if (first || passed) {
		(void)snprintf(sealing->mark_time, sizeof(sealing->mark_time), "%s",
			       admin_value(&rows, 0, 0));
		(void)snprintf(sealing->mark_xmax, sizeof(sealing->mark_xmax), "%s",
			       admin_value(&rows, 0, 1));
	}
	admin_rows_release(&rows);
	return OK;
}

/* Of what a forgotten transaction would otherwise make grow; the sweep looks further back. */
#define RECENT                                                                                     \
	"e.created_at >= greatest($1::timestamptz, now() - interval '5 minutes') "                 \
	"ORDER BY e.created_at"

enum err sealing_recent(struct sealing *sealing, struct why *why)
{
	char confirmed[64], from[64];
	int count = SEALING_BATCH;
	TRY(mark_move(sealing, confirmed, why));
	(void)snprintf(from, sizeof(from), "%s", sealing->from);
	while (count == SEALING_BATCH) {
		const char *args[] = {from};
		TRY(sealing_batch(sealing, RECENT, args, 1, &count, why));
		/* There is more: behind these, since they came in order. */
		if (count == SEALING_BATCH)
			(void)snprintf(from, sizeof(from), "%s", sealing->newest);
	}
	(void)snprintf(sealing->from, sizeof(sealing->from), "%s", confirmed);
	return OK;
}

enum err sealing_oldest(struct sealing *sealing, double *age, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	TRY(admin_query(sealing->admin,
			"SELECT extract(epoch FROM clock_timestamp() - e.created_at) FROM events e "
			"WHERE e.created_at > now() - interval '15 seconds' AND NOT EXISTS (SELECT "
			"FROM event_seals s WHERE s.organization_id = e.organization_id AND "
			"s.event_id = e.id) ORDER BY e.created_at LIMIT 1",
			NULL, 0, &rows, why));
	*age = rows.count > 0 ? strtod(admin_value(&rows, 0, 0), NULL) : 0;
	admin_rows_release(&rows);
	return OK;
}

/* ---- the sweep ---------------------------------------------------------------------------------
 */

void sealing_sweep_begin(struct sealing *sealing)
{
	sealing->first_sweep = !sealing->sweeping && sealing->sweep_id[0] == '\0';
	sealing->sweeping = true;
	(void)snprintf(sealing->sweep_organization, sizeof(sealing->sweep_organization), NO_ID);
	(void)snprintf(sealing->sweep_id, sizeof(sealing->sweep_id), NO_ID);
}

enum err sealing_sweep_step(struct sealing *sealing, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	const char *args[4] = {sealing->sweep_organization, sealing->sweep_id, NULL, NULL};
	TRY(admin_query(sealing->admin,
			"SELECT organization_id, id FROM events WHERE (organization_id, id) > "
			"($1::uuid, $2::uuid) ORDER BY organization_id, id OFFSET " SWEEP_STEP
			" LIMIT 1",
			args, 2, &rows, why));
	bool last = rows.count == 0;
	args[2] = last ? NULL : admin_value(&rows, 0, 0);
	args[3] = last ? NULL : admin_value(&rows, 0, 1);
	int count = SEALING_BATCH;
	enum err err = OK;
	while (err == OK && count == SEALING_BATCH)
		err = sealing_batch(sealing,
				    last ? "(e.organization_id, e.id) > ($1::uuid, $2::uuid)"
					 : "(e.organization_id, e.id) > ($1::uuid, $2::uuid) AND "
					   "(e.organization_id, e.id) <= ($3::uuid, $4::uuid)",
				    args, last ? 2 : 4, &count, why);
	if (err == OK && !last) {
		(void)snprintf(sealing->sweep_organization, sizeof(sealing->sweep_organization),
			       "%s", args[2]);
		(void)snprintf(sealing->sweep_id, sizeof(sealing->sweep_id), "%s", args[3]);
	}
	if (err == OK && last)
		sealing->sweeping = false;
	admin_rows_release(&rows);
	return err;
}

/* ---- heads -------------------------------------------------------------------------------------
 */

enum err sealing_head_changed(struct sealing *sealing, const struct audit_head *head)
{
	for (size_t i = 0; i < sealing->head_count; i++) {
		if (strcmp(sealing->heads[i].organization_id, head->organization_id) == 0) {
			sealing->heads[i] = *head;
			return OK;
		}
	}
	if (sealing->head_count == sealing->head_room) {
		size_t room = sealing->head_room > 0 ? sealing->head_room * 2 : 64;
		struct audit_head *heads = reallocarray(sealing->heads, room, sizeof(*heads));
		if (heads == NULL)
			return ERR_MEMORY;
		sealing->heads = heads;
		sealing->head_room = room;
	}
	sealing->heads[sealing->head_count++] = *head;
	return OK;
}

/* Whatever the last holder sealed and did not live to sign. */
enum err sealing_all_heads(struct sealing *sealing, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	TRY(admin_query(
	    sealing->admin,
	    "WITH RECURSIVE o AS ((SELECT organization_id FROM event_seals ORDER BY 1 LIMIT 1) "
	    "UNION ALL SELECT (SELECT s.organization_id FROM event_seals s WHERE s.organization_id "
	    "> o.organization_id ORDER BY 1 LIMIT 1) FROM o WHERE o.organization_id IS NOT NULL) "
	    "SELECT o.organization_id, h.seq, encode(h.chain, 'hex') FROM o CROSS JOIN LATERAL "
	    "(SELECT seq, chain FROM event_seals s WHERE s.organization_id = o.organization_id "
	    "ORDER BY seq DESC LIMIT 1) h",
	    NULL, 0, &rows, why));
	enum err err = OK;
	for (int i = 0; i < rows.count && err == OK; i++) {
		struct audit_head head = {.seq = integer_from_text(admin_value(&rows, i, 1))};
		const char *chain = admin_value(&rows, i, 2);
		(void)snprintf(head.organization_id, sizeof(head.organization_id), "%s",
			       admin_value(&rows, i, 0));
		time_format(clock_unix_ms(), head.sealed_at);
		if (hash_from_hex(chain, strlen(chain), head.chain))
			err = sealing_head_changed(sealing, &head);
	}
	admin_rows_release(&rows);
	return err == OK ? OK : why_set(why, err, "%s", err_text(err));
}

enum err sealing_write_heads(struct sealing *sealing, struct why *why)
{
	TRY(audit_heads_append(sealing->keys, sealing->dir, sealing->heads, sealing->head_count,
			       why));
	sealing->head_count = 0;
	return OK;
}
