/* assay demo: a believable organization, loaded by the requests of src/templates/demo.json. */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "core/file.h"
#include "core/text.h"
#include "debrief.h"
#include "organization.h"
#include "statements.h"

#define ACCESS_FILE "demo.json"
#define STEP_TEXT   65536

/* Embedded by the build: see src/commands.mk. */
extern const char demo_script[];
extern const size_t demo_script_len;

struct loading {
	json_t *script;		 /* {"organization", "users": […], "steps": […]} */
	json_t *access;		 /* what demo.json will hold */
	json_t *saved;		 /* answers by the name that their step gives them */
	const atomic_bool *stop; /* or NULL */
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

/* ---- the script -------------------------------------------------------------------------------
 */

/* The value of "name.member" among the saved answers, as text; NULL when there is none. */
static const char *saved_value(struct engine_run *run, const struct loading *l, const char *word)
{
	const char *dot = strchr(word, '.');
	char name[64];
	const json_t *value;

	if (dot == NULL || (size_t)(dot - word) >= sizeof(name))
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)(dot - word), word);
	value = json_object_get(json_object_get(l->saved, name), dot + 1);
	if (json_is_integer(value))
		return arena_printf(&run->arena, "%lld", (long long)json_integer_value(value));
	return json_string_value(value);
}

/* The text with each {{name.member}} replaced. NULL, with the sentence, for one that is not known.
 */
static const char *fill_in(struct engine_run *run, const struct loading *l, const char *text)
{
	struct buffer out;
	const char *open, *close, *result = NULL;
	char word[128];

	buffer_init(&out, STEP_TEXT);
	for (;; text = close + 2) {
		open = strstr(text, "{{");
		close = open == NULL ? NULL : strstr(open, "}}");
		if (close == NULL)
			break;
		snprintf(word, sizeof(word), "%.*s", (int)(close - open - 2), open + 2);
		const char *value = saved_value(run, l, word);

		if (value == NULL) {
			run->err = why_set(&run->why, ERR_INTERNAL, "the demo script: no %s", word);
			buffer_release(&out);
			return NULL;
		}
		buffer_add(&out, text, (size_t)(open - text));
		buffer_text(&out, value);
	}
	buffer_text(&out, text);
	if (!out.failed)
		result = arena_memdup(&run->arena, out.data, out.len);
	buffer_release(&out);
	if (result == NULL)
		run->err = why_set(&run->why, ERR_MEMORY, "there is not enough memory");
	return result;
}

static struct principal principal_of(const struct loading *l, const char *persona)
{
	const json_t *user = json_object_get(l->saved, persona);
	const char *level = json_string_value(json_object_get(user, "access_level"));
	const json_t *version = json_object_get(user, "token_version");
	struct principal who = {.kind = PRINCIPAL_USER, .token_version = 1};

	if (version != NULL)
		who.token_version = (uint32_t)json_integer_value(version);

	who.level = text_equal(level, "admin")	     ? ACCESS_ADMIN
		    : text_equal(level, "recruiter") ? ACCESS_RECRUITER
						     : ACCESS_MEMBER;
	snprintf(who.id, sizeof(who.id), "%s", json_string_value(json_object_get(user, "id")));
	snprintf(
	    who.organization_id, sizeof(who.organization_id), "%s",
	    json_string_value(json_object_get(json_object_get(l->access, "organization"), "id")));
	return who;
}

/* One request; its answer, which must be a success. NULL with the sentence otherwise. */
static json_t *call(struct engine_run *run, const struct loading *l, const char *persona,
		    const char *request, const char *body)
{
	const char *path = strchr(request, ' ');
	char method[8];
	struct local_answer answer;
	json_t *result;

	run->local.who = principal_of(l, persona);
	snprintf(method, sizeof(method), "%.*s", (int)(path - request), request);
	run->err = local_call(&run->local, &run->arena, method, path + 1, body, "*", &answer);
	if (run->err == OK && answer.status >= 300)
		run->err = ERR_INTERNAL;
	if (run->err != OK) {
		run->err = why_set(&run->why, run->err, "the demo: %s answered %d: %.400s", request,
				   answer.status, answer.body);
		return NULL;
	}
	result = answer.len == 0 ? json_object() : json_loadb(answer.body, answer.len, 0, NULL);
	if (result == NULL)
		run->err = why_set(&run->why, ERR_MEMORY, "there is not enough memory");
	return result;
}

static void step(struct engine_run *run, struct loading *l, const json_t *step)
{
	const char *save = json_string_value(json_object_get(step, "save"));
	const char *request = fill_in(run, l, json_string_value(json_object_get(step, "call")));
	const json_t *given = json_object_get(step, "body");
	char *dumped = given == NULL ? NULL : json_dumps(given, JSON_COMPACT);
	const char *body = dumped == NULL ? NULL : fill_in(run, l, dumped);
	json_t *answer = NULL;

	free(dumped);
	if (request != NULL && run->err == OK)
		answer =
		    call(run, l, json_string_value(json_object_get(step, "as")), request, body);
	if (answer != NULL && save != NULL)
		json_object_set(l->saved, save, answer);
	json_decref(answer);
}

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
		made = text == NULL ? NULL : call(run, l, "admin", "POST /v1/users", text);
		free(text);
		if (made == NULL)
			return;
		json_object_set_new(l->saved, persona, made);
	}
}

