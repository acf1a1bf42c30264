/* Who a request comes from, as its token says and the database confirms. */
#ifndef AUTH_PRINCIPAL_H
#define AUTH_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>

enum principal_kind { PRINCIPAL_NONE, PRINCIPAL_USER, PRINCIPAL_CLIENT };
enum access_level { ACCESS_MEMBER, ACCESS_RECRUITER, ACCESS_ADMIN };

/* Scopes of API clients, a bit each; rows of src/scopes.def. */
typedef uint32_t scope_set;

#define PRINCIPAL_UUID 37
struct principal {
	enum principal_kind kind;
	enum access_level level; /* users only */
	scope_set scopes;	 /* clients only */
	char organization_id[PRINCIPAL_UUID];
	char id[PRINCIPAL_UUID];
	uint32_t token_version; /* confirmed by `enter` in each transaction */
	int64_t expires_at;	/* unix seconds */
	bool by_cookie;		/* then the Origin is checked on writes */
};

#endif
