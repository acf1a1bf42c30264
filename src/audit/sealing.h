/* What the sealer's thread does, one step at a time, on its own connection. */
#ifndef AUDIT_SEALING_H
#define AUDIT_SEALING_H

#include "audit/row.h"

struct sealing {
	char *url, *dir; /* copies */
	const struct audit_keys *keys;
	struct admin *admin; /* NULL: not connected */
	bool holds;	     /* the lock that lets one sealer work */
	struct arena arena;  /* of one batch */

	/* Every event from before `from` is sealed, for all that is known (sealing_recent). */
	char from[64], mark_time[64], mark_xmax[32];

	char newest[64];		    /* created_at of the last batch's newest event */
	char unsealable[UUID_TEXT_LEN + 1]; /* the event last complained of */

	bool sweeping, first_sweep;
	char sweep_organization[UUID_TEXT_LEN + 1], sweep_id[UUID_TEXT_LEN + 1];

	struct audit_head *heads; /* changed, and not written yet */
	size_t head_count, head_room;
};

enum err sealing_init(struct sealing *sealing, const char *url, const struct audit_keys *keys,
		      const char *dir) MUST_USE;
void sealing_release(struct sealing *sealing);
enum err sealing_connect(struct sealing *sealing, struct why *why) MUST_USE;
void sealing_disconnect(struct sealing *sealing);
/* Tries to take the lock if it is not held. */
enum err sealing_hold(struct sealing *sealing, struct why *why) MUST_USE;

/* Seals what was committed lately. */
enum err sealing_recent(struct sealing *sealing, struct why *why) MUST_USE;
/* Looks through all events, a stretch at each step. */
void sealing_sweep_begin(struct sealing *sealing);
enum err sealing_sweep_step(struct sealing *sealing, struct why *why) MUST_USE;
/* For who does not hold the lock: seconds since the oldest unsealed event of late, or 0. */
enum err sealing_oldest(struct sealing *sealing, double *age, struct why *why) MUST_USE;

/* Every organization's head is to be written. */
enum err sealing_all_heads(struct sealing *sealing, struct why *why) MUST_USE;
enum err sealing_write_heads(struct sealing *sealing, struct why *why) MUST_USE;

/* sealing_batch.c: seals the events that `where` leaves; *count: how many. */
#define SEALING_BATCH 2000
enum err sealing_batch(struct sealing *sealing, const char *where, const char *const *args,
		       int arg_count, int *count, struct why *why) MUST_USE;
enum err sealing_head_changed(struct sealing *sealing, const struct audit_head *head) MUST_USE;

#endif
