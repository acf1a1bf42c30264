/* Child programs of the embedded cluster: PostgreSQL and its tools. */
#ifndef DB_PROGRAM_H
#define DB_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

#include "core/attr.h"

/* The descriptor under which a child finds the directory that it is to work in. */
#define PROGRAM_DIRECTORY_FD 9
#define PROGRAM_DIRECTORY    "/proc/self/fd/9"

/*
 * Starts argv[0] in a session of its own, with default signal handling, in the directory
 * `inside`, with standard output and error going to `out` (or nowhere if -1), and `directory`
 * open under the name above (nothing if -1). When the calling *thread* ends, it gets SIGINT. -1
 * when no process could be made. argv must stand ready: between fork and exec nothing may
 * allocate.
 */
pid_t program_start(const char *const argv[], const char *inside, int directory, int out) MUST_USE;
/* Waits for its end. Its exit status; 128 + the signal that killed it; -1. */
int program_wait(pid_t pid);
/* Runs it and takes the beginning of its first line of output. -1 or its exit status. */
int program_capture(const char *const argv[], char *line, size_t size) MUST_USE;

#endif
