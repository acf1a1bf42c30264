/*
 * The sender: takes deliveries that are due, sends them, and says what became of them. One thread,
 * which waits for all receivers at once.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "courier.h"
#include "db/admin.h"
#include "webhook_message.h"

#define IDLE_MS	    100
#define BUSY_MS	    5
#define TAKE_MOST   64 /* of one webhook at once, so that all have their turn */
#define SETTLE_MOST 64 /* webhooks at once */
#define RETRY_MS    1000
#define STATUS_GONE 410
#define NUMBER_LEN  24
#define ARGS(...)   ((const char *const[]){__VA_ARGS__})

/* What is to be said of the deliveries of one webhook. */
struct settling {
	char organization[UUID_TEXT_LEN + 1], webhook[UUID_TEXT_LEN + 1];
	json_t *results;
};

struct sender {
	struct courier *courier;
	struct admin *worker, *app;
	struct settling settling[SETTLE_MOST];
	size_t settling_count;
	char lease_ms[NUMBER_LEN], span_ms[NUMBER_LEN];
	size_t under_way;
	bool failing; /* said once, until it works again */
};

/* ---- what became of them ----------------------------------------------------------------------
 */

/* Once there is something to do. */
static enum err connect_app(struct sender *sender, struct why *why)
{
	return sender->app ? OK : courier_connect(sender->courier, &sender->app, why);
}

/* What cannot be told is found out by its lease: it is sent once more. */
static void settling_drop(struct sender *sender)
{
	for (size_t i = 0; i < sender->settling_count; i++)
		json_decref(sender->settling[i].results);
	sender->settling_count = 0;
}

static void disconnect(struct sender *sender)
{
	admin_close(sender->worker);
	admin_close(sender->app);
	sender->worker = sender->app = NULL;
	settling_drop(sender);
}

/* The place for a webhook's results; NULL: there is no room for one more webhook. */
static struct settling *settling_of(struct sender *sender, const struct webhook_message *message)
{
	struct settling *settling;

	for (size_t i = 0; i < sender->settling_count; i++)
		if (text_equal(sender->settling[i].webhook, message->webhook))
			return &sender->settling[i];
	if (sender->settling_count == SETTLE_MOST)
		return NULL;
	settling = &sender->settling[sender->settling_count];
	settling->results = json_array();
	if (!settling->results)
		return NULL;
	snprintf(settling->organization, sizeof(settling->organization), "%s",
		 message->organization);
	snprintf(settling->webhook, sizeof(settling->webhook), "%s", message->webhook);
	sender->settling_count++;
	return settling;
}

/* A receiver has taken what it answers with 2xx, and nothing else. */
static void note_answer(struct sender *sender, const struct outbound_answer *answer)
{
	struct webhook_message *message = answer->owner;
	struct settling *settling = settling_of(sender, message);
	bool accepted = !answer->failure && answer->status >= 200 && answer->status < 300;
	const char *failure = answer->failure ? answer->failure : accepted ? NULL : "status";
	json_t *result;

	atomic_fetch_add(accepted ? &sender->courier->delivered : &sender->courier->failed, 1);
	result = json_pack("{s:s,s:s,s:b,s:b,s:s?,s:i}", "id", message->delivery, "attempt",
			   message->attempt, "ok", accepted, "gone",
			   !answer->failure && answer->status == STATUS_GONE, "failure", failure,
			   "ms", (int)answer->ms);
	if (result && answer->status > 0)
		json_object_set_new(result, "status", json_integer(answer->status));
	if (result && answer->excerpt[0])
		json_object_set_new(result, "excerpt", json_string(answer->excerpt));
	if (settling && result)
		json_array_append_new(settling->results, result);
	else
		json_decref(result);
	free(message);
	sender->under_way--;
}

static enum err settle_one(struct sender *sender, const struct settling *settling, struct why *why)
{
	char *text = json_dumps(settling->results, JSON_COMPACT);
	struct admin_rows rows;
	enum err err = text ? connect_app(sender, why) : why_set(why, ERR_MEMORY, "out of memory");

	if (err == OK)
		err = admin_query(
		    sender->app, "SELECT webhook_settle($1, $2, $3, $4)",
		    ARGS(settling->organization, settling->webhook, text, sender->span_ms), 4,
		    &rows, why);
	if (err == OK)
		admin_rows_release(&rows);
	free(text);
	return err;
}

static enum err settle(struct sender *sender, bool *worked, struct why *why)
{
	struct outbound_answer answer;
	enum err err = OK;

	while (sender->settling_count < SETTLE_MOST &&
	       outbound_next(sender->courier->outbound, &answer))
		note_answer(sender, &answer);
	for (size_t i = 0; i < sender->settling_count && err == OK; i++) {
		err = settle_one(sender, &sender->settling[i], why);
		if (err != OK && sender->app &&
		    courier_passes(sender->app, sender->settling[i].webhook, why))
			err = OK;
		*worked = true;
	}
	if (err == OK)
		settling_drop(sender);
	return err;
}

