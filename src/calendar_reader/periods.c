/*
 * Reads a foreign calendar by libical. Times without a zone, and whole days, are those of the
 * calendar's own zone (X-WR-TIMEZONE), or else of UTC.
 */
#include "periods.h"

#include <libical/ical.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DAY	       86400
#define OVERRIDES_MOST 20000
#define OWN_PREFIX     "interview-"
#define OWN_SUFFIX     "@assay"

/* One that stands in the place of a repetition. */
struct override {
	const char *uid;
	time_t instead_of;
};

struct reading {
	struct periods *out;
	time_t from, to;
	icaltimezone *zone; /* of times without one; NULL: UTC */
	struct override *override;
	size_t overrides;
	bool failed;
	/* the event that is spread out */
	bool floating, repeats;
	time_t whole_days; /* how long, where it is by days; else 0 */
	const char *uid;
};

static void add(struct reading *reading, time_t starts, time_t ends)
{
	struct periods *out = reading->out;

	if (starts < reading->from)
		starts = reading->from;
	if (ends > reading->to)
		ends = reading->to;
	if (ends <= starts || out->too_many)
		return;
	if (out->count == PERIODS_MOST) {
		out->too_many = 1;
		return;
	}
	if (out->count == out->room) {
		size_t room = out->room ? out->room * 2 : 64;
		struct period *more = realloc(out->at, room * sizeof(*more));

		if (!more) {
			reading->failed = true;
			return;
		}
		out->at = more;
		out->room = room;
	}
	out->at[out->count++] = (struct period){starts, ends};
}

/* ---- events -----------------------------------------------------------------------------------
 */

static const char *uid_of(icalcomponent *event)
{
	const char *uid = icalcomponent_get_uid(event);

	return uid ? uid : "";
}

static bool is_own(const char *uid)
{
	size_t len = strlen(uid), end = strlen(OWN_SUFFIX);

	return len > end && strncmp(uid, OWN_PREFIX, strlen(OWN_PREFIX)) == 0 &&
	       strcmp(uid + len - end, OWN_SUFFIX) == 0;
}

static bool takes_time(icalcomponent *event)
{
	icalproperty *transparency = icalcomponent_get_first_property(event, ICAL_TRANSP_PROPERTY);

	if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED || is_own(uid_of(event)))
		return false;
	if (!transparency)
		return true;
	switch ((int)icalproperty_get_transp(transparency)) {
	case ICAL_TRANSP_TRANSPARENT:
	case ICAL_TRANSP_TRANSPARENTNOCONFLICT:
		return false;
	default:
		return true;
	}
}

/* What was read as if its clock were UTC's, in the calendar's zone. */
static time_t placed(const struct reading *reading, time_t t)
{
	struct icaltimetype time;

	if (!reading->floating || !reading->zone)
		return t;
	time = icaltime_from_timet_with_zone(t, 0, NULL);
	return icaltime_as_timet_with_zone(time, reading->zone);
}

static bool is_replaced(const struct reading *reading, time_t starts)
{
	for (size_t i = 0; reading->repeats && i < reading->overrides; i++)
		if (reading->override[i].instead_of == starts &&
		    strcmp(reading->override[i].uid, reading->uid) == 0)
			return true;
	return false;
}

static void take_span(icalcomponent *event, struct icaltime_span *span, void *data)
{
	struct reading *reading = data;
	time_t ends = reading->whole_days ? span->start + reading->whole_days : span->end;

	(void)event;
	if (!is_replaced(reading, span->start))
		add(reading, placed(reading, span->start), placed(reading, ends));
}

static time_t days_of(icalcomponent *event)
{
	int seconds = icaldurationtype_as_int(icalcomponent_get_duration(event));

	return seconds < DAY ? DAY : seconds;
}

static void take_event(struct reading *reading, icalcomponent *event)
{
	struct icaltimetype starts = icalcomponent_get_dtstart(event);
	/* A day more on both sides, for the zone. */
	struct icaltimetype from =
	    icaltime_from_timet_with_zone(reading->from - DAY, 0, icaltimezone_get_utc_timezone());
	struct icaltimetype to =
	    icaltime_from_timet_with_zone(reading->to + DAY, 0, icaltimezone_get_utc_timezone());

	if (icaltime_is_null_time(starts) || !takes_time(event))
		return;
	reading->uid = uid_of(event);
	reading->floating = !starts.zone;
	reading->whole_days = starts.is_date ? days_of(event) : 0;
	reading->repeats = !icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY);
	icalcomponent_foreach_recurrence(event, from, to, take_span, reading);
}

