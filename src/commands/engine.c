/* Opens and closes what every command needs, in one order; see the header. */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api_schema/api_schema.h"
#include "core/digest.h"
#include "core/file.h"
#include "db/admin.h"
#include "db/migrate.h"
#include "resources/handlers.h"
#include "runtime/coroutine.h"
#include "runtime/loop.h"
#include "runtime/offload.h"

#define CURSOR_KEY_FILE	 "keys/cursor.key"
#define WEBHOOK_KEY_FILE "keys/webhook.key"
#define AUDIENCE	 "assay"

/* Under a name of this process's own, then link, not rename: of two processes the first one's key
 * stays. */
static bool shared_key_make(const char *file, uint8_t key[32])
{
	char fresh[64];
	bool ok;
	int fd;

	snprintf(fresh, sizeof(fresh), "%s.%ld", file, (long)getpid());
	(void)unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (fd < 0)
		return false;
	ok = random_bytes(key, 32) == OK && file_write_whole(fd, key, 32) &&
	     (link(fresh, file) == 0 || errno == EEXIST);
	(void)close(fd);
	(void)unlink(fresh);
	return ok;
}

/* A key that all nodes of a data directory share; made on first use. */
static enum err shared_key(const char *file, uint8_t key[32], struct why *why)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0 && errno == ENOENT) {
		if (!shared_key_make(file, key))
			return why_set(why, ERR_UNAVAILABLE, "cannot write %s: %s", file,
				       strerror(errno));
		fd = open(file, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return why_set(why, ERR_UNAVAILABLE, "cannot read %s: %s", file, strerror(errno));
	got = read(fd, key, 32);
	close(fd);
	return got == 32 ? OK : why_set(why, ERR_INVALID, "%s is damaged", file);
}

/* On loopback the one peer is a proxy in front, or this machine: its connections are not limited.
 */
static unsigned connections_per_address(const struct settings *s)
{
	bool loopback = strncmp(s->listen.host, "127.", 4) == 0 ||
			strcmp(s->listen.host, "::1") == 0 ||
			strcmp(s->listen.host, "localhost") == 0;

	if (s->connections_per_address > 0)
		return (unsigned)s->connections_per_address;
	return loopback ? 0 : 256;
}

static void take_settings(struct engine *engine)
{
	const struct settings *s = engine->settings;

	engine->app.settings = (struct http_settings){
	    .connections = (unsigned)(s->max_connections / s->workers),
	    .connections_per_address = connections_per_address(s),
	    .header_ms = (unsigned)s->header_deadline,
	    .body_ms = (unsigned)s->body_deadline,
	    .reply_ms = (unsigned)s->reply_deadline,
	    .idle_ms = (unsigned)s->idle_deadline,
	    .body_limit = (size_t)s->body_limit,
	    .rate_limit = (unsigned)s->requests_per_minute,
	    .rate_limit_link = (unsigned)s->link_requests_per_minute,
	    .rate_limit_form = (unsigned)s->applications_per_hour,
	    .rate_limit_organization = (unsigned)s->requests_per_minute * 10,
	    .log_requests = true,
	    .metrics_open = s->metrics_open,
	    .trusted_proxies = s->trusted_proxy[0] == '\0' ? NULL : s->trusted_proxy,
	    .public_origin = s->public_url[0] == '\0' ? NULL : s->public_url,
	};
	engine->app.web_origin = engine->issuer;
	engine->app.assets_dir = s->assets[0] == '\0' ? NULL : s->assets;
	engine->service.mail_from = s->mail_from;
	engine->service.sign_ins_per_minute = (unsigned)s->sign_ins_per_minute;
	engine->service.outbound_development = s->outbound_development;
}

static enum err start_app(struct engine *engine, const char *origin, unsigned workers,
			  struct why *why)
{
	char reason[API_REASON_LEN];
	const char *document;
	size_t len;

	snprintf(engine->issuer, sizeof(engine->issuer), "%s", origin);
	if (mkdir("keys", 0700) != 0 && errno != EEXIST)
		return why_set(why, ERR_UNAVAILABLE, "cannot make the directory keys: %s",
			       strerror(errno));
	api_requests(&document, &len);
	if (api_schema_compile(&engine->schema, document, len, reason) != OK)
		return why_set(why, ERR_INTERNAL, "the API document: %s", reason);
	if (token_keys_open(&engine->keys, "keys", engine->issuer, AUDIENCE, reason) != OK)
		return why_set(why, ERR_UNAVAILABLE, "%s", reason);
	TRY(shared_key(CURSOR_KEY_FILE, engine->app.cursor_key, why));
	TRY(shared_key(WEBHOOK_KEY_FILE, engine->service.webhook_key, why));
	take_settings(engine);
	TRY(mail_mode_of(engine->settings, &engine->service.mail_mode, why));
	engine->app.routes = routes;
	engine->app.route_count = route_count;
	engine->app.schema = engine->schema;
	engine->app.keys = engine->keys;
	engine->app.context = &engine->service;
	if (app_start(&engine->app, workers, reason) != OK)
		return why_set(why, ERR_INTERNAL, "%s", reason);
	engine->app_started = true;
	return OK;
}

enum err engine_open(struct engine *engine, const struct settings *settings, enum database_use use,
		     const char *origin, unsigned workers, struct why *why)
{
	struct migrate_result migrated;

	*engine = (struct engine){.settings = settings};
	TRY(database_open(&engine->database, settings, use, why));
	TRY(database_migrate(&engine->database, &migrated, why));
	return start_app(engine, origin, workers, why);
}

void engine_close(struct engine *engine)
{
	if (engine->app_started)
		app_stop(&engine->app);
	token_keys_close(engine->keys);
	api_schema_free(engine->schema);
	database_close(&engine->database);
}

struct db_options engine_db_options(const struct engine *engine)
{
	const struct settings *s = engine->settings;

