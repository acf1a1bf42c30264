/* Finds PostgreSQL's programs and lays out the embedded cluster's files. */
#include "db/postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "db/cluster.h"
#include "db/program.h"

#define OLDEST_VERSION 15
#define HALF_MADE      "postgres.new"

/* ---- programs -------------------------------------------------------------------------------- */

/* What `postgres --version` says: "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)". */
static int version_ask(const char *postgres)
{
	static const char before[] = "(PostgreSQL) ";
	const char *const argv[] = {postgres, "--version", NULL};
	char line[200];
	if (program_capture(argv, line, sizeof(line)) != 0)
		return 0;
	const char *number = strstr(line, before);
	return number == NULL ? 0 : (int)strtol(number + strlen(before), NULL, 10);
}

/* The version of the data that is there already; 0 if none is. */
static int version_of_data(void)
{
	char text[16];
	int fd = open(POSTGRES_DATA "/PG_VERSION", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t len = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[len > 0 ? len : 0] = '\0';
	return (int)strtol(text, NULL, 10);
}

static void programs_consider(struct postgres_programs *best, const char *bin, int wanted)
{
	struct postgres_programs here = {.version = 0};
	int a = snprintf(here.postgres, sizeof(here.postgres), "%s/postgres", bin);
	int b = snprintf(here.initdb, sizeof(here.initdb), "%s/initdb", bin);
	if (a < 0 || b < 0 || (size_t)a >= sizeof(here.postgres) ||
	    (size_t)b >= sizeof(here.initdb))
		return;
	if (access(here.postgres, X_OK) != 0 || access(here.initdb, X_OK) != 0)
		return;
	here.version = version_ask(here.postgres);
	if (here.version >= OLDEST_VERSION && here.version > best->version &&
	    (wanted == 0 || here.version == wanted))
		*best = here;
}

static void programs_search(struct postgres_programs *best, int wanted)
{
	static const char *const places[] = {
	    "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin",
	    "/usr/local/pgsql/bin",	 "/usr/local/bin",   "/usr/bin"};
	const char *const pg_config[] = {"pg_config", "--bindir", NULL};
	char bin[PATH_MAX];
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		glob_t found = {0};
		if (glob(places[i], 0, NULL, &found) == 0)
			for (size_t j = 0; j < found.gl_pathc; j++)
				programs_consider(best, found.gl_pathv[j], wanted);
		globfree(&found);
	}
	if (best->version == 0 && program_capture(pg_config, bin, sizeof(bin)) == 0)
		programs_consider(best, bin, wanted);
}

enum err postgres_find(struct postgres_programs *programs, const char *bin, struct why *why)
{
	int wanted = version_of_data();
	*programs = (struct postgres_programs){.version = 0};
	if (bin[0] != '\0')
		programs_consider(programs, bin, wanted);
	else
		programs_search(programs, wanted);
	if (programs->version != 0)
		return OK;
	char version[32] = "15 or newer";
	if (wanted != 0)
		(void)snprintf(version, sizeof(version), "%d, which made the data,", wanted);
	if (bin[0] != '\0')
		return why_set(why, ERR_NOT_FOUND, "%s holds no programs of PostgreSQL %s", bin,
			       version);
	return why_set(why, ERR_NOT_FOUND,
		       "PostgreSQL %s is not installed: install it (Debian: apt install "
		       "postgresql), name its programs with --postgres-bin, or name a server with "
		       "--database-url",
		       version);
}

/* ---- files ----------------------------------------------------------------------------------- */

static const char configuration[] =
    "# Written by assay at each start. Settings of your own go into own.conf beside it.\n"
    "listen_addresses = ''\n"
    "unix_socket_directories = '../" POSTGRES_SOCKETS "'\n"
    "unix_socket_permissions = 0700\n"
    "port = 5432\n"
    "max_connections = 100\n"
    "shared_buffers = 128MB\n"
    "effective_cache_size = 512MB\n"
    "work_mem = 8MB\n"
    "maintenance_work_mem = 64MB\n"
    "random_page_cost = 1.1\n"
    "jit = off\n"
    "max_parallel_workers_per_gather = 0\n"
    "# Tables of a new database are known by their numbers within seconds: plans go by these.\n"
    "autovacuum_naptime = 5s\n"
    "\n"
    "# Durability: an acknowledged change survives a power cut.\n"
    "fsync = on\n"
    "full_page_writes = on\n"
    "synchronous_commit = on\n"
    "wal_level = replica\n"
    "max_wal_senders = 3\n"
    "min_wal_size = 80MB\n"
    "max_wal_size = 1GB\n"
    "checkpoint_completion_target = 0.9\n"
    "\n"
    "# Nothing of what people wrote may reach the log: errors go to the service alone, without\n"
    "# DETAIL; what remains is a few lines at start and stop, kept for a week.\n"
    "logging_collector = on\n"
    "log_directory = '../" POSTGRES_LOGS "'\n"
    "log_filename = 'postgresql-%a.log'\n"
    "log_file_mode = 0600\n"
    "log_rotation_age = 1d\n"
    "log_rotation_size = 0\n"
    "log_truncate_on_rotation = on\n"
    "log_min_messages = log\n"
    "log_min_error_statement = panic\n"
    "log_error_verbosity = terse\n"
    "log_statement = 'none'\n"
    "log_min_duration_statement = -1\n"
    "log_parameter_max_length_on_error = 0\n"
    "log_checkpoints = off\n"
    "log_autovacuum_min_duration = -1\n"
    "log_line_prefix = '%m [%p] '\n"
    "\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n"
    "datestyle = 'iso, ymd'\n"
    "lc_messages = 'C'\n"
    "default_text_search_config = 'pg_catalog.simple'\n"
    "include_if_exists 'own.conf'\n";

