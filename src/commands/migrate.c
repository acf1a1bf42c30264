/* assay migrate: the schema, brought up to date ahead of the server. */
#include "db/migrate.h"
#include "commands.h"
#include "core/settings.h"
#include "db/database.h"

int command_migrate(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct database database;
	struct migrate_result result = {0, 0};
	struct why why;
	enum err err = database_open(&database, settings, DATABASE_ONLY, &why);
	if (err == OK)
		err = database_migrate(&database, &result, &why);
	database_close(&database);
	if (err != OK)
		return command_fail(EXIT_FAILED, why.text);
	(void)printf("the schema is at migration %u; %u applied now\n", result.number,
		     result.applied);
	return EXIT_DONE;
}
