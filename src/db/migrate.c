/* Runs the migrations: roles, history, then what is missing, one transaction each. */
#include "db/migrate.h"

#include "core/arena.h"
#include "core/buffer.h"
#include "core/digest.h"
#include "core/log.h"
#include "db/admin.h"
#include "db/database.h"

/* "assay" as a number: the advisory lock of whoever migrates this database. */
#define MIGRATE_LOCK	  "418581342585"
#define MIGRATE_MEMORY	  ((size_t)16 << 20)
#define ROLE_ATTEMPTS	  5
#define DUPLICATE_OBJECT  "42710"
#define UNIQUE_VIOLATION  "23505"
#define UPDATED_MEANWHILE "XX000"

struct migrate {
	struct admin *admin;
	struct arena arena;
	const char *service_user;
	const struct migration *list;
	unsigned count;
};

/* A script from a format, for names that come quoted. */
static enum err migrate_script(struct migrate *migrate, struct why *why, const char *format, ...)
    PRINTF_LIKE(3, 4);

static enum err migrate_script(struct migrate *migrate, struct why *why, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	const char *sql = arena_vprintf(&migrate->arena, format, args);
	va_end(args);
	if (sql == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	return admin_run(migrate->admin, sql, why);
}

/* ---- roles ----------------------------------------------------------------------------------- */

/* Roles belong to the whole server: another database's run may be making the same ones now. */
static bool role_raced(const struct migrate *migrate)
{
	const char *state = admin_sqlstate(migrate->admin);
	return strcmp(state, DUPLICATE_OBJECT) == 0 || strcmp(state, UNIQUE_VIOLATION) == 0 ||
	       strcmp(state, UPDATED_MEANWHILE) == 0;
}

static enum err role_make(struct migrate *migrate, const char *role, struct why *why)
{
	/* NOINHERIT: the owner may hand functions to the other roles without having their rows. */
	enum err err = migrate_script(migrate, why,
				      "CREATE ROLE %s NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB "
				      "NOCREATEROLE NOREPLICATION NOINHERIT",
				      role);
	if (err == ERR_DENIED)
		return why_set(why, ERR_DENIED,
			       "the database user \"%s\" may not create the role %s; give it "
			       "CREATEROLE, or give --owner-url with a user who has it",
			       admin_user(migrate->admin), role);
	return err != OK && role_raced(migrate) ? OK : err;
}

static enum err role_grant(struct migrate *migrate, const char *role, const char *member,
			   struct why *why)
{
	char *quoted = admin_quote(&migrate->arena, member);
	if (quoted == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	enum err err = OK;
	for (int attempt = 0; attempt < ROLE_ATTEMPTS; attempt++) {
		err = migrate_script(migrate, why, "GRANT %s TO %s", role, quoted);
		if (err == OK || !role_raced(migrate))
			break;
	}
	if (err == ERR_DENIED)
		return why_set(
		    why, ERR_DENIED,
		    "the database user \"%s\" may not make \"%s\" a member of %s; let an "
		    "administrator do it: GRANT %s TO %s",
		    admin_user(migrate->admin), member, role, role, quoted);
	return err;
}

/* A superuser is a member of everything already, and PostgreSQL says so. */
static enum err role_has_member(struct migrate *migrate, const char *role, const char *member,
				bool *has, struct why *why)
{
	const char *args[] = {member, role};
	struct admin_rows rows = {NULL, 0};
	TRY(admin_query(migrate->admin, "SELECT pg_has_role($1, $2, 'MEMBER')", args, 2, &rows,
			why));
	*has = admin_value(&rows, 0, 0)[0] == 't';
	admin_rows_release(&rows);
	return OK;
}

static enum err role_join(struct migrate *migrate, const char *role, const char *member,
			  struct why *why)
{
	bool has = false;
	TRY(role_has_member(migrate, role, member, &has, why));
	return has ? OK : role_grant(migrate, role, member, why);
}

/* A role that could pass the row policies would make them worthless: nothing starts on it. */
static enum err role_check(struct migrate *migrate, const char *role, bool *exists, struct why *why)
{
	const char *args[] = {role};
	struct admin_rows rows = {NULL, 0};
	TRY(admin_query(migrate->admin,
			"SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = $1", args, 1,
			&rows, why));
	*exists = rows.count == 1;
	bool unsafe = *exists && admin_value(&rows, 0, 0)[0] == 't';
	admin_rows_release(&rows);
	if (unsafe)
		return why_set(why, ERR_CONFLICT,
			       "the database role %s can bypass row-level security; take that from "
			       "it: ALTER ROLE %s NOSUPERUSER NOBYPASSRLS",
			       role, role);
	return OK;
}

/*
 * Where nothing is left to migrate, the owner's part is skipped: a server whose user may only
 * become the served roles starts on a schema that an administrator has migrated.
 */
static enum err role_prepare(struct migrate *migrate, const struct database_role_row *row,
			     bool migrating, struct why *why)
{
	const char *owner = database_roles[DATABASE_OWNER].name;
	bool exists = false;
	TRY(role_check(migrate, row->name, &exists, why));
	if (!exists)
		TRY(role_make(migrate, row->name, why));
	if (row->served || migrating)
		TRY(role_join(migrate, row->name, admin_user(migrate->admin), why));
	if (migrating && strcmp(row->name, owner) != 0)
		TRY(role_join(migrate, row->name, owner, why));
	if (row->served && migrate->service_user != NULL)
		TRY(role_join(migrate, row->name, migrate->service_user, why));
	return OK;
}

static enum err roles_prepare(struct migrate *migrate, bool migrating, struct why *why)
{
	for (size_t i = 0; i < DATABASE_ROLE_COUNT; i++)
		TRY(role_prepare(migrate, &database_roles[i], migrating, why));
	return OK;
}

/* ---- history --------------------------------------------------------------------------------- */

static enum err history_exists(struct migrate *migrate, bool *exists, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	TRY(admin_query(migrate->admin, "SELECT to_regclass('public.assay_migrations') IS NOT NULL",
			NULL, 0, &rows, why));
	*exists = admin_value(&rows, 0, 0)[0] == 't';
	admin_rows_release(&rows);
	return OK;
}

/* Someone else's tables must not end up among ours, nor ours among theirs. */
static enum err database_is_empty(struct migrate *migrate, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	TRY(admin_query(
	    migrate->admin,
	    "SELECT c.relname FROM pg_class c "
	    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
	    "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass "
	    "AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1 LIMIT 1",
	    NULL, 0, &rows, why));
	enum err err = OK;
	if (rows.count > 0)
		err =
		    why_set(why, ERR_CONFLICT,
			    "the database \"%s\" holds tables of something else (such as %s); give "
			    "Assay a database of its own",
			    admin_database(migrate->admin), admin_value(&rows, 0, 0));
	admin_rows_release(&rows);
	return err;
}

/* Everyone's rights on the database and its schema; only once, before the first table. */
static enum err history_make(struct migrate *migrate, struct why *why)
{
	TRY(database_is_empty(migrate, why));
	const char *database = admin_quote(&migrate->arena, admin_database(migrate->admin));
	if (database == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	enum err err = migrate_script(
	    migrate, why,
	    "BEGIN;"
	    "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %s TO assay_owner;"
	    "REVOKE CREATE, TEMPORARY ON DATABASE %s FROM PUBLIC;"
	    "GRANT CONNECT ON DATABASE %s TO assay_app, assay_sealer, assay_worker, assay_backup;"
	    "GRANT USAGE, CREATE ON SCHEMA public TO assay_owner WITH GRANT OPTION;"
	    "REVOKE ALL ON SCHEMA public FROM PUBLIC;"
	    "GRANT USAGE ON SCHEMA public TO assay_app, assay_sealer, assay_worker, "
	    "assay_backup, assay_search, assay_signin;"
	    "SET LOCAL ROLE assay_owner;"
	    "CREATE TABLE public.assay_migrations ("
	    "number integer PRIMARY KEY CHECK (number > 0), name text NOT NULL, "
	    "checksum text NOT NULL CHECK (checksum ~ '^[0-9a-f]{64}$'), "
	    "applied_at timestamptz NOT NULL DEFAULT now());"
	    "GRANT SELECT ON public.assay_migrations TO assay_app, assay_backup;"
	    "COMMIT",
	    database, database, database);
	struct why ignored;
	if (err != OK && admin_run(migrate->admin, "ROLLBACK", &ignored) != OK)
		return err;
	if (err == ERR_DENIED)
		return why_set(why, ERR_DENIED,
			       "the user \"%s\" may not set up the database \"%s\"; make it the "
			       "database's owner, or give --owner-url with its owner",
			       admin_user(migrate->admin), admin_database(migrate->admin));
	return err;
}

static enum err checksum_of(const struct migration *migration, char out[SHA256_HEX_LEN + 1],
			    struct why *why)
{
	if (migration->checksum)
		memcpy(out, migration->checksum, SHA256_HEX_LEN + 1);
	else if (sha256_hex(migration->sql, migration->length, out) != OK)
		return why_set(why, ERR_INTERNAL, "a checksum could not be computed");
	return OK;
}

static enum err history_row_check(const struct migrate *migrate, const struct admin_rows *rows,
				  int row, struct why *why)
{
	unsigned number = (unsigned)strtoul(admin_value(rows, row, 0), NULL, 10);
	const char *name = admin_value(rows, row, 1);
	unsigned expected = (unsigned)row + 1;
	if (number > migrate->count)
		return why_set(
		    why, ERR_CONFLICT,
		    "the database is newer than this program: it holds migration %u (%s), "
		    "and this program knows %u; run a newer Assay",
		    number, name, migrate->count);
	if (number != expected)
		return why_set(
		    why, ERR_CONFLICT,
		    "the database's history has a gap: migration %u is missing before %u "
		    "(%s)",
		    expected, number, name);
	const struct migration *own = &migrate->list[row];
	char checksum[SHA256_HEX_LEN + 1];
	TRY(checksum_of(own, checksum, why));
	if (strcmp(own->name, name) != 0 || strcmp(checksum, admin_value(rows, row, 2)) != 0)
		return why_set(why, ERR_CONFLICT,
			       "migration %u (%s) differs from the one that the database was made "
			       "with (%s); use the program that belongs to it",
			       number, own->name, name);
	return OK;
}

static enum err history_check(struct migrate *migrate, unsigned *applied, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	TRY(admin_query(
	    migrate->admin,
	    "SELECT number, name, checksum FROM public.assay_migrations ORDER BY number", NULL, 0,
	    &rows, why));
	enum err err = OK;
	for (int row = 0; row < rows.count && err == OK; row++)
		err = history_row_check(migrate, &rows, row, why);
	*applied = (unsigned)rows.count;
	admin_rows_release(&rows);
	return err;
}

/* ---- migrations ------------------------------------------------------------------------------ */

static enum err history_add(struct migrate *migrate, const struct migration *migration,
			    struct why *why)
{
	char number[16], checksum[SHA256_HEX_LEN + 1];
	(void)snprintf(number, sizeof(number), "%u", migration->number);
	TRY(checksum_of(migration, checksum, why));
	const char *args[] = {number, migration->name, checksum};
	struct admin_rows rows = {NULL, 0};
	TRY(admin_query(migrate->admin,
			"INSERT INTO public.assay_migrations (number, name, checksum) "
			"VALUES ($1, $2, $3)",
			args, 3, &rows, why));
	admin_rows_release(&rows);
	return OK;
}

static enum err migration_body(struct migrate *migrate, const struct migration *migration,
			       struct why *why)
{
	/* A lock that a running server holds for long must not queue all its requests behind it. */
	TRY(admin_run(migrate->admin,
		      "BEGIN; SET LOCAL ROLE assay_owner; SET LOCAL search_path = public, pg_temp; "
		      "SET LOCAL lock_timeout = '15s'; SET LOCAL statement_timeout = 0",
		      why));
	TRY(admin_run(migrate->admin, migration->sql, why));
	if (!admin_in_transaction(migrate->admin))
		return why_set(why, ERR_INTERNAL, "it ends the transaction that it runs in");
	TRY(history_add(migrate, migration, why));
	return admin_run(migrate->admin, "COMMIT", why);
}

static enum err migration_apply(struct migrate *migrate, const struct migration *migration,
				struct why *why)
{
	struct why reason = {""};
	enum err err = migration_body(migrate, migration, &reason);
	if (err == OK) {
		log_line(LOG_INFO, "migrate.applied", "number=%u name=%s", migration->number,
			 migration->name);
		return OK;
	}
	struct why ignored;
	if (admin_run(migrate->admin, "ROLLBACK", &ignored) != OK)
		log_line(LOG_WARN, "migrate.rollback", "number=%u", migration->number);
	return why_set(why, err, "migration %u (%s) could not be applied: %s", migration->number,
		       migration->name, reason.text);
}

static enum err migrate_locked(struct migrate *migrate, struct migrate_result *result,
			       struct why *why)
{
	bool exists = false;
	unsigned applied = 0;
	TRY(history_exists(migrate, &exists, why));
	/* History first: a database that is not ours is left exactly as it is. */
	if (exists)
		TRY(history_check(migrate, &applied, why));
	else
		TRY(database_is_empty(migrate, why));
	TRY(roles_prepare(migrate, !exists || applied < migrate->count, why));
	if (!exists)
		TRY(history_make(migrate, why));
	for (; applied < migrate->count; applied++) {
		TRY(migration_apply(migrate, &migrate->list[applied], why));
		result->applied++;
	}
	result->number = applied;
	return OK;
}

enum err migrate_run(const char *owner_url, const char *service_user, const struct migration *list,
		     unsigned count, struct migrate_result *result, struct why *why)
{
	struct migrate migrate = {.service_user = service_user, .list = list, .count = count};
	*result = (struct migrate_result){0, 0};
	TRY(admin_connect(&migrate.admin, owner_url, why));
	arena_init(&migrate.arena, MIGRATE_MEMORY);
	/* Ends with the connection, so no failure can leave it behind. */
	enum err err = admin_run(migrate.admin, "SELECT pg_advisory_lock(" MIGRATE_LOCK ")", why);
	if (err == OK)
		err = migrate_locked(&migrate, result, why);
	admin_close(migrate.admin);
	arena_release(&migrate.arena);
	return err;
}
