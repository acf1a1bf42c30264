/* The audit as a list, for admins: /v1/audit. */
#include "resources/handlers.h"
#include "statements.h"

enum err audit_list(struct request *rq)
{
	return LIST(rq, audit_list);
}
