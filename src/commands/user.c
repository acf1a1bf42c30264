/* assay user: add, list, disable, set-password. Acts as the system, with the API's own statements.
 */
#include "auth/password.h"
#include "commands.h"
#include "core/text.h"
#include "engine.h"
#include "statements.h"

struct task {
	enum { TASK_ADD, TASK_LIST, TASK_DISABLE, TASK_SET_PASSWORD } kind;
	const struct settings *settings;
	const char *email, *password;
	char id[PRINCIPAL_UUID]; /* the user's, once known */
	struct engine_organization organization;
};

#define CALL(run, caller, name, rows, ...)                                                         \
	db_run((run)->local.db, &(run)->arena, caller, &sql_##name##_statement,                    \
	       (const char *const *)&(const struct sql_##name){__VA_ARGS__}, rows, &refusal)

static enum err failed(struct engine_run *run, enum err err, const struct db_refusal *refusal)
{
	if (err == ERR_CONFLICT && text_equal(refusal->constraint, "users_email_key"))
		return why_set(&run->why, err,
			       "the organization has a user with that address already");
	if (err == ERR_INVALID)
		return why_set(&run->why, err, "a value is not acceptable (%s)",
			       refusal->constraint);
	return why_set(&run->why, err, "the database refused: %s", err_text(err));
}

/* The body that the API's statement takes; the arena's. */
static const char *body_of(struct engine_run *run, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);
	const char *copy = text == NULL ? NULL : arena_strdup(&run->arena, text);

	free(text);
	json_decref(body);
	return copy;
}

static enum err add(struct engine_run *run, const struct db_caller *caller, struct task *t)
{
	const char *access = t->settings->access[0] == '\0' ? "member" : t->settings->access;
	const char *name = t->settings->name[0] == '\0' ? t->email : t->settings->name;
	char hash[PASSWORD_HASH_MAX];
	struct db_refusal refusal = {0};
	struct db_rows rows;
	enum err err;

	TRY(password_hash(t->password, hash));
	err = CALL(run, caller, user_create, &rows,
		   .body = body_of(run, json_pack("{s:s,s:s,s:s}", "email", t->email, "name", name,
						  "access_level", access)),
		   .password_hash = hash);
	if (err != OK)
		return failed(run, err, &refusal);
	snprintf(t->id, sizeof(t->id), "%s", db_value(&rows, 0, "id"));
	return OK;
}

/* The id of the user with the address. */
static enum err find(struct engine_run *run, const struct db_caller *caller, struct task *t)
{
	struct db_refusal refusal = {0};
	struct db_rows rows;
	enum err err = CALL(run, caller, user_find, &rows, .email = t->email);

	if (err != OK)
		return failed(run, err, &refusal);
	if (rows.count == 0)
		return why_set(&run->why, ERR_NOT_FOUND, "there is no user %s in %s", t->email,
			       t->organization.name);
	snprintf(t->id, sizeof(t->id), "%s", db_value(&rows, 0, "id"));
	return OK;
}

static enum err disable(struct engine_run *run, const struct db_caller *caller, struct task *t)
{
	struct db_refusal refusal = {0};
	struct db_rows done;
	enum err err;

	TRY(find(run, caller, t));
	err = CALL(run, caller, user_update, &done, .user_id = t->id,
		   .body = "{\"status\":\"disabled\"}");
	if (err != OK)
		return failed(run, err, &refusal);
	if (db_value(&done, 0, "refusal") != NULL)
		return why_set(&run->why, ERR_CONFLICT, "an organization keeps at least one admin");
	return OK;
}

static enum err set_password(struct engine_run *run, const struct db_caller *caller, struct task *t)
{
	char hash[PASSWORD_HASH_MAX];
	struct db_refusal refusal = {0};
	struct db_rows done;
	enum err err;

	TRY(find(run, caller, t));
	TRY(password_hash(t->password, hash));
	err = CALL(run, caller, user_set_password, &done, .user_id = t->id, .password_hash = hash);
	return err == OK ? OK : failed(run, err, &refusal);
}

static enum err list(struct engine_run *run, const struct db_caller *caller, struct task *t)
{
	static const char *const columns[] = {"id", "name", "email", "access_level", "status"};
	struct db_refusal refusal = {0};
	struct db_rows rows;
	json_t *out = json_array();
	enum err err = CALL(run, caller, users_all, &rows, NULL);

	for (int i = 0; err == OK && i < rows.count; i++) {
		json_t *user = json_object();

		for (size_t c = 0; c < ARRAY_LEN(columns); c++)
			json_object_set_new(user, columns[c],
					    json_string(db_value(&rows, i, columns[c])));
		json_array_append_new(out, user);
		if (!t->settings->json)
			printf("%-9s %-9s %-32s %s\n", db_value(&rows, i, "access_level"),
			       db_value(&rows, i, "status"), db_value(&rows, i, "email"),
			       db_value(&rows, i, "name"));
	}
	if (err == OK && t->settings->json) {
		json_dumpf(out, stdout, JSON_INDENT(2));
		puts("");
	}
	json_decref(out);
	return err == OK ? OK : failed(run, err, &refusal);
}

static void work(struct engine_run *run)
{
	static enum err (*const act[])(struct engine_run *, const struct db_caller *,
				       struct task *) = {
	    [TASK_ADD] = add,
	    [TASK_LIST] = list,
	    [TASK_DISABLE] = disable,
	    [TASK_SET_PASSWORD] = set_password,
	};
	struct task *task = run->owner;
	const struct db_caller caller = {.organization_id = task->organization.id,
					 .actor_kind = "system"};

	run->err = act[task->kind](run, &caller, task);
	if (run->err != OK && run->why.text[0] == '\0')
		run->err = why_set(&run->why, run->err, "%s", err_text(run->err));
}

static int perform(struct task *task)
{
	struct engine engine;
	struct why why;
	enum err err =
	    engine_open(&engine, task->settings, DATABASE_COMMAND, "http://localhost", 1, &why);

	if (err == OK)
		err = engine_organization(&engine, task->settings->organization,
					  &task->organization, &why);
	if (err == OK)
		err = engine_work(&engine, work, task, &why);
	engine_close(&engine);
	return err == OK ? EXIT_DONE : command_fail(EXIT_FAILED, why.text);
}

/* Whom it was done to, and the password that was made up for them, if one was. */
static void print_user(const struct task *task, const char *made)
{
	json_t *out;

	if (!task->settings->json) {
		printf("%s%s%s\n", task->email, made == NULL ? "" : ", password ",
		       made == NULL ? "" : made);
		return;
	}
	out = json_pack("{s:s,s:s}", "id", task->id, "email", task->email);
	if (made != NULL)
		json_object_set_new(out, "password", json_string(made));
	json_dumpf(out, stdout, JSON_INDENT(2));
	puts("");
	json_decref(out);
}

/* The given password, checked, or one made up, which is printed at the end. */
static int with_password(struct task *task)
{
	const char *given = task->settings->password;
	char made[MADE_PASSWORD];
	const char *weakness = given[0] == '\0' ? NULL : password_weakness(given, task->email);
	int status;

	if (strchr(task->email, '@') == NULL)
		return command_fail(EXIT_USAGE, "a user is named by an e-mail address");
	if (weakness != NULL)
		return command_fail(EXIT_USAGE, weakness);
	if (given[0] == '\0' && engine_make_password(made) != OK)
		return command_fail(EXIT_FAILED, "no password could be made");
	task->password = given[0] == '\0' ? made : given;
	status = perform(task);
	task->password = NULL; /* `made` goes with this function */
	if (status == EXIT_DONE)
		print_user(task, given[0] == '\0' ? made : NULL);
	return status;
}

int command_user_add(const struct settings *settings, int argc UNUSED, char **argv)
{
	struct task task = {.kind = TASK_ADD, .settings = settings, .email = argv[0]};

	if (settings->access[0] != '\0' && strcmp(settings->access, "admin") != 0 &&
	    strcmp(settings->access, "recruiter") != 0 && strcmp(settings->access, "member") != 0)
		return command_fail(EXIT_USAGE, "--access is admin, recruiter or member");
	return with_password(&task);
}

int command_user_list(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct task task = {.kind = TASK_LIST, .settings = settings};

	return perform(&task);
}

int command_user_disable(const struct settings *settings, int argc UNUSED, char **argv)
{
	struct task task = {.kind = TASK_DISABLE, .settings = settings, .email = argv[0]};
	int status = perform(&task);

	if (status == EXIT_DONE)
		print_user(&task, NULL);
	return status;
}

int command_user_set_password(const struct settings *settings, int argc UNUSED, char **argv)
{
	struct task task = {.kind = TASK_SET_PASSWORD, .settings = settings, .email = argv[0]};

	return with_password(&task);
}
