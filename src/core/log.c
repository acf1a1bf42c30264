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
			out[done++] = (char)c;
			at++;
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

static bool is_wanted(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&threshold, memory_order_relaxed);
}

/* Appends what fits of a text to a line of LINE_MOST bytes. Returns its new length. */
static size_t append(char *line, size_t len, const char *text)
{
	size_t more = strnlen(text, LINE_MOST - len);

	memcpy(line + len, text, more);
	return len + more;
}

static void keep_line(enum log_level level, const char *event, const char *facts, size_t facts_len)
{
	static const char *const name[] = {" debug ", " info ", " warn ", " error "};
	char line[LINE_MOST + 1] UNINITIALIZED;
	size_t room, fit = 0, len = TIME_TEXT_LEN;

	time_format(clock_unix_ms(), line);
	len = append(line, len, name[level]);
	len = append(line, len, event);
	line[len++] = ' ';
	room = LINE_MOST - len - sizeof(CUT); /* CUT and the line's end always fit */
	if (escape(facts, facts_len, line + len, room, &fit) > room) {
		memcpy(line + len + fit, CUT, sizeof(CUT) - 1);
		fit += sizeof(CUT) - 1;
	}
	len += fit;
	if (fit == 0) /* no facts: no trailing blank */
		len--;
	line[len++] = '\n';
	keep(level, line, len);
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
	char facts[LINE_MOST + 1] UNINITIALIZED;
	va_list args;
	int said;

	if (!is_wanted(level))
		return;
	va_start(args, format);
	said = vsnprintf(facts, sizeof(facts), format, args);
	va_end(args);
	if (said >= 0)
		keep_line(level, event, facts, strnlen(facts, sizeof(facts)));
}

static const char *decimal(int64_t number, char out[21])
{
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char *at = out + 20;

	*at = '\0';
	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		*--at = '-';
	return at;
}

void log_facts(enum log_level level, const char *event, const struct log_fact *facts, size_t count)
{
	char text[LINE_MOST + 1] UNINITIALIZED, digits[21];
	size_t len = 0;

	if (!is_wanted(level))
		return;
	for (size_t i = 0; i < count; i++) {
		if (len > 0)
			len = append(text, len, " ");
		len = append(text, len, facts[i].key);
		len = append(text, len, "=");
		len = append(text, len,
			     facts[i].text ? facts[i].text : decimal(facts[i].number, digits));
	}
	keep_line(level, event, text, len);
}
