/* Erasure from end to end: no personal string in a dump, nor on disk once compacted; chain intact.
 */
#include "audit_world.h"

#include "statements.h"

/* Each personal string of the test holds this, and nothing else in the database does. */
#define MARK "Zyxwvarb"

static char organization[UUID_TEXT_LEN + 1], author[UUID_TEXT_LEN + 1],
    competency[UUID_TEXT_LEN + 1];
static char role[UUID_TEXT_LEN + 1], candidate[UUID_TEXT_LEN + 1], application[UUID_TEXT_LEN + 1];
static char interview[UUID_TEXT_LEN + 1], scorecard[UUID_TEXT_LEN + 1];
static PGconn *service;

/* ---- statements as the service runs them -------------------------------------------------------
 */

struct argument {
	const char *name, *value;
};

static const char *argument_find(const struct argument *arguments, const char *name)
{
	const struct argument ambient[] = {{"org", organization},
					   {"actor", author},
					   {"actor_kind", "user"},
					   {"request_id", "erase-test"},
					   {NULL, NULL}};
	for (const struct argument *a = arguments; a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return a->value;
	for (const struct argument *a = ambient; a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return a->value;
	fail_msg("no argument %s", name);
	return NULL;
}

static void must(PGresult *result, const char *what)
{
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		fail_msg("%s: %s", what, PQresultErrorMessage(result));
}

/* With an idempotency record, as every write; returns the id and refuses a refusal. */
static void statement(const struct db_statement *named, const struct argument *arguments,
		      char id[UUID_TEXT_LEN + 1])
{
	const char *values[32];
	char enter[512], key[64];
	static int count;
	int params = (int)named->params;

	for (int i = 0; i < params; i++)
		values[i] = argument_find(arguments, named->param_names[i]);
	snprintf(key, sizeof(key), "key-%d", ++count);
	values[params] = organization;
	values[params + 1] = named->name;
	values[params + 2] = key;
	values[params + 3] = "digest";
	snprintf(enter, sizeof(enter), "BEGIN; SELECT enter('%s', 'user', '%s', 1, 'erase-test')",
		 organization, author);
	PGresult *result = PQexec(service, enter);
	must(result, "enter");
	PQclear(result);
	result =
	    PQexecParams(service, named->idempotent_text, params + 4, NULL, values, NULL, NULL, 0);
	must(result, named->name);
	assert_int_equal(PQntuples(result), 1);
	int refusal = PQfnumber(result, "refusal"), column = PQfnumber(result, "id");
	if (!PQgetisnull(result, 0, refusal))
		fail_msg("%s: %s", named->name, PQgetvalue(result, 0, refusal));
	snprintf(id, UUID_TEXT_LEN + 1, "%s", PQgetvalue(result, 0, column));
	PQclear(result);
	result = PQexec(service, "COMMIT");
	must(result, "commit");
	PQclear(result);
}

#define STATEMENT(name, id, ...)                                                                   \
	statement(&sql_##name##_statement, (const struct argument[]){__VA_ARGS__, {NULL, NULL}}, id)

/* ---- the story ---------------------------------------------------------------------------------
 */

/* What is there before any candidate: plain SQL, since it is no part of what is proven. */
static void stage_set(void)
{
	char sql[4096];

	organization_make(organization, "erasing");
	snprintf(sql, sizeof(sql),
		 "INSERT INTO users (organization_id, email, name, access_level) VALUES ('%s', "
		 "'author@example.org', 'Author', 'admin') RETURNING id",
		 organization);
	snprintf(author, sizeof(author), "%s", pg_sql(&world.pg, sql));
	snprintf(sql, sizeof(sql),
		 "INSERT INTO competencies (organization_id, name) VALUES ('%s', 'Design') "
		 "RETURNING id",
		 organization);
	snprintf(competency, sizeof(competency), "%s", pg_sql(&world.pg, sql));
	snprintf(sql, sizeof(sql),
		 "WITH r AS (INSERT INTO rubrics (organization_id, name) VALUES ('%s', 'Rubric') "
		 "RETURNING id) INSERT INTO rubric_versions (organization_id, rubric_id, number) "
		 "SELECT '%s', r.id, 1 FROM r; INSERT INTO rubric_criteria (organization_id, "
		 "rubric_version_id, competency_id, position, weight, anchors) SELECT "
		 "organization_id, id, '%s', 1, 1, '{a,b,c,d,e}' FROM rubric_versions; "
		 "UPDATE rubric_versions SET status = 'published', content_hash = repeat('a', 64), "
		 "published_at = now()",
		 organization, organization, competency);
	pg_sql(&world.pg, sql);
	snprintf(
	    sql, sizeof(sql),
	    "BEGIN; INSERT INTO roles (organization_id, id, title, rubric_version_id, plan_id) "
	    "SELECT organization_id, new_id(), 'Engineer', id, new_id() FROM rubric_versions; "
	    "INSERT INTO interview_plans (organization_id, id, role_id, number) SELECT "
	    "organization_id, plan_id, id, 1 FROM roles; INSERT INTO stages (organization_id, "
	    "plan_id, role_id, position, name, method, candidate_instructions) SELECT "
	    "organization_id, plan_id, id, 1, 'Talk', 'technical_interview', 'We talk.' FROM "
	    "roles; COMMIT; SELECT id FROM roles");
	snprintf(role, sizeof(role), "%s", pg_sql(&world.pg, sql));
}

static void evaluate(void)
{
	char body[2048];

	STATEMENT(candidate_create, candidate,
		  {"body", "{\"name\":\"" MARK " One\",\"email\":\"" MARK
			   "@example.org\",\"phone\":\"+1 " MARK "\",\"location\":\"" MARK
			   " Town\",\"headline\":\"" MARK " engineer\","
			   "\"summary\":\"About " MARK "\",\"links\":[{\"url\":\"https://" MARK
			   ".example\"}],\"skills\":[\"" MARK "ql\"],\"tags\":[\"" MARK "tag\"],"
			   "\"experience\":[{\"title\":\"At " MARK
			   "\"}],\"education\":[{\"title\":\"" MARK " School\"}]}"});
	snprintf(body, sizeof(body),
		 "{\"candidate_id\":\"%s\",\"role_id\":\"%s\",\"source\":\"" MARK "'s friend\"}",
		 candidate, role);
	STATEMENT(application_create, application, {"body", body});
	snprintf(body, sizeof(body),
		 "{\"application_id\":\"%s\",\"location\":\"Room " MARK
		 "\",\"interviewers\":[{\"user_id\":\"%s\"}]}",
		 application, author);
	STATEMENT(interview_create, interview, {"body", body});
	snprintf(body, sizeof(body),
		 "{\"interview_id\":\"%s\",\"ratings\":{\"%s\":{\"value\":3,\"evidence\":\"" MARK
		 " drew it\"}},\"private_note\":\"" MARK " was late\"}",
		 interview, competency);
	STATEMENT(scorecard_create, scorecard, {"body", body});
	char same[UUID_TEXT_LEN + 1];
	STATEMENT(scorecard_update, same, {"scorecard_id", scorecard}, {"if_match", "1"},
		  {"body", "{\"key_takeaways\":\"Hire " MARK "\",\"recommendation\":\"yes\"}"});
	STATEMENT(scorecard_submit, same, {"scorecard_id", scorecard}, {"if_match", "2"});
	STATEMENT(scorecard_amend, same, {"scorecard_id", scorecard}, {"if_match", "3"},
		  {"body", "{\"key_takeaways\":\"Hire " MARK " soon\",\"reason\":\"" MARK
			   " wrote to me\"}"});
	char sql[1024];
	snprintf(sql, sizeof(sql),
		 "INSERT INTO external_ids VALUES ('%s', 'candidate', 'ats', '" MARK
		 "-1', '%s', now());"
		 "INSERT INTO decisions (organization_id, application_id, kind, rationale, "
		 "override_reason, evidence, decided_by) VALUES ('%s', '%s', 'hire', '" MARK
		 " is good', '" MARK "', '{}', '%s');"
		 "UPDATE application_moves SET reason = '" MARK " asked'",
		 organization, candidate, organization, application, author);
	pg_sql(&world.pg, sql);
}

/* ---- where the mark is -------------------------------------------------------------------------
 */

static long count_of(const char *command)
{
	char line[64] = "";
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_non_null(fgets(line, sizeof(line), pipe));
	pclose(pipe);
	return strtol(line, NULL, 10);
}

/* As whoever owns the server, or as the role that nightly backups have. */
static long marks_in_dump(const char *url)
{
	char command[512];
	snprintf(command, sizeof(command),
		 PG_BIN "pg_dump -d \"%s\" --enable-row-security --schema=public --inserts "
			"> %s/dump.sql && grep -c 'INSERT INTO' %s/dump.sql",
		 url, world.pg.dir, world.pg.dir);
	assert_true(count_of(command) > 20); /* it did dump the rows */
	snprintf(command, sizeof(command), "grep -ic " MARK " %s/dump.sql", world.pg.dir);
	return count_of(command);
}

static long files_with_mark(void)
{
	char command[512];
	snprintf(command, sizeof(command),
		 "grep -rila --exclude-dir=pg_wal " MARK " %s/data %s/log | wc -l", world.pg.dir,
		 world.pg.dir);
	return count_of(command);
}

static void sentence_show(const char *sentence)
{
	print_message("  %s\n", sentence);
}

static void compact(void)
{
	struct admin *admin = NULL;
	struct why why;
	assert_int_equal(admin_connect(&admin, world.pg.url, &why), OK);
	if (audit_compact(admin, sentence_show, &why) != OK)
		fail_msg("%s", why.text);
	admin_close(admin);
}

static void nothing_is_left_of_an_erased_candidate(void **state UNUSED)
{
	char same[UUID_TEXT_LEN + 1];

	stage_set();
	evaluate();
	seal_all();
	pg_sql(&world.pg, "ANALYZE");
	pg_sql(&world.pg, "CHECKPOINT");
	verify(NULL, true);
	assert_clean();
	assert_int_equal(verdict.report.revisions, 2);
	assert_int_equal(verdict.report.covered, 0);
	/* The controls: before the erasure, dump, backup and disk are full of it. */
	assert_true(marks_in_dump(world.pg.url) > 5);
	assert_true(marks_in_dump(world.backup_url) > 5);
	assert_true(files_with_mark() > 3);

	STATEMENT(candidate_erase, same, {"candidate_id", candidate});
	assert_string_equal(same, candidate);
	seal_all();
	assert_int_equal(marks_in_dump(world.pg.url), 0);
	assert_int_equal(marks_in_dump(world.backup_url), 0);
	verify(NULL, true);
	assert_clean();
	assert_int_equal(verdict.report.revisions, 0);
	assert_int_equal(verdict.report.covered, 2);

	/* VACUUM alone leaves it on disk, which is why there is a command. */
	pg_sql(&world.pg, "VACUUM");
	pg_sql(&world.pg, "CHECKPOINT");
	assert_true(files_with_mark() > 0);
	compact();
	assert_int_equal(files_with_mark(), 0);
	verify(NULL, true);
	assert_clean();
	assert_int_equal(verdict.report.covered, 2);
}

/* ---- texts against their digests ---------------------------------------------------------------
 */

static void another_candidate(void)
{
	char body[1024], same[UUID_TEXT_LEN + 1];
	STATEMENT(candidate_create, candidate, {"body", "{\"name\":\"Second Person\"}"});
	snprintf(body, sizeof(body), "{\"candidate_id\":\"%s\",\"role_id\":\"%s\"}", candidate,
		 role);
	STATEMENT(application_create, application, {"body", body});
	snprintf(body, sizeof(body),
		 "{\"application_id\":\"%s\",\"interviewers\":[{\"user_id\":\"%s\"}]}", application,
		 author);
	STATEMENT(interview_create, interview, {"body", body});
	snprintf(body, sizeof(body),
		 "{\"interview_id\":\"%s\",\"ratings\":{\"%s\":{\"value\":4}},"
		 "\"recommendation\":\"yes\",\"submit\":true}",
		 interview, competency);
	STATEMENT(scorecard_create, scorecard, {"body", body});
	STATEMENT(scorecard_amend, same, {"scorecard_id", scorecard}, {"if_match", "1"},
		  {"body", "{\"key_takeaways\":\"More\",\"reason\":\"Forgot\"}"});
	seal_all();
}

/* Puts the scorecard's (@s) and the candidate's (@c) id into a script and runs it. */
static void script(const char *text)
{
	char sql[2048];
	size_t len = 0;
	for (; *text != '\0' && len + UUID_TEXT_LEN < sizeof(sql) - 1; text++) {
		const char *id = strncmp(text, "@s", 2) == 0   ? scorecard
				 : strncmp(text, "@c", 2) == 0 ? candidate
							       : NULL;
		if (id == NULL)
			sql[len++] = *text;
		else
			len += (size_t)snprintf(sql + len, sizeof(sql) - len, "'%s'", id);
		text += id != NULL;
	}
	sql[len] = '\0';
	pg_sql(&world.pg, sql);
}

/* The tampering leads to the finding; then it is undone, and all is well again. */
static void text_tampered(const char *tamper, const char *restore, const char *sentence)
{
	script(tamper);
	verify(NULL, true);
	assert_found(AUDIT_TEXT, 0, scorecard);
	assert_non_null(strstr(verdict.finding[0].text, sentence));
	found_by("audit_text", again_with_heads, NULL);
	script(restore);
	verify(NULL, true);
	assert_clean();
}

static void tampered_texts_are_found(void **state UNUSED)
{
	another_candidate();
	verify(NULL, true);
	assert_clean();
	assert_int_equal(verdict.report.revisions, 2);
	script("CREATE TABLE kept AS SELECT * FROM scorecard_revisions WHERE scorecard_id = @s;"
	       "CREATE TABLE kept_keys AS SELECT * FROM candidate_keys WHERE candidate_id = @c");
	text_tampered("UPDATE scorecard_revisions SET content = jsonb_set(content, "
		      "'{recommendation}', '\"no\"') WHERE scorecard_id = @s AND number = 1",
		      "UPDATE scorecard_revisions r SET content = k.content FROM kept k WHERE "
		      "k.scorecard_id = r.scorecard_id AND k.number = r.number",
		      "is not the text");
	text_tampered("UPDATE scorecard_revisions SET content_hash = repeat('0', 64) WHERE "
		      "scorecard_id = @s AND number = 2",
		      "UPDATE scorecard_revisions r SET content_hash = k.content_hash FROM kept k "
		      "WHERE k.scorecard_id = r.scorecard_id AND k.number = r.number",
		      "another digest");
	text_tampered("DELETE FROM scorecard_revisions WHERE scorecard_id = @s AND number = 2",
		      "INSERT INTO scorecard_revisions SELECT * FROM kept WHERE number = 2",
		      "is gone");
	text_tampered("INSERT INTO scorecard_revisions SELECT organization_id, scorecard_id, 3, "
		      "kind, content, content_hash, reason, could_see FROM kept WHERE number = 1",
		      "DELETE FROM scorecard_revisions WHERE scorecard_id = @s AND number = 3",
		      "no event");
	/* A key that vanished without an erasure would hide a change: not covered. */
	text_tampered("DELETE FROM candidate_keys WHERE candidate_id = @c",
		      "INSERT INTO candidate_keys SELECT * FROM kept_keys", "no sealed erasure");
}

static void organizations_are_named(void **state UNUSED)
{
	char id[UUID_TEXT_LEN + 1] = "";
	struct admin *admin = NULL;
	struct why why;
	assert_int_equal(admin_connect(&admin, world.backup_url, &why), OK);
	assert_int_equal(audit_organization(admin, "erasing", id, &why), OK);
	assert_string_equal(id, organization);
	assert_int_equal(audit_organization(admin, organization, id, &why), OK);
	assert_int_equal(audit_organization(admin, "nobody", id, &why), ERR_NOT_FOUND);
	admin_close(admin);
}

static int erase_make(void **state)
{
	world_make(state);
	service = PQconnectdb(world.pg.url);
	PGresult *result = PQexec(service, "SET ROLE assay_app");
	must(result, "role");
	PQclear(result);
	return 0;
}

static int erase_drop(void **state)
{
	PQfinish(service);
	return world_drop(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_left_of_an_erased_candidate),
	    cmocka_unit_test(tampered_texts_are_found),
	    cmocka_unit_test(organizations_are_named),
	};
	return cmocka_run_group_tests_name("audit erase", tests, erase_make, erase_drop);
}
