/* assay serve: start, stay, drain. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "audit/audit.h"
#include "caretaker.h"
#include "commands.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"
#include "core/text.h"
#include "db/admin.h"
#include "demo.h"
#include "engine.h"
#include "evaluation/numerics.h"
#include "http/server.h"
#include "resources/calendar_reader.h"
#include "resources/courier.h"
#include "resources/importer.h"
#include "resources/mailer.h"
#include "resources/modeler.h"
#include "runtime/offload.h"

#define LIMIT_ENTRIES 65536
#define AUDIT_DIR     "audit"

/* Everything that serving adds to the engine; released in reverse. */
struct serving {
	struct engine engine;
	struct offload *offload;
	struct audit_keys *audit_keys;
	struct sealer *sealer;
	struct importer *importer;
	struct caretaker *caretaker;
	struct modeler *modeler;
	struct courier *courier;
	struct mailer *mailer;
	struct calendar_reader *calendar_reader;
	uint8_t mail_key[SHA256_LEN];
	struct app_gauge gauges[6];
	struct server *server;
	json_t *demo; /* who can sign in, with --demo */
	int listen_fd, signal_fd, timer_fd;
};

static enum err block_signals(struct serving *s, struct why *why)
{
	struct itimerspec minute = {.it_interval.tv_sec = 60, .it_value.tv_sec = 60};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC)) < 0 ||
	    (s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) < 0 ||
	    timerfd_settime(s->timer_fd, 0, &minute, NULL) != 0)
		return why_set(why, ERR_UNAVAILABLE, "signals cannot be received: %s",
			       strerror(errno));
	return OK;
}

static enum err start_limits(struct serving *s, struct why *why)
{
	struct engine *e = &s->engine;

	e->app.limits = limits_new(LIMIT_ENTRIES);
	e->service.sign_ins = limits_new(LIMIT_ENTRIES / 4);
	e->service.delay = sign_in_delay_new(LIMIT_ENTRIES / 4);
	/* Passwords and other heavy work: at most half the cores at once. */
	s->offload = offload_new((unsigned)(sysconf(_SC_NPROCESSORS_ONLN) + 1) / 2, 64);
	if (e->app.limits == NULL || e->service.sign_ins == NULL || e->service.delay == NULL ||
	    s->offload == NULL)
		return why_set(why, ERR_MEMORY, "there is not enough memory to start");
	return OK;
}

static double sealer_lag(const void *sealer)
{
	return sealer_lag_seconds(sealer);
}

static double decoys(const void *arg)
{
	const struct app *app = arg;

	return (double)atomic_load(&app->decoys);
}

static void show_gauges(struct serving *s)
{
	s->gauges[0] = (struct app_gauge){"assay_audit_lag_seconds",
					  "How long ago every event was last seen sealed.",
					  sealer_lag, s->sealer};
	s->gauges[1] = (struct app_gauge){"assay_housekeeping_lag_seconds",
					  "How late the work was that was longest due.",
					  caretaker_lag_seconds, s->caretaker};
	s->gauges[2] = (struct app_gauge){"assay_housekeeping_failures",
					  "How often housekeeping failed since the start.",
					  caretaker_failures, s->caretaker};
	s->gauges[3] = (struct app_gauge){"assay_webhooks_delivered",
					  "Webhook messages that were accepted since the start.",
					  courier_delivered, s->courier};
	s->gauges[4] = (struct app_gauge){"assay_webhooks_failed",
					  "Attempts to send one that failed since the start.",
					  courier_failed, s->courier};
	s->gauges[5] = (struct app_gauge){"assay_decoy_applications",
					  "Applications that filled the field which people do not "
					  "see, since the start.",
					  decoys, &s->engine.app};
	s->engine.app.gauges = s->gauges;
	s->engine.app.gauge_count = ARRAY_LEN(s->gauges);
}

/* What goes to addresses that others gave us. */
static struct outbound_rules rules_of(const struct settings *settings)
{
	return (struct outbound_rules){
	    .development = settings->outbound_development,
	    .timeout_ms = (unsigned)settings->webhook_timeout,
	    .ca_file = settings->outbound_ca_file[0] ? settings->outbound_ca_file : NULL,
	};
}

