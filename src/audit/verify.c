/* Verifies the audit log in the database, and exports it. */
#include <inttypes.h>

#include "audit/chain.h"
#include "audit/json.h"
#include "audit/row.h"
#include "core/control.h"

#define FETCH "FETCH 1000 FROM audit"
/* What an event may wait for its seal before that is a finding. */
#define PATIENCE "10 seconds"

struct database_source {
	struct admin *admin;
	struct why *why;
};

/* ---- reading in one snapshot, a stretch at a time ----------------------------------------------
 */

typedef enum err row_fn(void *arg, const struct admin_rows *rows, int row);

static enum err cursor_run(struct admin *admin, const char *sql, const char *organization_id,
			   row_fn *each, void *arg, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	const char *args[] = {organization_id};
	TRY(admin_query(admin, sql, args, 1, &rows, why));
	admin_rows_release(&rows);
	enum err err = OK;
	int count = 1;
	while (err == OK && count > 0) {
		TRY(admin_query(admin, FETCH, NULL, 0, &rows, why));
		count = rows.count;
		for (int i = 0; i < count && err == OK; i++)
			err = each(arg, &rows, i);
		admin_rows_release(&rows);
	}
	if (err != OK)
		return why_set(why, err, "%s", err_text(err));
	return admin_run(admin, "CLOSE audit", why);
}

static enum err snapshot_begin(struct admin *admin, struct why *why)
{
	return admin_run(admin,
			 "SET search_path = public, pg_temp; SET statement_timeout = 0;"
			 "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
			 why);
}

/* ---- the chain ---------------------------------------------------------------------------------
 */

/* Seals with their events, in the chain's order; seven columns, then the event's. */
#define SEALS_CURSOR                                                                               \
	"DECLARE audit NO SCROLL CURSOR FOR SELECT s.organization_id, s.event_id, s.seq, "         \
	"encode(s.digest, 'hex'), encode(s.chain, 'hex'), to_char(s.sealed_at AT TIME ZONE "       \
	"'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), extract(epoch FROM now() - "                 \
	"s.sealed_at), " AUDIT_FIELDS(EVENT_COLUMN) EVENT_COLUMNS_END                              \
	    " FROM event_seals s LEFT JOIN events e ON e.organization_id = s.organization_id AND " \
	    "e.id = s.event_id WHERE $1::uuid IS NULL OR s.organization_id = $1::uuid "            \
	    "ORDER BY s.organization_id, s.seq"
enum { SEAL_COLUMN_COUNT = 7 };

static enum err seal_from_row(struct chain_seal *seal, const struct admin_rows *rows, int row)
{
	const char *digest = admin_value(rows, row, 3), *chain = admin_value(rows, row, 4);
	seal->organization_id = admin_value(rows, row, 0);
	seal->event_id = admin_value(rows, row, 1);
	seal->seq = integer_from_text(admin_value(rows, row, 2));
	seal->sealed_at = admin_value(rows, row, 5);
	seal->age = strtod(admin_value(rows, row, 6), NULL);
	event_from_row(&seal->event, rows, row, SEAL_COLUMN_COUNT);
	return hash_from_hex(digest, strlen(digest), seal->digest) &&
		       hash_from_hex(chain, strlen(chain), seal->chain)
		   ? OK
		   : ERR_INTERNAL;
}

static enum err seal_check_row(void *arg, const struct admin_rows *rows, int row)
{
	struct chain_seal seal;
	TRY(seal_from_row(&seal, rows, row));
	return chain_check_seal(arg, &seal);
}

static enum err database_follower(void *arg, struct chain_follower *follower)
{
	struct database_source *source = arg;
	char before[SHA256_HEX_LEN + 1], chain[SHA256_HEX_LEN + 1], except[24];
	struct admin_rows rows = {NULL, 0};
	hex_encode(follower->before, SHA256_LEN, before);
	hex_encode(follower->chain, SHA256_LEN, chain);
	(void)snprintf(except, sizeof(except), "%" PRId64, follower->except);
	const char *args[] = {follower->organization_id, before, chain, except};
	TRY(admin_query(source->admin,
			"SELECT seq, encode(chain, 'hex') FROM event_seals WHERE organization_id = "
			"$1::uuid AND seq <> $4::bigint AND sha256(decode($2, 'hex') || digest) IN "
			"(decode($3, 'hex'), chain) ORDER BY seq LIMIT 1",
			args, 4, &rows, source->why));
	if (rows.count > 0) {
		follower->seq = integer_from_text(admin_value(&rows, 0, 0));
		(void)hash_from_hex(admin_value(&rows, 0, 1), SHA256_HEX_LEN, follower->found);
	}
	admin_rows_release(&rows);
	return OK;
}