/* Only the directory's user gets to the socket, so who comes through it may be anyone. */
static const char access_rules[] = "# Written by assay at each start.\n"
				   "local all         all trust\n"
				   "local replication all trust\n";

static enum err file_write(const char *name, const char *text, struct why *why)
{
	char fresh[PATH_MAX];
	(void)snprintf(fresh, sizeof(fresh), "%s.new", name);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t len = strlen(text);
	bool good = fd >= 0 && file_write_whole(fd, text, len);
	good = good && rename(fresh, name) == 0;
	int reason = errno;
	if (fd >= 0)
		(void)close(fd);
	if (!good)
		return why_set(why, ERR_UNAVAILABLE,
			       "%s cannot be written in the data directory: %s", name,
			       strerror(reason));
	return OK;
}

static enum err private_directory(const char *name, struct why *why)
{
	if ((mkdir(name, 0700) != 0 && errno != EEXIST) || chmod(name, 0700) != 0)
		return why_set(why, ERR_UNAVAILABLE, "%s cannot be made in the data directory: %s",
			       name, strerror(errno));
	return OK;
}

void postgres_data_name(const char *dir, const char *data, char *out, size_t size)
{
	/*
	 * PostgreSQL enters its data directory first and uses relative names from then on; where
	 * the full name leads through a directory that is closed to this user, a descriptor does.
	 */
	int len = snprintf(out, size, "%s/%s", dir, data);
	if (len < 0 || (size_t)len >= size || access(out, X_OK) != 0)
		(void)snprintf(out, size, PROGRAM_DIRECTORY);
}

pid_t postgres_start(const char *const argv[], const char *data)
{
	/* Not inside the directory: PostgreSQL looks at its own path and then comes back by name.
	 */
	int directory = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int out =
	    open(POSTGRES_STDERR, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	pid_t pid = directory < 0 ? -1 : program_start(argv, "/", directory, out);
	if (out >= 0)
		(void)close(out);
	if (directory >= 0)
		(void)close(directory);
	return pid;
}

static enum err data_make(const struct postgres_programs *programs, const char *dir,
			  struct why *why)
{
	char data[PATH_MAX], words[400];
	const char *const clear[] = {"rm", "-rf", "--", HALF_MADE, NULL};
	pid_t pid = program_start(clear, ".", -1, -1);
	if (pid < 0 || program_wait(pid) != 0)
		return why_set(why, ERR_UNAVAILABLE, "%s cannot be removed", HALF_MADE);
	TRY(private_directory(HALF_MADE, why));
	postgres_data_name(dir, HALF_MADE, data, sizeof(data));

	const char *const initdb[] = {programs->initdb,
				      "--pgdata",
				      data,
				      "--username",
				      CLUSTER_OWNER,
				      "--auth",
				      "trust",
				      "--encoding",
				      "UTF8",
				      "--locale",
				      "C",
				      "--lc-ctype",
				      "C.UTF-8",
				      "--data-checksums",
				      "--no-instructions",
				      NULL};
	pid = postgres_start(initdb, HALF_MADE);
	int status = pid < 0 ? -1 : program_wait(pid);
	if (status != 0) {
		postgres_last_words(words, sizeof(words));
		return why_set(why, ERR_UNAVAILABLE,
			       "the database could not be made in %s (initdb: %s)", dir, words);
	}
	/* Only a whole one gets the name, so that a kill on the way costs nothing. */
	if (rename(HALF_MADE, POSTGRES_DATA) != 0)
		return why_set(why, ERR_UNAVAILABLE, "%s cannot be renamed: %s", HALF_MADE,
			       strerror(errno));
	return OK;
}

enum err postgres_prepare(const struct postgres_programs *programs, const char *dir,
			  struct why *why)
{
	TRY(private_directory(POSTGRES_SOCKETS, why));
	TRY(private_directory(POSTGRES_LOGS, why));
	if (access(POSTGRES_DATA "/PG_VERSION", F_OK) != 0)
		TRY(data_make(programs, dir, why));
	TRY(file_write(POSTGRES_DATA "/postgresql.conf", configuration, why));
	return file_write(POSTGRES_DATA "/pg_hba.conf", access_rules, why);
}

/* Of a log line what stands behind its severity. */
static const char *line_reason(const char *line)
{
	static const char *const marks[] = {"FATAL:  ", "error: "};
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		const char *mark = strstr(line, marks[i]);
		if (mark != NULL)
			return mark + strlen(marks[i]);
	}
	return NULL;
}

void postgres_last_words(char *line, size_t size)
{
	char text[8192];
	(void)snprintf(line, size, "see " POSTGRES_LOGS " in the data directory");
	int fd = open(POSTGRES_STDERR, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	off_t end = lseek(fd, 0, SEEK_END);
	off_t start = end > (off_t)sizeof(text) - 1 ? end - ((off_t)sizeof(text) - 1) : 0;
	ssize_t len = pread(fd, text, sizeof(text) - 1, start);
	(void)close(fd);
	text[len > 0 ? len : 0] = '\0';
	for (char *at = text, *next = NULL; at != NULL && *at != '\0'; at = next) {
		next = strchr(at, '\n');
		if (next != NULL)
			*next++ = '\0';
		const char *reason = line_reason(at);
		if (reason != NULL)
			(void)snprintf(line, size, "%s", reason);
	}
}
