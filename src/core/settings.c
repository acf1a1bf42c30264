/* Reads the settings: which source wins, what a value means, and what is wrong with it. */
#include "core/settings.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#define PREFIX	    "ASSAY_"
#define FILE_SUFFIX "_FILE"
#define MEMORY_MAX  ((size_t)4 << 20)
#define VALUE_MAX   65536

/* clang-format off */
#define SETTING(member, kind, initial, low, high, secret, commands, value, help)                   \
	{#member, SETTING_##kind, offsetof(struct settings, member), initial, low, high, secret,   \
	 commands, value, help},
/* clang-format on */
const struct setting setting_table[] = {
#include "settings.def"
};
#undef SETTING
const size_t setting_count = ARRAY_LEN(setting_table);

/* ---- names ----------------------------------------------------------------------------------- */

void setting_flag(const struct setting *setting, char out[SETTING_NAME_SIZE])
{
	(void)snprintf(out, SETTING_NAME_SIZE, "--%s", setting->name);
	for (char *c = out; *c != '\0'; c++)
		if (*c == '_')
			*c = '-';
}

void setting_variable(const struct setting *setting, char out[SETTING_NAME_SIZE])
{
	(void)snprintf(out, SETTING_NAME_SIZE, PREFIX "%s", setting->name);
	for (char *c = out; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
}

typedef void spell_fn(const struct setting *setting, char out[SETTING_NAME_SIZE]);

/* Flags that are also known by the symbol of the formula that they stand in. */
static const struct {
	const char *symbol, *flag;
} flag_symbols[] = {{"--L", "--limit"}, {"--J", "--interviewers"}, {"--U", "--universe"},
		    {"--E", "--error"}, {"--V", "--variance"},	   {"--t", "--score"},
		    {"--T", "--cutoff"}};

/* The row whose flag or variable is the first `len` characters of `name`; NULL if none is. */
static const struct setting *setting_find(spell_fn *spell, const char *name, size_t len)
{
	for (size_t i = 0; i < setting_count; i++) {
		char spelt[SETTING_NAME_SIZE];
		spell(&setting_table[i], spelt);
		if (strlen(spelt) == len && memcmp(spelt, name, len) == 0)
			return &setting_table[i];
	}
	return NULL;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* One setting's value on its way in, and what its source is called in a sentence. */
struct given {
	const struct setting *setting;
	const char *source; /* "--workers", "ASSAY_WORKERS" */
	const char *text;
	const char *instead; /* of this text, which a flag takes the place of */
};

struct unit {
	const char *suffix;
	int64_t factor;
};

static const struct unit time_units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {NULL, 0}};
static const struct unit size_units[] = {{"", 1}, {"k", 1024}, {"M", 1048576}, {NULL, 0}};
static const struct unit plain_units[] = {{"", 1}, {NULL, 0}};

static void number_show(int64_t value, const struct unit *units, char *out, size_t size)
{
	const struct unit *best = units;
	for (const struct unit *unit = units; unit->suffix != NULL; unit++)
		if (value % unit->factor == 0 && value >= unit->factor)
			best = unit;
	(void)snprintf(out, size, "%lld%s", (long long)(value / best->factor), best->suffix);
}

static enum err number_read(const struct given *given, const struct unit *units, int64_t *out,
			    struct why *why)
{
	char *end = NULL;
	char low[32], high[32];
	number_show(given->setting->low, units, low, sizeof(low));
	number_show(given->setting->high, units, high, sizeof(high));

	errno = 0;
	long long value = strtoll(given->text, &end, 10);
	bool number = errno == 0 && given->text[0] >= '0' && given->text[0] <= '9';
	for (const struct unit *unit = units; number && unit->suffix != NULL; unit++) {
		if (strcmp(end, unit->suffix) != 0)
			continue;
		if (__builtin_mul_overflow(value, unit->factor, out))
			break;
		if (*out >= given->setting->low && *out <= given->setting->high)
			return OK;
		break;
	}
	return why_set(why, ERR_INVALID, "%s is \"%.40s\", but must be from %s to %s",
		       given->source, given->text, low, high);
}

static enum err switch_read(const struct given *given, bool *out, struct why *why)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true}, {"false", false}, {"yes", true}, {"no", false},
		     {"on", true},   {"off", false},   {"1", true},   {"0", false}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(given->text, words[i].word) == 0) {
			*out = words[i].value;
			return OK;
		}
	}
	return why_set(why, ERR_INVALID, "%s is \"%.40s\", but must be true or false",
		       given->source, given->text);
}

