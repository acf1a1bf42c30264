/* Recomputes an organization's chain and says what does not fit, and where. */
#include "audit/chain.h"

#include <inttypes.h>
#include <stdarg.h>

#include "core/control.h"

#define LOOKS_MOST   64
#define UNSIGNED_AGE 10

static const char *const kind_names[] = {
#define KIND_NAME(name, text) [AUDIT_##name] = (text),
    AUDIT_KINDS(KIND_NAME)
#undef KIND_NAME
};

const char *audit_kind_name(enum audit_kind kind)
{
	return kind_names[kind];
}

void report_found(struct audit_report *report, enum audit_kind kind, const char *organization_id,
		  int64_t seq, const char *id, const char *format, ...)
{
	struct audit_finding finding = {.kind = kind, .seq = seq};
	va_list args;
	(void)snprintf(finding.organization_id, sizeof(finding.organization_id), "%s",
		       organization_id);
	(void)snprintf(finding.id, sizeof(finding.id), "%s", id != NULL ? id : "");
	va_start(args, format);
	(void)vsnprintf(finding.text, sizeof(finding.text), format, args);
	va_end(args);
	report->findings++;
	report->found(report->arg, &finding);
}

void chain_check_init(struct chain_check *check, struct audit_report *report,
		      const struct audit_heads *heads, const char *organization_id,
		      chain_follower_fn *follower, void *source)
{
	*check = (struct chain_check){.report = report,
				      .heads = heads,
				      .organization_id = organization_id,
				      .follower = follower,
				      .source = source};
	arena_init(&check->arena, (size_t)64 << 20);
}

/* ---- heads -------------------------------------------------------------------------------------
 */

static const struct audit_head *head_next(const struct chain_check *check)
{
	return check->head < check->heads->count ? &check->heads->items[check->head] : NULL;
}

/* Heads come sorted: whatever is of an organization before this one has no seal at all. */
static void heads_skip(struct chain_check *check, const char *until)
{
	const struct audit_head *head = NULL;
	while ((head = head_next(check)) != NULL &&
	       (until == NULL || strcmp(head->organization_id, until) < 0)) {
		const struct audit_head *last = head;
		while ((head = head_next(check)) != NULL &&
		       strcmp(head->organization_id, last->organization_id) == 0) {
			last = head;
			check->head++;
		}
		if (!check->partial && (check->organization_id == NULL ||
					strcmp(check->organization_id, last->organization_id) == 0))
			report_found(check->report, AUDIT_TRUNCATED, last->organization_id,
				     last->seq, NULL,
				     "a head signed at %s stands at seal %" PRId64
				     ", but the organization has no seals at all",
				     last->sealed_at, last->seq);
	}
}

static void heads_compare(struct chain_check *check, const struct chain_seal *seal)
{
	const struct audit_head *head = NULL;
	while ((head = head_next(check)) != NULL &&
	       strcmp(head->organization_id, check->organization) == 0 && head->seq <= seal->seq) {
		check->head++;
		check->head_last = head->seq;
		if (head->seq < seal->seq || check->head_broken ||
		    memcmp(head->chain, seal->chain, SHA256_LEN) == 0)
			continue;
		/* Once is enough: every later head differs too. */
		check->head_broken = true;
		report_found(check->report, AUDIT_FORGED, check->organization, seal->seq,
			     seal->event_id,
			     "the head signed at %s is not what seal %" PRId64
			     " says: it or one before it was made anew",
			     head->sealed_at, seal->seq);
	}
}

static void organization_end(struct chain_check *check)
{
	const struct audit_head *head = NULL, *last = NULL;
	if (check->organization[0] == '\0')
		return;
	while ((head = head_next(check)) != NULL &&
	       strcmp(head->organization_id, check->organization) == 0) {
		last = head;
		check->head++;
	}
	if (last != NULL)
		report_found(check->report, AUDIT_TRUNCATED, check->organization, last->seq, NULL,
			     "a head signed at %s stands at seal %" PRId64
			     ", but the record ends at %" PRId64 ": %" PRId64 " are cut off",
			     last->sealed_at, last->seq, check->seq, last->seq - check->seq);
	else if (check->heads->count > 0 && check->head_last < check->seq &&
		 check->age > UNSIGNED_AGE)
		report_found(check->report, AUDIT_UNSIGNED, check->organization, check->seq, NULL,
			     "seals %" PRId64 " to %" PRId64
			     " stand behind the last signed head (a server that was killed signs "
			     "them at its next start)",
			     check->head_last + 1, check->seq);
}

static enum err organization_begin(struct chain_check *check, const char *id)
{
	organization_end(check);
	heads_skip(check, id);
	(void)snprintf(check->organization, sizeof(check->organization), "%s", id);
	check->seq = 0;
	check->linked = true;
	check->exchanged = check->head_broken = false;
	check->head_last = 0;
	check->report->organizations++;
	return audit_chain_begin(id, check->before);
}

void chain_check_end(struct chain_check *check)
{
	organization_end(check);
	heads_skip(check, NULL);
	arena_release(&check->arena);
}

