/* The small demo's content in an organization that is there already: a sandbox that was reset. */
#include "demo.h"

#include <stdlib.h>

#include "db/db.h"
#include "demo_script.h"
#include "statements.h"

struct filling {
	json_t *script;
	struct demo_script run;
};

/* Whoever has this address in the organization, or NULL. */
static json_t *user_with(struct engine_run *run, const struct filling *f, const char *email)
{
	struct db_caller caller = {.actor_kind = "system",
				   .organization_id = f->run.organization_id};
	struct db_refusal refusal = {0};
	struct db_rows rows;

	run->err = db_run(run->local.db, &run->arena, &caller, &sql_user_find_statement,
			  (const char *const *)&(const struct sql_user_find){.email = email}, &rows,
			  &refusal);
	if (run->err != OK)
		run->err =
		    why_set(&run->why, run->err, "the demo's people: %s", err_text(run->err));
	if (run->err != OK || rows.count == 0)
		return NULL;
	return json_pack("{s:s,s:s,s:I}", "id", db_value(&rows, 0, "id"), "access_level",
			 db_value(&rows, 0, "access_level"), "token_version",
			 (json_int_t)strtoll(db_value(&rows, 0, "token_version"), NULL, 10));
}

/* One who cannot sign in yet. */
static json_t *add_user(struct engine_run *run, const struct filling *f, const json_t *user)
{
	json_t *body = json_pack("{s:O,s:O,s:O}", "name", json_object_get(user, "name"), "email",
				 json_object_get(user, "email"), "access_level",
				 json_object_get(user, "access_level"));
	char *text = json_dumps(body, JSON_COMPACT);
	json_t *made =
	    text == NULL ? NULL : demo_call(run, &f->run, "admin", "POST /v1/users", text);

	json_decref(body);
	free(text);
	return made;
}

/* The demo's people: those of an earlier filling, or new ones. */
static void join_users(struct engine_run *run, struct filling *f)
{
	size_t i;
	json_t *user, *known;

	json_array_foreach(json_object_get(f->script, "users"), i, user)
	{
		if (i == 0) /* the admin who asks */
			continue;
		known = user_with(run, f, json_string_value(json_object_get(user, "email")));
		if (known == NULL && run->err == OK)
			known = add_user(run, f, user);
		if (known == NULL)
			return;
		json_object_set_new(f->run.saved,
				    json_string_value(json_object_get(user, "persona")), known);
	}
}

static void fill(struct engine_run *run)
{
	struct filling *f = run->owner;

	join_users(run, f);
	demo_steps(run, &f->run, json_object_get(f->script, "steps"));
}

enum err demo_fill(struct engine *engine, const struct demo_filling *filling, struct why *why)
{
	struct filling f = {
	    .script = json_loadb(demo_script, demo_script_len, JSON_REJECT_DUPLICATES, NULL),
	    .run = {.saved = json_pack("{s:{s:s,s:s,s:I}}", "admin", "id", filling->admin_id,
				       "access_level", "admin", "token_version",
				       (json_int_t)filling->admin_token_version),
		    .organization_id = filling->organization_id,
		    .stop = filling->stop},
	};
	enum err err;

	demo_dates_init(&f.run.dates, false);
	err = f.script == NULL || f.run.saved == NULL
		  ? why_set(why, ERR_MEMORY, "there is not enough memory")
		  : engine_work(engine, fill, &f, why);
	demo_dates_release(&f.run.dates);
	json_decref(f.run.saved);
	json_decref(f.script);
	return err;
}