static enum err level_read(const struct given *given, enum log_level *out, struct why *why)
{
	static const char *const words[] = {"debug", "info", "warn", "error"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(given->text, words[i]) == 0) {
			*out = (enum log_level)i;
			return OK;
		}
	}
	return why_set(why, ERR_INVALID, "%s is \"%.40s\", but must be debug, info, warn or error",
		       given->source, given->text);
}

/* "127.0.0.1:8080", "[::1]:8080", "localhost:0" */
static enum err address_read(const struct given *given, struct address *out, struct why *why)
{
	const char *text = given->text, *host = text, *colon = strrchr(text, ':');
	size_t host_len = colon == NULL ? 0 : (size_t)(colon - text);
	bool good = colon != NULL;

	if (good && text[0] == '[') {
		good = host_len > 2 && text[host_len - 1] == ']';
		host = text + 1;
		host_len = good ? host_len - 2 : 0;
	} else if (good) {
		good = memchr(text, ':', host_len) == NULL;
	}
	good = good && host_len > 0 && host_len < sizeof(out->host);

	char *end = NULL;
	const char *digits = good ? colon + 1 : "";
	long port = strtol(digits, &end, 10);
	good = good && digits[0] >= '0' && digits[0] <= '9' && *end == '\0' && port <= 65535;
	if (!good)
		return why_set(why, ERR_INVALID,
			       "%s is \"%.80s\", but must be an address and a port such as "
			       "127.0.0.1:8080",
			       given->source, text);
	memcpy(out->host, host, host_len);
	out->host[host_len] = '\0';
	out->port = (uint16_t)port;
	return OK;
}

static enum err text_read(struct settings *settings, const struct given *given, const char **out,
			  struct why *why)
{
	size_t len = strlen(given->text);
	if (len > (size_t)given->setting->high)
		return why_set(why, ERR_INVALID, "%s is longer than %lld characters", given->source,
			       (long long)given->setting->high);
	char *copy = arena_strdup(&settings->arena, given->text);
	*out = copy;
	return copy == NULL ? why_set(why, ERR_MEMORY, "out of memory") : OK;
}

/* What is given again stands on a line of its own behind what was given before. */
static enum err list_read(struct settings *settings, const struct given *given, const char **out,
			  struct why *why)
{
	const char *before = *out;
	TRY(text_read(settings, given, out, why));
	if (before == NULL || before[0] == '\0' || before == given->instead)
		return OK;
	*out = arena_printf(&settings->arena, "%s\n%s", before, *out);
	return *out == NULL ? why_set(why, ERR_MEMORY, "out of memory") : OK;
}

/* A path is made absolute at once: the server later moves into its data directory. */
static enum err path_read(struct settings *settings, const struct given *given, const char **out,
			  struct why *why)
{
	TRY(text_read(settings, given, out, why));
	assert(*out != NULL);
	if ((*out)[0] == '/' || (*out)[0] == '\0')
		return OK;
	char here[PATH_MAX];
	if (getcwd(here, sizeof(here)) == NULL)
		return why_set(why, ERR_INVALID,
			       "%s is relative, and the working directory cannot be read: %s",
			       given->source, strerror(errno));
	*out = arena_printf(&settings->arena, "%s/%s", here, *out);
	return *out == NULL ? why_set(why, ERR_MEMORY, "out of memory") : OK;
}

