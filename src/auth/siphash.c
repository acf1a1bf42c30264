/* SipHash-2-4 after Aumasson and Bernstein's paper of 2012. */
#include "auth/siphash.h"

#include <string.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static void scramble(struct state *s, int rounds)
{
	while (rounds--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 = rotate(s->v0, 32) + s->v3;
		s->v2 += s->v1;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 = rotate(s->v2, 32);
	}
}

static void absorb(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	scramble(s, 2);
	s->v0 ^= word;
}

/* Little-endian, as the machines that this runs on store it. */
static uint64_t load(const uint8_t *bytes, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

uint64_t siphash(const struct siphash_key *key, const void *bytes, size_t len)
{
	struct state s = {
	    key->k0 ^ 0x736f6d6570736575,
	    key->k1 ^ 0x646f72616e646f6d,
	    key->k0 ^ 0x6c7967656e657261,
	    key->k1 ^ 0x7465646279746573,
	};
	const uint8_t *c = bytes;
	size_t left = len;

	for (; left >= 8; left -= 8, c += 8)
		absorb(&s, load(c, 8));
	absorb(&s, load(c, left) | (uint64_t)len << 56);
	s.v2 ^= 0xff;
	scramble(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
