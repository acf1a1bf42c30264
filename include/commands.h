/* The program's subcommands: one table that dispatch, usage and help are made from. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stddef.h>

struct settings;

/* clang-format off */
/* COMMAND(settings it takes, words, function, fewest and most arguments, their names, what it does) */
#define COMMANDS(COMMAND)                                                                          \
	COMMAND(SERVE,        "serve",               command_serve,               0, 0, "",        \
		"run the server until SIGTERM; prints its address when ready")                     \
	COMMAND(MIGRATE,      "migrate",             command_migrate,             0, 0, "",        \
		"bring the database up to this program's schema (serve does so by itself)")        \
	COMMAND(DEMO,         "demo",                command_demo,                0, 0, "",        \
		"load the demo organization if it is not there, and show it")                      \
	COMMAND(ORGANIZATION, "organization create", command_organization_create, 1, 1, "NAME",    \
		"make an organization and its first admin")                                        \
	COMMAND(USER,         "user add",            command_user_add,            1, 1, "EMAIL",   \
		"add a user to an organization")                                                   \
	COMMAND(USER,         "user list",           command_user_list,           0, 0, "",        \
		"list an organization's users")                                                    \
	COMMAND(USER,         "user disable",        command_user_disable,        1, 1, "EMAIL",   \
		"shut a user out, at once")                                                        \
	COMMAND(USER,         "user set-password",   command_user_set_password,   1, 1, "EMAIL",   \
		"give a user another password")                                                    \
	COMMAND(AUDIT,        "audit verify",        command_audit_verify,        0, 0, "",        \
		"find any changed, removed or reordered row of the audit log")                     \
	COMMAND(AUDIT,        "audit export",        command_audit_export,        0, 0, "",        \
		"write the audit log to standard output, to be verified elsewhere")                \
	COMMAND(COMPACT,      "compact",             command_compact,             0, 0, "",        \
		"rewrite the tables, so that erased data leaves the disk too")                     \
	COMMAND(AGREEMENT,    "analyze agreement",   command_analyze_agreement,   0, 0, "",        \
		"how far raters agree: alpha, AC1/AC2, kappa and ICC of a file of ratings")        \
	COMMAND(IMPACT,       "analyze impact",      command_analyze_impact,      0, 0, "",        \
		"compare two groups' selection rates: four-fifths, and how sure that is")          \
	COMMAND(DRIFT,        "analyze drift",       command_analyze_drift,       0, 0, "",        \
		"find a drift in a series: EWMA and CUSUM with their limits")                      \
	COMMAND(DSTUDY,       "analyze dstudy",      command_analyze_dstudy,      0, 0, "",        \
		"how reliable the mean of one, two, … interviews is")                              \
	COMMAND(ANOTHER_INTERVIEW, "analyze another-interview", command_analyze_another, 0, 0, "", \
		"what one more interview of a candidate is worth")                                 \
	COMMAND(INTERVAL,     "analyze interval",    command_analyze_interval,    2, 3, "METHOD x/n [x/n]", \
		"interval of a rate (wilson, jeffreys) or of two rates' difference (newcombe)")    \
	COMMAND(VERSION,      "version",             command_version,             0, 0, "",        \
		"print the version")                                                               \
	COMMAND(HELP,         "help",                command_help,                0, 2, "[COMMAND]", \
		"list the commands, or explain one")
/* clang-format on */

/* Exit status: 0, 1 when it failed, 2 when it was asked wrongly. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* argv holds the argc words that are no settings. Returns the exit status. */
typedef int command_fn(const struct settings *settings, int argc, char **argv);

#define COMMAND_DECLARE(set, words, function, fewest, most, names, summary) command_fn function;
COMMANDS(COMMAND_DECLARE)
#undef COMMAND_DECLARE

struct command {
	const char *words;
	command_fn *run;
	unsigned settings; /* an enum settings_for */
	int fewest, most;
	const char *names, *summary;
};
extern const struct command command_table[];
extern const size_t command_count;

/* The command that argv begins with, and of how many words its name is; NULL if none. */
const struct command *command_find(int argc, char *const *argv, int *words);

/* Prints "assay: <sentence>" to standard error and returns `status`. */
int command_fail(int status, const char *sentence);

#endif
