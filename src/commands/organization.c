/* assay organization create. */
#include "organization.h"

#include "auth/password.h"
#include "commands.h"
#include "core/text.h"
#include "statements.h"

void organization_slug(const char *name, char out[64])
{
	size_t at = 0;

	for (const char *c = name; *c != '\0' && at < 60; c++) {
		bool letter = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');

		if (*c >= 'A' && *c <= 'Z')
			out[at++] = (char)(*c + 32);
		else if (letter)
			out[at++] = *c;
		else if (at > 0 && out[at - 1] != '-')
			out[at++] = '-';
	}
	while (at > 0 && out[at - 1] == '-')
		at--;
	out[at] = '\0';
	if (at == 0)
		snprintf(out, 64, "organization");
}

enum err organization_make(struct engine_run *run, struct new_organization *o)
{
	struct db_caller caller = {.organization_id = o->id, .actor_kind = "system"};
	char hash[PASSWORD_HASH_MAX];
	struct db_refusal refusal = {0};
	struct db_rows rows;
	enum err err;

	uuid_generate(o->id);
	if (password_hash(o->password, hash) != OK)
		return why_set(&run->why, ERR_MEMORY, "the password could not be hashed");
	err = db_run(run->local.db, &run->arena, &caller, &sql_organization_make_statement,
		     (const char *const *)&(const struct sql_organization_make){
			 .name = o->name,
			 .slug = o->slug,
			 .kind = o->sandbox ? "sandbox" : "production",
			 .email = o->email,
			 .admin_name = o->admin_name,
			 .password_hash = hash},
		     &rows, &refusal);
	if (err == ERR_CONFLICT)
		return why_set(&run->why, err, "there is an organization \"%s\" already", o->slug);
	if (err == ERR_INVALID)
		return why_set(&run->why, err,
			       "the name or the e-mail address is not acceptable (%s)",
			       refusal.constraint);
	if (err != OK)
		return why_set(&run->why, err, "the organization could not be made: %s",
			       err_text(err));
	snprintf(o->admin_id, sizeof(o->admin_id), "%s", db_value(&rows, 0, "admin_id"));
	return OK;
}

static void work(struct engine_run *run)
{
	run->err = organization_make(run, run->owner);
}

static void print_json(const struct new_organization *o, bool made)
{
	json_t *out = json_pack("{s:{s:s,s:s,s:s,s:b},s:{s:s,s:s}}", "organization", "id", o->id,
				"name", o->name, "slug", o->slug, "sandbox", o->sandbox, "admin",
				"id", o->admin_id, "email", o->email);

	if (made)
		json_object_set_new(json_object_get(out, "admin"), "password",
				    json_string(o->password));
	json_dumpf(out, stdout, JSON_INDENT(2));
	puts("");
	json_decref(out);
}

int command_organization_create(const struct settings *settings, int argc UNUSED, char **argv)
{
	struct new_organization o = {.name = argv[0],
				     .email = settings->email,
				     .admin_name = settings->name,
				     .sandbox = settings->sandbox};
	bool make = settings->password[0] == '\0';
	char made[MADE_PASSWORD], slug[64];
	const char *weakness;
	struct engine engine;
	struct why why;
	enum err err;

	if (settings->email[0] == '\0' || strchr(settings->email, '@') == NULL)
		return command_fail(EXIT_USAGE, "say who the first admin is: --email ADDRESS");
	if (o.admin_name[0] == '\0')
		o.admin_name = settings->email;
	if (make && engine_make_password(made) != OK)
		return command_fail(EXIT_FAILED, "no password could be made");
	o.password = make ? made : settings->password;
	weakness = make ? NULL : password_weakness(o.password, o.email);
	if (weakness != NULL)
		return command_fail(EXIT_USAGE, weakness);
	organization_slug(o.name, slug);
	o.slug = slug;
	err = engine_open(&engine, settings, DATABASE_COMMAND, "http://localhost", 1, &why);
	if (err == OK)
		err = engine_work(&engine, work, &o, &why);
	engine_close(&engine);
	if (err != OK)
		return command_fail(EXIT_FAILED, why.text);
	if (settings->json) {
		print_json(&o, make);
		return EXIT_DONE;
	}
	printf("organization %s (%s), id %s\nadmin %s%s%s\n", o.name, o.slug, o.id, o.email,
	       make ? ", password " : "", make ? made : "");
	return EXIT_DONE;
}
