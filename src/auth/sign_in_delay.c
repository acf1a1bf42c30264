/* Makes each further wrong password wait longer, without ever locking an account. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/limits.h"
#include "auth/siphash.h"
#include "core/control.h"
#include "core/digest.h"

#define WAYS	  8
#define SECOND	  INT64_C(1000000)
#define LONGEST_S 60

struct failures {
	uint64_t tag; /* the keyed hash of rule and key; 0 is an empty place */
	int64_t last_us;
	unsigned count;
};

/* Sign-ins are rare and cost 25 ms each: one lock is enough for them. */
struct sign_in_delay {
	struct siphash_key hash;
	pthread_mutex_t lock;
	size_t rows; /* a power of two */
	struct failures entry[];
};

struct sign_in_delay *sign_in_delay_new(size_t entries)
{
	struct sign_in_delay *delay;
	size_t rows = 1;

	while (rows * WAYS < entries)
		rows *= 2;
	delay = calloc(1, sizeof(*delay) + rows * WAYS * sizeof(delay->entry[0]));
	if (!delay)
		return NULL;
	delay->rows = rows;
	if (random_bytes(&delay->hash, sizeof(delay->hash)) != OK) {
		free(delay);
		return NULL;
	}
	pthread_mutex_init(&delay->lock, NULL);
	return delay;
}

void sign_in_delay_free(struct sign_in_delay *delay)
{
	if (!delay)
		return;
	pthread_mutex_destroy(&delay->lock);
	free(delay);
}

static uint64_t tag_of(const struct sign_in_delay *delay, const struct sign_in_rule *rule,
		       const char *key, size_t len)
{
	struct siphash_key hash = {delay->hash.k0 ^ rule->id, delay->hash.k1};

	return siphash(&hash, key, len) | 1; /* never 0 */
}

static struct failures *row_of(struct sign_in_delay *delay, uint64_t tag)
{
	return &delay->entry[((tag >> 1) & (delay->rows - 1)) * WAYS];
}

static struct failures *find(struct sign_in_delay *delay, uint64_t tag)
{
	struct failures *row = row_of(delay, tag);

	for (size_t i = 0; i < WAYS; i++)
		if (row[i].tag == tag)
			return &row[i];
	return NULL;
}

/* Gives up the one with the fewest failures, the oldest among equals. */
static struct failures *find_or_add(struct sign_in_delay *delay, uint64_t tag)
{
	struct failures *row = row_of(delay, tag), *found = find(delay, tag), *worst = row;

	if (found)
		return found;
	for (size_t i = 1; i < WAYS; i++)
		if (row[i].count < worst->count ||
		    (row[i].count == worst->count && row[i].last_us < worst->last_us))
			worst = &row[i];
	*worst = (struct failures){.tag = tag};
	return worst;
}

/* 1, 2, 4 … 60 seconds after the last free failure and each one beyond. */
static int64_t wait_us(const struct sign_in_rule *rule, unsigned failures)
{
	unsigned beyond;

	if (failures < rule->free_failures)
		return 0;
	beyond = failures - rule->free_failures;
	return beyond >= 6 ? LONGEST_S * SECOND : (SECOND << beyond);
}

unsigned sign_in_delay_begin(struct sign_in_delay *delay, const struct sign_in_rule *rule,
			     const char *key, size_t len, int64_t now_us)
{
	uint64_t tag = tag_of(delay, rule, key, len);
	struct failures *f;
	int64_t left;

	assert(rule->window_s >= LONGEST_S);
	pthread_mutex_lock(&delay->lock);
	f = find_or_add(delay, tag);
	if (now_us - f->last_us >= rule->window_s * SECOND)
		f->count = 0;
	left = f->count ? f->last_us + wait_us(rule, f->count) - now_us : 0;
	if (left <= 0 || !DEFENCE(progressive_delay)) {
		left = 0;
		f->count++;
		f->last_us = now_us;
	}
	pthread_mutex_unlock(&delay->lock);
	return (unsigned)((left + SECOND - 1) / SECOND);
}

void sign_in_delay_succeeded(struct sign_in_delay *delay, const struct sign_in_rule *rule,
			     const char *key, size_t len)
{
	struct failures *f;

	pthread_mutex_lock(&delay->lock);
	f = find(delay, tag_of(delay, rule, key, len));
	if (f)
		memset(f, 0, sizeof(*f));
	pthread_mutex_unlock(&delay->lock);
}

void sign_in_delay_undo(struct sign_in_delay *delay, const struct sign_in_rule *rule,
			const char *key, size_t len)
{
	struct failures *f;

	pthread_mutex_lock(&delay->lock);
	f = find(delay, tag_of(delay, rule, key, len));
	if (f && f->count)
		f->count--;
	pthread_mutex_unlock(&delay->lock);
}
