/* Supervises the embedded PostgreSQL: starts it, restarts it when it dies, stops it. */
#include "db/cluster.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "db/admin.h"
#include "db/database.h"
#include "db/home.h"
#include "db/postgres.h"
#include "db/program.h"

#define SECOND_US	     ((int64_t)1000000)
#define START_WAIT_US	     (120 * SECOND_US)
#define ADOPT_WAIT_US	     (30 * SECOND_US)
#define STOP_WAIT_US	     (45 * SECOND_US)
#define STRANGER_PATIENCE_US (1 * SECOND_US)
#define STRANGER_WAIT_US     (60 * SECOND_US)
#define POLL_US		     20000
#define RESTART_FIRST_US     ((int64_t)50000)
#define RESTART_MOST_US	     SECOND_US
/* About five seconds of trying. */
#define FAILED_STARTS_MOST 9
/* A killed server's backends end by themselves, or are ended; both may take a while. */
#define ORPHANS_WAIT_US (60 * SECOND_US)
#define ORPHANS_AFTER	7 /* failed starts: until then they may end by themselves */
#define ORPHANS_WORDS	"pre-existing shared memory block"

struct cluster {
	struct postgres_programs programs;
	char data[PATH_MAX];
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t changed;
	pid_t pid; /* 0 while none runs; never one that was reaped already */
	uint64_t failures;
	char words[400]; /* of the last failure */
	bool stopping, ended;
};

/* ---- a server that is there already ---------------------------------------------------------- */

/* The process that postmaster.pid names, if it lives and really sits in our data directory. */
static pid_t stranger_find(void)
{
	char text[32], path[64];
	struct stat theirs, ours;
	int fd = open(POSTGRES_DATA "/postmaster.pid", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t len = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[len > 0 ? len : 0] = '\0';
	long pid = strtol(text, NULL, 10);
	if (pid <= 1 || kill((pid_t)pid, 0) != 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%ld/cwd", pid);
	if (stat(path, &theirs) != 0 || stat(POSTGRES_DATA, &ours) != 0)
		return 0;
	bool same = theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
	return same ? (pid_t)pid : 0;
}

/*
 * We hold the directory's lock, so a server that still runs has lost its supervisor (kill -9): it
 * is shutting down, or is told to now.
 */
static enum err stranger_wait(struct why *why)
{
	int64_t start = clock_monotonic_us();
	bool told = false;
	for (pid_t pid = 0; (pid = stranger_find()) != 0; (void)usleep(POLL_US)) {
		int64_t waited = clock_monotonic_us() - start;
		if (waited > STRANGER_WAIT_US)
			return why_set(why, ERR_CONFLICT,
				       "another PostgreSQL (process %ld) runs on this data "
				       "directory and does not stop",
				       (long)pid);
		if (waited > STRANGER_PATIENCE_US && !told) {
			log_line(LOG_WARN, "cluster.orphan", "pid=%ld", (long)pid);
			told = kill(pid, SIGINT) == 0;
		}
	}
	return OK;
}

/* Whether a process is a PostgreSQL that sits in our data directory. */
static bool is_ours(long pid, const struct stat *ours)
{
	char path[64], name[32];
	struct stat theirs;
	(void)snprintf(path, sizeof(path), "/proc/%ld/cwd", pid);
	if (stat(path, &theirs) != 0 || theirs.st_dev != ours->st_dev ||
	    theirs.st_ino != ours->st_ino)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t len = read(fd, name, sizeof(name) - 1);
	(void)close(fd);
	name[len > 0 ? len : 0] = '\0';
	return strcmp(name, "postgres\n") == 0;
}

/*
 * A backend that waits for a lock which a killed one held waits for ever, and keeps the memory that
 * the next server needs. We hold the directory's lock and none of ours runs, so whoever is left is
 * an orphan; the next start recovers as after any crash.
 */
static void orphans_end(void)
{
	struct stat ours;
	DIR *proc = opendir("/proc");
	if (proc == NULL)
		return;
	for (struct dirent *entry; stat(POSTGRES_DATA, &ours) == 0 && (entry = readdir(proc));) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);
		if (*end != '\0' || pid <= 1 || !is_ours(pid, &ours))
			continue;
		log_line(LOG_WARN, "cluster.orphan", "pid=%ld", pid);
		(void)kill((pid_t)pid, SIGKILL);
	}
	(void)closedir(proc);
}

/* ---- supervision ----------------------------------------------------------------------------- */

static void deadline_in(struct timespec *at, int64_t us)
{
	(void)clock_gettime(CLOCK_MONOTONIC, at);
	int64_t ns = at->tv_nsec + us % SECOND_US * 1000;
	at->tv_sec += us / SECOND_US + ns / 1000000000;
	at->tv_nsec = ns % 1000000000;
}

