/* Opens the database that the settings name, and knows its roles. */
#include "db/database.h"

#include <assert.h>
#include <unistd.h>

#include "core/settings.h"
#include "db/admin.h"
#include "db/cluster.h"
#include "db/home.h"
#include "db/migrate.h"

#define DATABASE_MEMORY ((size_t)1 << 20)

const struct database_role_row database_roles[DATABASE_ROLE_COUNT] = {
#define DATABASE_ROLE(name, role, served) {role, served},
    DATABASE_ROLES(DATABASE_ROLE)
#undef DATABASE_ROLE
};

/* The URL's user logs in and is the role from the first statement on. */
static enum err urls_from_setting(struct database *database, const struct settings *settings,
				  struct why *why)
{
	const char *owner =
	    settings->owner_url[0] != '\0' ? settings->owner_url : settings->database_url;
	TRY(admin_url_for(owner, NULL, &database->arena, &database->owner_url, why));
	for (size_t i = 0; i < DATABASE_ROLE_COUNT; i++)
		if (database_roles[i].served)
			TRY(admin_url_for(settings->database_url, database_roles[i].name,
					  &database->arena, &database->url[i], why));
	if (settings->owner_url[0] == '\0')
		return OK;
	struct admin *service = NULL;
	TRY(admin_connect(&service, settings->database_url, why));
	database->service_user = arena_strdup(&database->arena, admin_user(service));
	admin_close(service);
	return database->service_user == NULL ? why_set(why, ERR_MEMORY, "out of memory") : OK;
}

/* The roles themselves log in: the socket is closed to everyone else. */
static enum err urls_of_cluster(struct database *database, const char *dir, struct why *why)
{
	TRY(cluster_url(dir, CLUSTER_OWNER, CLUSTER_DATABASE, &database->arena,
			&database->owner_url, why));
	for (size_t i = 0; i < DATABASE_ROLE_COUNT; i++)
		if (database_roles[i].served)
			TRY(cluster_url(dir, database_roles[i].name, CLUSTER_DATABASE,
					&database->arena, &database->url[i], why));
	return OK;
}

static enum err embedded_open(struct database *database, const struct settings *settings,
			      bool served, struct why *why)
{
	if (served)
		TRY(cluster_adopt(settings->data_dir, why));
	else
		TRY(cluster_start(&database->cluster, settings->data_dir, settings->postgres_bin,
				  why));
	return urls_of_cluster(database, settings->data_dir, why);
}

enum err database_open(struct database *database, const struct settings *settings,
		       enum database_use use, struct why *why)
{
	bool embedded = settings->database_url[0] == '\0', served = false;
	*database = (struct database){.lock = -1};
	arena_init(&database->arena, DATABASE_MEMORY);
	if (embedded && settings->owner_url[0] != '\0')
		return why_set(why, ERR_INVALID,
			       "--owner-url is for --database-url, which is not given");
	if (embedded || use != DATABASE_ONLY)
		TRY(home_enter(settings->data_dir, why));
	if (embedded || use == DATABASE_SERVE)
		TRY(home_lock(use == DATABASE_SERVE ? HOME_SERVE : HOME_COMMAND, &database->lock,
			      &served, why));
	return embedded ? embedded_open(database, settings, served, why)
			: urls_from_setting(database, settings, why);
}

void database_close(struct database *database)
{
	cluster_stop(database->cluster);
	if (database->lock >= 0)
		(void)close(database->lock);
	arena_release(&database->arena);
	*database = (struct database){.lock = -1};
}

enum err database_migrate(const struct database *database, struct migrate_result *result,
			  struct why *why)
{
	return migrate_run(database->owner_url, database->service_user, migrations, migration_count,
			   result, why);
}

enum err database_connect(const struct database *database, enum database_role role,
			  struct admin **out, struct why *why)
{
	const char *url = role == DATABASE_OWNER ? database->owner_url : database->url[role];
	assert(url != NULL);
	TRY(admin_connect(out, url, why));
	if (role != DATABASE_OWNER)
		return OK;
	enum err err = admin_run(*out, "SET ROLE assay_owner", why);
	if (err != OK) {
		admin_close(*out);
		*out = NULL;
	}
	return err;
}
