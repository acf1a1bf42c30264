/* A foreign program under lock and key: limits, Landlock and seccomp, then the program. */
#include "runtime/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"

#define NOT_STARTED 127
#define PIECE	    65536

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the filter of system calls is written for x86-64 and ARM64"
#endif

/* What a program that turns its input into its output never needs. */
static const uint32_t refused[] = {
    __NR_socket,
    __NR_socketpair,
    __NR_connect,
    __NR_bind,
    __NR_listen,
    __NR_accept,
    __NR_accept4,
    __NR_sendto,
    __NR_sendmsg,
    __NR_clone,
    __NR_clone3,
    __NR_ptrace,
    __NR_process_vm_readv,
    __NR_process_vm_writev,
    __NR_kill,
    __NR_tkill,
    __NR_unlinkat,
    __NR_renameat2,
    __NR_mkdirat,
    __NR_linkat,
    __NR_symlinkat,
    __NR_mknodat,
    __NR_truncate,
    __NR_fchmodat,
    __NR_fchownat,
    __NR_mount,
    __NR_umount2,
    __NR_unshare,
    __NR_setns,
    __NR_chroot,
    __NR_pivot_root,
    __NR_bpf,
    __NR_perf_event_open,
    __NR_userfaultfd,
    __NR_keyctl,
    __NR_add_key,
    __NR_request_key,
    __NR_io_uring_setup,
    __NR_memfd_create,
    __NR_shmget,
    __NR_msgget,
    __NR_semget,
#if defined(__x86_64__)
    __NR_fork,
    __NR_vfork,
    __NR_unlink,
    __NR_rename,
    __NR_mkdir,
    __NR_rmdir,
    __NR_link,
    __NR_symlink,
    __NR_creat,
    __NR_chmod,
    __NR_chown,
    __NR_renameat,
#endif
};
#define REFUSED	    (sizeof(refused) / sizeof(refused[0]))
#define FILTER_HEAD 5

struct lock {
	struct sock_filter filter[FILTER_HEAD + REFUSED + 3];
	struct sock_fprog program;
};

static void lock_make(struct lock *lock)
{
	struct sock_filter *at = lock->filter;
	const uint32_t kill = SECCOMP_RET_KILL_PROCESS, none = 0;

	*at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					     offsetof(struct seccomp_data, arch));
	*at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	*at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, kill);
	*at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					     offsetof(struct seccomp_data, nr));
	/* x86-64's second set of numbers would go around the list. */
	*at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u,
					     (uint8_t)(REFUSED + 1), none);
	for (size_t i = 0; i < REFUSED; i++)
		*at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i],
						     (uint8_t)(REFUSED - i), none);
	*at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	*at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	lock->program =
	    (struct sock_fprog){.len = (unsigned short)(at - lock->filter), .filter = lock->filter};
}

/* ---- in the child: nothing here may allocate or take a lock -----------------------------------
 */

static void may_read(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr beneath = {
	    .allowed_access = access,
	    .parent_fd = open(path, O_PATH | O_CLOEXEC),
	};

	if (beneath.parent_fd < 0)
		return;
	(void)syscall(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	(void)close(beneath.parent_fd);
}

/* Programs and libraries can be read, and nothing else; an old kernel has no such lock. */
static void close_files(const char *program)
{
	const uint64_t file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
	const struct landlock_ruleset_attr all = {
	    .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
				 LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
				 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
				 LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
				 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
				 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
				 LANDLOCK_ACCESS_FS_MAKE_SYM};
	long rules = syscall(__NR_landlock_create_ruleset, &all, sizeof(all), 0);

	if (rules < 0)
		return;
	may_read((int)rules, "/usr", file | LANDLOCK_ACCESS_FS_READ_DIR);
	may_read((int)rules, "/lib", file | LANDLOCK_ACCESS_FS_READ_DIR);
	may_read((int)rules, "/lib64", file | LANDLOCK_ACCESS_FS_READ_DIR);
	may_read((int)rules, program, file);
	may_read((int)rules, "/etc/ld.so.cache", LANDLOCK_ACCESS_FS_READ_FILE);
	(void)syscall(__NR_landlock_restrict_self, (int)rules, 0);
	(void)close((int)rules);
}

static bool limit(__rlimit_resource_t what, rlim_t most)
{
	const struct rlimit given = {most, most};

	return setrlimit(what, &given) == 0;
}

static bool close_all(const struct child_order *order)
{
	return limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 32) &&
	       limit(RLIMIT_NPROC, 0) && limit(RLIMIT_CPU, order->cpu_s) &&
	       limit(RLIMIT_AS, order->memory);
}

