/* The data directory: made, entered and locked before anything in it is touched. */
#ifndef DB_HOME_H
#define DB_HOME_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

/*
 * Makes the directory where it is missing and enters it for good: it becomes the working
 * directory. When root, the process turns into the directory's owner first, or, where that is
 * root too, into the system user `assay` (made where missing), who is given the directory. So
 * whatever is opened later by a relative name belongs to that user, even below a directory that
 * is closed to them. `dir` is absolute. Call it once, after a privileged port is bound.
 */
enum err home_enter(const char *dir, struct why *why) MUST_USE;

/*
 * Takes the entered directory for this process. One process has it: a server until it ends, or a
 * command while it works.
 * HOME_SERVE waits a while for commands; a second server is refused with ERR_CONFLICT.
 * HOME_COMMAND waits for another command; *served says that a server has the directory, whose
 * database is then to be used (*fd is -1). *fd: close it to give the directory back.
 */
enum home_use { HOME_COMMAND, HOME_SERVE };
enum err home_lock(enum home_use use, int *fd, bool *served, struct why *why) MUST_USE;
/* Does a server have the directory now? */
bool home_served(void);

#endif
