/*
 * The mailer. A message is taken for a lease, sent outside of any transaction, and marked. Whoever
 * dies in between leaves it sending, and once the lease is over another node takes it up: it leaves
 * at least once, and each time with one Message-ID and the same links.
 */
#include "resources/mailer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "auth/secret.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/settings.h"
#include "core/text.h"
#include "db/admin.h"
#include "mail_calendar.h"
#include "mail_links.h"
#include "mail_message.h"
#include "outbound/smtp.h"

#define PAUSE_MS      500
#define TAKE_MOST     "20"
#define ATTEMPTS_MOST 20
#define WAIT_MOST_MS  (4LL * 3600 * 1000)
#define LEASE_MORE_MS 5000 /* beyond the time that a message may take */
#define MESSAGE_MOST  ((size_t)4 << 20)
#define URL_LEN	      2300
#define ARGS(...)     ((const char *const[]){__VA_ARGS__})

struct mailer {
	pthread_t thread;
	pthread_mutex_t mutex; /* with changed: to be woken when it is to stop */
	pthread_cond_t changed;
	atomic_bool stopping;
	struct mailer_rules rules;
	/* the thread's own */
	struct admin *worker, *app;
	struct smtp *smtp;
	char lease[40];
	bool failing; /* said once, until it works again */
};

/* ---- settings ---------------------------------------------------------------------------------
 */

static const char *const mode_names[] = {"off", "capture", "smtp"};

const char *mail_mode_name(enum mail_mode mode)
{
	return mode_names[mode];
}

enum err mail_mode_of(const struct settings *s, enum mail_mode *mode, struct why *why)
{
	const char *refused = s->smtp_url[0] != '\0' ? smtp_url_refused(s->smtp_url) : NULL;
	size_t i = 0;

	if (refused)
		return why_set(why, ERR_INVALID, "--smtp-url %s", refused);
	*mode = s->smtp_url[0] != '\0' ? MAIL_SMTP : MAIL_OFF;
	if (s->mail[0] != '\0') {
		while (i < ARRAY_LEN(mode_names) && !text_equal(mode_names[i], s->mail))
			i++;
		if (i == ARRAY_LEN(mode_names))
			return why_set(why, ERR_INVALID, "--mail must be smtp, capture or off");
		*mode = (enum mail_mode)i;
	}
	if (*mode == MAIL_SMTP && s->smtp_url[0] == '\0')
		return why_set(why, ERR_INVALID, "--mail smtp needs --smtp-url");
	if (*mode == MAIL_SMTP && s->mail_from[0] == '\0')
		return why_set(why, ERR_INVALID, "--smtp-url needs --mail-from");
	if (s->mail_from[0] != '\0' && !mail_address_valid(s->mail_from))
		return why_set(why, ERR_INVALID, "--mail-from is not an e-mail address");
	return OK;
}

/* ---- one message ------------------------------------------------------------------------------
 */

/* The columns of mail_take. */
enum taken {
	TEMPLATE,
	LANGUAGE,
	ATTEMPTS,
	ADDRESS,
	NAME,
	ORGANIZATION_NAME,
	REPLY_TO,
	SUBJECT,
	BODY,
	FACTS,
	REFUSED,
	SANDBOX,
	STOPS,
	PERSON
};

struct letter {
	const char *organization, *id;
	const struct admin_rows *row;
	struct mail_message message;
	json_t *facts;
	struct buffer calendar;
	char link[URL_LEN], stop_url[URL_LEN], stop_page[URL_LEN], name[240];
};

static const char *column(const struct letter *letter, enum taken which)
{
	return admin_value(letter->row, 0, (int)which);
}

static enum err done(struct mailer *mailer, const struct letter *letter, const char *outcome,
		     const char *said, long long wait_ms, const char *content, struct why *why)
{
	struct admin_rows rows;
	char wait[40];

	snprintf(wait, sizeof(wait), "%lld milliseconds", wait_ms);
	TRY(admin_query(mailer->app, "SELECT mail_done($1, $2, $3, $4, $5, $6, $7)",
			ARGS(letter->organization, letter->id, column(letter, ATTEMPTS), outcome,
			     said, wait, content),
			7, &rows, why));
	admin_rows_release(&rows);
	return OK;
}