static void make_client(struct engine_run *run, struct loading *l)
{
	json_t *body = json_object_get(l->script, "client");
	char *text = json_dumps(body, JSON_COMPACT);
	json_t *made = text == NULL ? NULL : call(run, l, "admin", "POST /v1/api_clients", text);

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
	json_object_set_new(l->saved, "admin",
			    json_pack("{s:s,s:s}", "id", o.admin_id, "access_level", "admin"));
}

static void take_steps(struct engine_run *run, struct loading *l)
{
	size_t i;
	json_t *one;

	json_array_foreach(json_object_get(l->script, "steps"), i, one)
	{
		if (run->err == OK && l->stop != NULL && atomic_load(l->stop))
			run->err = why_set(&run->why, ERR_UNAVAILABLE, "the server stops");
		if (run->err == OK)
			step(run, l, one);
	}
}

static void load(struct engine_run *run)
{
	struct loading *l = run->owner;

	make_organization(run, l);
	if (run->err == OK)
		add_users(run, l);
	if (run->err == OK)
		make_client(run, l);
	if (run->err == OK)
		take_steps(run, l);
}

/* ---- into an organization that is there -------------------------------------------------------
 */

/* Whoever has this address in the organization, or NULL. */
static json_t *user_with(struct engine_run *run, const struct loading *l, const char *email)
{
	const json_t *organization = json_object_get(l->access, "organization");
	struct db_caller caller = {.actor_kind = "system"};
	struct db_refusal refusal = {0};
	struct db_rows rows;

	caller.organization_id = json_string_value(json_object_get(organization, "id"));
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

/* The demo's people: those of an earlier filling, or new ones who cannot sign in yet. */
static void join_users(struct engine_run *run, struct loading *l)
{
	size_t i;
	json_t *user;

	json_array_foreach(json_object_get(l->script, "users"), i, user)
	{
		const char *email = json_string_value(json_object_get(user, "email"));
		json_t *body, *known = i == 0 ? NULL : user_with(run, l, email);
		char *text;

		if (i == 0) /* the admin who asks */
			continue;
		if (known == NULL && run->err == OK) {
			body = json_pack("{s:O,s:O,s:O}", "name", json_object_get(user, "name"),
					 "email", json_object_get(user, "email"), "access_level",
					 json_object_get(user, "access_level"));
			text = json_dumps(body, JSON_COMPACT);
			json_decref(body);
			known = text == NULL ? NULL : call(run, l, "admin", "POST /v1/users", text);
			free(text);
		}
		if (known == NULL)
			return;
		json_object_set_new(l->saved, json_string_value(json_object_get(user, "persona")),
				    known);
	}
}

static void fill(struct engine_run *run)
{
	struct loading *l = run->owner;

	join_users(run, l);
	if (run->err == OK)
		take_steps(run, l);
}

enum err demo_fill(struct engine *engine, const struct demo_filling *filling, struct why *why)
{
	struct loading l = {
	    .script = json_loadb(demo_script, demo_script_len, JSON_REJECT_DUPLICATES, NULL),
	    .access = json_pack("{s:{s:s}}", "organization", "id", filling->organization_id),
	    .saved =
		json_pack("{s:{s:s,s:s,s:I}}", "admin", "id", filling->admin_id, "access_level",
			  "admin", "token_version", (json_int_t)filling->admin_token_version),
	    .stop = filling->stop,
	};
	enum err err = l.script == NULL || l.access == NULL || l.saved == NULL
			   ? why_set(why, ERR_MEMORY, "there is not enough memory")
			   : engine_work(engine, fill, &l, why);

	json_decref(l.saved);
	json_decref(l.access);
	json_decref(l.script);
	return err;
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
	json_array_foreach(users, i, user)
	{
		TRY(engine_make_password(password));
		json_object_set_new(user, "password", json_string(password));
	}
	l->access = json_pack("{s:{s:O,s:s},s:o,s:b}", "organization", "name", given, "slug", slug,
			      "users", users, "complete", 0);
	l->saved = json_object();
	return l->access == NULL || l->saved == NULL
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

static enum err load_anew(struct engine *engine, json_t **access, struct why *why)
{
	struct loading l = {
	    .script = json_loadb(demo_script, demo_script_len, JSON_REJECT_DUPLICATES, NULL)};
	enum err err = l.script == NULL ? why_set(why, ERR_INTERNAL, "the demo script is not JSON")
					: plan_access(engine, &l, why);

	if (err == OK)
		err = access_write(l.access, why);
	if (err == OK)
		err = engine_work(engine, load, &l, why);
	if (err == OK) {
		json_object_set_new(l.access, "complete", json_true());
		err = access_write(l.access, why);
	}
	json_decref(l.saved);
	json_decref(l.script);
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