static enum err url_read(struct settings *settings, const struct given *given, const char **out,
			 struct why *why)
{
	size_t len = strlen(given->text);
	size_t scheme = strncmp(given->text, "http://", 7) == 0	   ? 7
			: strncmp(given->text, "https://", 8) == 0 ? 8
								   : 0;
	bool good = scheme > 0 && len > scheme && given->text[scheme] != '/' &&
		    strpbrk(given->text, " ?#@\"<>\\") == NULL;
	if (len > 0 && !good)
		return why_set(why, ERR_INVALID,
			       "%s is \"%.80s\", but must be an address such as "
			       "https://assay.example.com",
			       given->source, given->text);
	TRY(text_read(settings, given, out, why));
	char *copy = arena_strdup(&settings->arena, *out);
	if (copy == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	while (len > 0 && copy[len - 1] == '/')
		copy[--len] = '\0';
	*out = copy;
	return OK;
}

static enum err setting_set(struct settings *settings, const struct given *given, struct why *why)
{
	void *member = (char *)settings + given->setting->offset;
	switch (given->setting->kind) {
	case SETTING_TEXT:
		return text_read(settings, given, member, why);
	case SETTING_LIST:
		return list_read(settings, given, member, why);
	case SETTING_PATH:
		return path_read(settings, given, member, why);
	case SETTING_URL:
		return url_read(settings, given, member, why);
	case SETTING_ADDRESS:
		return address_read(given, member, why);
	case SETTING_INTEGER:
		return number_read(given, plain_units, member, why);
	case SETTING_SWITCH:
		return switch_read(given, member, why);
	case SETTING_DURATION:
		return number_read(given, time_units, member, why);
	case SETTING_SIZE:
		return number_read(given, size_units, member, why);
	case SETTING_LEVEL:
		return level_read(given, member, why);
	}
	assert(!"a kind without a reader");
	return ERR_INTERNAL;
}

/* ---- sources --------------------------------------------------------------------------------- */

static enum err defaults_load(struct settings *settings, struct why *why)
{
	for (size_t i = 0; i < setting_count; i++) {
		struct given given = {&setting_table[i], setting_table[i].name,
				      setting_table[i].initial, NULL};
		TRY(setting_set(settings, &given, why));
	}
	return OK;
}

/* The file's content without the line's end that editors leave. */
static enum err file_read(struct settings *settings, const char *variable, const char *path,
			  const char **out, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(&settings->arena, VALUE_MAX + 1);
	ssize_t len = fd < 0 || text == NULL ? -1 : read(fd, text, VALUE_MAX);
	int reason = errno;
	if (fd >= 0)
		(void)close(fd);
	if (text == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	if (len < 0)
		return why_set(why, ERR_INVALID, "%s names %.200s, which cannot be read: %s",
			       variable, path, strerror(reason));
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	text[len] = '\0';
	if (strlen(text) != (size_t)len)
		return why_set(why, ERR_INVALID, "%s names %.200s, which contains a NUL byte",
			       variable, path);
	*out = text;
	return OK;
}

/* Kubernetes sets these by itself for a service that is called assay. */
static bool variable_foreign(const char *name, size_t len)
{
	static const char *const foreign[] = {"ASSAY_SERVICE_", "ASSAY_PORT_"};
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		if (strncmp(name, foreign[i], strlen(foreign[i])) == 0)
			return true;
#ifdef ASSAY_CONTROL
	if (strncmp(name, "ASSAY_CONTROL_", 14) == 0)
		return true;
#endif
	return len == 10 && memcmp(name, "ASSAY_PORT", 10) == 0;
}

static const char *environment_get(char *const *environment, const char *name)
{
	size_t len = strlen(name);
	for (; *environment != NULL; environment++)
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return *environment + len + 1;
	return NULL;
}

static enum err variable_load(struct settings *settings, enum settings_for command,
			      char *const *environment, const char *entry, struct why *why)
{
	size_t len = strcspn(entry, "=");
	const char *value = entry[len] == '=' ? entry + len + 1 : "";
	if (strncmp(entry, PREFIX, strlen(PREFIX)) != 0 || variable_foreign(entry, len))
		return OK;

	const struct setting *setting = setting_find(setting_variable, entry, len);
	bool is_file = false;
	size_t suffix = strlen(FILE_SUFFIX);
	if (setting == NULL && len > suffix &&
	    memcmp(entry + len - suffix, FILE_SUFFIX, suffix) == 0) {
		setting = setting_find(setting_variable, entry, len - suffix);
		is_file = true;
	}
	if (setting == NULL)
		return why_set(
		    why, ERR_INVALID,
		    "%.*s is no setting; \"assay help COMMAND\" lists those of a command",
		    (int)(len < 80 ? len : 80), entry);
	/* Compose files pass what is not set as an empty variable. */
	if ((setting->commands & command) == 0 || *value == '\0')
		return OK;

	char plain[SETTING_NAME_SIZE], source[SETTING_NAME_SIZE + sizeof(FILE_SUFFIX)];
	setting_variable(setting, plain);
	(void)snprintf(source, sizeof(source), "%s%s", plain, is_file ? FILE_SUFFIX : "");
	if (is_file) {
		const char *other = environment_get(environment, plain);
		if (other != NULL && *other != '\0')
			return why_set(why, ERR_INVALID, "%s and %s are both given; leave one out",
				       plain, source);
		TRY(file_read(settings, source, value, &value, why));
	}
	struct given given = {setting, source, value, NULL};
	return setting_set(settings, &given, why);
}

static const struct setting *flag_find(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(flag_symbols); i++)
		if (strlen(flag_symbols[i].symbol) == len &&
		    memcmp(flag_symbols[i].symbol, word, len) == 0)
			return setting_find(setting_flag, flag_symbols[i].flag,
					    strlen(flag_symbols[i].flag));
	return setting_find(setting_flag, word, len);
}

/* `before`: the settings without any flag. */
static enum err flag_load(struct settings *settings, const struct settings *before,
			  enum settings_for command, int argc, char **argv, int *at,
			  struct why *why)
{
	const char *word = argv[*at];
	size_t len = strcspn(word, "=");
	const struct setting *setting = flag_find(word, len);
	if (setting == NULL)
		return why_set(
		    why, ERR_INVALID,
		    "%.*s is no setting; \"assay help COMMAND\" lists those of a command",
		    (int)(len < 80 ? len : 80), word);
	char source[SETTING_NAME_SIZE];
	setting_flag(setting, source);
	if ((setting->commands & command) == 0)
		return why_set(why, ERR_INVALID, "%s is not a setting of this command", source);