static NORETURN void child(const struct child_order *order, const struct lock *lock, int in,
			   int out)
{
	char locale[] = "LC_ALL=C.UTF-8";
	char *const environment[] = {locale, NULL};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setpriority(PRIO_PROCESS, 0, 19);
	if (null < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0 ||
	    close_range(3, ~0u, 0) != 0 || chdir("/") != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		_exit(NOT_STARTED);
	close_files(order->argv[0]);
	if (!close_all(order) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &lock->program, 0, 0) != 0)
		_exit(NOT_STARTED);
	(void)execve(order->argv[0], (char *const *)(uintptr_t)order->argv, environment);
	_exit(NOT_STARTED);
}

/* ---- in the parent ----------------------------------------------------------------------------
 */

static int left_ms(int64_t until_us)
{
	int64_t left = until_us - clock_monotonic_us();

	return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

static bool await(int fd, int64_t until_us)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	int got;

	do
		got = poll(&one, 1, left_ms(until_us));
	while (got < 0 && errno == EINTR);
	return got > 0;
}

/* Up to the end of what the child says. */
static enum err read_all(int fd, int64_t until_us, struct buffer *out)
{
	char piece[PIECE];

	while (await(fd, until_us)) {
		ssize_t got = read(fd, piece, sizeof(piece));

		if (got == 0)
			return OK;
		if (got < 0 && errno != EINTR)
			return ERR_INVALID;
		if (got > 0)
			buffer_add(out, piece, (size_t)got);
		if (out->failed)
			return ERR_TOO_LARGE;
	}
	return ERR_TIMEOUT;
}

static enum err judge(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL ? ERR_TIMEOUT
										  : ERR_INVALID;
	if (WEXITSTATUS(status) == NOT_STARTED)
		return ERR_UNAVAILABLE;
	return WEXITSTATUS(status) == 0 ? OK : ERR_INVALID;
}

/* Its end, or its death: it never outlives the call. */
static enum err reap(pid_t pid, int64_t until_us, enum err so_far)
{
	int status = 0, fd = so_far == OK ? pidfd_open(pid, 0) : -1;
	bool ended = fd >= 0 && await(fd, until_us);

	if (fd >= 0)
		(void)close(fd);
	if (!ended)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return so_far != OK ? so_far : judge(status);
}

static int input_file(const struct child_order *order)
{
	const char *at = order->input;
	size_t left = order->input_len;
	int fd = memfd_create("input", MFD_CLOEXEC);

	while (fd >= 0 && left > 0) {
		ssize_t put = write(fd, at, left);

		if (put < 0) {
			(void)close(fd);
			return -1;
		}
		at += put;
		left -= (size_t)put;
	}
	if (fd >= 0)
		(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

enum err child_filter(const struct child_order *order, struct buffer *out)
{
	int64_t until_us = clock_monotonic_us() + (int64_t)order->wall_ms * 1000;
	int in = input_file(order), ends[2] = {-1, -1};
	struct lock lock = {0};
	enum err err;
	pid_t pid;

	lock_make(&lock);
	if (in < 0)
		return ERR_MEMORY;
	if (pipe2(ends, O_CLOEXEC) != 0) {
		(void)close(in);
		return ERR_UNAVAILABLE;
	}
	pid = fork();
	if (pid == 0)
		child(order, &lock, in, ends[1]);
	(void)close(in);
	(void)close(ends[1]);
	if (pid < 0) {
		(void)close(ends[0]);
		return ERR_UNAVAILABLE;
	}
	err = read_all(ends[0], until_us, out);
	(void)close(ends[0]);
	return reap(pid, until_us, err);
}
