/* The embedded cluster under failure: killed on either side, started twice, in odd directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/clock.h"
#include "embedded.h"

#define PATIENCE_US 20000000

struct place {
	char base[64];
	char dir[96]; /* the data directory, within the base */
};

static struct place place_new(void)
{
	struct place place;
	embedded_make_directory(place.base, sizeof(place.base), "/tmp/assay-cluster-XXXXXX");
	/* Open on the way, as /var/lib is; one test closes it again. */
	assert_int_equal(chmod(place.base, 0755), 0);
	(void)snprintf(place.dir, sizeof(place.dir), "%s/data", place.base);
	return place;
}

/* Each test has a place of its own: an empty one, or a copy of a cluster made once. */
static int place_make(void **state)
{
	static struct place place;
	place = place_new();
	*state = &place;
	return 0;
}

static void template_name(char *out, size_t size)
{
	/* Of this run alone: several variants may be tested side by side. */
	(void)snprintf(out, size, "/tmp/assay-cluster-%ld", (long)getpid());
}

static int place_copy(void **state)
{
	char shell[PATH_MAX], template[64];
	template_name(template, sizeof(template));
	(void)place_make(state);
	const struct place *place = *state;
	(void)snprintf(shell, sizeof(shell), "cp -a %s/data %s", template, place->dir);
	return system(shell);
}

static int place_remove(void **state)
{
	const struct place *place = *state;
	embedded_remove_directory(place->base);
	return 0;
}

/* Runs `sql` as a command of the program would, in a process of its own. "" or the sentence. */
static void command(const char *dir, const char *sql, char *said, size_t size)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct settings settings;
		struct database database;
		struct admin *admin = NULL;
		struct why why = {""};
		embedded_settings(&settings, dir);
		enum err err = database_open(&database, &settings, DATABASE_COMMAND, &why);
		if (err == OK)
			err = admin_connect(&admin, database.owner_url, &why);
		if (err == OK)
			err = admin_run(admin, sql, &why);
		admin_close(admin);
		database_close(&database);
		_exit(say(ends[1], err == OK ? "" : why.text));
	}
	(void)close(ends[1]);
	ssize_t len = read(ends[0], said, size - 1);
	said[len > 0 ? len : 0] = '\0';
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void command_works(const char *dir, const char *sql)
{
	char said[1024];
	command(dir, sql, said, sizeof(said));
	assert_string_equal(said, "");
}

static void started(struct embedded *server, const char *dir)
{
	embedded_start(server, dir);
	if (strncmp(server->said, "ready", 5) != 0)
		fail_msg("%s", server->said);
}

static void refused(const char *dir, const char *sentence)
{
	struct embedded server;
	embedded_start(&server, dir);
	assert_string_equal(server.said, sentence);
	assert_int_equal(embedded_end(&server, 0), 1);
}

