/* The audit log's chain: sealed within a second, signed outside the database, verified by anyone.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/buffer.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/text.h"
#include "core/why.h"

struct admin;

/* ---- an event and its digest (docs/adr/0004-audit-chain.md) -----------------------------------
 */

/*
 * All of an event's fields, ordered as RFC 8785 orders them, with how each is read from `e`.
 * Texts; NULL for what the event does not have; `data` is JSON.
 */
/* clang-format off */
#define AUDIT_FIELDS(X)                                                                            \
	X(actor_id,        "e.actor_id")                                                           \
	X(actor_kind,      "e.actor_kind")                                                         \
	X(application_id,  "e.application_id")                                                     \
	X(created_at,      "to_char(e.created_at AT TIME ZONE 'UTC', "                             \
			   "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")                                 \
	X(data,            "e.data")                                                               \
	X(id,              "e.id")                                                                 \
	X(object_id,       "e.object_id")                                                          \
	X(organization_id, "e.organization_id")                                                    \
	X(request_id,      "e.request_id")                                                         \
	X(type,            "e.type")
/* clang-format on */

struct audit_event {
#define AUDIT_MEMBER(name, sql) const char *name;
	AUDIT_FIELDS(AUDIT_MEMBER)
#undef AUDIT_MEMBER
};

/*
 * Appends the RFC 8785 form of a JSON text. Numbers are meant to be integers up to 2^53 - 1; any
 * other keeps the spelling it has, so that its every digit counts. ERR_INVALID: no JSON, a member
 * twice, or nested too deep. Check out->failed.
 */
enum err audit_canonical(const char *json, size_t len, struct arena *arena,
			 struct buffer *out) MUST_USE;
enum err audit_event_canonical(const struct audit_event *event, struct arena *arena,
			       struct buffer *out) MUST_USE;
enum err audit_event_digest(const struct audit_event *event, struct arena *arena,
			    uint8_t digest[SHA256_LEN]) MUST_USE;
/* What stands in front of an organization's first event. */
enum err audit_chain_begin(const char *organization_id, uint8_t chain[SHA256_LEN]) MUST_USE;
enum err audit_chain_next(const uint8_t chain[SHA256_LEN], const uint8_t digest[SHA256_LEN],
			  uint8_t next[SHA256_LEN]) MUST_USE;

/* ---- signed heads, kept outside the database ---------------------------------------------------
 */

struct audit_keys; /* the Ed25519 pair that signs heads; read-only once loaded */

/*
 * Loads DIR/key.pem, or makes the directory and the pair where they are missing: key.pem (mode
 * 0400) and public.pem. Relative to the working directory; a server says "audit".
 */
enum err audit_keys_load(struct audit_keys **out, const char *dir, struct why *why) MUST_USE;
void audit_keys_free(struct audit_keys *keys);

/* "The chain of this organization stood here." */
struct audit_head {
	char organization_id[UUID_TEXT_LEN + 1];
	int64_t seq;
	uint8_t chain[SHA256_LEN];
	char sealed_at[TIME_TEXT_LEN + 1];
};

/* Signs the heads and appends them to DIR/heads-YYYY-MM.ndjson, on disk when it returns. */
enum err audit_heads_append(const struct audit_keys *keys, const char *dir,
			    const struct audit_head *heads, size_t count, struct why *why) MUST_USE;
/*
 * Keeps of each organization the last head of every past hour of today, the last of every day
 * before, and any that a later one contradicts; drops a line that a crash left unfinished.
 */
enum err audit_heads_thin(const char *dir, int64_t now_ms, struct why *why) MUST_USE;

/* ---- the sealer --------------------------------------------------------------------------------
 */

struct sealer;

/*
 * Starts the thread that chains events. `url` connects as assay_sealer; `keys` and `dir` are
 * borrowed until sealer_stop. Any number of processes may have one: a database lock lets one of
 * them work, and another takes over when it goes. A lost database is waited for.
 */
enum err sealer_start(struct sealer **out, const char *url, const struct audit_keys *keys,
		      const char *dir, struct why *why) MUST_USE;
void sealer_stop(struct sealer *sealer); /* NULL is fine; within seconds */
/*
 * How long ago everything was last seen to be sealed (in a process that stands by: the age of the
 * oldest event that is not). Any thread may ask. Above 10 something is wrong.
 */