/* With the mutex held: starts one and waits for its end. */
static void server_run(struct cluster *cluster)
{
	const char *const argv[] = {cluster->programs.postgres, "-D", cluster->data, NULL};
	pid_t pid = postgres_start(argv, POSTGRES_DATA);
	cluster->pid = pid > 0 ? pid : 0;
	(void)pthread_cond_broadcast(&cluster->changed);
	if (pid <= 0)
		return;

	(void)pthread_mutex_unlock(&cluster->mutex);
	siginfo_t info;
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
		;
	(void)pthread_mutex_lock(&cluster->mutex);
	/* Reaped under the mutex, so that no one signals a number that is someone else's now. */
	int status = program_wait(pid);
	cluster->pid = 0;
	if (!cluster->stopping)
		log_line(LOG_WARN, "cluster.died", "pid=%ld status=%d", (long)pid, status);
	(void)pthread_cond_broadcast(&cluster->changed);
}

static void *supervise(void *arg)
{
	struct cluster *cluster = arg;
	int64_t pause = 0;
	(void)pthread_mutex_lock(&cluster->mutex);
	while (!cluster->stopping) {
		int64_t begun = clock_monotonic_us();
		server_run(cluster);
		bool lasted = clock_monotonic_us() - begun > 2 * SECOND_US;
		cluster->failures = lasted ? 0 : cluster->failures + 1;
		/* The next start begins its log anew. */
		if (!lasted)
			postgres_last_words(cluster->words, sizeof(cluster->words));
		if (cluster->failures >= ORPHANS_AFTER &&
		    strstr(cluster->words, ORPHANS_WORDS) != NULL)
			orphans_end();
		pause = lasted || pause == 0 ? RESTART_FIRST_US : 2 * pause;
		pause = pause < RESTART_MOST_US ? pause : RESTART_MOST_US;
		struct timespec until;
		deadline_in(&until, pause);
		while (!cluster->stopping &&
		       pthread_cond_timedwait(&cluster->changed, &cluster->mutex, &until) == 0)
			;
	}
	cluster->ended = true;
	(void)pthread_cond_broadcast(&cluster->changed);
	(void)pthread_mutex_unlock(&cluster->mutex);
	return NULL;
}

/*
 * The thread is made by whoever starts the cluster but lives on its own: the server dies with
 * the thread that forked it. Signals are the main thread's business.
 */
static enum err supervisor_start(struct cluster *cluster, struct why *why)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;
	if (pthread_condattr_init(&monotonic) != 0)
		return why_set(why, ERR_MEMORY, "out of memory");
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	int failed = pthread_cond_init(&cluster->changed, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (failed != 0 || pthread_mutex_init(&cluster->mutex, NULL) != 0)
		return why_set(why, ERR_MEMORY, "out of memory");

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&cluster->thread, NULL, supervise, cluster);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0)
		return why_set(why, ERR_MEMORY, "a thread cannot be made: %s", strerror(failed));
	return OK;
}

/* ---- start ----------------------------------------------------------------------------------- */

