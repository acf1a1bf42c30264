/* assay compact: takes erased data off the disk. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "commands.h"
#include "core/settings.h"
#include "db/admin.h"
#include "db/database.h"

#define LOGS	   "log"
#define LOG_PREFIX "postgresql-"

static void sentence_print(const char *sentence)
{
	(void)printf("%s\n", sentence);
	(void)fflush(stdout);
}

static int is_log(const struct dirent *entry)
{
	return strncmp(entry->d_name, LOG_PREFIX, strlen(LOG_PREFIX)) == 0;
}

/* The embedded server writes to the newest one; the others are past. */
static void logs_remove(void)
{
	struct dirent **names = NULL;
	struct timespec newest = {0, 0};
	int count = scandir(LOGS, &names, is_log, alphasort), removed = 0, current = -1;
	for (int i = 0; i < count; i++) {
		char path[512];
		struct stat st;
		(void)snprintf(path, sizeof(path), LOGS "/%s", names[i]->d_name);
		if (stat(path, &st) == 0 &&
		    (st.st_mtim.tv_sec > newest.tv_sec ||
		     (st.st_mtim.tv_sec == newest.tv_sec && st.st_mtim.tv_nsec > newest.tv_nsec))) {
			newest = st.st_mtim;
			current = i;
		}
	}
	for (int i = 0; i < count; i++) {
		char path[512];
		(void)snprintf(path, sizeof(path), LOGS "/%s", names[i]->d_name);
		removed += i != current && unlink(path) == 0;
		free(names[i]);
	}
	free(names);
	(void)printf("server logs: %d old one%s removed\n", removed, removed == 1 ? "" : "s");
}

int command_compact(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct database database;
	struct admin *admin = NULL;
	struct why why;
	bool embedded = settings->database_url[0] == '\0';
	sentence_print("Each table is locked while it is rewritten, and requests for it wait; "
		       "on a large installation choose a quiet hour.");
	enum err err = database_open(&database, settings, DATABASE_ONLY, &why);
	if (err == OK)
		err = admin_connect(&admin, database.owner_url, &why);
	if (err == OK)
		err = audit_compact(admin, sentence_print, &why);
	if (err == OK && embedded)
		logs_remove();
	admin_close(admin);
	database_close(&database);
	return err == OK ? EXIT_DONE : command_fail(EXIT_FAILED, why.text);
}