/* The link that the template asks for, where one of ours has to be made; else where things are. */
static enum err make_link(const struct mailer *mailer, struct letter *letter,
			  char digest[SHA256_HEX_LEN + 1])
{
	const char *template = column(letter, TEMPLATE), *origin = mailer->rules.origin;
	const char *path = json_string_value(json_object_get(letter->facts, "path"));
	bool password =
	    text_equal(template, "invitation") || text_equal(template, "password_reset");
	char token[SECRET_MAX + 1], from[120];

	if (path) {
		snprintf(letter->link, sizeof(letter->link), "%s%s", origin, path);
	} else if (mail_text_has_link(letter->message.text)) {
		snprintf(from, sizeof(from), "link %s", letter->id);
		TRY(secret_derive(password ? PASSWORD_LINK_PREFIX : CANDIDATE_LINK_PREFIX,
				  letter->organization, mailer->rules.key, from, token, digest));
		snprintf(letter->link, sizeof(letter->link), "%s/%s#%s", origin,
			 password ? "password" : "candidate", token);
	}
	json_object_set_new(letter->facts, "link", json_string(letter->link));
	return OK;
}

/* The one that ends messages of this kind. */
static enum err make_stop(const struct mailer *mailer, struct letter *letter,
			  char digest[SHA256_HEX_LEN + 1])
{
	const char *stops = column(letter, STOPS), *origin = mailer->rules.origin;
	char token[SECRET_MAX + 1], from[120];

	if (!stops)
		return OK;
	snprintf(from, sizeof(from), "stop %s %s", stops, column(letter, PERSON));
	TRY(secret_derive(UNSUBSCRIBE_PREFIX, letter->organization, mailer->rules.key, from, token,
			  digest));
	snprintf(letter->stop_url, sizeof(letter->stop_url), "%s/v1/mail_unsubscribes/%s", origin,
		 token);
	snprintf(letter->stop_page, sizeof(letter->stop_page), "%s/unsubscribe#%s", origin, token);
	letter->message.stop_url = letter->stop_url;
	letter->message.stop_page = letter->stop_page;
	return OK;
}

static enum err make_links(struct mailer *mailer, struct letter *letter, struct why *why)
{
	char link[SHA256_HEX_LEN + 1] = "", stop[SHA256_HEX_LEN + 1] = "";
	struct admin_rows rows;

	TRY(make_link(mailer, letter, link));
	TRY(make_stop(mailer, letter, stop));
	if (link[0] == '\0' && stop[0] == '\0')
		return OK;
	TRY(admin_query(mailer->app, "SELECT mail_links($1, $2, $3, $4, $5)",
			ARGS(letter->organization, letter->id, link[0] ? link : NULL,
			     stop[0] ? stop : NULL, column(letter, STOPS)),
			5, &rows, why));
	admin_rows_release(&rows);
	return OK;
}

static enum err compose(struct mailer *mailer, struct letter *letter, struct why *why)
{
	const struct mail_template *template = mail_template_find(column(letter, TEMPLATE));
	enum mail_language language = mail_language_find(column(letter, LANGUAGE));
	const char *from = mailer->rules.settings->mail_from;

	if (!template)
		return why_set(why, ERR_INTERNAL, "a message has no template");
	letter->facts = json_loads(column(letter, FACTS), 0, NULL);
	if (!letter->facts)
		return why_set(why, ERR_MEMORY, "out of memory");
	snprintf(letter->name, sizeof(letter->name), "%s (Assay)",
		 column(letter, ORGANIZATION_NAME));
	letter->message = (struct mail_message){
	    .id = letter->id,
	    .from = from[0] != '\0' ? from : "assay@localhost",
	    .from_name = letter->name,
	    .to = column(letter, ADDRESS),
	    .to_name = column(letter, NAME),
	    .reply_to = column(letter, REPLY_TO),
	    .language = language,
	    .subject = column(letter, SUBJECT),
	    .text = column(letter, BODY),
	    .facts = letter->facts,
	    .unix_s = clock_unix_ms() / 1000,
	};
	if (!letter->message.subject) {
		letter->message.subject = template->words[language].subject;
		letter->message.text = template->words[language].text;
	}
	return make_links(mailer, letter, why);
}