enum err cluster_url(const char *dir, const char *user, const char *database, struct arena *arena,
		     const char **out, struct why *why)
{
	static const char socket_name[] = "/.s.PGSQL.5432";
	struct sockaddr_un limit;
	char host[PATH_MAX];
	int len = snprintf(host, sizeof(host), "%s/%s", dir, POSTGRES_SOCKETS);
	/* A socket's name is short; where ours is not, or leads through closed doors, /proc helps.
	 */
	if (len < 0 || (size_t)len + sizeof(socket_name) > sizeof(limit.sun_path) ||
	    access(host, X_OK) != 0)
		(void)snprintf(host, sizeof(host), "/proc/self/cwd/%s", POSTGRES_SOCKETS);
	const char *plain =
	    arena_printf(arena, "host='%s' port=5432 user=%s dbname=%s", host, user, database);
	if (strpbrk(host, "'\\") != NULL)
		plain = arena_printf(arena, "host=/proc/self/cwd/%s port=5432 user=%s dbname=%s",
				     POSTGRES_SOCKETS, user, database);
	if (plain == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	return admin_url_for(plain, NULL, arena, out, why);
}

/* The database, and roles that may log in: the socket's directory is their only password. */
static enum err contents_make(const char *url, struct arena *arena, struct why *why)
{
	struct admin *admin = NULL;
	struct admin_rows rows = {NULL, 0};
	TRY(admin_connect(&admin, url, why));
	enum err err = OK;
	for (size_t i = 0; i < DATABASE_ROLE_COUNT && err == OK; i++) {
		const char *name = database_roles[i].name;
		const char *sql = arena_printf(
		    arena,
		    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%s') THEN "
		    "CREATE ROLE %s %s NOINHERIT; END IF; END $$",
		    name, name, database_roles[i].served ? "LOGIN" : "NOLOGIN");
		err = sql == NULL ? why_set(why, ERR_MEMORY, "out of memory")
				  : admin_run(admin, sql, why);
	}
	if (err == OK)
		err = admin_query(admin,
				  "SELECT FROM pg_database WHERE datname = '" CLUSTER_DATABASE "'",
				  NULL, 0, &rows, why);
	bool missing = err == OK && rows.count == 0;
	if (err == OK)
		admin_rows_release(&rows);
	if (missing)
		err = admin_run(admin, "CREATE DATABASE " CLUSTER_DATABASE, why);
	admin_close(admin);
	return err;
}

/* Whether starting has failed for good, and why. */
static enum err start_check(struct cluster *cluster, int64_t waited_us, struct why *why)
{
	enum err err = OK;
	(void)pthread_mutex_lock(&cluster->mutex);
	bool orphans = strstr(cluster->words, ORPHANS_WORDS) != NULL && waited_us < ORPHANS_WAIT_US;
	if (cluster->failures >= FAILED_STARTS_MOST && !orphans)
		err = why_set(why, ERR_UNAVAILABLE, "the embedded database does not start: %s",
			      cluster->words);
	(void)pthread_mutex_unlock(&cluster->mutex);
	return err;
}

static enum err ready_wait(struct cluster *cluster, const char *dir, const char *url,
			   struct why *why)
{
	int64_t wait = cluster != NULL ? START_WAIT_US : ADOPT_WAIT_US;
	int64_t start = clock_monotonic_us();
	while (!admin_ping(url)) {
		int64_t waited = clock_monotonic_us() - start;
		bool gone = cluster == NULL && !home_served();
		if (cluster != NULL)
			TRY(start_check(cluster, waited, why));
		if (gone || waited > wait)
			return why_set(why, ERR_UNAVAILABLE,
				       "the embedded database in %s does not answer; its log is in "
				       "%s/%s",
				       dir, dir, POSTGRES_LOGS);
		(void)usleep(POLL_US);
	}
	return OK;
}

/* Another process's cluster (NULL), or this one: waited for, and looked after if it is ours. */
static enum err cluster_await(struct cluster *cluster, const char *dir, struct why *why)
{
	struct arena arena;
	const char *url = NULL;
	arena_init(&arena, 65536);
	enum err err = cluster_url(dir, CLUSTER_OWNER, "postgres", &arena, &url, why);
	if (err == OK)
		err = ready_wait(cluster, dir, url, why);
	if (err == OK && cluster != NULL)
		err = contents_make(url, &arena, why);
	arena_release(&arena);
	return err;
}

enum err cluster_adopt(const char *dir, struct why *why)
{
	return cluster_await(NULL, dir, why);
}

enum err cluster_start(struct cluster **out, const char *dir, const char *postgres_bin,
		       struct why *why)
{
	*out = NULL;
	struct cluster *cluster = calloc(1, sizeof(*cluster));
	if (cluster == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	enum err err = postgres_find(&cluster->programs, postgres_bin, why);
	if (err == OK)
		err = stranger_wait(why);
	if (err == OK)
		err = postgres_prepare(&cluster->programs, dir, why);
	if (err == OK) {
		postgres_data_name(dir, POSTGRES_DATA, cluster->data, sizeof(cluster->data));
		err = supervisor_start(cluster, why);
	}
	if (err != OK) {
		free(cluster);
		return err;
	}
	err = cluster_await(cluster, dir, why);
	if (err != OK)
		cluster_stop(cluster);
	else
		*out = cluster;
	return err;
}

/* ---- stop ------------------------------------------------------------------------------------ */

/* With the mutex held. */
static bool ended_within(struct cluster *cluster, int64_t us)
{
	struct timespec until;
	deadline_in(&until, us);
	while (!cluster->ended)
		if (pthread_cond_timedwait(&cluster->changed, &cluster->mutex, &until) != 0)
			break;
	return cluster->ended;
}

void cluster_stop(struct cluster *cluster)
{
	if (cluster == NULL)
		return;
	/* Fast, then at once (the next start recovers), then by force: it must not outlive us. */
	static const int signals[] = {SIGINT, SIGQUIT, SIGKILL};
	(void)pthread_mutex_lock(&cluster->mutex);
	cluster->stopping = true;
	(void)pthread_cond_broadcast(&cluster->changed);
	for (size_t i = 0; i < ARRAY_LEN(signals) && !cluster->ended; i++) {
		if (cluster->pid > 0)
			(void)kill(cluster->pid, signals[i]);
		if (!ended_within(cluster, i == 0 ? STOP_WAIT_US : 5 * SECOND_US))
			log_line(LOG_WARN, "cluster.stubborn", "signal=%d", signals[i]);
	}
	(void)pthread_mutex_unlock(&cluster->mutex);
	(void)pthread_join(cluster->thread, NULL);
	(void)pthread_cond_destroy(&cluster->changed);
	(void)pthread_mutex_destroy(&cluster->mutex);
	free(cluster);
}

pid_t cluster_pid(struct cluster *cluster)
{
	(void)pthread_mutex_lock(&cluster->mutex);
	pid_t pid = cluster->pid;
	(void)pthread_mutex_unlock(&cluster->mutex);
	return pid;
}