/* ---- taking and sending -----------------------------------------------------------------------
 */

static enum err send_row(struct sender *sender, const char *organization, const char *webhook,
			 const struct admin_rows *rows, int row, struct why *why)
{
	const struct courier_options *options = &sender->courier->options;
	struct webhook_message *message = calloc(1, sizeof(*message));
	enum err err;

	if (!message)
		return why_set(why, ERR_MEMORY, "out of memory");
	snprintf(message->organization, sizeof(message->organization), "%s", organization);
	snprintf(message->webhook, sizeof(message->webhook), "%s", webhook);
	err = webhook_send(sender->courier->outbound, options->base_url, options->key, rows, row,
			   clock_unix_ms() / 1000, message);
	if (err != OK) {
		free(message);
		return why_set(why, err, "%s", err_text(err));
	}
	sender->under_way++;
	return OK;
}

static enum err take(struct sender *sender, const char *organization, const char *webhook,
		     bool *worked, struct why *why)
{
	size_t room = outbound_room(sender->courier->outbound);
	char most[NUMBER_LEN];
	struct admin_rows rows;
	enum err err = OK;

	TRY(connect_app(sender, why));
	snprintf(most, sizeof(most), "%zu", room < TAKE_MOST ? room : TAKE_MOST);
	TRY(admin_query(sender->app, "SELECT * FROM webhook_take($1, $2, $3, $4, $5)",
			ARGS(organization, webhook, most, sender->lease_ms, sender->span_ms), 5,
			&rows, why));
	for (int i = 0; i < rows.count && err == OK; i++) {
		err = send_row(sender, organization, webhook, &rows, i, why);
		*worked = true;
	}
	admin_rows_release(&rows);
	return err;
}

static enum err take_all(struct sender *sender, bool *worked, struct why *why)
{
	struct admin_rows work;
	enum err err = OK;

	TRY(admin_query(
	    sender->worker,
	    "SELECT organization_id, webhook_id FROM webhook_queues WHERE work_at <= now()"
	    " ORDER BY work_at LIMIT 50",
	    NULL, 0, &work, why));
	for (int i = 0; i < work.count && err == OK; i++) {
		if (outbound_room(sender->courier->outbound) > 0) {
			err = take(sender, admin_value(&work, i, 0), admin_value(&work, i, 1),
				   worked, why);
			if (err != OK && sender->app &&
			    courier_passes(sender->app, admin_value(&work, i, 1), why))
				err = OK;
		}
	}
	admin_rows_release(&work);
	return err;
}

/* ---- the thread -------------------------------------------------------------------------------
 */

static enum err tick(struct sender *sender, bool takes, bool *worked, struct why *why)
{
	if (!sender->worker)
		TRY(admin_connect(&sender->worker, sender->courier->options.worker_url, why));
	TRY(settle(sender, worked, why));
	return takes ? take_all(sender, worked, why) : OK;
}

static void say_failure(struct sender *sender, enum err err, const struct why *why)
{
	if (err != OK) {
		disconnect(sender);
		if (!sender->failing)
			log_line(LOG_WARN, "webhooks.sending_failed", "why=\"%s\"", why->text);
	}
	sender->failing = err != OK;
}

/* What is under way is finished: nobody else could for as long as its lease holds. */
static void finish(struct sender *sender)
{
	int64_t until =
	    clock_monotonic_us() + (int64_t)sender->courier->options.rules.timeout_ms * 1000;
	enum err err = OK;

	while (sender->under_way > 0 && err == OK && clock_monotonic_us() < until) {
		struct why why;
		bool worked;

		outbound_wait(sender->courier->outbound, BUSY_MS);
		err = tick(sender, false, &worked, &why);
		say_failure(sender, err, &why);
	}
	for (void *message; (message = outbound_drop(sender->courier->outbound));)
		free(message);
}

void *courier_send(void *arg)
{
	struct sender sender = {.courier = arg};
	const struct courier_options *options = &sender.courier->options;

	snprintf(sender.span_ms, sizeof(sender.span_ms), "%" PRId64, options->span_ms);
	/* Longer than an attempt can take: then whoever took it is dead. */
	snprintf(sender.lease_ms, sizeof(sender.lease_ms), "%u",
		 2 * options->rules.timeout_ms + 2000);
	do {
		struct why why;
		bool worked = false;
		enum err err = tick(&sender, true, &worked, &why);

		say_failure(&sender, err, &why);
		outbound_wait(sender.courier->outbound, err != OK			 ? RETRY_MS
							: worked || sender.under_way > 0 ? BUSY_MS
											 : IDLE_MS);
	} while (!courier_pause(sender.courier, 0));
	finish(&sender);
	disconnect(&sender);
	return NULL;
}
