/* Blocking libpq for start-up and commands, with errors that a person can act on. */
#include "db/admin.h"

#include <assert.h>
#include <libpq-fe.h>

#include "core/buffer.h"

struct admin {
	PGconn *connection;
	char sqlstate[6];
	char host[300];
};

/* ---- connection strings ---------------------------------------------------------------------- */

/* What every connection has unless the URL says otherwise. */
static const struct {
	const char *keyword, *value;
} url_defaults[] = {
    {"connect_timeout", "5"},
    {"tcp_user_timeout", "10000"},
    {"target_session_attrs", "read-write"},
    {"application_name", "assay"},
    {"client_encoding", "UTF8"},
};

static enum err url_parse(const char *url, PQconninfoOption **options, struct why *why)
{
	char *message = NULL;
	*options = PQconninfoParse(url, &message);
	bool good = *options != NULL;
	/* libpq quotes what it cannot read, which may be the password: not repeated. */
	PQfreemem(message);
	if (!good)
		return why_set(why, ERR_INVALID,
			       "the database URL cannot be read; it looks like "
			       "postgresql://user:password@host:5432/assay");
	return OK;
}

static void url_add(struct buffer *out, const char *keyword, const char *value)
{
	buffer_printf(out, "%s%s='", out->len > 0 ? " " : "", keyword);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			buffer_char(out, '\\');
		buffer_char(out, *value);
	}
	buffer_char(out, '\'');
}

static const char *url_option(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, keyword) == 0)
			return options->val;
	return NULL;
}

/* `setting`: name=value of the session, or NULL. */
static void url_write(struct buffer *out, const PQconninfoOption *options, const char *setting)
{
	for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
		if (option->val != NULL && strcmp(option->keyword, "options") != 0)
			url_add(out, option->keyword, option->val);
	for (size_t i = 0; i < ARRAY_LEN(url_defaults); i++)
		if (url_option(options, url_defaults[i].keyword) == NULL)
			url_add(out, url_defaults[i].keyword, url_defaults[i].value);

	const char *own = url_option(options, "options");
	char text[1024];
	(void)snprintf(text, sizeof(text), "%s%s%s%s", own != NULL ? own : "",
		       own != NULL && setting != NULL ? " " : "", setting != NULL ? "-c " : "",
		       setting != NULL ? setting : "");
	if (text[0] != '\0')
		url_add(out, "options", text);
}

enum err admin_url_for(const char *url, const char *role, struct arena *arena, const char **out,
		       struct why *why)
{
	char setting[128];

	(void)snprintf(setting, sizeof(setting), "role=%s", role != NULL ? role : "");
	return admin_url_with(url, role != NULL ? setting : NULL, arena, out, why);
}

enum err admin_url_with(const char *url, const char *setting, struct arena *arena, const char **out,
			struct why *why)
{
	PQconninfoOption *options = NULL;
	TRY(url_parse(url, &options, why));
	struct buffer text;
	buffer_init(&text, 16384);
	url_write(&text, options, setting);
	PQconninfoFree(options);
	*out = text.failed ? NULL : arena_strdup(arena, text.data);
	buffer_release(&text);
	return *out == NULL ? why_set(why, ERR_MEMORY, "out of memory") : OK;
}

/* Where the URL leads, for sentences: of several hosts all, of a socket its directory. */
static void host_describe(const PQconninfoOption *options, char *out, size_t size)
{
	const char *host = url_option(options, "host");
	const char *port = url_option(options, "port");
	if (host == NULL || *host == '\0')
		host = url_option(options, "hostaddr");
	if (host == NULL || *host == '\0')
		host = "the local socket";
	bool bare = host[0] == '/' || port == NULL || *port == '\0';
	(void)snprintf(out, size, "%s%s%s", host, bare ? "" : ":", bare ? "" : port);
}

/* ---- connections ----------------------------------------------------------------------------- */

static void notice_drop(void *arg UNUSED, const PGresult *result UNUSED)
{
}

/* libpq's last line says it: `connection to server at "h", port 1 failed: FATAL:  reason`. */
static enum err connect_failed(const struct admin *admin, struct why *why)
{
	static const char failed[] = "failed: ", fatal[] = "FATAL:  ";
	const char *reason = PQerrorMessage(admin->connection);
	for (const char *next = reason; (next = strstr(next, failed)) != NULL;)
		reason = next += strlen(failed);
	size_t len = strcspn(reason, "\n");
	if (strncmp(reason, fatal, strlen(fatal)) == 0)
		return why_set(why, ERR_UNAVAILABLE, "the database at %s refuses: %.*s",
			       admin->host, (int)(len - strlen(fatal)), reason + strlen(fatal));
	return why_set(why, ERR_UNAVAILABLE, "the database at %s cannot be reached: %.*s",
		       admin->host, (int)len, reason);
}

enum err admin_check_version(int version, const char *host, struct why *why)
{
	if (version >= ADMIN_OLDEST_SERVER)
		return OK;
	return why_set(why, ERR_INVALID,
		       "the database at %s is PostgreSQL %d, but Assay needs %d or newer", host,
		       version / 10000, ADMIN_OLDEST_SERVER / 10000);
}

