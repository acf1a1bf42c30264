/* Writes one structured line a fact to standard error. */
#include "core/log.h"

#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "core/attr.h"
#include "core/clock.h"
#include "core/text.h"

#define LINE_MOST 2048
#define CUT	  " [cut]"

/* The one setting of the process that any thread may read at any time. */
static _Atomic int threshold = LOG_INFO;

/* Lines that this thread holds back until it flushes them. */
static _Thread_local struct {
	bool on;
	size_t len;
	char lines[PIPE_BUF];
} held;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

/*
 * Copies with control characters (C0, DEL, C1), backslashes and bytes that are not UTF-8 as \xNN,
 * so that nobody can forge a line or talk to the terminal. Returns the length, or `cap` + 1 when
 * it does not fit: then the first `cap` bytes hold what did, and *fit says how much that is.
 */
static size_t escape(const char *text, size_t len, char *out, size_t cap, size_t *fit)
{
	size_t at = 0, done = 0;

	while (at < len) {
		bool valid;
		unsigned char c = (unsigned char)text[at];
		bool c1, plain;
		size_t step, need;

		if (c >= 0x20 && c < 0x7F && c != '\\' && done < cap) {
			out[done++] = text[at++];
			continue;
		}
		step = utf8_next(text + at, len - at, &valid);
		c1 = valid && step == 2 && c == 0xC2 && (unsigned char)text[at + 1] < 0xA0;
		plain = valid && c >= 0x20 && c != 0x7F && c != '\\' && !c1;
		need = plain ? step : step * 4;

		if (need > cap - done) {
			*fit = done;
			return cap + 1;
		}
		for (size_t i = 0; i < step; i++) {
			if (plain) {
				out[done++] = text[at + i];
			} else {
				out[done++] = '\\';
				out[done++] = 'x';
				hex_encode(text + at + i, 1,
					   out + done); /* its NUL is overwritten */
				done += 2;
			}
		}
		at += step;
	}
	*fit = done;
	return done;
}

static void put(const char *bytes, size_t len)
{
	if (len > 0 && write(STDERR_FILENO, bytes, len) < 0)
		return; /* there is nowhere left to complain */
}

void log_flush(void)
{
	put(held.lines, held.len);
	held.len = 0;
}

void log_hold(bool hold)
{
	log_flush();
	held.on = hold;
}

/* Whole lines only, and no more of them than a pipe takes in one piece. */
static void keep(enum log_level level, const char *line, size_t len)
{
	if (held.len + len > sizeof(held.lines))
		log_flush();
	memcpy(held.lines + held.len, line, len);
	held.len += len;
	if (!held.on || level > LOG_INFO)
		log_flush();
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
	static const char *const name[] = {"debug", "info", "warn", "error"};
	char line[LINE_MOST + 1] UNINITIALIZED, facts[LINE_MOST + 1] UNINITIALIZED;
	char time[TIME_TEXT_LEN + 1];
	size_t room, fit = 0, len;
	va_list args;
	int head, said;

	if ((int)level < atomic_load_explicit(&threshold, memory_order_relaxed))
		return;
	time_format(clock_unix_ms(), time);
	head = snprintf(line, sizeof(line), "%s %s %.64s ", time, name[level], event);
	va_start(args, format);
	said = vsnprintf(facts, sizeof(facts), format, args);
	va_end(args);
	if (head < 0 || said < 0)
		return;
	len = (size_t)head;
	room = LINE_MOST - len - sizeof(CUT); /* CUT and the line's end always fit */
	if (escape(facts, strnlen(facts, sizeof(facts)), line + len, room, &fit) > room) {
		memcpy(line + len + fit, CUT, sizeof(CUT) - 1);
		fit += sizeof(CUT) - 1;
	}
	len += fit;
	if (fit == 0) /* no facts: no trailing blank */
		len--;
	line[len++] = '\n';
	keep(level, line, len);
}
