/* Remembers which tokens have passed the gate, so that a signature is checked once a worker. */
#include <stdlib.h>
#include <string.h>

#include "auth/token_internal.h"
#include "core/control.h"
#include "core/digest.h"

#define WAYS 4

struct cached {
	uint8_t digest[SHA256_LEN]; /* all of it: a shorter one could be made to collide */
	struct principal who;	    /* PRINCIPAL_NONE: an empty place */
	uint64_t used;
};

struct token_cache {
	size_t sets; /* a power of two */
	uint64_t clock;
	uint64_t generation; /* of the keys that the entries were verified with */
	struct cached entry[];
};

struct token_cache *token_cache_new(size_t entries)
{
	struct token_cache *cache;
	size_t sets = 1;

	while (sets * WAYS < entries)
		sets *= 2;
	cache = calloc(1, sizeof(*cache) + sets * WAYS * sizeof(cache->entry[0]));
	if (cache)
		cache->sets = sets;
	return cache;
}

void token_cache_free(struct token_cache *cache)
{
	free(cache);
}

static struct cached *cache_set(struct token_cache *cache, const uint8_t digest[SHA256_LEN])
{
	uint64_t hash;

	memcpy(&hash, digest, sizeof(hash));
	return &cache->entry[(hash & (cache->sets - 1)) * WAYS];
}

/* A key may have been withdrawn: what it signed has to be looked at again. */
static void forget_old_keys(struct token_cache *cache, const struct token_keys *keys)
{
	uint64_t generation = atomic_load(&keys->generation);

	if (cache->generation == generation)
		return;
	memset(cache->entry, 0, cache->sets * WAYS * sizeof(cache->entry[0]));
	cache->generation = generation;
}

enum err token_verify_cached(struct token_cache *cache, const struct token_keys *keys,
			     const char *token, size_t len, int64_t now_s, struct principal *who)
{
	uint8_t digest[SHA256_LEN];
	struct cached *set, *oldest;

	memset(who, 0, sizeof(*who));
	if ((len > TOKEN_MAX && DEFENCE(token_size)) || sha256(token, len, digest) != OK)
		return ERR_DENIED;
	forget_old_keys(cache, keys);
	set = cache_set(cache, digest);
	oldest = set;
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].who.kind && !memcmp(set[i].digest, digest, sizeof(digest))) {
			if (DEFENCE(token_expiry) && set[i].who.expires_at <= now_s)
				return ERR_DENIED;
			set[i].used = ++cache->clock;
			*who = set[i].who;
			return OK;
		}
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	TRY(token_verify(keys, token, len, now_s, who));
	memcpy(oldest->digest, digest, sizeof(digest));
	oldest->who = *who;
	oldest->used = ++cache->clock;
	return OK;
}