static enum err start_courier(struct serving *s, const struct settings *settings, struct why *why)
{
	const struct courier_options options = {
	    .worker_url = s->engine.database.url[DATABASE_WORKER],
	    .app_url = s->engine.database.url[DATABASE_APP],
	    .base_url = s->engine.issuer,
	    .key = s->engine.service.webhook_key,
	    .rules = rules_of(settings),
	    .span_ms = settings->webhook_span,
	};

	return courier_start(&s->courier, &options, why);
}

/* Links in mail are derived from a key of their own, the same on all nodes of a data directory. */
static enum err start_mailer(struct serving *s, const struct settings *settings, struct why *why)
{
	struct mailer_rules rules = {
	    .settings = settings,
	    .mode = s->engine.service.mail_mode,
	    .origin = s->engine.issuer,
	    .key = s->mail_key,
	    .worker_url = s->engine.database.url[DATABASE_WORKER],
	    .app_url = s->engine.database.url[DATABASE_APP],
	};

	if (hmac_sha256(s->engine.app.cursor_key, sizeof(s->engine.app.cursor_key), "mail", 4,
			s->mail_key) != OK)
		return why_set(why, ERR_INTERNAL, "the key of links in mail cannot be made");
	return mailer_start(&s->mailer, &rules, why);
}

/* What works beside the requests. */
static enum err start_work(struct serving *s, const struct settings *settings, struct why *why)
{
	const char *worker = s->engine.database.url[DATABASE_WORKER];
	const char *app = s->engine.database.url[DATABASE_APP];

	const struct outbound_rules rules = rules_of(settings);

	TRY(caretaker_start(&s->caretaker, &s->engine, why));
	TRY(start_courier(s, settings, why));
	show_gauges(s);
	TRY(importer_start(&s->importer, worker, app, s->engine.schema, why));
	TRY(modeler_start(&s->modeler, worker, app, why));
	TRY(calendar_reader_start(&s->calendar_reader, worker, app, &rules, why));
	s->engine.service.modeler = s->modeler;
	return start_mailer(s, settings, why);
}

static enum err start(struct serving *s, const struct settings *settings, struct why *why)
{
	struct server_options options = {
	    .app = &s->engine.app,
	    .listen_fd = s->listen_fd,
	    .keep_port = server_is_inherited(s->listen_fd),
	    .workers = (unsigned)settings->workers,
	};
	struct db_options db;
	char reason[256];

	numerics_start();
	TRY(start_limits(s, why));
	TRY(audit_keys_load(&s->audit_keys, AUDIT_DIR, why));
	TRY(sealer_start(&s->sealer, s->engine.database.url[DATABASE_SEALER], s->audit_keys,
			 AUDIT_DIR, why));
	if (settings->demo)
		TRY(demo_load(&s->engine, &s->demo, why));
	TRY(start_work(s, settings, why));
	db = engine_db_options(&s->engine);
	options.db = &db;
	options.offload = s->offload;
	s->server = server_start(&options, reason);
	if (s->server == NULL)
		return why_set(why, ERR_UNAVAILABLE, "%s", reason);
	if (server_check_self(s->listen_fd, "/health/live", 5000) != OK)
		return why_set(why, ERR_UNAVAILABLE,
			       "the server started but does not answer its own address");
	/* Its connections are made at once; a database that went away meanwhile is waited for
	 * later. */
	for (int i = 0; i < 100; i++) {
		const struct timespec moment = {.tv_nsec = 20000000};

		if (server_check_self(s->listen_fd, "/health/ready", 1000) == OK)
			break;
		nanosleep(&moment, NULL);
	}
	return OK;
}

/* Idempotency keys are kept for a day, messages that are over for a season. */
static void forget_old_keys(struct serving *s)
{
	struct admin *admin = NULL;
	struct why why;
	enum err err = database_connect(&s->engine.database, DATABASE_WORKER, &admin, &why);

	if (err == OK)
		err = admin_run(admin,
				"DELETE FROM idempotency_keys "
				"WHERE created_at < now() - interval '24 hours';"
				"DELETE FROM mail_messages "
				"WHERE finished_at < now() - interval '90 days'",
				&why);
	if (err != OK)
		log_line(LOG_WARN, "idempotency.tidy_failed", "why=\"%s\"", why.text);
	admin_close(admin);
}

