/* Writes what a webhook's receiver gets. */
#include "webhook_message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/json_writer.h"
#include "db/admin.h"

#define PAYLOAD_MOST 65536

/* Where an event's own object can be read, by the first word of its type. */
static const struct {
	const char *noun, *path;
} readable[] = {
    {"application", "applications"}, {"candidate", "candidates"}, {"role", "roles"},
    {"interview", "interviews"},     {"scorecard", "scorecards"}, {"document", "documents"},
    {"competency", "competencies"},  {"rubric", "rubrics"},	  {"ladder", "ladders"},
    {"import", "imports"},	     {"webhook", "webhooks"},
};

static void add_link(struct json_writer *json, const char *name, const char *base_url,
		     const char *path, const char *id)
{
	char url[2300];

	if (!id)
		return;
	snprintf(url, sizeof(url), "%s/v1/%s/%s", base_url, path, id);
	json_member(json, name, url);
}

static void add_object_link(struct json_writer *json, const char *base_url, const char *type,
			    const char *id)
{
	size_t len = strcspn(type, ".");

	for (size_t i = 0; i < ARRAY_LEN(readable); i++)
		if (strlen(readable[i].noun) == len && memcmp(readable[i].noun, type, len) == 0 &&
		    !text_equal(type, "webhook.ping"))
			add_link(json, "object", base_url, readable[i].path, id);
}

void webhook_payload(struct buffer *out, const char *base_url, const struct admin_rows *rows,
		     int row)
{
	const char *person = admin_value(rows, row, TAKEN_PERSON);
	const char *application = admin_value(rows, row, TAKEN_APPLICATION);
	const char *candidate = admin_value(rows, row, TAKEN_CANDIDATE);
	const char *role = admin_value(rows, row, TAKEN_ROLE);
	const char *type = admin_value(rows, row, TAKEN_TYPE);
	struct json_writer json;

	json_writer_init(&json, out);
	json_open_object(&json);
	json_member(&json, "type", type);
	json_member(&json, "timestamp", admin_value(rows, row, TAKEN_OCCURRED));
	json_key(&json, "data");
	json_open_object(&json);
	json_member(&json, "object_id", admin_value(rows, row, TAKEN_OBJECT));
	json_member(&json, "application_id", application);
	json_member(&json, "candidate_id", candidate);
	json_member(&json, "role_id", role);
	json_key(&json, "links");
	json_open_object(&json);
	add_object_link(&json, base_url, type, admin_value(rows, row, TAKEN_OBJECT));
	add_link(&json, "application", base_url, "applications", application);
	add_link(&json, "candidate", base_url, "candidates", candidate);
	add_link(&json, "role", base_url, "roles", role);
	json_close_object(&json);
	if (person) {
		json_key(&json, "candidate");
		json_raw(&json, person, strlen(person));
	}
	json_close_object(&json);
	json_close_object(&json);
}

/* One signature, and during a rotation's overlap a second one, of the secret before. */
static enum err sign(const uint8_t key[WEBHOOK_KEY_LEN], const struct webhook_message *message,
		     const struct admin_rows *rows, int row, int64_t now_s,
		     const struct buffer *body, char out[2 * WEBHOOK_SIGNATURE_LEN + 2])
{
	static const int columns[] = {TAKEN_SALT, TAKEN_PREVIOUS_SALT};
	char *end = out;

	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const char *salt = admin_value(rows, row, columns[i]);
		uint8_t secret[SHA256_LEN];

		if (!salt)
			continue;
		if (end > out)
			*end++ = ' ';
		TRY(webhook_secret(key, message->organization, message->webhook, salt, secret));
		TRY(webhook_signature(secret, admin_value(rows, row, TAKEN_MESSAGE), now_s,
				      body->data, body->len, end));
		end += strlen(end);
	}
	return OK;
}

enum err webhook_send(struct outbound *outbound, const char *base_url,
		      const uint8_t key[WEBHOOK_KEY_LEN], const struct admin_rows *rows, int row,
		      int64_t now_s, struct webhook_message *message)
{
	char timestamp[24], signatures[2 * WEBHOOK_SIGNATURE_LEN + 2];
	const struct outbound_header headers[] = {
	    {"Content-Type", "application/json"},
	    {"webhook-id", admin_value(rows, row, TAKEN_MESSAGE)},
	    {"webhook-timestamp", timestamp},
	    {"webhook-signature", signatures},
	};
	struct buffer body;
	enum err err;

	snprintf(message->delivery, sizeof(message->delivery), "%s",
		 admin_value(rows, row, TAKEN_ID));
	snprintf(message->attempt, sizeof(message->attempt), "%s",
		 admin_value(rows, row, TAKEN_ATTEMPT));
	snprintf(timestamp, sizeof(timestamp), "%" PRId64, now_s);
	buffer_init(&body, PAYLOAD_MOST);
	webhook_payload(&body, base_url, rows, row);
	err = body.failed ? ERR_MEMORY : sign(key, message, rows, row, now_s, &body, signatures);
	if (err == OK)
		err = outbound_post(outbound, admin_value(rows, row, TAKEN_URL), headers,
				    ARRAY_LEN(headers), body.data, body.len, message);
	buffer_release(&body);
	return err;
}
