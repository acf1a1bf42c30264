/* Starts PostgreSQL and its tools as children that die with this process. */
#include "db/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

NORETURN static void program_become(const char *const argv[], const char *inside, int directory,
				    int out, pid_t parent)
{
	static const int signals[] = {SIGHUP,  SIGINT,	SIGQUIT, SIGTERM, SIGPIPE,
				      SIGCHLD, SIGUSR1, SIGUSR2, SIGALRM};
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		(void)signal(signals[i], SIG_DFL);
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);

	/* A terminal's Ctrl-C is for the server, which stops its database last. */
	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGINT);
	if (getppid() != parent)
		_exit(127);
	if (chdir(inside) != 0)
		_exit(127);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int target = out >= 0 ? out : null;
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(target, STDOUT_FILENO) < 0 ||
	    dup2(target, STDERR_FILENO) < 0)
		_exit(127);
	/* The copy survives exec; taken last, as `directory` or `out` may have this number. */
	if (directory == PROGRAM_DIRECTORY_FD)
		(void)fcntl(directory, F_SETFD, 0);
	else if (directory >= 0 && dup2(directory, PROGRAM_DIRECTORY_FD) < 0)
		_exit(127);
	/* execv promises not to write, but its type is older than const. */
	union {
		const char *const *given;
		char *const *wanted;
	} words = {argv};
	(void)execvp(argv[0], words.wanted);
	_exit(127);
}

pid_t program_start(const char *const argv[], const char *inside, int directory, int out)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0)
		program_become(argv, inside, directory, out, parent);
	return pid;
}

int program_wait(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int program_capture(const char *const argv[], char *line, size_t size)
{
	int ends[2];
	line[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = program_start(argv, "/", -1, ends[1]);
	(void)close(ends[1]);
	size_t used = 0;
	for (ssize_t got = 1; got > 0 && used<size - 1; used += got> 0 ? (size_t)got : 0)
		got = read(ends[0], line + used, size - 1 - used);
	(void)close(ends[0]);
	line[used] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return pid < 0 ? -1 : program_wait(pid);
}