/* Doubled each time, and a fifth more or less, so that not all come back at once. */
static long long wait_before(const struct mailer *mailer, long attempts)
{
	long long wait = mailer->rules.settings->mail_retry;
	uint8_t random = 128;

	for (long i = 1; i < attempts && wait < WAIT_MOST_MS; i++)
		wait *= 2;
	if (wait > WAIT_MOST_MS)
		wait = WAIT_MOST_MS;
	if (random_bytes(&random, 1) != OK)
		random = 128;
	return wait * 4 / 5 + wait * 2 / 5 * random / 255;
}

static enum err deliver(struct mailer *mailer, const struct letter *letter,
			const struct buffer *content, struct why *why)
{
	long attempts = strtol(column(letter, ATTEMPTS), NULL, 10);
	char said[256];
	enum smtp_end end;

	if (mailer->rules.mode == MAIL_CAPTURE || text_equal(column(letter, SANDBOX), "t"))
		return done(mailer, letter, "captured", NULL, 0, content->data, why);
	end = smtp_send(mailer->smtp, letter->message.from, letter->message.to, content->data,
			content->len, said);
	if (end == SMTP_TAKEN)
		return done(mailer, letter, "sent", NULL, 0, NULL, why);
	if (end == SMTP_REFUSED)
		return done(mailer, letter, "bounced", said, 0, NULL, why);
	if (atomic_load(&mailer->stopping))
		return done(mailer, letter, "queued", NULL, 0, NULL, why);
	log_line(LOG_WARN, "mail.not_sent", "message=%s attempt=%ld why=\"%s\"", letter->id,
		 attempts, said);
	return done(mailer, letter, attempts < ATTEMPTS_MOST ? "queued" : "failed", said,
		    wait_before(mailer, attempts), NULL, why);
}

/* What the mail is about as an event of the reader's calendar. */
static enum err invite(struct mailer *mailer, struct letter *letter, struct why *why)
{
	struct admin_rows rows;
	enum err err;

	TRY(admin_query(mailer->app, "SELECT * FROM mail_calendar($1, $2)",
			ARGS(letter->organization, letter->id), 2, &rows, why));
	err = mail_calendar_write(&letter->calendar, &rows, &letter->message, mailer->rules.origin);
	admin_rows_release(&rows);
	return err == OK ? OK : why_set(why, err, "out of memory");
}

static enum err write_and_send(struct mailer *mailer, struct letter *letter, struct why *why)
{
	struct buffer content;
	enum err err;

	buffer_init(&content, MESSAGE_MOST);
	buffer_init(&letter->calendar, MESSAGE_MOST);
	err = compose(mailer, letter, why);
	if (err == OK)
		err = invite(mailer, letter, why);
	if (err == OK) {
		err = mail_message_write(&content, &letter->message);
		if (err == OK)
			err = deliver(mailer, letter, &content, why);
		else if (err == ERR_INVALID)
			err = done(mailer, letter, "failed", "the address cannot be written to", 0,
				   NULL, why);
		else
			err = why_set(why, err, "out of memory");
	}
	buffer_release(&content);
	buffer_release(&letter->calendar);
	json_decref(letter->facts);
	return err;
}

static enum err send_one(struct mailer *mailer, const char *organization, const char *id,
			 struct why *why)
{
	struct admin_rows row;
	struct letter *letter;
	enum err err = OK;

	if (!mailer->app) /* the first message */
		TRY(admin_connect(&mailer->app, mailer->rules.app_url, why));
	TRY(admin_query(mailer->app, "SELECT * FROM mail_take($1, $2, $3)",
			ARGS(organization, id, mailer->lease), 3, &row, why));
	letter = calloc(1, sizeof(*letter));
	if (!letter) {
		err = why_set(why, ERR_MEMORY, "out of memory");
	} else if (row.count > 0) {
		*letter = (struct letter){.organization = organization, .id = id, .row = &row};
		err = column(letter, REFUSED)
			  ? done(mailer, letter, "not_sent", column(letter, REFUSED), 0, NULL, why)
			  : write_and_send(mailer, letter, why);
	}
	free(letter);
	admin_rows_release(&row);
	return err;
}

/* ---- the thread -------------------------------------------------------------------------------
 */

static enum err tick(struct mailer *mailer, bool *worked, struct why *why)
{
	struct admin_rows rows;
	enum err err = OK;

