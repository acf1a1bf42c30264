/* The settings of settings.def, from flags, ASSAY_ variables, files and defaults. */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"
#include "core/log.h"
#include "core/why.h"

/* Commands, as sets: a setting says to which it belongs. */
enum settings_for {
	FOR_SERVE = 1 << 0,
	FOR_MIGRATE = 1 << 1,
	FOR_DEMO = 1 << 2,
	FOR_ORGANIZATION = 1 << 3,
	FOR_USER = 1 << 4,
	FOR_AUDIT = 1 << 5,
	FOR_COMPACT = 1 << 6,
	FOR_VERSION = 1 << 7,
	FOR_HELP = 1 << 8,
	FOR_MODEL = 1 << 9, /* from here on: assay analyze … */
	FOR_AGREEMENT = 1 << 10,
	FOR_IMPACT = 1 << 11,
	FOR_DRIFT = 1 << 12,
	FOR_DSTUDY = 1 << 13,
	FOR_ANOTHER_INTERVIEW = 1 << 14,
	FOR_INTERVAL = 1 << 15,
	FOR_ANALYZE = FOR_MODEL | FOR_AGREEMENT | FOR_IMPACT | FOR_DRIFT | FOR_DSTUDY |
		      FOR_ANOTHER_INTERVIEW | FOR_INTERVAL,
	FOR_DATA = FOR_SERVE | FOR_MIGRATE | FOR_DEMO | FOR_ORGANIZATION | FOR_USER | FOR_AUDIT |
		   FOR_COMPACT,
};

struct address {
	char host[256]; /* a name or a numeric address, IPv6 without brackets */
	uint16_t port;
};

enum setting_kind {
	SETTING_TEXT, /* "" when not given */
	SETTING_LIST, /* may be given again; one line each */
	SETTING_PATH, /* absolute, or "" when not given */
	SETTING_URL,  /* http:// or https:// without a slash at its end, or "" */
	SETTING_ADDRESS,
	SETTING_INTEGER,
	SETTING_SWITCH,
	SETTING_DURATION, /* milliseconds; written 500ms, 10s, 5m */
	SETTING_SIZE,	  /* bytes; written 65536, 64k, 1M */
	SETTING_LEVEL,
};

/* Which C type a kind's member has. */
#define SETTING_TYPE_TEXT     const char *
#define SETTING_TYPE_LIST     const char *
#define SETTING_TYPE_PATH     const char *
#define SETTING_TYPE_URL      const char *
#define SETTING_TYPE_ADDRESS  struct address
#define SETTING_TYPE_INTEGER  int64_t
#define SETTING_TYPE_SWITCH   bool
#define SETTING_TYPE_DURATION int64_t
#define SETTING_TYPE_SIZE     int64_t
#define SETTING_TYPE_LEVEL    enum log_level

struct settings {
#define SETTING(member, kind, initial, low, high, secret, commands, value, help)                   \
	SETTING_TYPE_##kind member;
#include "settings.def"
#undef SETTING
	struct arena arena; /* owns the texts */
};

/* One row of the table, for help and documentation. */
struct setting {
	const char *name; /* the member's */
	enum setting_kind kind;
	size_t offset; /* of the member in struct settings */
	const char *initial;
	int64_t low, high;
	bool secret;
	unsigned commands;
	const char *value, *help;
};
extern const struct setting setting_table[];
extern const size_t setting_count;

/* How a setting is written: "--data-dir" and "ASSAY_DATA_DIR". */
#define SETTING_NAME_SIZE 48
void setting_flag(const struct setting *setting, char out[SETTING_NAME_SIZE]);
void setting_variable(const struct setting *setting, char out[SETTING_NAME_SIZE]);

/*
 * Fills `settings` for one command: a flag wins over its variable, that over the default. argv
 * holds what follows the command's name; what is no flag is moved to the front of it, in order,
 * and counted in *positional. ERR_INVALID: why names the culprit. Release in either case.
 */
enum err settings_load(struct settings *settings, enum settings_for command, int argc, char **argv,
		       char *const *environment, int *positional, struct why *why) MUST_USE;
void settings_release(struct settings *settings);

#endif