double sealer_lag_seconds(const struct sealer *sealer);
/* Is it this process that seals? */
bool sealer_holds(const struct sealer *sealer);

/* ---- the verifier ------------------------------------------------------------------------------
 */

/* clang-format off */
#define AUDIT_KINDS(X)                                                                             \
	X(CHANGED,    "changed")     /* an event is not what was sealed */                         \
	X(REMOVED,    "removed")     /* an event or a seal is gone */                              \
	X(REORDERED,  "reordered")   /* seals have changed places */                               \
	X(FORGED,     "forged")      /* a seal does not follow from those before it, or from a head */ \
	X(TRUNCATED,  "truncated")   /* a signed head is beyond the end */                         \
	X(UNSIGNED,   "unsigned")    /* sealed, but no signed head reaches it */                   \
	X(UNSEALED,   "unsealed")    /* an event without a seal for too long */                    \
	X(TEXT,       "text")        /* a scorecard's text is not what its event says */           \
	X(HEAD,       "head")        /* a line of a heads file that the key did not sign */
/* clang-format on */
enum audit_kind {
#define AUDIT_KIND(name, text) AUDIT_##name,
	AUDIT_KINDS(AUDIT_KIND)
#undef AUDIT_KIND
};
const char *audit_kind_name(enum audit_kind kind);

struct audit_finding {
	enum audit_kind kind;
	char organization_id[UUID_TEXT_LEN + 1]; /* "" for a heads file */
	int64_t seq;				 /* 0: none */
	char id[UUID_TEXT_LEN + 1];		 /* of the event or scorecard; "" if unknown */
	char text[320];				 /* a plain sentence */
};

struct audit_report {
	void (*found)(void *arg, const struct audit_finding *finding); /* called for each */
	void *arg;
	uint64_t findings, events, organizations;
	uint64_t revisions; /* whose text fits its digest */
	uint64_t covered;   /* texts that an erasure took, so that only their digest is left */
	char sealed_through[TIME_TEXT_LEN + 8]; /* "" when nothing is sealed */
};

/* The heads to verify against, sorted; those that the key did not sign are findings instead. */
struct audit_heads {
	struct audit_head *items;
	size_t count, room;
};
/* Adds a file's heads. `public_pem` may hold several keys, one of which must have signed. */
enum err audit_heads_read(struct audit_heads *heads, const char *file, const char *public_pem,
			  struct audit_report *report, struct why *why) MUST_USE;
/* Adds all of DIR/heads-*.ndjson, signed by DIR/public.pem; none is fine. */
enum err audit_heads_read_dir(struct audit_heads *heads, const char *dir,
			      struct audit_report *report, struct why *why) MUST_USE;
void audit_heads_release(struct audit_heads *heads);

/*
 * Reads everything in one snapshot, as a role that may (assay_backup), in flat memory.
 * `organization_id` NULL: all. The error is about reading; what is wrong with the data goes to
 * the report.
 */
enum err audit_verify_database(struct admin *admin, const char *organization_id,
			       const struct audit_heads *heads, struct audit_report *report,
			       struct why *why) MUST_USE;
/* The same chain checks on what audit_export wrote, without a database. */
enum err audit_verify_file(const char *file, const struct audit_heads *heads,
			   struct audit_report *report, struct why *why) MUST_USE;
/* One line a sealed event, in the order of the chain. */
enum err audit_export(struct admin *admin, const char *organization_id, FILE *out,
		      struct why *why) MUST_USE;
/* Id of an organization named by id, slug or name; NULL name is only for audit_verify's "all". */
enum err audit_organization(struct admin *admin, const char *name, char id[UUID_TEXT_LEN + 1],
			    struct why *why) MUST_USE;

/* ---- after an erasure --------------------------------------------------------------------------
 */

/*
 * Rewrites the tables that hold personal data and the planner's statistics about them, so that no
 * old version of a row is left in a data file. `admin` is connected as a user who may become
 * assay_owner. Each table is locked while it is rewritten. `say` tells of progress, and of what
 * that user was not allowed to do.
 */
enum err audit_compact(struct admin *admin, void (*say)(const char *sentence),
		       struct why *why) MUST_USE;

#endif
