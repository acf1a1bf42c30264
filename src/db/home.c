/* Makes, enters and locks the data directory, and leaves root behind on the way. */
#include "db/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"

#define SYSTEM_USER   "assay"
#define LOCK_FILE     "lock"
#define LOCK_WAIT_US  60000000
#define LOCK_RETRY_US 20000

/* ---- the user -------------------------------------------------------------------------------- */

static enum err user_make(struct why *why)
{
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		if (null >= 0) {
			(void)dup2(null, STDOUT_FILENO);
			(void)dup2(null, STDERR_FILENO);
		}
		execlp("useradd", "useradd", "--system", "--user-group", "--no-create-home",
		       "--home-dir", "/var/lib/assay", "--shell", "/usr/sbin/nologin", SYSTEM_USER,
		       (char *)NULL);
		_exit(127);
	}
	int status = -1;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* Another process may have made it meanwhile: what counts is that it is there. */
	if (getpwnam(SYSTEM_USER) == NULL)
		return why_set(why, ERR_UNAVAILABLE,
			       "PostgreSQL does not run as root, and the system user %s could not "
			       "be made; make it, or give the data directory to another user",
			       SYSTEM_USER);
	return OK;
}

static enum err user_become(const struct passwd *user, const char *dir, struct why *why)
{
	char name[64], home[PATH_MAX];
	uid_t uid = user->pw_uid;
	gid_t gid = user->pw_gid;
	(void)snprintf(name, sizeof(name), "%s", user->pw_name);
	(void)snprintf(home, sizeof(home), "%s", user->pw_dir);

	if (initgroups(name, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return why_set(why, ERR_DENIED, "the user %s cannot be taken for %s: %s", name, dir,
			       strerror(errno));
	if (setuid(0) == 0)
		return why_set(why, ERR_INTERNAL, "root could not be left for the user %s", name);
	/* libpq looks for certificates below HOME, and that of root is closed now. */
	(void)setenv("HOME", home, 1);
	(void)setenv("USER", name, 1);
	return OK;
}

/*
 * May root give the working directory away? A directory that was named by mistake, such as / or
 * /etc in whatever spelling, holds other directories, or is open to everyone as /tmp is: that of
 * a first start holds none, and that of a later one our data.
 */
static bool directory_is_ours(const struct stat *info)
{
	if ((info->st_mode & S_IWOTH) != 0)
		return false;
	if (access("postgres/PG_VERSION", F_OK) == 0)
		return true;
	DIR *list = opendir(".");
	bool ours = list != NULL;
	for (const struct dirent *entry; ours && (entry = readdir(list)) != NULL;) {
		const char *name = entry->d_name;
		struct stat inner;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    strcmp(name, "lost+found") == 0)
			continue;
		ours =
		    lstat(name, &inner) == 0 && !S_ISDIR(inner.st_mode) && !S_ISLNK(inner.st_mode);
	}
	if (list != NULL)
		(void)closedir(list);
	return ours;
}

/* Root hands the directory over and becomes its owner. The working directory is `dir`. */
static enum err root_leave(const char *dir, struct why *why)
{
	struct stat info;
	if (stat(".", &info) != 0)
		return why_set(why, ERR_DENIED, "%s cannot be read: %s", dir, strerror(errno));
	if (info.st_uid != 0) {
		const struct passwd *owner = getpwuid(info.st_uid);
		if (owner == NULL)
			return why_set(why, ERR_DENIED,
				       "%s belongs to user number %u, who has no name", dir,
				       (unsigned)info.st_uid);
		return user_become(owner, dir, why);
	}
	if (!directory_is_ours(&info))
		return why_set(why, ERR_DENIED,
			       "%s is in other use: name a directory that is for Assay alone", dir);
	if (getpwnam(SYSTEM_USER) == NULL)
		TRY(user_make(why));
	const struct passwd *user = getpwnam(SYSTEM_USER);
	if (user == NULL || user->pw_uid == 0)
		return why_set(why, ERR_DENIED, "there is no usable system user %s", SYSTEM_USER);
	if (chown(".", user->pw_uid, user->pw_gid) != 0)
		return why_set(why, ERR_DENIED, "%s cannot be given to the user %s: %s", dir,
			       user->pw_name, strerror(errno));
	return user_become(user, dir, why);
}

/* ---- the directory --------------------------------------------------------------------------- */

static enum err directory_make(const char *dir, struct why *why)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s", dir);
	if (len <= 0 || (size_t)len >= sizeof(path))
		return why_set(why, ERR_INVALID, "the data directory's name is too long");
	for (char *slash = path + 1;; slash++) {
		slash = strchr(slash, '/');
		if (slash != NULL)
			*slash = '\0';
		bool last = slash == NULL;
		if (mkdir(path, last ? 0700 : 0755) != 0 && errno != EEXIST) {
			int reason = errno;
			struct stat info;
			/* Read-only and closed parents answer so even where the directory is. */
			if (stat(path, &info) != 0)
				return why_set(why, ERR_DENIED, "%s cannot be made: %s", path,
					       strerror(reason));
		}
		if (last)
			return OK;
		*slash = '/';
	}
}

