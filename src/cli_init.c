/* A minimal init for containers, where nobody else reaps what a killed database leaves. */
#include "cli_init.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The first process gets no signal that it has not asked for: these are waited for, and passed. */
static const int passed[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};

/* Reaps whoever has ended; exits once the program itself has. */
static void reap(pid_t program)
{
	int status = 0;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == program)
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void stay(pid_t program, const sigset_t *awaited)
{
	for (;;) {
		int got = sigwaitinfo(awaited, NULL);
		if (got == SIGCHLD)
			reap(program);
		else if (got > 0)
			(void)kill(program, got);
	}
}

void init_if_first(void)
{
	sigset_t awaited, before;
	if (getpid() != 1)
		return;
	(void)sigemptyset(&awaited);
	(void)sigaddset(&awaited, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		(void)sigaddset(&awaited, passed[i]);
	(void)sigprocmask(SIG_BLOCK, &awaited, &before);
	pid_t program = fork();
	if (program > 0)
		stay(program, &awaited);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	/* Sockets that were handed to process 1 are meant for the program. */
	char number[16];
	const char *inherited = getenv("LISTEN_PID");
	if (program == 0 && inherited != NULL && strcmp(inherited, "1") == 0) {
		(void)snprintf(number, sizeof(number), "%ld", (long)getpid());
		(void)setenv("LISTEN_PID", number, 1);
	}
}
