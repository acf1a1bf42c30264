/* A throw-away PostgreSQL of a test's own, on a Unix socket in a directory of its own. */
#ifndef TESTS_PG_H
#define TESTS_PG_H

#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/attr.h"

#define PG_BIN "/usr/lib/postgresql/15/bin/"

struct pg {
	char dir[64], url[128];
	pid_t server;
};

static void pg_die(const char *what)
{
	fprintf(stderr, "pg.h: %s\n", what);
	exit(1);
}

/* PostgreSQL refuses to run as root; the server ends with the test. */
static void pg_become_postgres(void)
{
	const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;

	if (getuid() == 0 && (!user || initgroups("postgres", user->pw_gid) != 0 ||
			      setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
		_exit(126);
	if (prctl(PR_SET_PDEATHSIG, SIGINT) != 0)
		_exit(126);
}

static pid_t pg_spawn(const struct pg *pg, const char *const *argv)
{
	pid_t child = fork();

	if (child == 0) {
		char log[128];

		snprintf(log, sizeof(log), "%s/log", pg->dir);
		if (chdir(pg->dir) != 0)
			_exit(126);
		pg_become_postgres();
		if (!freopen(log, "a", stdout) || dup2(1, 2) < 0)
			_exit(126);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	if (child < 0)
		pg_die("fork");
	return child;
}

/* Runs SQL on a connection of its own; the first value of the last result, or "". */
static UNUSED const char *pg_sql(const struct pg *pg, const char *sql)
{
	static char value[512];
	PGconn *conn = PQconnectdb(pg->url);
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		pg_die(PQerrorMessage(conn));
	snprintf(value, sizeof(value), "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);
	PQfinish(conn);
	return value;
}

static void pg_boot(struct pg *pg)
{
	char data[96];
	const char *argv[] = {PG_BIN "postgres",
			      "-D",
			      data,
			      "-c",
			      "listen_addresses=",
			      "-c",
			      "fsync=off",
			      "-k",
			      pg->dir,
			      "-c",
			      "max_connections=60",
			      "-c",
			      "deadlock_timeout=50ms",
			      NULL};

	snprintf(data, sizeof(data), "%s/data", pg->dir);
	pg->server = pg_spawn(pg, argv);
	for (int i = 0; i < 1000; i++) {
		if (PQping(pg->url) == PQPING_OK)
			return;
		usleep(10000);
	}
	pg_die("the server does not start");
}

static void pg_halt(struct pg *pg, int sig)
{
	if (pg->server <= 0)
		return;
	kill(pg->server, sig);
	kill(pg->server, SIGCONT);
	waitpid(pg->server, NULL, 0);
	pg->server = 0;
}

static void pg_start(struct pg *pg)
{
	char data[96];
	const char *argv[] = {PG_BIN "initdb", "--no-sync",  "-A", "trust", "-U", "assay", "-E",
			      "UTF8",	       "--locale=C", "-D", data,    NULL};
	const struct passwd *user = getpwnam("postgres");
	int status = 0;

	*pg = (struct pg){.dir = "/tmp/assay-unit-XXXXXX"};
	if (!mkdtemp(pg->dir) ||
	    (getuid() == 0 && (!user || chown(pg->dir, user->pw_uid, user->pw_gid) != 0)))
		pg_die("no directory");
	snprintf(data, sizeof(data), "%s/data", pg->dir);
	snprintf(pg->url, sizeof(pg->url), "host=%s dbname=postgres user=assay", pg->dir);
	waitpid(pg_spawn(pg, argv), &status, 0);
	if (status != 0)
		pg_die("initdb");
	pg_boot(pg);
}

static void pg_stop(struct pg *pg)
{
	const char *argv[] = {"/bin/rm", "-rf", pg->dir, NULL};
	pid_t child;

	pg_halt(pg, SIGQUIT);
	child = fork();
	if (child == 0) {
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}

#endif
