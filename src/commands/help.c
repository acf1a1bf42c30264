/* Explains the commands and settings from their tables; the same tables make docs/settings.md. */
#include "commands.h"
#include "core/settings.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "development"
#endif

int command_version(const struct settings *settings UNUSED, int argc UNUSED, char **argv UNUSED)
{
	(void)printf("assay %s\n", ASSAY_VERSION);
	return EXIT_DONE;
}

static void command_line(const struct command *command)
{
	char usage[64];
	(void)snprintf(usage, sizeof(usage), "%s %s", command->words, command->names);
	(void)printf("  %-28s %s\n", usage, command->summary);
}

static void settings_print(unsigned commands)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];
		char flag[SETTING_NAME_SIZE], variable[SETTING_NAME_SIZE];
		if ((setting->commands & commands) == 0)
			continue;
		setting_flag(setting, flag);
		setting_variable(setting, variable);
		(void)printf("\n  %s%s%s   (%s", flag, setting->value[0] != '\0' ? " " : "",
			     setting->value, variable);
		if (setting->secret)
			(void)printf(", or better %s_FILE", variable);
		(void)printf(")\n      %s", setting->help);
		if (setting->initial[0] != '\0' && setting->kind != SETTING_SWITCH)
			(void)printf("; default %s", setting->initial);
		(void)printf("\n");
	}
}

static void command_explain(const struct command *command)
{
	(void)printf("assay %s%s%s: %s\n", command->words, command->names[0] != '\0' ? " " : "",
		     command->names, command->summary);
	settings_print(command->settings);
}

static void commands_list(void)
{
	(void)printf("Assay evaluates candidates on evidence.\n\nassay COMMAND [SETTINGS]\n\n");
	for (size_t i = 0; i < command_count; i++)
		command_line(&command_table[i]);
	(void)printf("\n\"assay help COMMAND\" explains a command and its settings. To begin:\n"
		     "  assay serve --demo\n");
}

/* A table's cell: the bar is the only character that would end it. */
static void cell_print(const char *text)
{
	for (; *text != '\0'; text++)
		(void)printf(*text == '|' ? "\\|" : "%c", *text);
}

static void setting_commands_print(const struct setting *setting)
{
	const char *before = "";
	if ((setting->commands & FOR_DATA) == FOR_DATA) {
		(void)printf("all");
		return;
	}
	for (size_t i = 0; i < command_count; i++) {
		if ((setting->commands & command_table[i].settings) == 0)
			continue;
		(void)printf("%s%s", before, command_table[i].words);
		before = ", ";
	}
}

static void settings_markdown(void)
{
	(void)printf(
	    "# Settings\n\n"
	    "Made by `assay help --markdown` from src/settings.def; do not edit.\n\n"
	    "Each setting is a flag, or an environment variable, or a file whose name stands "
	    "in the variable with `_FILE` behind it (best for secrets, marked *). A flag wins "
	    "over a variable; an empty variable counts as not given. Unknown flags and "
	    "unknown `ASSAY_` variables are refused. Times are written `500ms`, `10s`, `5m`, "
	    "sizes `65536`, `64k`, `1M`.\n\n"
	    "| flag | variable | default | commands | what it does |\n"
	    "|---|---|---|---|---|\n");
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];
		char flag[SETTING_NAME_SIZE], variable[SETTING_NAME_SIZE];
		setting_flag(setting, flag);
		setting_variable(setting, variable);
		(void)printf("| `%s%s%s` | `%s`%s | %s | ", flag,
			     setting->value[0] != '\0' ? " " : "", setting->value, variable,
			     setting->secret ? " *" : "", setting->initial);
		setting_commands_print(setting);
		(void)printf(" | ");
		cell_print(setting->help);
		(void)printf(" |\n");
	}
}

/* Explains the command, or lists those that begin with the word. */
static int commands_explain(int argc, char **argv)
{
	int words = 0, found = 0;
	const struct command *command = command_find(argc, argv, &words);
	if (command != NULL && words == argc) {
		command_explain(command);
		return EXIT_DONE;
	}
	size_t len = strlen(argv[0]);
	for (size_t i = 0; i < command_count; i++) {
		const char *name = command_table[i].words;
		if (argc == 1 && strncmp(name, argv[0], len) == 0 && name[len] == ' ') {
			command_line(&command_table[i]);
			found++;
		}
	}
	if (found > 0)
		return EXIT_DONE;
	return command_fail(EXIT_USAGE, "there is no such command; \"assay help\" lists them");
}

int command_help(const struct settings *settings, int argc, char **argv)
{
	if (settings->markdown)
		settings_markdown();
	else if (argc == 0)
		commands_list();
	else
		return commands_explain(argc, argv);
	return EXIT_DONE;
}
