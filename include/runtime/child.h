/* Runs a foreign program as a filter that may do nothing but read its input and write its output.
 */
#ifndef RUNTIME_CHILD_H
#define RUNTIME_CHILD_H

#include <stddef.h>

#include "core/attr.h"
#include "core/buffer.h"
#include "core/error.h"

struct child_order {
	const char *const *argv; /* argv[0] is an absolute path; ends with NULL */
	const void *input;
	size_t input_len;
	unsigned cpu_s;	  /* processor time */
	unsigned wall_ms; /* time in all */
	size_t memory;	  /* address space */
};

/*
 * The child has no network, starts no process, writes no file, keeps no descriptor but its three,
 * reads (where the kernel knows Landlock) nothing but programs and libraries, and runs at the
 * lowest priority. Blocks: call it on an offload thread.
 *
 * ERR_TIMEOUT: it took too long. ERR_TOO_LARGE: more output than `out` takes. ERR_INVALID: it
 * failed or crashed. ERR_UNAVAILABLE: it could not be started. ERR_MEMORY.
 */
enum err child_filter(const struct child_order *order, struct buffer *out) MUST_USE;

#endif