	return (struct db_options){
	    .url = engine->database.url[DATABASE_APP],
	    .read_connections = 2,
	    .write_connections = 8,
	    .slow_connections = 1,
	    .queue = (unsigned)s->queue_limit,
	    .statement_timeout_ms = (int)s->statement_timeout,
	    .lock_timeout_ms = (int)s->lock_timeout,
	};
}

/* ---- work without a server --------------------------------------------------------------------
 */

struct work {
	struct engine_run run;
	void (*call)(struct engine_run *run);
	struct loop *loop;
	struct coroutine_pool *pool;
};

static void work_body(void *arg)
{
	struct work *work = arg;

	work->call(&work->run);
	loop_stop(work->loop);
}

static void work_start(void *arg)
{
	struct work *work = arg;

	if (coroutine_start(work->pool, work_body, work) != OK) {
		work->run.err = why_set(&work->run.why, ERR_MEMORY, "there is not enough memory");
		loop_stop(work->loop);
	}
}

static enum err work_with(struct engine *engine, const struct db_options *given,
			  void (*call)(struct engine_run *run), void *owner, struct why *why)
{
	struct work work = {.run = {.engine = engine, .owner = owner}, .call = call};
	struct local *local = &work.run.local;

	arena_init(&work.run.arena, (size_t)256 << 20);
	work.loop = loop_new();
	work.pool = coroutine_pool_new((size_t)256 << 10, 64);
	local->app = &engine->app;
	local->offload = offload_new(1, 16);
	local->db = work.loop == NULL ? NULL : db_new(work.loop, given);
	if (work.loop == NULL || work.pool == NULL || local->offload == NULL || local->db == NULL ||
	    loop_post(work.loop, work_start, &work) != OK)
		work.run.err = why_set(&work.run.why, ERR_MEMORY, "there is not enough memory");
	else
		loop_run(work.loop);
	if (local->db != NULL)
		db_free(local->db);
	if (local->offload != NULL)
		offload_free(local->offload);
	if (work.pool != NULL)
		coroutine_pool_free(work.pool);
	if (work.loop != NULL)
		loop_free(work.loop);
	arena_release(&work.run.arena);
	*why = work.run.why;
	return work.run.err;
}

enum err engine_work(struct engine *engine, void (*call)(struct engine_run *run), void *owner,
		     struct why *why)
{
	struct db_options options = engine_db_options(engine);

	return work_with(engine, &options, call, owner, why);
}

enum err engine_work_in_bulk(struct engine *engine, void (*call)(struct engine_run *run),
			     void *owner, struct why *why)
{
	struct db_options options = engine_db_options(engine);
	struct arena arena;
	enum err err;

	arena_init(&arena, 65536);
	err = admin_url_with(options.url, "synchronous_commit=off", &arena, &options.url, why);
	if (err == OK)
		err = work_with(engine, &options, call, owner, why);
	arena_release(&arena);
	return err;
}

/* ---- small helpers ----------------------------------------------------------------------------
 */

enum err engine_organization(struct engine *engine, const char *word,
			     struct engine_organization *out, struct why *why)
{
	const char *arg = word == NULL || word[0] == '\0' ? NULL : word;
	struct admin *admin = NULL;
	struct admin_rows rows;
	enum err err;

	TRY(database_connect(&engine->database, DATABASE_BACKUP, &admin, why));
	err = admin_query(
	    admin,
	    "SELECT organization_id, name, slug FROM organizations "
	    "WHERE $1::text IS NULL OR slug = $1 OR name = $1 OR organization_id::text = $1 "
	    "LIMIT 2",
	    &arg, 1, &rows, why);
	if (err == OK) {
		if (rows.count == 1) {
			snprintf(out->id, sizeof(out->id), "%s", admin_value(&rows, 0, 0));
			snprintf(out->name, sizeof(out->name), "%s", admin_value(&rows, 0, 1));
			snprintf(out->slug, sizeof(out->slug), "%s", admin_value(&rows, 0, 2));
		} else if (rows.count == 0) {
			err = why_set(why, ERR_NOT_FOUND, "there is no %sorganization%s%s",
				      arg == NULL ? "" : "such ",
				      arg == NULL ? "; make one with "
						    "\"assay organization create\""
						  : ": ",
				      arg == NULL ? "" : arg);
		} else {
			err = why_set(
			    why, ERR_CONFLICT,
			    "there are several organizations; name one with --organization");
		}
		admin_rows_release(&rows);
	}
	admin_close(admin);
	return err;
}

enum err engine_make_password(char out[MADE_PASSWORD])
{
	/* 32 signs that cannot be mistaken for one another: five bits of each random byte. */
	static const char signs[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t bytes[20];

	TRY(random_bytes(bytes, sizeof(bytes)));
	for (size_t i = 0, at = 0; i < sizeof(bytes); i++) {
		if (i > 0 && i % 5 == 0)
			out[at++] = '-';
		out[at++] = signs[bytes[i] & 31];
		out[at] = '\0';
	}
	return OK;
}
