/* Where PostgreSQL's programs are, and the files of a cluster before it runs. */
#ifndef DB_POSTGRES_H
#define DB_POSTGRES_H

#include <limits.h>
#include <sys/types.h>

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

#define POSTGRES_DATA	 "postgres" /* all within the data directory */
#define POSTGRES_SOCKETS "run"
#define POSTGRES_LOGS	 "log"
#define POSTGRES_STDERR	 POSTGRES_LOGS "/start.log"

struct postgres_programs {
	char postgres[PATH_MAX], initdb[PATH_MAX];
	int version; /* 15 */
};

/*
 * Finds the programs: in `bin` if that is not "", else in the usual places; those that made the
 * existing data, else the newest. ERR_NOT_FOUND says what to do.
 */
enum err postgres_find(struct postgres_programs *programs, const char *bin,
		       struct why *why) MUST_USE;
/* Makes data, sockets' and logs' directories where missing, and writes the configuration. */
enum err postgres_prepare(const struct postgres_programs *programs, const char *dir,
			  struct why *why) MUST_USE;
/* The last line that PostgreSQL or initdb wrote to standard error; "" if none. */
void postgres_last_words(char *line, size_t size);
/* Starts a program for the cluster's directory `data`, its words going to POSTGRES_STDERR. */
pid_t postgres_start(const char *const argv[], const char *data) MUST_USE;
/* How PostgreSQL is to be told where its data is: `dir`/postgres, or a name that always leads. */
void postgres_data_name(const char *dir, const char *data, char *out, size_t size);

#endif