/* Says which scorecards fall due, or are still owed; every node does, and none says it twice. */
static void remind(struct serving *s)
{
	struct admin *admin = NULL;
	struct admin_rows rows;
	struct why why;
	enum err err = database_connect(&s->engine.database, DATABASE_WORKER, &admin, &why);
	bool more = err == OK;

	while (more) {
		err = admin_query(admin, "SELECT remind_scorecards() >= 500", NULL, 0, &rows, &why);
		more = err == OK && text_equal(admin_value(&rows, 0, 0), "t");
		if (err == OK)
			admin_rows_release(&rows);
	}
	if (err != OK)
		log_line(LOG_WARN, "reminders.failed", "why=\"%s\"", why.text);
	admin_close(admin);
}

/* What is due once a minute, and of that some once an hour. */
static void look_after(struct serving *s, unsigned minute)
{
	if (token_keys_rotate(s->engine.keys, clock_unix_ms() / 1000) != OK)
		log_line(LOG_WARN, "keys.rotation_failed", "directory=keys");
	remind(s);
	if (minute % 60 == 1)
		forget_old_keys(s);
}

static void say_where(const struct serving *s, const char *origin)
{
	size_t i;
	const json_t *user;

	printf("listening on %s\n", origin);
	json_array_foreach(json_object_get(s->demo, "users"), i, user)
	{
		if (i == 0)
			printf("\nOpen that address in a browser; these people can sign in:\n");
		printf("  %-15s %-24s %s\n", json_string_value(json_object_get(user, "persona")),
		       json_string_value(json_object_get(user, "email")),
		       json_string_value(json_object_get(user, "password")));
	}
	fflush(stdout);
}

/* Until SIGTERM or SIGINT. */
static void stay(struct serving *s)
{
	unsigned minute = 0;

	struct pollfd fds[] = {{.fd = s->signal_fd, .events = POLLIN},
			       {.fd = s->timer_fd, .events = POLLIN}};

	while (poll(fds, ARRAY_LEN(fds), -1) >= 0 || errno == EINTR) {
		uint64_t ticks;

		if (fds[0].revents != 0)
			return;
		if (fds[1].revents != 0 && read(s->timer_fd, &ticks, sizeof(ticks)) > 0)
			look_after(s, ++minute);
	}
}

static void release(struct serving *s)
{
	courier_stop(s->courier);
	mailer_stop(s->mailer);
	calendar_reader_stop(s->calendar_reader);
	caretaker_stop(s->caretaker);
	modeler_stop(s->modeler);
	importer_stop(s->importer);
	sealer_stop(s->sealer);
	audit_keys_free(s->audit_keys);
	if (s->offload != NULL)
		offload_free(s->offload);
	json_decref(s->demo);
	engine_close(&s->engine);
	limits_free(s->engine.app.limits);
	limits_free(s->engine.service.sign_ins);
	sign_in_delay_free(s->engine.service.delay);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	close(s->signal_fd);
	close(s->timer_fd);
}

int command_serve(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct serving s = {.listen_fd = -1, .signal_fd = -1, .timer_fd = -1};
	char port[8], reason[256], origin[2048];
	struct why why;
	enum err err = block_signals(&s, &why);

	snprintf(port, sizeof(port), "%u", settings->listen.port);
	/* Bound first, while a privileged port still can be. */
	if (err == OK && server_listen(settings->listen.host, port, &s.listen_fd, reason) != OK)
		err = why_set(&why, ERR_UNAVAILABLE, "%s", reason);
	if (err == OK) {
		snprintf(origin, sizeof(origin), "http://%s:%u", settings->listen.host,
			 server_port(s.listen_fd));
		err = engine_open(&s.engine, settings, DATABASE_SERVE,
				  settings->public_url[0] != '\0' ? settings->public_url : origin,
				  (unsigned)settings->workers, &why);
	}
	if (err == OK)
		err = start(&s, settings, &why);
	if (err == OK) {
		say_where(&s, origin);
		stay(&s);
		log_line(LOG_INFO, "server.draining", "deadline_ms=%lld",
			 (long long)settings->drain_deadline);
		server_drain(s.server, (unsigned)settings->drain_deadline);
	} else if (s.server != NULL) {
		server_drain(s.server, 0);
	}
	release(&s);
	if (err == OK)
		printf("Stopped; everything is kept in %s.\n",
		       settings->database_url[0] != '\0' ? "the database" : settings->data_dir);
	return err == OK ? EXIT_DONE : command_fail(EXIT_FAILED, why.text);
}
