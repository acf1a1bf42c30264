/* Seals one batch of events: digests, chains, and the seals in one statement. */
#include <assert.h>
#include <inttypes.h>

#include "audit/sealing.h"
#include "core/clock.h"
#include "core/log.h"

#define ARRAY_BYTES_MOST ((size_t)16 << 20)

/* The seals of a batch, as PostgreSQL's arrays. */
struct seals {
	struct buffer organization, seq, event, digest, chain;
	int count;
};

static void array_add(struct buffer *array, const char *text)
{
	buffer_char(array, array->len == 0 ? '{' : ',');
	buffer_text(array, text);
}

static void seals_init(struct seals *seals)
{
	struct buffer *arrays[] = {&seals->organization, &seals->seq, &seals->event, &seals->digest,
				   &seals->chain};
	for (size_t i = 0; i < ARRAY_LEN(arrays); i++)
		buffer_init(arrays[i], ARRAY_BYTES_MOST);
	seals->count = 0;
}

static void seals_release(struct seals *seals)
{
	buffer_release(&seals->organization);
	buffer_release(&seals->seq);
	buffer_release(&seals->event);
	buffer_release(&seals->digest);
	buffer_release(&seals->chain);
}

static void seals_add(struct seals *seals, const struct audit_head *head, const char *event_id,
		      const uint8_t digest[SHA256_LEN])
{
	char hex[SHA256_HEX_LEN + 1], number[24];
	(void)snprintf(number, sizeof(number), "%" PRId64, head->seq);
	array_add(&seals->organization, head->organization_id);
	array_add(&seals->seq, number);
	array_add(&seals->event, event_id);
	hex_encode(digest, SHA256_LEN, hex);
	array_add(&seals->digest, hex);
	hex_encode(head->chain, SHA256_LEN, hex);
	array_add(&seals->chain, hex);
	seals->count++;
}

static enum err seals_insert(struct sealing *sealing, struct seals *seals, struct why *why)
{
	buffer_char(&seals->organization, '}');
	buffer_char(&seals->seq, '}');
	buffer_char(&seals->event, '}');
	buffer_char(&seals->digest, '}');
	buffer_char(&seals->chain, '}');
	if (seals->organization.failed || seals->seq.failed || seals->event.failed ||
	    seals->digest.failed || seals->chain.failed)
		return why_set(why, ERR_MEMORY, "out of memory");
	const char *args[] = {seals->organization.data, seals->seq.data, seals->event.data,
			      seals->digest.data, seals->chain.data};
	struct admin_rows rows = {NULL, 0};
	TRY(admin_query(sealing->admin,
			"INSERT INTO event_seals (organization_id, seq, event_id, digest, chain) "
			"SELECT o, s, e, decode(d, 'hex'), decode(c, 'hex') FROM unnest($1::uuid[],"
			" $2::bigint[], $3::uuid[], $4::text[], $5::text[]) AS t(o, s, e, d, c)",
			args, ARRAY_LEN(args), &rows, why));
	admin_rows_release(&rows);
	return OK;
}

/* Where each of the batch's organizations stands; one head for each, in the rows' order. */
static enum err heads_load(struct sealing *sealing, const struct admin_rows *events,
			   struct audit_head *heads, size_t *count, struct why *why)
{
	struct buffer list;
	struct admin_rows rows = {NULL, 0};
	buffer_init(&list, ARRAY_BYTES_MOST);
	for (int i = 0; i < events->count; i++) {
		struct audit_event event;
		event_from_row(&event, events, i, 0);
		if (*count > 0 &&
		    strcmp(heads[*count - 1].organization_id, event.organization_id) == 0)
			continue;
		struct audit_head *head = &heads[(*count)++];
		(void)snprintf(head->organization_id, sizeof(head->organization_id), "%s",
			       event.organization_id);
		array_add(&list, event.organization_id);
	}
	buffer_char(&list, '}');
	const char *args[] = {list.data};
	enum err err = list.failed ? why_set(why, ERR_MEMORY, "out of memory") : OK;
	if (err == OK)
		err = admin_query(
		    sealing->admin,
		    "SELECT s.seq, encode(s.chain, 'hex') FROM unnest($1::uuid[]) WITH ORDINALITY "
		    "AS o(id, n) LEFT JOIN LATERAL (SELECT seq, chain FROM event_seals e WHERE "
		    "e.organization_id = o.id ORDER BY e.seq DESC LIMIT 1) s ON true ORDER BY o.n",
		    args, 1, &rows, why);
	buffer_release(&list);
	if (err != OK)
		return err;
	assert((size_t)rows.count == *count);
	for (size_t i = 0; i < *count && err == OK; i++) {
		const char *chain = admin_value(&rows, (int)i, 1);
		heads[i].seq = integer_from_text(admin_value(&rows, (int)i, 0));
		if (chain == NULL)
			err = audit_chain_begin(heads[i].organization_id, heads[i].chain);
		else if (!hash_from_hex(chain, strlen(chain), heads[i].chain))
			err = ERR_INTERNAL;
	}
	admin_rows_release(&rows);
	return err == OK ? OK : why_set(why, err, "%s", err_text(err));
}

