/* The embedded PostgreSQL: made, started and supervised inside the data directory. */
#ifndef DB_CLUSTER_H
#define DB_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

/*
 * A private PostgreSQL in the entered data directory (home.h): data in postgres/, its socket in
 * run/ (closed to others; no TCP), its logs in log/. Tuning of one's own goes into
 * postgres/own.conf. A thread
 * restarts it when it dies; it stops by itself when this process dies.
 */
struct cluster;

#define CLUSTER_DATABASE "assay"
#define CLUSTER_OWNER	 "postgres"

/*
 * Makes the cluster where it is missing, starts it and waits until it answers. The caller holds
 * the directory's lock. `dir` is the data directory's full name; postgres_bin the directory of
 * PostgreSQL's programs, or "" to look for them.
 */
enum err cluster_start(struct cluster **out, const char *dir, const char *postgres_bin,
		       struct why *why) MUST_USE;
/* Waits until the cluster that another process serves from the entered directory answers. */
enum err cluster_adopt(const char *dir, struct why *why) MUST_USE;
/* Stops it cleanly, within a minute. NULL is fine. Close connections first. */
void cluster_stop(struct cluster *cluster);

/* Its server process now, 0 between death and restart. */
pid_t cluster_pid(struct cluster *cluster);

/* The connection string to it as `user`, from within this process. In the arena. */
enum err cluster_url(const char *dir, const char *user, const char *database, struct arena *arena,
		     const char **out, struct why *why) MUST_USE;

#endif