/* ---- seals -------------------------------------------------------------------------------------
 */

static void sequence_check(struct chain_check *check, const struct chain_seal *seal)
{
	int64_t missing = seal->seq - check->seq - 1;
	if (missing == 0 || !DEFENCE(audit_sequence))
		return;
	check->linked = false;
	if (missing < 0)
		report_found(check->report, AUDIT_REORDERED, check->organization, seal->seq,
			     seal->event_id, "seal %" PRId64 " stands behind seal %" PRId64,
			     seal->seq, check->seq);
	else if (missing == 1)
		report_found(check->report, AUDIT_REMOVED, check->organization, check->seq + 1,
			     NULL, "seal %" PRId64 " is gone", check->seq + 1);
	else
		report_found(check->report, AUDIT_REMOVED, check->organization, check->seq + 1,
			     NULL, "seals %" PRId64 " to %" PRId64 " are gone", check->seq + 1,
			     seal->seq - 1);
}

/* *fits: the event is what its seal says. */
static enum err event_check(struct chain_check *check, const struct chain_seal *seal, bool *fits)
{
	uint8_t digest[SHA256_LEN];
	*fits = seal->event.id == NULL && !DEFENCE(audit_event);
	if (*fits)
		return OK;
	if (seal->event.id == NULL) {
		report_found(check->report, AUDIT_REMOVED, check->organization, seal->seq,
			     seal->event_id, "event %s of seal %" PRId64 " is gone", seal->event_id,
			     seal->seq);
		return OK;
	}
	enum err err = audit_event_digest(&seal->event, &check->arena, digest);
	if (err != OK && err != ERR_INVALID)
		return err;
	check->report->events++;
	*fits =
	    !DEFENCE(audit_digest) || (err == OK && memcmp(digest, seal->digest, SHA256_LEN) == 0);
	if (!*fits)
		report_found(check->report, AUDIT_CHANGED, check->organization, seal->seq,
			     seal->event_id,
			     "event %s (%s) was changed after it was sealed as %" PRId64,
			     seal->event_id, seal->event.type, seal->seq);
	return OK;
}

static enum err link_broken(struct chain_check *check, const struct chain_seal *seal, bool fits)
{
	struct chain_follower other = {.organization_id = check->organization, .except = seal->seq};
	memcpy(other.before, check->before, SHA256_LEN);
	memcpy(other.chain, seal->chain, SHA256_LEN);
	if (check->looks++ < LOOKS_MOST)
		TRY(check->follower(check->source, &other));
	if (other.seq == 0) {
		report_found(
		    check->report, AUDIT_FORGED, check->organization, seal->seq, seal->event_id,
		    "seal %" PRId64 " (event %s) does not follow from seal %" PRId64 ": %s",
		    seal->seq, seal->event_id, seal->seq - 1,
		    fits ? "one of the two was inserted, or changed with its event"
			 : "it was changed");
		return OK;
	}
	check->exchanged = true;
	memcpy(check->other, other.found, SHA256_LEN);
	/* Told once, at the first of the two. */
	if (other.seq > seal->seq)
		report_found(
		    check->report, AUDIT_REORDERED, check->organization, seal->seq, seal->event_id,
		    "seals %" PRId64 " and %" PRId64 " have changed places", seal->seq, other.seq);
	return OK;
}

static enum err link_check(struct chain_check *check, const struct chain_seal *seal, bool fits)
{
	uint8_t chain[SHA256_LEN];
	bool exchanged = check->exchanged;
	check->exchanged = false;
	if (!check->linked || !DEFENCE(audit_link))
		return OK;
	TRY(audit_chain_next(check->before, seal->digest, chain));
	if (memcmp(chain, seal->chain, SHA256_LEN) == 0)
		return OK;
	if (exchanged && memcmp(check->other, seal->chain, SHA256_LEN) == 0) {
		/* The second of two neighbours: what follows belongs behind the first. */
		memcpy(check->other, check->before, SHA256_LEN);
		check->exchanged = true;
		return OK;
	}
	if (exchanged) {
		TRY(audit_chain_next(check->other, seal->digest, chain));
		if (memcmp(chain, seal->chain, SHA256_LEN) == 0)
			return OK;
	}
	return link_broken(check, seal, fits);
}

enum err chain_check_seal(struct chain_check *check, const struct chain_seal *seal)
{
	bool fits = false;
	if (strcmp(check->organization, seal->organization_id) != 0)
		TRY(organization_begin(check, seal->organization_id));
	arena_reset(&check->arena);
	sequence_check(check, seal);
	TRY(event_check(check, seal, &fits));
	TRY(link_check(check, seal, fits));
	heads_compare(check, seal);
	memcpy(check->before, seal->chain, SHA256_LEN);
	check->linked = true;
	check->seq = seal->seq;
	check->age = seal->age;
	if (strcmp(seal->sealed_at, check->report->sealed_through) > 0)
		(void)snprintf(check->report->sealed_through, sizeof(check->report->sealed_through),
			       "%s", seal->sealed_at);
	return OK;
}
