/* Checks a chain, seal by seal, from wherever the seals come. */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "audit/audit.h"

struct chain_seal {
	const char *organization_id, *event_id;
	int64_t seq;
	uint8_t digest[SHA256_LEN], chain[SHA256_LEN];
	const char *sealed_at;	  /* "" unknown */
	double age;		  /* seconds since it was sealed; 0 unknown */
	struct audit_event event; /* id NULL: there is none */
};

/*
 * Looks through the organization's seals for one that a chain value leads to, or for one whose
 * digest belongs where `chain` stands. *seq 0: none.
 */
struct chain_follower {
	const char *organization_id;
	uint8_t before[SHA256_LEN], chain[SHA256_LEN];
	int64_t except;
	int64_t seq;
	uint8_t found[SHA256_LEN]; /* its chain */
};
typedef enum err chain_follower_fn(void *source, struct chain_follower *follower);

struct chain_check {
	struct audit_report *report;
	const struct audit_heads *heads;
	const char *organization_id; /* the only one, or NULL */
	bool partial;		     /* an organization that has heads may be missing */
	chain_follower_fn *follower;
	void *source;
	struct arena arena;

	char organization[UUID_TEXT_LEN + 1]; /* of the seals that are being read; "" at first */
	int64_t seq;			      /* of the last one */
	uint8_t before[SHA256_LEN], other[SHA256_LEN];
	bool linked;	/* `before` is known */
	bool exchanged; /* `other` may stand for it, since two seals have changed places */
	bool head_broken;
	size_t head; /* the next to compare with */
	int64_t head_last;
	double age;
	int looks; /* at followers, which take a pass each */
};

void chain_check_init(struct chain_check *check, struct audit_report *report,
		      const struct audit_heads *heads, const char *organization_id,
		      chain_follower_fn *follower, void *source);
enum err chain_check_seal(struct chain_check *check, const struct chain_seal *seal) MUST_USE;
void chain_check_end(struct chain_check *check);

/* Counts a finding and hands it on. */
void report_found(struct audit_report *report, enum audit_kind kind, const char *organization_id,
		  int64_t seq, const char *id, const char *format, ...) PRINTF_LIKE(6, 7);

#endif
