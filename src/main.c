/* Finds the subcommand, reads its settings and runs it. */
#include <assert.h>
#include <unistd.h>

#include "cli_init.h"
#include "commands.h"
#include "core/digest.h"
#include "core/log.h"
#include "core/settings.h"
#include "evaluation/numerics.h"

/* clang-format off */
#define COMMAND_ROW(set, words, function, fewest, most, names, summary) \
	{words, function, FOR_##set, fewest, most, names, summary},
/* clang-format on */
const struct command command_table[] = {COMMANDS(COMMAND_ROW)};
#undef COMMAND_ROW
const size_t command_count = ARRAY_LEN(command_table);

/* For what runs before there are any. */
static const struct settings no_settings;

const struct command *command_find(int argc, char *const *argv, int *words)
{
	const char *one = argc > 0 ? argv[0] : "";
	char two[64];
	(void)snprintf(two, sizeof(two), "%s %s", one, argc > 1 ? argv[1] : "");
	for (size_t i = 0; i < command_count; i++) {
		*words = strchr(command_table[i].words, ' ') != NULL ? 2 : 1;
		if (argc >= *words && strcmp(command_table[i].words, *words == 2 ? two : one) == 0)
			return &command_table[i];
	}
	return NULL;
}

int command_fail(int status, const char *sentence)
{
	(void)fprintf(stderr, "assay: %s\n", sentence);
	return status;
}

static bool asks_for_help(int argc, char *const *argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int command_call(const struct command *command, int argc, char **argv)
{
	struct settings settings;
	struct why why;
	int count = 0;
	enum err err = settings_load(&settings, (enum settings_for)command->settings, argc, argv,
				     environ, &count, &why);
	if (err == OK && (count < command->fewest || count > command->most))
		err = why_set(&why, ERR_INVALID, "usage: assay %s%s%s [SETTINGS]", command->words,
			      command->names[0] != '\0' ? " " : "", command->names);
	int status = EXIT_USAGE;
	if (err != OK) {
		(void)command_fail(status, why.text);
	} else if (digest_start() != OK) {
		status = command_fail(EXIT_FAILED, "OpenSSL offers no SHA-256");
	} else {
		log_set_level(settings.log_level);
		numerics_start();
		status = command->run(&settings, count, argv);
		digest_stop();
	}
	settings_release(&settings);
	return status;
}

/* `assay user --help` explains the commands that begin so, `assay --help` all of them. */
static int help_call(int argc, char **argv)
{
	char *words[2] = {NULL, NULL};
	int count = 0;
	for (int i = 0; i < argc && count < 2 && argv[i][0] != '-'; i++)
		words[count++] = argv[i];
	int named = 0;
	if (command_find(count, words, &named) != NULL)
		count = named;
	return command_help(&no_settings, count, words);
}

/* `assay analyze` and `assay analyze rain` point to the commands that begin so. */
static int command_unknown(int argc, char *const *argv)
{
	struct why why;
	size_t len = strlen(argv[0]);
	enum err err = OK;
	for (size_t i = 0; i < command_count && err == OK; i++) {
		if (strncmp(command_table[i].words, argv[0], len) != 0 ||
		    command_table[i].words[len] != ' ')
			continue;
		if (argc == 1 || argv[1][0] == '-')
			err = why_set(&why, ERR_INVALID,
				      "\"%.40s\" is the beginning of commands that \"assay help "
				      "%.40s\" lists",
				      argv[0], argv[0]);
		else
			err = why_set(&why, ERR_INVALID,
				      "there is no command \"%.40s %.40s\"; \"assay help %.40s\" "
				      "lists those that begin so",
				      argv[0], argv[1], argv[0]);
	}
	if (err == OK)
		err = why_set(&why, ERR_INVALID,
			      "there is no command \"%.40s\"; \"assay help\" lists them", argv[0]);
	assert(err == ERR_INVALID);
	return command_fail(EXIT_USAGE, why.text);
}

int main(int argc, char **argv)
{
	int words = 0;
	init_if_first();
	argc -= argc > 0;
	argv++;
	if (argc == 0) {
		(void)command_help(&no_settings, 0, argv);
		return EXIT_USAGE;
	}
	if (strcmp(argv[0], "--version") == 0)
		return command_version(&no_settings, 0, argv);
	if (asks_for_help(argc, argv))
		return help_call(argc, argv);
	const struct command *command = command_find(argc, argv, &words);
	if (command != NULL)
		return command_call(command, argc - words, argv + words);

	return command_unknown(argc, argv);
}