static enum err chain_verify(struct admin *admin, const char *organization_id,
			     const struct audit_heads *heads, struct audit_report *report,
			     struct why *why)
{
	struct database_source source = {admin, why};
	struct chain_check check;
	chain_check_init(&check, report, heads, organization_id, database_follower, &source);
	enum err err =
	    cursor_run(admin, SEALS_CURSOR, organization_id, seal_check_row, &check, why);
	chain_check_end(&check);
	return err;
}

/* ---- events without a seal ---------------------------------------------------------------------
 */

static enum err unsealed_row(void *arg, const struct admin_rows *rows, int row)
{
	const char *id = admin_value(rows, row, 1);
	report_found(arg, AUDIT_UNSEALED, admin_value(rows, row, 0), 0, id,
		     "event %s (%s) has had no seal for %s seconds", id, admin_value(rows, row, 2),
		     admin_value(rows, row, 3));
	return OK;
}

static enum err unsealed_verify(struct admin *admin, const char *organization_id,
				struct audit_report *report, struct why *why)
{
	if (!DEFENCE(audit_unsealed))
		return OK;
	return cursor_run(
	    admin,
	    "DECLARE audit NO SCROLL CURSOR FOR SELECT e.organization_id, e.id, e.type, "
	    "extract(epoch FROM now() - e.created_at)::bigint FROM events e WHERE e.created_at < "
	    "now() - interval '" PATIENCE "' AND ($1::uuid IS NULL OR e.organization_id = "
	    "$1::uuid) AND NOT EXISTS (SELECT FROM event_seals s WHERE s.organization_id = "
	    "e.organization_id AND s.event_id = e.id)",
	    organization_id, unsealed_row, report, why);
}

/* ---- texts about candidates --------------------------------------------------------------------
 */

/*
 * A revision's text must give the digest that stands beside it and in its event, under the
 * candidate's key; once that key is gone, an erasure must have been chained. What a sandbox held
 * before it was last emptied, and chained so, is gone with a reason.
 */
#define TEXTS_CURSOR                                                                               \
	"DECLARE audit NO SCROLL CURSOR FOR "                                                      \
	"WITH told AS (SELECT e.organization_id, e.object_id, e.data ->> 'revision' AS revision, " \
	"e.data ->> 'digest' AS digest, z.seq FROM events e LEFT JOIN event_seals z ON "           \
	"z.organization_id = e.organization_id AND z.event_id = e.id WHERE e.type IN "             \
	"('scorecard.submitted', 'scorecard.amended') "                                            \
	"AND ($1::uuid IS NULL OR e.organization_id = $1::uuid)), "                                \
	"emptied AS (SELECT e.organization_id, max(z.seq) AS seq FROM events e "                   \
	"JOIN event_seals z ON z.organization_id = e.organization_id AND z.event_id = e.id "       \
	"JOIN organizations o ON o.organization_id = e.organization_id AND o.kind = 'sandbox' "    \
	"WHERE e.type = 'sandbox.emptied' GROUP BY e.organization_id), "                           \
	"erased AS (SELECT e.organization_id, e.object_id FROM events e JOIN event_seals s ON "    \
	"s.organization_id = e.organization_id AND s.event_id = e.id WHERE e.type = "              \
	"'candidate.erased'), "                                                                    \
	"kept AS (SELECT r.organization_id, r.scorecard_id, r.number::text AS number, "            \
	"r.content_hash, k.key IS NOT NULL AS keyed, encode(hmac(convert_to(r.content::text, "     \
	"'UTF8'), k.key, 'sha256'), 'hex') = r.content_hash AS fits, a.candidate_id "              \
	"FROM scorecard_revisions r "                                                              \
	"LEFT JOIN scorecards c ON c.organization_id = r.organization_id AND c.id = "              \
	"r.scorecard_id LEFT JOIN applications a ON a.organization_id = c.organization_id AND "    \
	"a.id = c.application_id LEFT JOIN candidate_keys k ON k.organization_id = "               \
	"a.organization_id AND k.candidate_id = coalesce(a.digest_key_of, a.candidate_id) "        \
	"WHERE $1::uuid IS NULL OR r.organization_id = $1::uuid) "                                 \
	"SELECT coalesce(k.organization_id, t.organization_id), coalesce(k.scorecard_id, "         \
	"t.object_id), coalesce(k.number, t.revision), CASE "                                      \
	"WHEN k.scorecard_id IS NULL THEN CASE WHEN EXISTS (SELECT FROM emptied m WHERE "          \
	"m.organization_id = t.organization_id AND t.seq < m.seq) THEN 'covered' ELSE 'gone' END " \
	"WHEN t.object_id IS NULL THEN 'untold' "                                                  \
	"WHEN t.digest IS DISTINCT FROM k.content_hash THEN 'other' "                              \
	"WHEN NOT k.keyed THEN CASE WHEN EXISTS (SELECT FROM erased x WHERE x.organization_id = "  \
	"k.organization_id AND x.object_id = k.candidate_id) THEN 'covered' ELSE 'keyless' END "   \
	"WHEN k.fits THEN 'fits' ELSE 'changed' END "                                              \
	"FROM kept k FULL JOIN told t ON t.organization_id = k.organization_id AND t.object_id = " \
	"k.scorecard_id AND t.revision = k.number"

