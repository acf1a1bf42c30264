/* What the courier's two threads share. */
#ifndef RESOURCES_WEBHOOKS_COURIER_H
#define RESOURCES_WEBHOOKS_COURIER_H

#include <pthread.h>
#include <stdatomic.h>

#include "resources/courier.h"

struct admin;

struct courier {
	struct courier_options options;
	pthread_t feeder, sender;
	bool feeding, sends;   /* they were started */
	pthread_mutex_t mutex; /* guards stopping */
	pthread_cond_t changed;
	bool stopping;
	_Atomic uint64_t delivered, failed;
	struct outbound *outbound; /* the sender's */
};

/* Waits so long, or until it is to stop; whether it is. */
bool courier_pause(struct courier *courier, unsigned ms);

/*
 * A connection that works as the service. What is lost of it when the database dies is done anew:
 * it does not wait for the disk.
 */
enum err courier_connect(const struct courier *courier, struct admin **app,
			 struct why *why) MUST_USE;

/*
 * Whether a failure was the statement's own: then the connection is sound, and other webhooks go
 * on. It is logged.
 */
bool courier_passes(const struct admin *admin, const char *webhook, const struct why *why);

/* The threads: src/resources/webhooks/{feeder,sender}.c */
void *courier_feed(void *courier);
void *courier_send(void *courier);

#endif
