/* API clients that send their secret itself: found by its digest, then let in as anybody. */
#include "auth/scopes.h"
#include "sign_in.h"
#include "statements.h"

enum err client_admit(struct request *rq, const char *secret)
{
	struct principal who = {.kind = PRINCIPAL_CLIENT};
	struct db_caller system = {.actor_kind = "system", .request_id = rq->request_id};
	char digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;

	if (secret_parse(CLIENT_PREFIX, secret, who.organization_id, digest) != OK)
		return ERR_DENIED;
	system.organization_id = who.organization_id;
	TRY(RUN_AS(rq, &system, client_by_secret, &rows, .digest = digest));
	if (rows.count == 0 || scopes_parse(db_value(&rows, 0, "scopes"), &who.scopes) != OK)
		return ERR_DENIED;
	snprintf(who.id, sizeof(who.id), "%s", db_value(&rows, 0, "id"));
	who.token_version = (uint32_t)strtoul(db_value(&rows, 0, "token_version"), NULL, 10);
	return request_admit(rq, &who);
}
