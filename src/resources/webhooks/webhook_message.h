/* A delivery that was taken to be sent: its payload and its headers. */
#ifndef RESOURCES_WEBHOOKS_MESSAGE_H
#define RESOURCES_WEBHOOKS_MESSAGE_H

#include "core/buffer.h"
#include "core/text.h"
#include "outbound/outbound.h"
#include "webhook_secret.h"

struct admin_rows;

/* What to say of it when it was sent. */
struct webhook_message {
	char organization[UUID_TEXT_LEN + 1], webhook[UUID_TEXT_LEN + 1];
	char delivery[UUID_TEXT_LEN + 1], attempt[12];
};

/* The columns of webhook_take(), in its order. */
enum {
	TAKEN_ID,
	TAKEN_ATTEMPT,
	TAKEN_MESSAGE,
	TAKEN_TYPE,
	TAKEN_OCCURRED,
	TAKEN_OBJECT,
	TAKEN_APPLICATION,
	TAKEN_CANDIDATE,
	TAKEN_ROLE,
	TAKEN_PERSON,
	TAKEN_URL,
	TAKEN_SALT,
	TAKEN_PREVIOUS_SALT,
};

/* The body that a row makes: ids and links, and a person only where the row has one. */
void webhook_payload(struct buffer *out, const char *base_url, const struct admin_rows *rows,
		     int row);

/* Hands the row to `outbound`, signed for now; the answer's owner is `message`. */
enum err webhook_send(struct outbound *outbound, const char *base_url,
		      const uint8_t key[WEBHOOK_KEY_LEN], const struct admin_rows *rows, int row,
		      int64_t now_s, struct webhook_message *message) MUST_USE;

#endif
