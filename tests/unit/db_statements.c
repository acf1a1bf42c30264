/* Proves the generator of named statements: what it makes of .sql files, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/attr.h"

#define GENERATOR "src/db/statements.pl"

static char dir[] = "/tmp/assay-statements-XXXXXX";
static char output[65536];

static void read_all(FILE *in)
{
	size_t len = fread(output, 1, sizeof(output) - 1, in);

	output[len] = '\0';
}

/* Runs the generator on one file with this text; its messages, or the C it made, are in output. */
static bool generate(const char *sql)
{
	char path[64], command[256];
	FILE *file;
	bool made;

	snprintf(path, sizeof(path), "%s/in.sql", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(sql, file);
	fclose(file);
	snprintf(command, sizeof(command), "perl " GENERATOR " %s %s/in.sql 2>&1", dir, dir);
	file = popen(command, "r"); /* NOLINT(cert-env33-c) */
	assert_non_null(file);
	read_all(file);
	made = pclose(file) == 0;
	if (!made)
		return false;
	assert_string_equal(output, "");
	snprintf(command, sizeof(command), "cat %s/statements.h %s/statements.c", dir, dir);
	file = popen(command, "r"); /* NOLINT(cert-env33-c) */
	assert_non_null(file);
	read_all(file);
	pclose(file);
	return true;
}

static void has(const char *text)
{
	if (!strstr(output, text))
		fail_msg("lacks: %s\n%s", text, output);
}

static void parameters_are_numbered(void **state)
{
	(void)state;
	assert_true(generate("-- name: item_get :read\n"
			     "-- Prose: not a directive.\n"
			     "SELECT a::text, ':no', \"x:no\", $$:no$$ FROM i /* :no */\n"
			     "WHERE i.organization_id = :org AND b = :beta AND c = :alpha AND d <> "
			     ":beta; -- :no\n"));
	has("struct sql_item_get {\n\tconst char *beta;\n\tconst char *alpha;\n};");
	has("SELECT a::text, ':no', \\\"x:no\\\", $$:no$$ FROM i");
	has("WHERE i.organization_id = $1 AND b = $2 AND c = $3 AND d <> $2\",");
	has("{DB_ORG, -1, -1}");
	has(".lane = DB_READ");
	has(".line = 1,");
	has("db_statement_count = 1;");
}

static void writes_keep_records(void **state)
{
	(void)state;
	assert_true(generate("-- name: item_add :write\n"
			     "WITH new AS (INSERT INTO i VALUES (:title) RETURNING id),\n"
			     "out AS (SELECT id, NULL::text AS refusal FROM new)\n"
			     "SELECT * FROM out;\n"
			     "-- name: item_touch :write plain\n"
			     "UPDATE i SET t = now()\n"));
	has("SELECT $2::uuid, $3::text, $4::text, $5::text, array_agg(out::text)");
	has("struct sql_item_touch {\n\tconst char *_none;\n};");
	has(".params = 1,");
	has(".params = 0,");
}

static void lists_have_parts(void **state)
{
	(void)state;
	assert_true(generate("-- name: items_list :list\n"
			     "SELECT i.id /*sort_key*/ FROM i WHERE i.organization_id = :org\n"
			     "-- filter q (custom plan): AND i.id IN\n"
			     "-- + (SELECT f(:q, :org))\n"
			     "-- filter old (in the text): AND i.old = :old::boolean\n"
			     "-- sort created_at timestamptz: i.created_at\n"
			     "-- sort title text asc: i.title\n"
			     "-- id: i.id\n"));
	has("{\"q\", \"AND i.id IN\\n\"\n\t\t\"(SELECT f(\\001v, \\0010))\", true, false},");
	has("{\"old\", \"AND i.old = \\001v::boolean\", false, true},");
	has("{\"created_at\", \"timestamptz\", \"i.created_at\", false},");
	has("{\"title\", \"text\", \"i.title\", true},");
	has("struct sql_items_list {\n\tconst char *_none;\n};");
}

static void nothing_is_something(void **state)
{
	(void)state;
	assert_true(generate("-- Only prose.\n"));
	has("db_statement_count = 0;");
}

#define LIST	 "-- name: x :list\nSELECT 1 /*sort_key*/ FROM a WHERE b\n"
#define LIST_END "-- sort a text: a\n-- id: a.id\n"

static void mistakes_are_refused(void **state)
{
	static const struct {
		const char *sql, *says;
	} cases[] = {
	    /* clang-format off */
		{"SELECT 1\n",                                      "in.sql:1: text before"},
		{"-- name: x\nSELECT 1\n",                          "in.sql:1: `-- name: x`"},
		{"-- name: X :read\nSELECT 1\n",                    "in.sql:1: `-- name: X"},
		{"\n-- name: x :reed\nSELECT 1\n",                  "in.sql:2: unknown lane :reed"},
		{"-- name: x :read\n",                              "x has no text"},
		{"-- name: x :read\nSELECT 1\n-- name: x :read\nS", "in.sql:3: x is also at"},
		{"-- name: x :read\nSELECT 1; SELECT 2\n",          "more than one statement"},
		{"-- name: x :read\nSELECT $1\n",                   "written :name"},
		{"-- name: x :read\nSELECT :int\n",                 "is a word of C"},
		{"-- name: x :read\nSELECT 1 FROM a WHERE o = :org\n", "an organization is compared"},
		{"-- name: x :read\nSELECT 1 FROM a WHERE :org=a.o\n", "an organization is compared"},
		{LIST "-- filter q: AND :q AND a.o<>:org\n" LIST_END, "an organization is compared"},
		{"-- name: x :read\nSELECT 'a\n",                   "quote that is not closed"},
		{"-- name: x :read\nSELECT /* a\n",                 "comment that is not closed"},
		{"-- name: x :read\n-- filter q: AND :q\nSELECT 1", "in.sql:2: `filter q:` outside"},
		{"-- name: x :read\n-- fliter q: AND :q\nSELECT 1", "in.sql:2: unknown directive"},
		{"-- name: x :read\n-- + more\nSELECT 1\n",         "without a directive"},
		{"-- name: x_23456789_123456789_123456789_123456789_123456789 :read\nS", "longer than 48"},
		{"-- name: x :list\nSELECT 1 FROM a WHERE b\n" LIST_END, "lacks /*sort_key*/"},
		{LIST "-- id: a.id\n",                              "lacks `-- sort`"},
		{LIST "-- sort a text: a\n",                        "lacks `-- id:`"},
		{LIST "-- filter q: AND :z = :q\n" LIST_END,        "in.sql:3: filter q uses :z"},
		{LIST "-- filter q: AND true\n" LIST_END,           "does not use :q"},
		{LIST "-- filter q: OR :q\n" LIST_END,              "does not begin with AND"},
		{LIST "-- filter q: AND :q\n-- filter q: AND :q\n" LIST_END, "a second filter q"},
		{LIST "-- sort a text: a\n" LIST_END,               "a second sort a"},
		{"-- name: x :write\nSELECT 1\n",                   "lacks `out AS (`"},
		{"-- name: x :write\nWITH out AS (SELECT 1) SELECT * FROM out\n", "no column `refusal`"},
		{"-- name: x :write\nWITH out AS (SELECT 1 AS refusal) SELECT a FROM out\n",
		 "does not end in"},
	    /* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (generate(cases[i].sql))
			fail_msg("not refused: %s", cases[i].sql);
		has(cases[i].says);
	}
}

static int begin(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int end(void **state)
{
	static const char *const files[] = {"in.sql", "statements.h", "statements.c"};
	char path[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parameters_are_numbered), cmocka_unit_test(writes_keep_records),
	    cmocka_unit_test(lists_have_parts),	       cmocka_unit_test(nothing_is_something),
	    cmocka_unit_test(mistakes_are_refused),
	};

	return cmocka_run_group_tests_name("db: statements", tests, begin, end);
}
