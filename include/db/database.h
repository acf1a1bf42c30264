/* The database that the settings name: the embedded one, or that of a URL; and its roles. */
#ifndef DB_DATABASE_H
#define DB_DATABASE_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

struct admin;
struct cluster;
struct migrate_result;
struct settings;

/*
 * The roles inside PostgreSQL (docs/adr/0003-database-roles.md). None of them can log in where
 * the database is given by URL (its user becomes them), and none can bypass row-level security.
 * The service itself uses SERVED ones; the others own what they are named for.
 */
#define DATABASE_ROLES(X)                                                                          \
	X(OWNER, "assay_owner", false)	 /* owns tables; runs migrations */                        \
	X(APP, "assay_app", true)	 /* answers requests */                                    \
	X(SEALER, "assay_sealer", true)	 /* chains the audit log */                                \
	X(WORKER, "assay_worker", true)	 /* works the queue */                                     \
	X(BACKUP, "assay_backup", true)	 /* reads everything, for pg_dump */                       \
	X(SEARCH, "assay_search", false) /* owns the search functions */                           \
	X(SIGNIN, "assay_signin", false) /* owns the look-ups before an organization is known */   \
	X(DEMOGRAPHICS, "assay_demographics", false) /* keeps what candidates say of themselves */

enum database_role {
#define DATABASE_ROLE(name, role, served) DATABASE_##name,
	DATABASE_ROLES(DATABASE_ROLE)
#undef DATABASE_ROLE
	    DATABASE_ROLE_COUNT
};
struct database_role_row {
	const char *name;
	bool served;
};
extern const struct database_role_row database_roles[DATABASE_ROLE_COUNT];

struct database {
	struct arena arena;
	struct cluster *cluster;  /* when this process runs it */
	int lock;		  /* of the data directory, or -1 */
	const char *owner_url;	  /* a user who may migrate */
	const char *service_user; /* who is to become the served roles, if another; else NULL */
	const char *url[DATABASE_ROLE_COUNT]; /* of the served roles; else NULL */
};

/*
 * Opens what the settings name. Enters the data directory (home.h) and, without --database-url,
 * starts the embedded PostgreSQL or finds the one that a server runs there.
 *   DATABASE_SERVE    a server: the data directory is locked even when the database is elsewhere
 *   DATABASE_COMMAND  a command that also uses files of the data directory
 *   DATABASE_ONLY     with --database-url the data directory is left alone
 * Close in either case.
 */
enum database_use { DATABASE_SERVE, DATABASE_COMMAND, DATABASE_ONLY };
enum err database_open(struct database *database, const struct settings *settings,
		       enum database_use use, struct why *why) MUST_USE;
void database_close(struct database *database);

/* Brings the schema up to date with the embedded migrations. */
enum err database_migrate(const struct database *database, struct migrate_result *result,
			  struct why *why) MUST_USE;
/* A blocking connection as one of the roles; as assay_owner when OWNER. admin_close it. */
enum err database_connect(const struct database *database, enum database_role role,
			  struct admin **out, struct why *why) MUST_USE;

#endif