static const struct {
	const char *verdict, *sentence;
} text_verdicts[] = {
    {"gone", "is gone, though an event tells of it"},
    {"untold", "has no event that tells of it"},
    {"other", "has another digest than its event"},
    {"keyless", "cannot be checked: its candidate's key is gone, and no sealed erasure says why"},
    {"changed", "is not the text that was sealed"},
};

static enum err text_row(void *arg, const struct admin_rows *rows, int row)
{
	struct audit_report *report = arg;
	const char *id = admin_value(rows, row, 1), *number = admin_value(rows, row, 2);
	const char *verdict = admin_value(rows, row, 3);
	report->revisions += strcmp(verdict, "fits") == 0;
	report->covered += strcmp(verdict, "covered") == 0;
	for (size_t i = 0; i < ARRAY_LEN(text_verdicts); i++)
		if (strcmp(text_verdicts[i].verdict, verdict) == 0 && DEFENCE(audit_text))
			report_found(report, AUDIT_TEXT, admin_value(rows, row, 0), 0, id,
				     "revision %s of scorecard %s %s",
				     number != NULL ? number : "?", id, text_verdicts[i].sentence);
	return OK;
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

enum err audit_verify_database(struct admin *admin, const char *organization_id,
			       const struct audit_heads *heads, struct audit_report *report,
			       struct why *why)
{
	TRY(snapshot_begin(admin, why));
	TRY(chain_verify(admin, organization_id, heads, report, why));
	TRY(unsealed_verify(admin, organization_id, report, why));
	TRY(cursor_run(admin, TEXTS_CURSOR, organization_id, text_row, report, why));
	return admin_run(admin, "COMMIT", why);
}

enum err audit_organization(struct admin *admin, const char *name, char id[UUID_TEXT_LEN + 1],
			    struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	const char *args[] = {name};
	TRY(admin_query(admin,
			"SELECT organization_id FROM organizations WHERE organization_id::text = "
			"lower($1) OR slug = $1 OR name = $1 ORDER BY (slug = $1) DESC LIMIT 2",
			args, 1, &rows, why));
	enum err err = OK;
	if (rows.count == 0)
		err = why_set(why, ERR_NOT_FOUND, "there is no organization \"%.200s\"", name);
	else
		(void)snprintf(id, UUID_TEXT_LEN + 1, "%s", admin_value(&rows, 0, 0));
	admin_rows_release(&rows);
	return err;
}

/* ---- export ------------------------------------------------------------------------------------
 */

struct export
{
	FILE *out;
	struct arena arena;
};

/* {"chain":…,"digest":…,"event":{…},"event_id":…,"organization_id":…,"sealed_at":…,"seq":…} */
static enum err export_row(void *arg, const struct admin_rows *rows, int row)
{
	struct export *export = arg;
	struct chain_seal seal;
	struct buffer line;
	TRY(seal_from_row(&seal, rows, row));
	arena_reset(&export->arena);
	buffer_init(&line, (size_t)128 << 20);
	buffer_printf(&line,
		      "{\"chain\":\"%s\",\"digest\":\"%s\",\"event\":", admin_value(rows, row, 4),
		      admin_value(rows, row, 3));
	enum err err = OK;
	if (seal.event.id == NULL)
		buffer_text(&line, "null");
	else
		err = audit_event_canonical(&seal.event, &export->arena, &line);
	buffer_printf(&line,
		      ",\"event_id\":\"%s\",\"organization_id\":\"%s\",\"sealed_at\":\"%s\","
		      "\"seq\":%" PRId64 "}\n",
		      seal.event_id, seal.organization_id, seal.sealed_at, seal.seq);
	if (err == OK && line.failed)
		err = ERR_MEMORY;
	if (err == OK && fwrite(line.data, line.len, 1, export->out) != 1)
		err = ERR_UNAVAILABLE;
	buffer_release(&line);
	return err;
}

enum err audit_export(struct admin *admin, const char *organization_id, FILE *out, struct why *why)
{
	struct export export = {.out = out};
	arena_init(&export.arena, (size_t)64 << 20);
	enum err err = snapshot_begin(admin, why);
	if (err == OK)
		err = cursor_run(admin, SEALS_CURSOR, organization_id, export_row, &export, why);
	if (err == OK)
		err = admin_run(admin, "COMMIT", why);
	if (err == OK && fflush(out) != 0)
		err = why_set(why, ERR_UNAVAILABLE, "the export cannot be written");
	arena_release(&export.arena);
	return err;
}
