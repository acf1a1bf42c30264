/* The reader of people's own calendars: a thread that asks them when they are busy. */
#ifndef RESOURCES_CALENDAR_READER_H
#define RESOURCES_CALENDAR_READER_H

#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"
#include "outbound/outbound.h"

struct calendar_reader;

/*
 * Every node has one; a calendar is read by one of them at a time. It looks for work as
 * `worker_url`'s role and does it as `app_url`'s. The urls outlive it.
 */
enum err calendar_reader_start(struct calendar_reader **reader, const char *worker_url,
			       const char *app_url, const struct outbound_rules *rules,
			       struct why *why) MUST_USE;
void calendar_reader_stop(struct calendar_reader *reader); /* NULL is fine */

#endif
