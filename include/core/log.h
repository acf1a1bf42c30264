/* One structured line a fact, on standard error: `time level event key=value …`. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level level);
/*
 * `event` is a constant name such as "request.done"; the format gives the key=value pairs.
 * Never pass a body, a token or a candidate's name. Control characters are escaped, so that one
 * call is one line; a line is at most 2 kB and written with one write().
 */
void log_line(enum log_level level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same without a format, for lines of which there are many. */
struct log_fact {
	const char *key, *text; /* without a text it is the number */
	int64_t number;
};
void log_facts(enum log_level level, const char *event, const struct log_fact *facts, size_t count);

/*
 * A thread that works in rounds may hold its lines back and write those of a round together: what
 * is worse than LOG_INFO, or more than fits, takes those before it along at once. Ending it
 * flushes.
 */
void log_hold(bool hold);
void log_flush(void);

#endif