static enum err admin_open(struct admin *admin, const char *url, struct why *why)
{
	PQconninfoOption *options = NULL;
	TRY(url_parse(url, &options, why));
	host_describe(options, admin->host, sizeof(admin->host));
	struct buffer text;
	buffer_init(&text, 16384);
	url_write(&text, options, NULL);
	PQconninfoFree(options);
	if (!text.failed)
		admin->connection = PQconnectdb(text.data);
	buffer_release(&text);

	if (admin->connection == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	if (PQstatus(admin->connection) != CONNECTION_OK)
		return connect_failed(admin, why);
	(void)PQsetNoticeReceiver(admin->connection, notice_drop, NULL);
	return admin_check_version(PQserverVersion(admin->connection), admin->host, why);
}

enum err admin_connect(struct admin **out, const char *url, struct why *why)
{
	struct admin *admin = calloc(1, sizeof(*admin));
	*out = NULL;
	if (admin == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	enum err err = admin_open(admin, url, why);
	if (err == OK)
		*out = admin;
	else
		admin_close(admin);
	return err;
}

void admin_close(struct admin *admin)
{
	if (admin == NULL)
		return;
	PQfinish(admin->connection);
	free(admin);
}

bool admin_ping(const char *url)
{
	return PQping(url) == PQPING_OK;
}

/* ---- statements ------------------------------------------------------------------------------ */

/* SQLSTATEs by their beginning; the first row that fits counts, and the last one always does. */
static const struct {
	const char *prefix;
	enum err err;
	const char *sentence;
} refusals[] = {
    {"42501", ERR_DENIED, "the database user lacks a right"},
    {"23", ERR_CONFLICT, "the database refused"},
    {"22", ERR_INVALID, "the database refused"},
    {"55P03", ERR_TIMEOUT, "the database is busy"},
    {"57014", ERR_TIMEOUT, "the database took too long"},
    {"57P", ERR_UNAVAILABLE, "the database is stopping"},
    {"08", ERR_UNAVAILABLE, "the database was lost"},
    {"53", ERR_UNAVAILABLE, "the database has run out of something"},
    {"", ERR_INTERNAL, "the database refused"},
};

/* Only the primary message: DETAIL may hold values. */
static enum err query_failed(struct admin *admin, const PGresult *result, struct why *why)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	(void)snprintf(admin->sqlstate, sizeof(admin->sqlstate), "%s", state != NULL ? state : "");
	if (PQstatus(admin->connection) != CONNECTION_OK || state == NULL)
		return why_set(why, ERR_UNAVAILABLE,
			       "the connection to the database at %s was lost", admin->host);
	size_t i = 0;
	while (strncmp(state, refusals[i].prefix, strlen(refusals[i].prefix)) != 0)
		i++;
	return why_set(why, refusals[i].err, "%s: %s (%s)", refusals[i].sentence,
		       message != NULL ? message : "no reason given", state);
}

static enum err result_take(struct admin *admin, PGresult *result, struct admin_rows *rows,
			    struct why *why)
{
	ExecStatusType status = PQresultStatus(result);
	admin->sqlstate[0] = '\0';
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK &&
	    status != PGRES_EMPTY_QUERY) {
		enum err err = query_failed(admin, result, why);
		PQclear(result);
		return err;
	}
	rows->result = result;
	rows->count = PQntuples(result);
	return OK;
}

enum err admin_run(struct admin *admin, const char *sql, struct why *why)
{
	struct admin_rows rows = {NULL, 0};
	TRY(result_take(admin, PQexec(admin->connection, sql), &rows, why));
	admin_rows_release(&rows);
	return OK;
}

enum err admin_query(struct admin *admin, const char *sql, const char *const *args, int arg_count,
		     struct admin_rows *rows, struct why *why)
{
	PGresult *result =
	    PQexecParams(admin->connection, sql, arg_count, NULL, args, NULL, NULL, 0);
	return result_take(admin, result, rows, why);
}

const char *admin_value(const struct admin_rows *rows, int row, int column)
{
	const PGresult *result = rows->result;
	assert(row >= 0 && row < rows->count && column >= 0 && column < PQnfields(result));
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

void admin_rows_release(struct admin_rows *rows)
{
	PQclear(rows->result);
	rows->result = NULL;
	rows->count = 0;
}

const char *admin_sqlstate(const struct admin *admin)
{
	return admin->sqlstate;
}

bool admin_in_transaction(const struct admin *admin)
{
	return PQtransactionStatus(admin->connection) == PQTRANS_INTRANS;
}

const char *admin_user(const struct admin *admin)
{
	return PQuser(admin->connection);
}

const char *admin_database(const struct admin *admin)
{
	return PQdb(admin->connection);
}

char *admin_quote(struct arena *arena, const char *name)
{
	size_t at = 0;
	char *out = arena_alloc(arena, 2 * strlen(name) + 3);
	if (out == NULL)
		return NULL;
	out[at++] = '"';
	for (; *name != '\0'; name++) {
		if (*name == '"')
			out[at++] = '"';
		out[at++] = *name;
	}
	out[at++] = '"';
	out[at] = '\0';
	return out;
}