	if (!mailer->worker)
		TRY(admin_connect(&mailer->worker, mailer->rules.worker_url, why));
	if (mailer->rules.mode == MAIL_OFF) {
		TRY(admin_query(mailer->worker, "SELECT mail_set_aside(500) >= 500", NULL, 0, &rows,
				why));
		*worked = text_equal(admin_value(&rows, 0, 0), "t");
		admin_rows_release(&rows);
		return OK;
	}
	TRY(admin_query(mailer->worker,
			"SELECT organization_id, id FROM mail_messages WHERE next_at <= now()"
			" ORDER BY next_at LIMIT " TAKE_MOST,
			NULL, 0, &rows, why));
	for (int i = 0; i < rows.count && err == OK && !atomic_load(&mailer->stopping); i++)
		err = send_one(mailer, admin_value(&rows, i, 0), admin_value(&rows, i, 1), why);
	*worked = rows.count > 0;
	admin_rows_release(&rows);
	return err;
}

static void disconnect(struct mailer *mailer)
{
	admin_close(mailer->worker);
	admin_close(mailer->app);
	mailer->worker = mailer->app = NULL;
}

static void pause_for(struct mailer *mailer, unsigned ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&mailer->mutex);
	while (!atomic_load(&mailer->stopping) &&
	       pthread_cond_timedwait(&mailer->changed, &mailer->mutex, &until) == 0)
		;
	(void)pthread_mutex_unlock(&mailer->mutex);
}

static void *run(void *arg)
{
	struct mailer *mailer = arg;

	while (!atomic_load(&mailer->stopping)) {
		struct why why;
		bool worked = false;
		enum err err = tick(mailer, &worked, &why);

		if (err != OK) {
			disconnect(mailer);
			if (!mailer->failing)
				log_line(LOG_WARN, "mail.failed", "why=\"%s\"", why.text);
		}
		mailer->failing = err != OK;
		if (!worked || err != OK)
			pause_for(mailer, PAUSE_MS);
	}
	disconnect(mailer);
	return NULL;
}

static enum err prepare(struct mailer *mailer, struct why *why)
{
	const struct settings *s = mailer->rules.settings;
	const struct smtp_rules rules = {
	    .url = s->smtp_url,
	    .user = s->smtp_user,
	    .password = s->smtp_password,
	    .ca_file = s->smtp_ca,
	    .plain = s->smtp_plain,
	    .timeout_ms = (unsigned)s->smtp_timeout,
	};

	snprintf(mailer->lease, sizeof(mailer->lease), "%lld milliseconds",
		 (long long)s->smtp_timeout + LEASE_MORE_MS);
	return mailer->rules.mode == MAIL_SMTP
		   ? smtp_new(&mailer->smtp, &rules, &mailer->stopping, why)
		   : OK;
}

enum err mailer_start(struct mailer **out, const struct mailer_rules *rules, struct why *why)
{
	struct mailer *mailer = calloc(1, sizeof(*mailer));
	sigset_t all, before;
	enum err err;
	int failed;

	*out = NULL;
	if (!mailer)
		return why_set(why, ERR_MEMORY, "out of memory");
	mailer->rules = *rules;
	err = prepare(mailer, why);
	if (err != OK) {
		free(mailer);
		return err;
	}
	(void)pthread_mutex_init(&mailer->mutex, NULL);
	(void)pthread_cond_init(&mailer->changed, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&mailer->thread, NULL, run, mailer);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		smtp_free(mailer->smtp);
		free(mailer);
		return why_set(why, ERR_MEMORY, "a thread cannot be started");
	}
	*out = mailer;
	return OK;
}

void mailer_stop(struct mailer *mailer)
{
	if (!mailer)
		return;
	(void)pthread_mutex_lock(&mailer->mutex);
	atomic_store(&mailer->stopping, true);
	(void)pthread_cond_broadcast(&mailer->changed);
	(void)pthread_mutex_unlock(&mailer->mutex);
	(void)pthread_join(mailer->thread, NULL);
	smtp_free(mailer->smtp);
	(void)pthread_cond_destroy(&mailer->changed);
	(void)pthread_mutex_destroy(&mailer->mutex);
	free(mailer);
}
