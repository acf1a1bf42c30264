/* SipHash-2-4: a keyed hash whose collisions cannot be found without the key. */
#ifndef AUTH_SIPHASH_H
#define AUTH_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0, k1;
};

uint64_t siphash(const struct siphash_key *key, const void *bytes, size_t len);

#endif