	struct given given = {setting, source, "true", NULL};
	if (setting->kind == SETTING_LIST)
		memcpy(&given.instead, (const char *)before + setting->offset,
		       sizeof(given.instead));
	if (word[len] == '=') {
		given.text = word + len + 1;
	} else if (setting->kind != SETTING_SWITCH) {
		if (*at + 1 >= argc)
			return why_set(why, ERR_INVALID, "%s needs a value: %s %s", source, source,
				       setting->value);
		given.text = argv[++*at];
	}
	return setting_set(settings, &given, why);
}

static enum err flags_load(struct settings *settings, enum settings_for command, int argc,
			   char **argv, int *positional, struct why *why)
{
	const struct settings before = *settings;
	*positional = 0;
	bool flags_end = false;
	for (int at = 0; at < argc; at++) {
		if (!flags_end && strcmp(argv[at], "--") == 0)
			flags_end = true;
		else if (!flags_end && argv[at][0] == '-' && argv[at][1] != '\0')
			TRY(flag_load(settings, &before, command, argc, argv, &at, why));
		else
			argv[(*positional)++] = argv[at];
	}
	return OK;
}

static enum err data_dir_choose(struct settings *settings, char *const *environment,
				struct why *why)
{
	const char *base = environment_get(environment, "XDG_DATA_HOME");
	const char *home = environment_get(environment, "HOME");
	if (settings->data_dir[0] != '\0')
		return OK;
	if (geteuid() == 0)
		settings->data_dir = "/var/lib/assay";
	else if (base != NULL && base[0] == '/')
		settings->data_dir = arena_printf(&settings->arena, "%s/assay", base);
	else if (home != NULL && home[0] == '/')
		settings->data_dir = arena_printf(&settings->arena, "%s/.local/share/assay", home);
	else
		return why_set(why, ERR_INVALID,
			       "there is no home directory to put data into; give --data-dir");
	return settings->data_dir == NULL ? why_set(why, ERR_MEMORY, "out of memory") : OK;
}

enum err settings_load(struct settings *settings, enum settings_for command, int argc, char **argv,
		       char *const *environment, int *positional, struct why *why)
{
	memset(settings, 0, sizeof(*settings));
	arena_init(&settings->arena, MEMORY_MAX);
	TRY(defaults_load(settings, why));
	for (char *const *entry = environment; *entry != NULL; entry++)
		TRY(variable_load(settings, command, environment, *entry, why));
	TRY(flags_load(settings, command, argc, argv, positional, why));
	return (command & FOR_ANALYZE) != 0 ? OK : data_dir_choose(settings, environment, why);
}

void settings_release(struct settings *settings)
{
	arena_release(&settings->arena);
}
