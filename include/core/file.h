/* Writing files. */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"

/* All of it, and down to the disk; when false, errno says why. */
bool file_write_whole(int fd, const void *bytes, size_t len) MUST_USE;

#endif
