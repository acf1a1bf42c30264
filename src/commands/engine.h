/* The program without its sockets: database, API document, keys and handlers, for any command. */
#ifndef COMMANDS_ENGINE_H
#define COMMANDS_ENGINE_H

#include "core/settings.h"
#include "core/why.h"
#include "db/database.h"
#include "db/db.h"
#include "http/app.h"
#include "http/local.h"
#include "resources/service.h"

struct loop;
struct coroutine_pool;

struct engine {
	const struct settings *settings;
	struct database database;
	struct api_schema *schema;
	struct token_keys *keys;
	struct service service;
	struct app app;
	bool app_started;
	char issuer[2048];
};

/*
 * Opens the database of the settings, brings its schema up to date, reads (or makes) the keys and
 * starts the app with the whole route table. `origin` is the issuer of tokens, e.g.
 * "http://127.0.0.1:8080". Close in either case.
 */
enum err engine_open(struct engine *engine, const struct settings *settings, enum database_use use,
		     const char *origin, unsigned workers, struct why *why) MUST_USE;
void engine_close(struct engine *engine);

/* The connections of one worker, from the settings. */
struct db_options engine_db_options(const struct engine *engine);

/* What a command's work is given. */
struct engine_run {
	struct engine *engine;
	struct local local; /* for local_call; `who` is the work's to set */
	struct arena arena; /* for the whole of the work */
	void *owner;
	struct why why; /* the sentence, when the work fails */
	enum err err;
};

/* Runs `work` in a coroutine with connections of its own, and returns when it has ended. */
enum err engine_work(struct engine *engine, void (*work)(struct engine_run *run), void *owner,
		     struct why *why) MUST_USE;

/*
 * The same where each step need not survive a crash of its own: the database confirms before its
 * disk does. What is to last ends with a change that is committed in the ordinary way.
 */
enum err engine_work_in_bulk(struct engine *engine, void (*work)(struct engine_run *run),
			     void *owner, struct why *why) MUST_USE;

/* An organization by slug, name or id; with NULL or "" the only one there is. */
struct engine_organization {
	char id[PRINCIPAL_UUID];
	char name[201], slug[64];
};
enum err engine_organization(struct engine *engine, const char *word,
			     struct engine_organization *out, struct why *why) MUST_USE;

/* A password that a person can type: four groups of five letters and digits, 100 bits. */
#define MADE_PASSWORD 24
enum err engine_make_password(char out[MADE_PASSWORD]) MUST_USE;

#endif
