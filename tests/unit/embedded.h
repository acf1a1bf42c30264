/* For database tests: a process that serves an embedded cluster from a throw-away directory. */
#ifndef TESTS_EMBEDDED_H
#define TESTS_EMBEDDED_H

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/settings.h"
#include "db/admin.h"
#include "db/cluster.h"
#include "db/database.h"
#include "db/migrate.h"

struct embedded {
	pid_t pid;	 /* the serving process, as assay would be */
	int ends[2];	 /* what it says; what it is to hear */
	char said[1024]; /* "ready …" or the sentence of its refusal */
};

static inline void embedded_settings(struct settings *settings, const char *dir)
{
	char flag[PATH_MAX + 32], *argv[] = {flag};
	char *environment[] = {NULL};
	struct why why;
	int words = 0;
	(void)snprintf(flag, sizeof(flag), "--data-dir=%s", dir);
	assert_int_equal(settings_load(settings, FOR_MIGRATE, 1, argv, environment, &words, &why),
			 OK);
}

static inline int say(int out, const char *text)
{
	return write(out, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : 1;
}

/* The child's life: open, say so, serve until SIGTERM, close. */
NORETURN static inline void embedded_serve(const char *dir, const sigset_t *end, int out)
{
	struct settings settings;
	struct database database;
	struct why why;
	char text[256];
	int got = 0;
	embedded_settings(&settings, dir);
	enum err err = database_open(&database, &settings, DATABASE_SERVE, &why);
	if (err != OK) {
		database_close(&database);
		_exit(say(out, why.text) + 1);
	}
	(void)snprintf(text, sizeof(text), "ready uid=%u postgres=%ld", (unsigned)getuid(),
		       (long)cluster_pid(database.cluster));
	if (say(out, text) == 0)
		(void)sigwait(end, &got);
	database_close(&database);
	_exit(0);
}

/* Starts a server and waits until it is ready or refuses. */
static inline void embedded_start(struct embedded *embedded, const char *dir)
{
	sigset_t end, before;
	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGTERM);
	assert_int_equal(pipe2(embedded->ends, O_CLOEXEC), 0);
	(void)sigprocmask(SIG_BLOCK, &end, &before);
	embedded->pid = fork();
	assert_true(embedded->pid >= 0);
	if (embedded->pid == 0)
		embedded_serve(dir, &end, embedded->ends[1]);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(embedded->ends[1]);
	ssize_t len = read(embedded->ends[0], embedded->said, sizeof(embedded->said) - 1);
	embedded->said[len > 0 ? len : 0] = '\0';
	(void)close(embedded->ends[0]);
}

/* Sends it the signal and returns its exit status, or minus the signal that killed it. */
static inline int embedded_end(struct embedded *embedded, int with)
{
	int status = 0;
	(void)kill(embedded->pid, with);
	assert_int_equal(waitpid(embedded->pid, &status, 0), embedded->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void embedded_make_directory(char *dir, size_t size, const char *template)
{
	(void)snprintf(dir, size, "%s", template);
	assert_non_null(mkdtemp(dir));
}

static inline void embedded_remove_directory(const char *dir)
{
	pid_t pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", dir, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
}

#endif
