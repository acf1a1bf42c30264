/* Writes files whole: write(2) may be interrupted, or take a part only. */
#include "core/file.h"

#include <errno.h>
#include <unistd.h>

bool file_write_whole(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}
