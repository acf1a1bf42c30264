/* assay demo: a believable organization, loaded by the requests of src/templates/demo.json. */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "core/file.h"
#include "core/text.h"
#include "debrief.h"
#include "demo_script.h"
#include "organization.h"
#include "statements.h"

#define ACCESS_FILE "demo.json"

/* Embedded by the build: see src/program.mk. */
extern const char demo_company[];
extern const size_t demo_company_len;

struct loading {
	json_t
	    *script; /* {"organization", "users": […], "client", "steps": […], "debriefs": […]} */
	json_t *company; /* {"users": […], "steps": […]}: what follows; NULL for the small demo */
	json_t *access; /* what demo.json will hold */
	struct demo_script run;
};

/* ---- demo.json --------------------------------------------------------------------------------
 */

static json_t *access_read(void)
{
	return json_load_file(ACCESS_FILE, JSON_REJECT_DUPLICATES, NULL);
}

/* Atomically and for its owner only: it holds passwords. */
static enum err access_write(const json_t *access, struct why *why)
{
	char *text = json_dumps(access, JSON_INDENT(2));
	int fd = open(ACCESS_FILE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t len = text == NULL ? 0 : strlen(text);
	bool ok = text != NULL && fd >= 0 && file_write_whole(fd, text, len);

	if (fd >= 0)
		close(fd);
	free(text);
	if (!ok || rename(ACCESS_FILE ".new", ACCESS_FILE) != 0)
		return why_set(why, ERR_UNAVAILABLE, "cannot write %s: %s", ACCESS_FILE,
			       strerror(errno));
	return OK;
}

/* ---- people ------------------------------------------------------------------------------- */

/* Each with a password of its own; the first is the admin who came with the organization. */
static void add_users(struct engine_run *run, struct loading *l)
{
	size_t i;
	json_t *user;

	json_array_foreach(json_object_get(l->access, "users"), i, user)
	{
		const char *persona = json_string_value(json_object_get(user, "persona"));
		json_t *body, *made;
		char *text;

		if (i == 0)
			continue;
		body = json_pack("{s:O,s:O,s:O,s:O}", "name", json_object_get(user, "name"),
				 "email", json_object_get(user, "email"), "access_level",
				 json_object_get(user, "access_level"), "password",
				 json_object_get(user, "password"));
		text = json_dumps(body, JSON_COMPACT);
		json_decref(body);
		made =
		    text == NULL ? NULL : demo_call(run, &l->run, "admin", "POST /v1/users", text);
		free(text);
		if (made == NULL)
			return;
		json_object_set_new(l->run.saved, persona, made);
	}
}

static void make_client(struct engine_run *run, struct loading *l)
{
	json_t *body = json_object_get(l->script, "client");
	char *text = json_dumps(body, JSON_COMPACT);
	json_t *made =
	    text == NULL ? NULL : demo_call(run, &l->run, "admin", "POST /v1/api_clients", text);

	free(text);
	if (made == NULL)
		return;
	json_object_set_new(l->access, "client",
			    json_pack("{s:O,s:O}", "client_id", json_object_get(made, "client_id"),
				      "client_secret", json_object_get(made, "client_secret")));
	json_decref(made);
}

static void make_organization(struct engine_run *run, struct loading *l)
{
	json_t *organization = json_object_get(l->access, "organization");
	json_t *admin = json_array_get(json_object_get(l->access, "users"), 0);
	struct new_organization o = {
	    .name = json_string_value(json_object_get(organization, "name")),
	    .slug = json_string_value(json_object_get(organization, "slug")),
	    .email = json_string_value(json_object_get(admin, "email")),
	    .admin_name = json_string_value(json_object_get(admin, "name")),
	    .password = json_string_value(json_object_get(admin, "password")),
	};

	run->err = organization_make(run, &o);
	if (run->err != OK)
		return;
	json_object_set_new(organization, "id", json_string(o.id));
	l->run.organization_id = json_string_value(json_object_get(organization, "id"));
	json_object_set_new(l->run.saved, "admin",
			    json_pack("{s:s,s:s}", "id", o.admin_id, "access_level", "admin"));
}

/* Whose debriefs `assay demo` prints. */
static void keep_debriefs(const struct loading *l)
{
	json_t *ids = json_array();
	size_t i;
	const json_t *name;

	json_array_foreach(json_object_get(l->script, "debriefs"), i, name) json_array_append(
	    ids, json_object_get(json_object_get(l->run.saved, json_string_value(name)), "id"));
	json_object_set_new(l->access, "debriefs", ids);
}

static void load(struct engine_run *run)
{
	struct loading *l = run->owner;

	make_organization(run, l);
	if (run->err == OK)
		run->err = demo_dates_mark(&l->run, run,
					   json_string_value(json_object_get(l->script, "at")));
	if (run->err == OK)
		add_users(run, l);
	if (run->err == OK)
		make_client(run, l);
	demo_steps(run, &l->run, json_object_get(l->script, "steps"));
	demo_steps(run, &l->run, json_object_get(l->company, "steps"));
	/* What comes after the load happens when it happens. */
	if (run->err == OK)
		run->err = demo_dates_mark(&l->run, run, NULL);
	if (run->err == OK)
		keep_debriefs(l);
}

/* ---- loading ----------------------------------------------------------------------------------
 */

/* What demo.json will hold, with fresh passwords and a slug that is not taken yet. */
static enum err plan_access(struct engine *engine, struct loading *l, struct why *why)
{
	const json_t *given = json_object_get(l->script, "organization");
	struct engine_organization taken;
	char slug[64], password[MADE_PASSWORD];
	json_t *user, *users;
	size_t i;