static pid_t postgres_pid(const char *dir)
{
	char path[PATH_MAX + 64], text[32];
	(void)snprintf(path, sizeof(path), "%s/postgres/postmaster.pid", dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t len = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[len > 0 ? len : 0] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

/* Gone, or a zombie that only waits to be reaped by whoever inherited it. */
static bool is_gone(pid_t pid)
{
	char path[64], text[512];
	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	ssize_t len = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[len > 0 ? len : 0] = '\0';
	return len <= 0 || strstr(text, ") Z ") != NULL;
}

static bool gone_in_time(pid_t pid)
{
	for (int64_t end = clock_monotonic_us() + PATIENCE_US; clock_monotonic_us() < end;) {
		if (is_gone(pid))
			return true;
		(void)usleep(10000);
	}
	return false;
}

static void test_start_and_stop(void **state)
{
	const struct place *place = *state;
	struct embedded server;
	struct stat info;
	char path[PATH_MAX + 64];
	started(&server, place->dir);
	pid_t postgres = postgres_pid(place->dir);
	assert_true(postgres > 0 && !is_gone(postgres));

	assert_int_equal(stat(place->dir, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	assert_true(info.st_uid != 0);
	uid_t user = info.st_uid;
	static const char *const parts[] = {"postgres", "run", "log", "lock"};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", place->dir, parts[i]);
		assert_int_equal(stat(path, &info), 0);
		assert_int_equal(info.st_uid, user);
		assert_int_equal(info.st_mode & 0077, 0);
	}
	(void)snprintf(path, sizeof(path), "ready uid=%u postgres=%ld", (unsigned)user,
		       (long)postgres);
	assert_string_equal(server.said, path);

	assert_int_equal(embedded_end(&server, SIGTERM), 0);
	assert_true(is_gone(postgres));
	assert_int_equal(postgres_pid(place->dir), 0);
}

static void test_settings_of_the_cluster(void **state)
{
	const struct place *place = *state;
	command_works(place->dir, "DO $$ BEGIN "
				  "ASSERT current_setting('fsync') = 'on';"
				  "ASSERT current_setting('synchronous_commit') = 'on';"
				  "ASSERT current_setting('full_page_writes') = 'on';"
				  "ASSERT current_setting('data_checksums') = 'on';"
				  "ASSERT current_setting('listen_addresses') = '';"
				  "ASSERT current_setting('log_error_verbosity') = 'terse';"
				  "ASSERT current_setting('log_min_error_statement') = 'panic';"
				  "ASSERT current_setting('server_encoding') = 'UTF8';"
				  "ASSERT lower('ÄÖ') = 'äö';"
				  "ASSERT 'a' > 'Z'; END $$");
}

/* What people write must not get into PostgreSQL's log, not even with an error. */
static void test_log_is_terse(void **state)
{
	const struct place *place = *state;
	char said[1024], shell[PATH_MAX + 128];
	command(place->dir, "SELECT 'Amir Williams'::uuid", said, sizeof(said));
	assert_non_null(strstr(said, "invalid input syntax"));
	(void)snprintf(shell, sizeof(shell), "grep -rqs Williams %s/log", place->dir);
	assert_int_not_equal(system(shell), 0);
	(void)snprintf(shell, sizeof(shell), "grep -rqs 'ready to accept' %s/log", place->dir);
	assert_int_equal(system(shell), 0);
}

static void test_second_server_refused(void **state)
{
	const struct place *place = *state;
	struct embedded server;
	char sentence[128];
	started(&server, place->dir);
	(void)snprintf(sentence, sizeof(sentence),
		       "another server (process %ld) uses this data directory", (long)server.pid);
	refused(place->dir, sentence);
	command_works(place->dir, "SELECT 1");
	assert_int_equal(embedded_end(&server, SIGTERM), 0);
}

static void test_commands_running_and_stopped(void **state)
{
	const struct place *place = *state;
	struct embedded server;
	command_works(place->dir, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
	assert_int_equal(postgres_pid(place->dir), 0);
	started(&server, place->dir);
	pid_t postgres = postgres_pid(place->dir);
	command_works(place->dir, "INSERT INTO t SELECT n + 1 FROM t");
	assert_int_equal(postgres_pid(place->dir), postgres);
	assert_int_equal(embedded_end(&server, SIGTERM), 0);
	command_works(place->dir, "DO $$ BEGIN ASSERT (SELECT sum(n) FROM t) = 3; END $$");
}

static void test_commands_take_turns(void **state)
{
	const struct place *place = *state;
	pid_t children[3];
	command_works(place->dir, "CREATE TABLE t (n int)");
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		children[i] = fork();
		if (children[i] == 0) {
			char said[1024];
			command(place->dir, "INSERT INTO t VALUES (1)", said, sizeof(said));
			_exit(said[0] != '\0');
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		int status = -1;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	command_works(place->dir, "DO $$ BEGIN ASSERT (SELECT sum(n) FROM t) = 3; END $$");
}

static void test_server_killed(void **state)
{
	const struct place *place = *state;
	struct embedded server;
	started(&server, place->dir);
	for (int i = 0; i < 3; i++) {
		pid_t postgres = postgres_pid(place->dir);
		command_works(place->dir, i == 0
					      ? "CREATE TABLE t (n int); INSERT INTO t VALUES (1)"
					      : "INSERT INTO t SELECT n + 1 FROM t");
		assert_int_equal(embedded_end(&server, SIGKILL), -SIGKILL);
		/* At once, while the old PostgreSQL is still on its way out. */
		started(&server, place->dir);
		assert_true(is_gone(postgres));
		assert_int_not_equal(postgres_pid(place->dir), postgres);
	}
	command_works(place->dir, "DO $$ BEGIN ASSERT (SELECT count(*) FROM t) = 4; END $$");
	pid_t postgres = postgres_pid(place->dir);
	assert_int_equal(embedded_end(&server, SIGKILL), -SIGKILL);
	assert_true(gone_in_time(postgres));
}

static void test_postgres_killed(void **state)
{
	const struct place *place = *state;
	struct embedded server;
	started(&server, place->dir);
	command_works(place->dir, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
	for (int i = 0; i < 3; i++) {
		pid_t postgres = postgres_pid(place->dir);
		int64_t begun = clock_monotonic_us();
		assert_int_equal(kill(postgres, SIGKILL), 0);
		while (postgres_pid(place->dir) == postgres)
			assert_true(clock_monotonic_us() - begun < PATIENCE_US);
		command_works(place->dir, "INSERT INTO t VALUES (1)");
	}
	command_works(place->dir, "DO $$ BEGIN ASSERT (SELECT count(*) FROM t) = 4; END $$");
	pid_t postgres = postgres_pid(place->dir);
	assert_int_equal(embedded_end(&server, SIGTERM), 0);
	assert_true(is_gone(postgres));
}

/* Both at once: nobody is left to clean up, and PostgreSQL's own lock file names a dead process. */
static void test_both_killed(void **state)
{
	const struct place *place = *state;
	struct embedded server;
	started(&server, place->dir);
	command_works(place->dir, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
	pid_t postgres = postgres_pid(place->dir);
	assert_int_equal(kill(server.pid, SIGSTOP), 0);
	assert_int_equal(kill(postgres, SIGKILL), 0);
	assert_int_equal(embedded_end(&server, SIGKILL), -SIGKILL);
	assert_int_equal(postgres_pid(place->dir), postgres);
	started(&server, place->dir);
	command_works(place->dir, "DO $$ BEGIN ASSERT (SELECT sum(n) FROM t) = 1; END $$");
	assert_int_equal(embedded_end(&server, SIGTERM), 0);
}

/* A PostgreSQL that nobody supervises any more sits on the data: it is told to stop. */
static void test_orphan(void **state)
{
	const struct place *place = *state;
	struct embedded server;
	char shell[PATH_MAX];
	command_works(place->dir, "CREATE TABLE t (n int)");
	(void)snprintf(
	    shell, sizeof(shell),
	    "user=$(stat -c %%U %s) && runuser -u \"$user\" -- "
	    "/usr/lib/postgresql/15/bin/pg_ctl -s -W -D %s/postgres start >/dev/null 2>&1",
	    place->dir, place->dir);
	if (getuid() != 0 || system(shell) != 0)
		skip();
	while (postgres_pid(place->dir) == 0)
		(void)usleep(10000);
	pid_t orphan = postgres_pid(place->dir);
	started(&server, place->dir);
	assert_true(is_gone(orphan));
	command_works(place->dir, "SELECT FROM t");
	assert_int_equal(embedded_end(&server, SIGTERM), 0);
}

static void test_half_made(void **state)
{
	const struct place *place = *state;
	char shell[PATH_MAX];
	(void)snprintf(shell, sizeof(shell),
		       "mkdir -p %s/postgres.new/base && chmod 700 %s && touch "
		       "%s/postgres.new/PG_VERSION && chown -R --reference=/var/lib/postgresql %s",
		       place->dir, place->dir, place->dir, place->dir);
	if (getuid() != 0 || system(shell) != 0)
		skip();
	command_works(place->dir, "SELECT 1");
	(void)snprintf(shell, sizeof(shell), "test -e %s/postgres.new", place->dir);
	assert_int_not_equal(system(shell), 0);
}

/* A socket's full name has at most 107 characters. */
static void test_long_path(void **state)
{
	const struct place *place = *state;
	char dir[PATH_MAX];
	struct embedded server;
	(void)snprintf(dir, sizeof(dir), "%s/%0120d", place->base, 0);
	started(&server, dir);
	command_works(dir, "SELECT 1");
	assert_int_equal(embedded_end(&server, SIGTERM), 0);
}

/* Below a directory that is closed to the unprivileged user, as that of mktemp -d is. */
static void test_closed_parent(void **state)
{
	const struct place *place = *state;
	struct embedded server;
	assert_int_equal(chmod(place->base, 0700), 0);
	command_works(place->dir, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
	started(&server, place->dir);
	command_works(place->dir, "INSERT INTO t VALUES (1)");
	assert_int_equal(kill(postgres_pid(place->dir), SIGKILL), 0);
	(void)usleep(300000);
	command_works(place->dir, "DO $$ BEGIN ASSERT (SELECT sum(n) FROM t) = 2; END $$");
	assert_int_equal(embedded_end(&server, SIGTERM), 0);
}

static void test_quoted_path(void **state)
{
	const struct place *place = *state;
	char dir[PATH_MAX];
	(void)snprintf(dir, sizeof(dir), "%s/it's a \\ place", place->base);
	command_works(dir, "SELECT 1");
}

static void test_owner_of_the_directory(void **state)
{
	const struct place *place = *state;
	struct embedded server;
	if (getuid() != 0)
		skip();
	assert_int_equal(mkdir(place->dir, 0700), 0);
	assert_int_equal(chown(place->dir, 65534, 65534), 0);
	started(&server, place->dir);
	assert_non_null(strstr(server.said, "uid=65534 "));
	assert_int_equal(embedded_end(&server, SIGTERM), 0);
}

static void test_directories_refused(void **state)
{
	const struct place *place = *state;
	char path[PATH_MAX], sentence[PATH_MAX + 128];
	(void)snprintf(path, sizeof(path), "%s/file", place->base);
	assert_int_equal(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	(void)snprintf(path, sizeof(path), "%s/file/data", place->base);
	(void)snprintf(sentence, sizeof(sentence), "%s cannot be made: Not a directory", path);
	refused(path, sentence);
	refused("/proc/nothing", "/proc/nothing cannot be made: No such file or directory");
	if (getuid() != 0)
		return;
	/* Root would give these away: not to be done to a directory that others use. */
	refused("/tmp", "/tmp is in other use: name a directory that is for Assay alone");
	(void)snprintf(path, sizeof(path), "%s/inner/..", place->base);
	(void)snprintf(sentence, sizeof(sentence),
		       "%s is in other use: name a directory that is for Assay alone", path);
	refused(path, sentence);
	struct stat info;
	assert_int_equal(stat(place->base, &info), 0);
	assert_int_equal(info.st_uid, 0);
	(void)snprintf(path, sizeof(path), "%s/theirs", place->base);
	assert_int_equal(mkdir(path, 0500), 0);
	assert_int_equal(chown(path, 65534, 65534), 0);
	(void)snprintf(sentence, sizeof(sentence), "%s cannot be written to: Permission denied",
		       path);
	refused(path, sentence);
}

static void test_programs_refused(void **state)
{
	const struct place *place = *state;
	struct why why;
	char here[PATH_MAX];
	struct cluster *cluster = NULL;
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(mkdir(place->dir, 0700), 0);
	assert_int_equal(chdir(place->dir), 0);
	assert_int_equal(cluster_start(&cluster, place->dir, "/usr/games", &why), ERR_NOT_FOUND);
	assert_string_equal(why.text, "/usr/games holds no programs of PostgreSQL 15 or newer");

	/* Data of another version is not touched with these programs. */
	assert_int_equal(mkdir("postgres", 0700), 0);
	int fd = open("postgres/PG_VERSION", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "99\n", 3), 3);
	(void)close(fd);
	assert_int_equal(cluster_start(&cluster, place->dir, "", &why), ERR_NOT_FOUND);
	assert_non_null(strstr(why.text, "PostgreSQL 99, which made the data, is not installed"));
	assert_int_equal(chdir(here), 0);
}

/* It cannot start: the reason is PostgreSQL's own, in time, and nothing is left behind. */
static void test_cannot_start(void **state)
{
	const struct place *place = *state;
	char shell[PATH_MAX + 64];
	command_works(place->dir, "SELECT 1");
	(void)snprintf(shell, sizeof(shell), "echo 'shared_buffers = lots' > %s/postgres/own.conf",
		       place->dir);
	assert_int_equal(system(shell), 0);
	(void)snprintf(shell, sizeof(shell), "chmod 644 %s/postgres/own.conf", place->dir);
	assert_int_equal(system(shell), 0);
	struct embedded server;
	embedded_start(&server, place->dir);
	assert_int_equal(embedded_end(&server, 0), 1);
	assert_int_equal(strncmp(server.said, "the embedded database does not start: ", 38), 0);
	assert_non_null(strstr(server.said, "own.conf"));
}

static int template_make(void **state UNUSED)
{
	char dir[96], template[64];
	template_name(template, sizeof(template));
	(void)snprintf(dir, sizeof(dir), "%s/data", template);
	command_works(dir, "SELECT 1");
	return 0;
}

static int template_remove(void **state UNUSED)
{
	char template[64];
	template_name(template, sizeof(template));
	embedded_remove_directory(template);
	return 0;
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)
#define IN_COPY(test)  cmocka_unit_test_setup_teardown(test, place_copy, place_remove)
	const struct CMUnitTest tests[] = {
	    IN_PLACE(test_start_and_stop),
	    IN_COPY(test_settings_of_the_cluster),
	    IN_COPY(test_log_is_terse),
	    IN_COPY(test_second_server_refused),
	    IN_COPY(test_commands_running_and_stopped),
	    IN_COPY(test_commands_take_turns),
	    IN_COPY(test_server_killed),
	    IN_COPY(test_postgres_killed),
	    IN_COPY(test_both_killed),
	    IN_COPY(test_orphan),
	    IN_PLACE(test_half_made),
	    IN_PLACE(test_long_path),
	    IN_PLACE(test_closed_parent),
	    IN_PLACE(test_quoted_path),
	    IN_PLACE(test_owner_of_the_directory),
	    IN_PLACE(test_directories_refused),
	    IN_PLACE(test_programs_refused),
	    IN_COPY(test_cannot_start),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests_name("cluster", tests, template_make, template_remove);
}