static void take_free_busy(struct reading *reading, icalcomponent *of)
{
	for (icalproperty *p = icalcomponent_get_first_property(of, ICAL_FREEBUSY_PROPERTY); p;
	     p = icalcomponent_get_next_property(of, ICAL_FREEBUSY_PROPERTY)) {
		icalparameter *type = icalproperty_get_first_parameter(p, ICAL_FBTYPE_PARAMETER);
		struct icalperiodtype period = icalproperty_get_freebusy(p);
		struct icaltimetype ends = period.end;

		if (type && icalparameter_get_fbtype(type) == ICAL_FBTYPE_FREE)
			continue;
		if (icaltime_is_null_time(ends))
			ends = icaltime_add(period.start, period.duration);
		add(reading, icaltime_as_timet(period.start), icaltime_as_timet(ends));
	}
}

/* ---- a calendar -------------------------------------------------------------------------------
 */

/* libical looks for a zone by its name alone nowhere but in an event's beginning and end. */
static time_t moment_of(icalcomponent *calendar, icalproperty *property)
{
	struct icaltimetype time = icalproperty_get_recurrenceid(property);
	icalparameter *named = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
	const char *name = named ? icalparameter_get_tzid(named) : NULL;
	const icaltimezone *zone = time.zone;

	if (!zone && name)
		zone = icalcomponent_get_timezone(calendar, name);
	if (!zone && name)
		zone = icaltimezone_get_builtin_timezone(name);
	return icaltime_as_timet_with_zone(time, zone);
}

static void find_overrides(struct reading *reading, icalcomponent *calendar)
{
	size_t count = (size_t)icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT);

	if (count == 0 || reading->failed)
		return;
	reading->override = calloc(count, sizeof(*reading->override));
	if (!reading->override) {
		reading->failed = true;
		return;
	}
	for (icalcomponent *e = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
	     e && reading->overrides < count && reading->overrides < OVERRIDES_MOST;
	     e = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
		icalproperty *of = icalcomponent_get_first_property(e, ICAL_RECURRENCEID_PROPERTY);

		if (of)
			reading->override[reading->overrides++] =
			    (struct override){uid_of(e), moment_of(calendar, of)};
	}
}

static icaltimezone *zone_of(icalcomponent *calendar)
{
	for (icalproperty *p = icalcomponent_get_first_property(calendar, ICAL_X_PROPERTY); p;
	     p = icalcomponent_get_next_property(calendar, ICAL_X_PROPERTY)) {
		const char *name = icalproperty_get_x_name(p), *value = icalproperty_get_x(p);

		if (name && value && strcmp(name, "X-WR-TIMEZONE") == 0)
			return icaltimezone_get_builtin_timezone(value);
	}
	return NULL;
}

static void take_calendar(struct reading *reading, icalcomponent *calendar)
{
	reading->zone = zone_of(calendar);
	reading->overrides = 0;
	find_overrides(reading, calendar);
	for (icalcomponent *e = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
	     e && !reading->failed && !reading->out->too_many;
	     e = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT))
		take_event(reading, e);
	for (icalcomponent *f =
		 icalcomponent_get_first_component(calendar, ICAL_VFREEBUSY_COMPONENT);
	     f; f = icalcomponent_get_next_component(calendar, ICAL_VFREEBUSY_COMPONENT))
		take_free_busy(reading, f);
	free(reading->override);
	reading->override = NULL;
}

static int by_start(const void *one, const void *other)
{
	const struct period *a = one, *b = other;

	return (a->starts > b->starts) - (a->starts < b->starts);
}

static void join(struct periods *all)
{
	size_t kept = 0;

	if (all->count == 0)
		return;
	qsort(all->at, all->count, sizeof(all->at[0]), by_start);
	for (size_t i = 1; i < all->count; i++) {
		if (all->at[i].starts > all->at[kept].ends)
			all->at[++kept] = all->at[i];
		else if (all->at[i].ends > all->at[kept].ends)
			all->at[kept].ends = all->at[i].ends;
	}
	all->count = kept + 1;
}

int periods_read(struct periods *out, const char *text, time_t from, time_t to)
{
	struct reading reading = {.out = out, .from = from, .to = to};
	bool found = false;
	icalcomponent *root;

	*out = (struct periods){0};
	icalerror_set_errors_are_fatal(false);
	root = icalparser_parse_string(text);
	if (!root)
		return -1;
	if (icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT) {
		found = true;
		take_calendar(&reading, root);
	}
	/* A file may hold several. */
	for (icalcomponent *c = icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT);
	     c; c = icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT)) {
		found = true;
		take_calendar(&reading, c);
	}
	icalcomponent_free(root);
	join(out);
	return found && !reading.failed ? 0 : -1;
}

void periods_release(struct periods *periods)
{
	free(periods->at);
	*periods = (struct periods){0};
}