/* An event that has no canonical form is left out: unsealed, it is a finding. */
static enum err event_seal(struct sealing *sealing, const struct audit_event *event,
			   struct audit_head *head, struct seals *seals)
{
	uint8_t digest[SHA256_LEN], chain[SHA256_LEN];
	enum err err = audit_event_digest(event, &sealing->arena, digest);
	if (err == ERR_INVALID) {
		if (strcmp(sealing->unsealable, event->id) == 0)
			return OK;
		(void)snprintf(sealing->unsealable, sizeof(sealing->unsealable), "%s", event->id);
		log_line(LOG_ERROR, "audit.unsealable", "organization=%s event=%s",
			 event->organization_id, event->id);
		return OK;
	}
	TRY(err);
	TRY(audit_chain_next(head->chain, digest, chain));
	memcpy(head->chain, chain, SHA256_LEN);
	head->seq++;
	seals_add(seals, head, event->id, digest);
	return OK;
}

static enum err rows_seal(struct sealing *sealing, const struct admin_rows *rows,
			  struct seals *seals, struct why *why)
{
	size_t count = 0, at = 0;
	struct audit_head *heads =
	    arena_alloc(&sealing->arena, (size_t)rows->count * sizeof(*heads));
	if (heads == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	TRY(heads_load(sealing, rows, heads, &count, why));
	enum err err = OK;
	for (int i = 0; i < rows->count && err == OK; i++) {
		struct audit_event event;
		event_from_row(&event, rows, i, 0);
		at += strcmp(heads[at].organization_id, event.organization_id) != 0;
		err = event_seal(sealing, &event, &heads[at], seals);
		/* Written alike, in UTC, times order as texts. */
		if (strcmp(event.created_at, sealing->newest) > 0)
			(void)snprintf(sealing->newest, sizeof(sealing->newest), "%s",
				       event.created_at);
	}
	if (err != OK)
		return why_set(why, err, "%s", err_text(err));
	if (seals->count == 0)
		return OK;
	TRY(seals_insert(sealing, seals, why));
	int64_t now = clock_unix_ms();
	for (size_t i = 0; i < count && err == OK; i++) {
		time_format(now, heads[i].sealed_at);
		if (heads[i].seq > 0)
			err = sealing_head_changed(sealing, &heads[i]);
	}
	return err == OK ? OK : why_set(why, err, "%s", err_text(err));
}

enum err sealing_batch(struct sealing *sealing, const char *where, const char *const *args,
		       int arg_count, int *count, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	struct seals seals;
	arena_reset(&sealing->arena);
	*count = 0;
	sealing->newest[0] = '\0';
	/* The two steps keep the planner from reading all events in another index's order. */
	const char *sql = arena_printf(
	    &sealing->arena,
	    "WITH unsealed AS MATERIALIZED (SELECT e.organization_id, e.id FROM events e WHERE "
	    "NOT EXISTS (SELECT FROM event_seals s WHERE s.organization_id = e.organization_id "
	    "AND s.event_id = e.id) AND %s LIMIT %d) SELECT " AUDIT_FIELDS(
		EVENT_COLUMN) "%s "
			      "FROM unsealed u JOIN events e ON e.organization_id = "
			      "u.organization_id "
			      "AND e.id = u.id ORDER BY e.organization_id, e.created_at, e.id",
	    where, SEALING_BATCH, EVENT_COLUMNS_END);
	if (sql == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	TRY(admin_query(sealing->admin, sql, args, arg_count, &rows, why));
	seals_init(&seals);
	enum err err = rows.count > 0 ? rows_seal(sealing, &rows, &seals, why) : OK;
	*count = seals.count;
	seals_release(&seals);
	admin_rows_release(&rows);
	return err;
}
