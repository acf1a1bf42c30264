/* The hosts of a connection string, beginning at another. */
#ifndef DB_HOSTS_H
#define DB_HOSTS_H

#include <stdbool.h>

#define HOSTS_KEYS 3

struct hosts {
	const char *keys[HOSTS_KEYS + 1]; /* host, hostaddr, port, as far as the URL has them */
	char *values[HOSTS_KEYS + 1];	  /* owned */
};

/*
 * libpq tries the hosts of a URL in order, and without its blocking interface it waits forever for
 * one that accepts and says nothing. Rotates its lists to the left, `by` places. False, and no
 * keys, when there is nothing to rotate, or no memory.
 */
bool hosts_rotate(const char *url, unsigned by, struct hosts *hosts);
void hosts_release(struct hosts *hosts);

#endif