enum err home_enter(const char *dir, struct why *why)
{
	TRY(directory_make(dir, why));
	if (chdir(dir) != 0)
		return why_set(why, ERR_DENIED, "%s cannot be entered: %s", dir, strerror(errno));
	if (geteuid() == 0)
		TRY(root_leave(dir, why));
	if (access(".", R_OK | W_OK | X_OK) != 0)
		return why_set(why, ERR_DENIED, "%s cannot be written to: %s", dir,
			       strerror(errno));
	return OK;
}

/* ---- the lock -------------------------------------------------------------------------------- */

/* Who has the directory, as they wrote into the lock: "serve 123". */
struct holder {
	bool server;
	long pid;
};

static struct holder holder_read(int fd)
{
	char text[64];
	struct holder holder = {false, 0};
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
	if (len <= 0)
		return holder;
	text[len] = '\0';
	const char *space = strchr(text, ' ');
	if (space != NULL)
		holder.pid = strtol(space, NULL, 10);
	holder.server = strncmp(text, "serve ", 6) == 0;
	return holder;
}

static enum err holder_write(int fd, enum home_use use, struct why *why)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%s %ld\n", use == HOME_SERVE ? "serve" : "command",
			   (long)getpid());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
		return why_set(why, ERR_UNAVAILABLE, "the data directory cannot be written to: %s",
			       strerror(errno));
	return OK;
}

static int lock_open(void)
{
	return open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static enum err lock_wait(int fd, enum home_use use, bool *served, struct why *why)
{
	int64_t deadline = clock_monotonic_us() + LOCK_WAIT_US;
	struct holder before = {false, 0};
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return why_set(why, ERR_UNAVAILABLE,
				       "the data directory cannot be locked: %s", strerror(errno));
		struct holder holder = holder_read(fd);
		/* Seen twice, or it may be what the last holder left before this one wrote. */
		bool server = holder.server && before.server && holder.pid == before.pid;
		before = holder;
		if (server && use == HOME_COMMAND) {
			*served = true;
			return OK;
		}
		if (server)
			return why_set(why, ERR_CONFLICT,
				       "another server (process %ld) uses this data directory",
				       holder.pid);
		if (clock_monotonic_us() > deadline)
			return why_set(why, ERR_CONFLICT,
				       "another command (process %ld) uses this data directory",
				       holder.pid);
		(void)usleep(LOCK_RETRY_US);
	}
	return holder_write(fd, use, why);
}

enum err home_lock(enum home_use use, int *fd, bool *served, struct why *why)
{
	*served = false;
	*fd = lock_open();
	if (*fd < 0)
		return why_set(why, ERR_DENIED, "the data directory's lock cannot be opened: %s",
			       strerror(errno));
	enum err err = lock_wait(*fd, use, served, why);
	if (err != OK || *served) {
		(void)close(*fd);
		*fd = -1;
	}
	return err;
}

bool home_served(void)
{
	int fd = lock_open();
	if (fd < 0)
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	bool served = held && holder_read(fd).server;
	(void)close(fd);
	return served;
}