	snprintf(slug, sizeof(slug), "demo");
	for (int n = 2; engine_organization(engine, slug, &taken, why) == OK; n++)
		snprintf(slug, sizeof(slug), "demo-%d", n);
	users = json_deep_copy(json_object_get(l->script, "users"));
	json_array_extend(users, json_object_get(l->company, "users"));
	json_array_foreach(users, i, user)
	{
		TRY(engine_make_password(password));
		json_object_set_new(user, "password", json_string(password));
	}
	l->access = json_pack("{s:{s:O,s:s},s:o,s:b}", "organization", "name", given, "slug", slug,
			      "users", users, "complete", 0);
	l->run.saved = json_object();
	return l->access == NULL || l->run.saved == NULL
		   ? why_set(why, ERR_MEMORY, "there is not enough memory")
		   : OK;
}

static bool already_loaded(struct engine *engine, const json_t *access)
{
	const char *id =
	    json_string_value(json_object_get(json_object_get(access, "organization"), "id"));
	struct engine_organization found;
	struct why why;

	return json_is_true(json_object_get(access, "complete")) && id != NULL &&
	       engine_organization(engine, id, &found, &why) == OK;
}

static enum err read_scripts(struct loading *l, bool small, struct why *why)
{
	l->script = json_loadb(demo_script, demo_script_len, JSON_REJECT_DUPLICATES, NULL);
	if (!small)
		l->company =
		    json_loadb(demo_company, demo_company_len, JSON_REJECT_DUPLICATES, NULL);
	return l->script == NULL || (!small && l->company == NULL)
		   ? why_set(why, ERR_INTERNAL, "the demo script is not JSON")
		   : OK;
}

static enum err load_anew(struct engine *engine, json_t **access, struct why *why)
{
	bool small = engine->settings->small;
	struct loading l = {.script = NULL};
	enum err err = read_scripts(&l, small, why);

	demo_dates_init(&l.run.dates, !small);
	if (err == OK && !small)
		err = demo_dates_possible(engine, why);
	if (err == OK)
		err = plan_access(engine, &l, why);
	if (err == OK)
		err = access_write(l.access, why);
	if (err == OK)
		err = small ? engine_work(engine, load, &l, why)
			    : engine_work_in_bulk(engine, load, &l, why);
	if (err == OK)
		err = demo_dates_settle(&l.run, engine, why);
	if (err == OK) {
		json_object_set_new(l.access, "complete", json_true());
		err = access_write(l.access, why);
	}
	demo_dates_release(&l.run.dates);
	json_decref(l.run.saved);
	json_decref(l.script);
	json_decref(l.company);
	*access = l.access;
	return err;
}

enum err demo_load(struct engine *engine, json_t **out, struct why *why)
{
	json_t *access = access_read();
	enum err err = OK;

	if (!already_loaded(engine, access)) {
		json_decref(access);
		access = NULL;
		err = load_anew(engine, &access, why);
	}
	if (err == OK && out != NULL)
		*out = json_incref(access);
	json_decref(access);
	return err;
}

/* ---- the command ------------------------------------------------------------------------------
 */

static void print_json(json_t *access)
{
	json_object_del(access, "complete");
	json_object_del(access, "debriefs");
	json_dumpf(access, stdout, JSON_INDENT(2));
	puts("");
}

int command_demo(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct engine engine;
	json_t *access = NULL;
	struct why why;
	enum err err =
	    engine_open(&engine, settings, DATABASE_COMMAND, "http://localhost", 1, &why);

	engine.app.settings.log_requests = false;
	if (err == OK)
		err = demo_load(&engine, &access, &why);
	if (err == OK && settings->json)
		print_json(access);
	else if (err == OK)
		err = debrief_print(&engine, access, &why);
	json_decref(access);
	engine_close(&engine);
	return err == OK ? EXIT_DONE : command_fail(EXIT_FAILED, why.text);
}
