/* Settings: which source wins, what values mean, and that each refusal names its culprit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/settings.h"

#define WORDS_MAX 16
#define TEXT_MAX  512

struct outcome {
	struct settings settings;
	struct why why;
	enum err err;
	int positional;
	char words[WORDS_MAX][TEXT_MAX], variables[WORDS_MAX][TEXT_MAX];
	char *argv[WORDS_MAX], *environment[WORDS_MAX];
};

static int copy(const char *const *from, char into[][TEXT_MAX], char **list)
{
	int count = 0;
	for (; from[count] != NULL; count++) {
		assert_true(count < WORDS_MAX - 1);
		(void)snprintf(into[count], TEXT_MAX, "%s", from[count]);
		list[count] = into[count];
	}
	list[count] = NULL;
	return count;
}

/* Loads from NULL-terminated lists of words and of variables. */
static void load(struct outcome *outcome, enum settings_for command, const char *const *words,
		 const char *const *variables)
{
	int argc = copy(words, outcome->words, outcome->argv);
	(void)copy(variables, outcome->variables, outcome->environment);
	outcome->err = settings_load(&outcome->settings, command, argc, outcome->argv,
				     outcome->environment, &outcome->positional, &outcome->why);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE	   ((const char *const[]){NULL})
#define HOME	   ((const char *const[]){"HOME=/home/x", NULL})

static void refused(enum settings_for command, const char *const *words,
		    const char *const *variables, const char *sentence)
{
	struct outcome outcome;
	load(&outcome, command, words, variables);
	assert_int_equal(outcome.err, ERR_INVALID);
	assert_string_equal(outcome.why.text, sentence);
	settings_release(&outcome.settings);
}

static void test_defaults(void **state UNUSED)
{
	struct outcome outcome;
	load(&outcome, FOR_SERVE, NONE, HOME);
	assert_int_equal(outcome.err, OK);
	assert_string_equal(outcome.settings.listen.host, "127.0.0.1");
	assert_int_equal(outcome.settings.listen.port, 8080);
	assert_string_equal(outcome.settings.database_url, "");
	assert_int_equal(outcome.settings.log_level, LOG_INFO);
	assert_int_equal(outcome.settings.body_limit, 1048576);
	assert_int_equal(outcome.settings.header_deadline, 10000);
	assert_false(outcome.settings.demo);
	assert_string_equal(outcome.settings.data_dir,
			    geteuid() == 0 ? "/var/lib/assay" : "/home/x/.local/share/assay");
	settings_release(&outcome.settings);
}

static void test_data_dir_of_a_user(void **state UNUSED)
{
	if (geteuid() == 0 && seteuid(65534) != 0)
		skip();
	struct outcome outcome;
	load(&outcome, FOR_SERVE, NONE, HOME);
	assert_string_equal(outcome.settings.data_dir, "/home/x/.local/share/assay");
	settings_release(&outcome.settings);
	load(&outcome, FOR_SERVE, NONE, WORDS("HOME=/home/x", "XDG_DATA_HOME=/data"));
	assert_string_equal(outcome.settings.data_dir, "/data/assay");
	settings_release(&outcome.settings);
	load(&outcome, FOR_SERVE, NONE, WORDS("HOME=", "XDG_DATA_HOME=relative"));
	assert_int_equal(outcome.err, ERR_INVALID);
	settings_release(&outcome.settings);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void test_precedence(void **state UNUSED)
{
	struct outcome outcome;
	load(&outcome, FOR_SERVE, WORDS("--workers", "3", "--data-dir=/d"),
	     WORDS("ASSAY_WORKERS=2", "ASSAY_MAX_CONNECTIONS=70", "ASSAY_LISTEN="));
	assert_int_equal(outcome.err, OK);
	assert_int_equal(outcome.settings.workers, 3);
	assert_int_equal(outcome.settings.max_connections, 70);
	assert_int_equal(outcome.settings.listen.port, 8080);
	assert_string_equal(outcome.settings.data_dir, "/d");
	settings_release(&outcome.settings);
}

static void test_file(void **state UNUSED)
{
	char path[] = "/tmp/assay-setting-XXXXXX", variable[TEXT_MAX];
	static const char content[] = "postgresql://u:secret@db/assay\n";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	(void)close(fd);
	(void)snprintf(variable, sizeof(variable), "ASSAY_DATABASE_URL_FILE=%s", path);

	struct outcome outcome;
	load(&outcome, FOR_SERVE, NONE, WORDS("HOME=/h", variable));
	assert_int_equal(outcome.err, OK);
	assert_string_equal(outcome.settings.database_url, "postgresql://u:secret@db/assay");
	settings_release(&outcome.settings);

	refused(FOR_SERVE, NONE, WORDS(variable, "ASSAY_DATABASE_URL=postgresql://x"),
		"ASSAY_DATABASE_URL and ASSAY_DATABASE_URL_FILE are both given; leave one out");
	(void)unlink(path);
	(void)snprintf(variable, sizeof(variable), "ASSAY_DATABASE_URL_FILE=/nowhere/at-all");
	refused(FOR_SERVE, NONE, WORDS(variable),
		"ASSAY_DATABASE_URL_FILE names /nowhere/at-all, which cannot be read: "
		"No such file or directory");
}

static void test_kinds(void **state UNUSED)
{
	struct outcome outcome;
	load(&outcome, FOR_SERVE,
	     WORDS("--listen", "[::1]:0", "--body-limit=64k", "--header-deadline", "2m", "--demo",
		   "--log-level=debug", "--public-url", "https://a.example/", "--assets", "web",
		   "--drain-deadline=0s"),
	     HOME);
	assert_int_equal(outcome.err, OK);
	assert_string_equal(outcome.settings.listen.host, "::1");
	assert_int_equal(outcome.settings.listen.port, 0);
	assert_int_equal(outcome.settings.body_limit, 65536);
	assert_int_equal(outcome.settings.header_deadline, 120000);
	assert_int_equal(outcome.settings.drain_deadline, 0);
	assert_true(outcome.settings.demo);
	assert_int_equal(outcome.settings.log_level, LOG_DEBUG);
	assert_string_equal(outcome.settings.public_url, "https://a.example");
	assert_int_equal(outcome.settings.assets[0], '/');
	settings_release(&outcome.settings);
}

/* What is given again is added; a flag takes the place of the variable all the same. */
static void test_lists(void **state UNUSED)
{
	struct outcome outcome;
	load(&outcome, FOR_MODEL, WORDS("--compare", "a,b", "--compare=c,d"), NONE);
	assert_int_equal(outcome.err, OK);
	assert_string_equal(outcome.settings.compare, "a,b\nc,d");
	settings_release(&outcome.settings);
	load(&outcome, FOR_MODEL, NONE, WORDS("ASSAY_COMPARE=e,f"));
	assert_string_equal(outcome.settings.compare, "e,f");
	settings_release(&outcome.settings);
	load(&outcome, FOR_MODEL, WORDS("--compare", "a,b", "--compare", "c,d"),
	     WORDS("ASSAY_COMPARE=e,f"));
	assert_string_equal(outcome.settings.compare, "a,b\nc,d");
	settings_release(&outcome.settings);
}

/* The symbol of a formula is its flag's other name; and what needs no data needs no home. */
static void test_symbols(void **state UNUSED)
{
	struct outcome outcome;
	load(&outcome, FOR_ANOTHER_INTERVIEW,
	     WORDS("--t", "3.6", "--V=.05", "--E", ".3", "--T", "3.5"), NONE);
	assert_int_equal(outcome.err, OK);
	assert_string_equal(outcome.settings.score, "3.6");
	assert_string_equal(outcome.settings.variance, ".05");
	assert_string_equal(outcome.settings.error, ".3");
	assert_string_equal(outcome.settings.cutoff, "3.5");
	settings_release(&outcome.settings);
	refused(FOR_ANOTHER_INTERVIEW, WORDS("--U", "1"), NONE,
		"--universe is not a setting of this command");
}

static void test_words(void **state UNUSED)
{
	struct outcome outcome;
	load(&outcome, FOR_USER,
	     WORDS("a@b.example", "--organization", "Acme", "second", "--json=no", "--", "--third"),
	     HOME);
	assert_int_equal(outcome.err, OK);
	assert_int_equal(outcome.positional, 3);
	assert_string_equal(outcome.argv[0], "a@b.example");
	assert_string_equal(outcome.argv[1], "second");
	assert_string_equal(outcome.argv[2], "--third");
	assert_string_equal(outcome.settings.organization, "Acme");
	assert_false(outcome.settings.json);
	settings_release(&outcome.settings);
}

static void test_unknown(void **state UNUSED)
{
	refused(FOR_SERVE, WORDS("--lisen", "x"), HOME,
		"--lisen is no setting; \"assay help COMMAND\" lists those of a command");
	refused(FOR_SERVE, WORDS("-p"), HOME,
		"-p is no setting; \"assay help COMMAND\" lists those of a command");
	refused(FOR_SERVE, NONE, WORDS("ASSAY_WORKER=1"),
		"ASSAY_WORKER is no setting; \"assay help COMMAND\" lists those of a command");
	refused(FOR_MIGRATE, WORDS("--listen=127.0.0.1:1"), HOME,
		"--listen is not a setting of this command");
	refused(FOR_SERVE, WORDS("--workers"), HOME, "--workers needs a value: --workers N");

	/* A variable may be meant for another command; what Kubernetes injects is not ours. */
	struct outcome outcome;
	load(&outcome, FOR_MIGRATE, NONE,
	     WORDS("HOME=/h", "ASSAY_WORKERS=nonsense", "ASSAY_SERVICE_HOST=10.0.0.1",
		   "ASSAY_PORT=tcp://10.0.0.1:80", "ASSAY_PORT_80_TCP=tcp://10.0.0.1:80"));
	assert_int_equal(outcome.err, OK);
	settings_release(&outcome.settings);
}

static void test_bad_values(void **state UNUSED)
{
	static const struct {
		const char *word, *sentence;
	} cases[] = {
	    {"--workers=0", "--workers is \"0\", but must be from 1 to 64"},
	    {"--workers=65", "--workers is \"65\", but must be from 1 to 64"},
	    {"--workers=two", "--workers is \"two\", but must be from 1 to 64"},
	    {"--workers=", "--workers is \"\", but must be from 1 to 64"},
	    {"--workers=1x", "--workers is \"1x\", but must be from 1 to 64"},
	    {"--workers=-1", "--workers is \"-1\", but must be from 1 to 64"},
	    {"--workers=99999999999999999999",
	     "--workers is \"99999999999999999999\", but must be from 1 to 64"},
	    {"--header-deadline=10", "--header-deadline is \"10\", but must be from 100ms to 10m"},
	    {"--header-deadline=9223372036854775807h",
	     "--header-deadline is \"9223372036854775807h\", but must be from 100ms to 10m"},
	    {"--body-limit=1G", "--body-limit is \"1G\", but must be from 1k to 64M"},
	    {"--demo=maybe", "--demo is \"maybe\", but must be true or false"},
	    {"--log-level=loud", "--log-level is \"loud\", but must be debug, info, warn or error"},
	    {"--public-url=ftp://x", "--public-url is \"ftp://x\", but must be an address such as "
				     "https://assay.example.com"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(FOR_SERVE, WORDS(cases[i].word), HOME, cases[i].sentence);

	static const char *const addresses[] = {
	    "8080",   ":8080", "127.0.0.1", "127.0.0.1:", "h:65536", "h:1x",
	    "::1:80", "[::1]", "[::1]80",   "[]:80",	  "h:-1",    ""};
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		char sentence[TEXT_MAX];
		(void)snprintf(sentence, sizeof(sentence),
			       "--listen is \"%s\", but must be an address and a port such as "
			       "127.0.0.1:8080",
			       addresses[i]);
		refused(FOR_SERVE, WORDS("--listen", addresses[i]), HOME, sentence);
	}
}

/* A bad default would refuse every start; a row that no command takes could not be given. */
static void test_table(void **state UNUSED)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];
		assert_true(setting->commands != 0);
		assert_true(strlen(setting->help) > 0);
		assert_true(strlen(setting->name) < SETTING_NAME_SIZE - 8);
		assert_int_equal(setting->kind == SETTING_SWITCH, setting->value[0] == '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),   cmocka_unit_test(test_data_dir_of_a_user),
	    cmocka_unit_test(test_precedence), cmocka_unit_test(test_file),
	    cmocka_unit_test(test_kinds),      cmocka_unit_test(test_words),
	    cmocka_unit_test(test_lists),      cmocka_unit_test(test_symbols),
	    cmocka_unit_test(test_unknown),    cmocka_unit_test(test_bad_values),
	    cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
