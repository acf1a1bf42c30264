/* Token buckets, kept as one time each (the generic cell rate algorithm), in a sharded table. */
#include "auth/limits.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/siphash.h"
#include "core/control.h"
#include "core/digest.h"

#define SHARDS 64
#define WAYS   8
#define SECOND INT64_C(1000000)

/* The bucket is full again at `full_at`; what is missing now is the time until then. */
struct bucket {
	uint64_t tag; /* the keyed hash of rule and key; 0 is an empty place */
	int64_t full_at;
};

struct shard {
	pthread_mutex_t lock;
	struct bucket *row; /* WAYS buckets for each row */
} __attribute__((aligned(64)));

struct limits {
	struct siphash_key hash;
	size_t rows; /* in each shard, a power of two */
	struct bucket *buckets;
	struct shard shard[SHARDS];
};

struct limits *limits_new(size_t entries)
{
	struct limits *limits = aligned_alloc(64, sizeof(*limits));

	if (!limits)
		return NULL;
	memset(limits, 0, sizeof(*limits));
	limits->rows = 1;
	while (limits->rows * WAYS * SHARDS < entries)
		limits->rows *= 2;
	limits->buckets = calloc(limits->rows * WAYS * SHARDS, sizeof(limits->buckets[0]));
	if (!limits->buckets || random_bytes(&limits->hash, sizeof(limits->hash)) != OK) {
		free(limits->buckets);
		free(limits);
		return NULL;
	}
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&limits->shard[i].lock, NULL);
		limits->shard[i].row = limits->buckets + i * limits->rows * WAYS;
	}
	return limits;
}

void limits_free(struct limits *limits)
{
	if (!limits)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_destroy(&limits->shard[i].lock);
	free(limits->buckets);
	free(limits);
}

/* The bucket of `tag`: its own, else an empty one, else the one that is nearest to full. */
static struct bucket *bucket_of(struct bucket *row, uint64_t tag, int64_t now_us)
{
	struct bucket *best = row;

	for (struct bucket *b = row; b < row + WAYS; b++) {
		if (b->tag == tag)
			return b;
		if (b->full_at < best->full_at)
			best = b;
	}
	best->tag = tag;
	best->full_at = now_us;
	return best;
}

static unsigned seconds_up(int64_t us)
{
	return us <= 0 ? 0 : (unsigned)((us + SECOND - 1) / SECOND);
}

struct limit_answer limits_take(struct limits *limits, const struct limit_rule *rule,
				const char *key, size_t len, int64_t now_us)
{
	int64_t interval, depth, missing;
	struct siphash_key hash = {limits->hash.k0 ^ rule->id, limits->hash.k1};
	uint64_t tag = siphash(&hash, key, len) | 1; /* never 0 */
	struct shard *shard = &limits->shard[tag >> 58];
	struct limit_answer answer = {.limit = rule->limit};
	struct bucket *bucket;

	assert(rule->limit && rule->window_s);
	interval = rule->window_s * SECOND / rule->limit;
	interval += interval == 0; /* a limit beyond what a microsecond can tell apart */
	depth = interval * rule->limit;
	pthread_mutex_lock(&shard->lock);
	bucket = bucket_of(shard->row + ((tag >> 1) & (limits->rows - 1)) * WAYS, tag, now_us);
	if (bucket->full_at < now_us)
		bucket->full_at = now_us;
	missing = bucket->full_at - now_us + interval;
	answer.allowed = missing <= depth || !DEFENCE(rate_limit);
	if (answer.allowed)
		bucket->full_at = now_us + missing;
	pthread_mutex_unlock(&shard->lock);

	if (answer.allowed) {
		answer.remaining = missing < depth ? (unsigned)((depth - missing) / interval) : 0;
		answer.reset_s = seconds_up(missing);
	} else {
		answer.reset_s = seconds_up(missing - interval);
		answer.retry_after_s = seconds_up(missing - depth);
	}
	return answer;
}
