/* src/constraints.def against the migrated schema and the statements: each row names something that
 * can happen, and what can happen to a request is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/digest.h"
#include "db/migrate.h"
#include "pg.h"
#include "statements.h"

static struct pg pg;
static PGconn *owner;

#define CONSTRAINT(name, problem, pointer, sentence) #name,
static const char *const rows[] = {
#include "constraints.def"
};
#undef CONSTRAINT

#define PROBLEM(code, status, title) #code,
static const char *const codes[] = {
#include "problems.def"
};
#undef PROBLEM

/* Unique keys that no request can break, each for the reason given. */
static const char *const unbreakable[] = {
    "organizations_kind_key", /* holds the primary key */
    "organizations_slug_key", /* set by the command line, which asks for another */
    "rubric_versions_organization_id_rubric_id_number_key", /* counted under the rubric's lock */
    "rubric_criteria_position_key", /* positions are counted by the statement */
    "ladder_levels_position_key",   /* counted under the ladder's lock */
    "interview_plans_organization_id_role_id_number_key", /* counted under the role's lock */
    "candidate_links_organization_id_digest_key",	  /* of random bytes */
    "event_seals_event",				  /* written by the sealer alone */
    "calendar_feeds_digest",				  /* of random bytes */
    "calendar_feeds_one",	     /* whoever has one gets its address anew */
    "posting_applications_form_key", /* the second sending of a form finds the first */
    "partner_requests_handle_key",   /* of random bytes */
    "partner_requests_code_key",     /* of random bytes */
    "connections_partner_key",	     /* made under the partner's lock */
};

static int setup(void **state)
{
	struct migrate_result result;
	struct why why;

	(void)state;
	assert_int_equal(digest_start(), OK);
	pg_start(&pg);
	if (migrate_run(pg.url, NULL, migrations, migration_count, &result, &why) != OK)
		fail_msg("%s", why.text);
	owner = PQconnectdb(pg.url);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	PQfinish(owner);
	pg_stop(&pg);
	digest_stop();
	return 0;
}

static bool stands_in(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* A constraint, a unique index, or a name that a function raises or refuses with. */
static bool is_in_schema(const char *name)
{
	const char *const args[] = {name};
	PGresult *result =
	    PQexecParams(owner,
			 "SELECT FROM pg_constraint WHERE conname = $1 UNION ALL"
			 " SELECT FROM pg_class JOIN pg_index ON indexrelid = oid AND indisunique"
			 "  WHERE relname = $1 UNION ALL"
			 " SELECT FROM pg_proc WHERE strpos(prosrc, quote_literal($1)) > 0",
			 1, NULL, args, NULL, NULL, 0);
	bool found;

	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	found = PQntuples(result) > 0;
	PQclear(result);
	return found;
}

static bool is_in_a_statement(const char *word)
{
	char quoted[80];

	snprintf(quoted, sizeof(quoted), "'%s'", word);
	for (unsigned i = 0; i < db_statement_count; i++)
		if (db_statements[i]->text != NULL &&
		    strstr(db_statements[i]->text, quoted) != NULL)
			return true;
	return false;
}

static void test_each_row_names_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!is_in_schema(rows[i]) && !is_in_a_statement(rows[i]))
			fail_msg("constraints.def: %s is no constraint and no refusal", rows[i]);
	assert_false(is_in_schema("no_such_key") || is_in_a_statement("no_such_key"));
}

/* A broken unique key without a row would say no more than "contradicts what is stored". */
static void test_each_unique_key_is_named(void **state)
{
	PGresult *result =
	    PQexec(owner, "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
			  " JOIN pg_namespace n ON n.oid = c.relnamespace"
			  " WHERE i.indisunique AND NOT i.indisprimary AND n.nspname = 'public'"
			  " AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid"
			  "  AND a.attname = 'organization_id')");

	(void)state;
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	assert_true(PQntuples(result) > 8);
	for (int i = 0; i < PQntuples(result); i++) {
		const char *name = PQgetvalue(result, i, 0);

		if (!stands_in(name, rows, ARRAY_LEN(rows)) &&
		    !stands_in(name, unbreakable, ARRAY_LEN(unbreakable)))
			fail_msg("constraints.def has no row for %s", name);
	}
	PQclear(result);
}

/* The words of one CASE … END AS refusal: each is a row, or a code of problems.def. */
static unsigned check_words(const char *name, const char *from, const char *to)
{
	unsigned count = 0;

	for (const char *at = strstr(from, "THEN '"); at != NULL && at < to;
	     at = strstr(at, "THEN '")) {
		char word[80];

		at += strlen("THEN '");
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, "'"), at);
		if (!stands_in(word, rows, ARRAY_LEN(rows)) &&
		    !stands_in(word, codes, ARRAY_LEN(codes)))
			fail_msg("%s refuses with \"%s\", which has no meaning", name, word);
		count++;
	}
	return count;
}

static void test_each_refusal_is_known(void **state)
{
	unsigned words = 0;

	(void)state;
	for (unsigned i = 0; i < db_statement_count; i++) {
		const struct db_statement *s = db_statements[i];
		const char *from = s->text;

		for (const char *at; from != NULL && (at = strstr(from, "END AS refusal")) != NULL;
		     from = at + 1) {
			const char *begin = at;

			while (begin > from && strncmp(begin, "CASE", 4) != 0)
				begin--;
			if (at[strlen("END AS refusal")] != '_') /* no refusal_detail */
				words += check_words(s->name, begin, at);
		}
	}
	assert_true(words > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_row_names_something),
	    cmocka_unit_test(test_each_unique_key_is_named),
	    cmocka_unit_test(test_each_refusal_is_known),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
