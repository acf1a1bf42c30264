/* From when to when the owner of a calendar is busy. */
#ifndef CALENDAR_READER_PERIODS_H
#define CALENDAR_READER_PERIODS_H

#include <stddef.h>
#include <time.h>

#define PERIODS_MOST 20000

struct period {
	time_t starts, ends;
};

struct periods {
	struct period *at;
	size_t count, room;
	int too_many; /* more than PERIODS_MOST */
};

/*
 * Of iCalendar text that nobody vouches for: what is free, cancelled or an interview of Assay's own
 * counts for nothing, repetitions are spread out, periods are cut to the window, sorted and joined.
 * 0; -1 where it is no calendar or memory is short. Release either way.
 */
int periods_read(struct periods *out, const char *text, time_t from, time_t to);
void periods_release(struct periods *periods);

#endif
