/* assay audit verify, assay audit export: the audit log, checked by whoever wants to know. */
#include "audit/audit.h"

#include <inttypes.h>

#include "commands.h"
#include "core/json_writer.h"
#include "core/settings.h"
#include "db/admin.h"
#include "db/database.h"

#define HEADS_DIR     "audit"
#define FINDINGS_MOST 1000
#define JSON_MOST     ((size_t)16 << 20)

struct verification {
	const struct settings *settings;
	struct audit_heads heads;
	struct audit_report report;
	struct buffer json; /* the findings */
	struct json_writer writer;
	uint64_t shown;
};

/* ---- what was found ----------------------------------------------------------------------------
 */

static void finding_json(struct json_writer *writer, const struct audit_finding *finding)
{
	json_open_object(writer);
	json_member(writer, "kind", audit_kind_name(finding->kind));
	json_member(writer, "organization_id",
		    finding->organization_id[0] != '\0' ? finding->organization_id : NULL);
	json_key(writer, "seq");
	if (finding->seq > 0)
		json_put_integer(writer, finding->seq);
	else
		json_put_null(writer);
	json_member(writer, "id", finding->id[0] != '\0' ? finding->id : NULL);
	json_member(writer, "detail", finding->text);
	json_close_object(writer);
}

static void finding_show(void *arg, const struct audit_finding *finding)
{
	struct verification *verification = arg;
	if (verification->shown++ >= FINDINGS_MOST)
		return;
	if (verification->settings->json)
		finding_json(&verification->writer, finding);
	else
		(void)printf("%s: %s%s%s\n", audit_kind_name(finding->kind), finding->text,
			     finding->organization_id[0] != '\0' ? ", organization " : "",
			     finding->organization_id);
}

/* 12345 as 12,345. */
static const char *number_text(uint64_t value, char out[32])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, value), at = 0;
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

static void report_sentences(const struct verification *verification)
{
	const struct audit_report *report = &verification->report;
	char events[32], organizations[32], revisions[32], covered[32], findings[32];
	(void)printf(
	    "%s event%s in %s organization%s %s%s%s\n", number_text(report->events, events),
	    report->events == 1 ? "" : "s", number_text(report->organizations, organizations),
	    report->organizations == 1 ? "" : "s", report->findings == 0 ? "verified" : "read",
	    report->sealed_through[0] != '\0' ? ", sealed through " : "", report->sealed_through);
	if (report->revisions + report->covered > 0)
		(void)printf(
		    "%s scorecard revision%s fit their digests, %s covered by an erasure\n",
		    number_text(report->revisions, revisions), report->revisions == 1 ? "" : "s",
		    number_text(report->covered, covered));
	if (verification->heads.count == 0)
		(void)printf("no signed heads were given: events cut off at the end, or a record "
			     "made anew, would not show\n");
	if (report->findings > 0)
		(void)printf("%s finding%s\n", number_text(report->findings, findings),
			     report->findings == 1 ? "" : "s");
}

static void report_json(struct verification *verification)
{
	const struct audit_report *report = &verification->report;
	struct json_writer *writer = &verification->writer;
	json_close_array(writer);
	json_key(writer, "clean");
	json_put_boolean(writer, report->findings == 0);
	json_key(writer, "finding_count");
	json_put_integer(writer, (int64_t)report->findings);
	json_key(writer, "events");
	json_put_integer(writer, (int64_t)report->events);
	json_key(writer, "organizations");
	json_put_integer(writer, (int64_t)report->organizations);
	json_key(writer, "heads");
	json_put_integer(writer, (int64_t)verification->heads.count);
	json_key(writer, "revisions");
	json_put_integer(writer, (int64_t)report->revisions);
	json_key(writer, "erased");
	json_put_integer(writer, (int64_t)report->covered);
	json_member(writer, "sealed_through",
		    report->sealed_through[0] != '\0' ? report->sealed_through : NULL);
	json_close_object(writer);
	if (!verification->json.failed)
		(void)printf("%s\n", verification->json.data);
}

/* ---- where it is read --------------------------------------------------------------------------
 */

/* The heads that were named, read before the process enters the data directory. */
static enum err heads_named(struct verification *verification, struct why *why)
{
	const struct settings *settings = verification->settings;
	char path[4096];
	if (settings->heads[0] == '\0')
		return OK;
	if (settings->key[0] == '\0')
		return why_set(why, ERR_INVALID,
			       "--heads needs --key, the public.pem that signed them");
	for (const char *at = settings->heads; *at != '\0';) {
		size_t len = strcspn(at, ",");
		(void)snprintf(path, sizeof(path), "%.*s", (int)len, at);
		if (len > 0)
			TRY(audit_heads_read(&verification->heads, path, settings->key,
					     &verification->report, why));
		at += len + (at[len] == ',');
	}
	return OK;
}

static enum err verify_connected(struct verification *verification, struct admin *admin,
				 struct why *why)
{
	char id[UUID_TEXT_LEN + 1];
	bool one = verification->settings->organization[0] != '\0';
	if (one)
		TRY(audit_organization(admin, verification->settings->organization, id, why));
	return audit_verify_database(admin, one ? id : NULL, &verification->heads,
				     &verification->report, why);
}

static enum err verify_database(struct verification *verification, struct why *why)
{
	const struct settings *settings = verification->settings;
	struct database database;
	struct admin *admin = NULL;
	bool named = settings->heads[0] != '\0';
	enum err err =
	    database_open(&database, settings, named ? DATABASE_ONLY : DATABASE_COMMAND, why);
	if (err == OK && !named)
		err = audit_heads_read_dir(&verification->heads, HEADS_DIR, &verification->report,
					   why);
	if (err == OK)
		err = database_connect(&database, DATABASE_BACKUP, &admin, why);
	if (err == OK)
		err = verify_connected(verification, admin, why);
	admin_close(admin);
	database_close(&database);
	return err;
}

int command_audit_verify(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct verification verification = {.settings = settings};
	struct why why;
	verification.report = (struct audit_report){.found = finding_show, .arg = &verification};
	buffer_init(&verification.json, JSON_MOST);
	json_writer_init(&verification.writer, &verification.json);
	json_open_object(&verification.writer);
	json_key(&verification.writer, "findings");
	json_open_array(&verification.writer);

	enum err err = heads_named(&verification, &why);
	if (err == OK && settings->file[0] != '\0')
		err = audit_verify_file(settings->file, &verification.heads, &verification.report,
					&why);
	else if (err == OK)
		err = verify_database(&verification, &why);
	if (err == OK && settings->json)
		report_json(&verification);
	else if (err == OK)
		report_sentences(&verification);
	audit_heads_release(&verification.heads);
	buffer_release(&verification.json);
	if (err != OK)
		return command_fail(EXIT_USAGE, why.text);
	return verification.report.findings == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* ---- export ------------------------------------------------------------------------------------
 */

int command_audit_export(const struct settings *settings, int argc UNUSED, char **argv UNUSED)
{
	struct database database;
	struct admin *admin = NULL;
	struct why why;
	char id[UUID_TEXT_LEN + 1];
	bool one = settings->organization[0] != '\0';
	enum err err = database_open(&database, settings, DATABASE_ONLY, &why);
	if (err == OK)
		err = database_connect(&database, DATABASE_BACKUP, &admin, &why);
	if (err == OK && one)
		err = audit_organization(admin, settings->organization, id, &why);
	if (err == OK)
		err = audit_export(admin, one ? id : NULL, stdout, &why);
	admin_close(admin);
	database_close(&database);
	return err == OK ? EXIT_DONE : command_fail(EXIT_USAGE, why.text);
}
