/* The courier: threads that turn events into deliveries of webhooks, and send these. */
#ifndef RESOURCES_COURIER_H
#define RESOURCES_COURIER_H

#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"
#include "outbound/outbound.h"

struct courier;

struct courier_options {
	const char *worker_url, *app_url; /* looks for work as the one, does it as the other */
	const char *base_url;		  /* of the links that payloads carry */
	const uint8_t *key;		  /* of webhook_secret.h */
	struct outbound_rules rules;
	int64_t span_ms; /* how long a delivery is tried */
};

/* Every node has one; any number share the work. All that the options name outlives it. */
enum err courier_start(struct courier **courier, const struct courier_options *options,
		       struct why *why) MUST_USE;
void courier_stop(struct courier *courier); /* NULL is fine */

/* For /metrics, of all that this node sent since it started. */
double courier_delivered(const void *courier);
double courier_failed(const void *courier);

#endif
