/* What the handlers share beyond the app: set by `serve`, reached through rq->app->context. */
#ifndef RESOURCES_SERVICE_H
#define RESOURCES_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/limits.h"
#include "auth/token.h"
#include "resources/mailer.h"

struct modeler;

struct service {
	struct sign_in_delay *delay; /* NULL: none (commands that run without a network) */
	struct limits *sign_ins;     /* NULL: none */
	unsigned sign_ins_per_minute;
	struct modeler *modeler; /* NULL: none, as above */
	uint8_t webhook_key[32]; /* of all nodes: what the secrets of webhooks are derived from */
	bool outbound_development;
	enum mail_mode mail_mode;
	const char *mail_from; /* borrowed from the settings */
};

#endif
