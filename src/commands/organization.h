/* Making an organization with its first admin, for the command and the demo. */
#ifndef COMMANDS_ORGANIZATION_H
#define COMMANDS_ORGANIZATION_H

#include "engine.h"

struct new_organization {
	const char *name, *slug, *email, *admin_name, *password;
	bool sandbox;					   /* it can be reset */
	char id[PRINCIPAL_UUID], admin_id[PRINCIPAL_UUID]; /* filled in */
};

/* Within engine_work. The sentence of a failure goes to run->why. */
enum err organization_make(struct engine_run *run, struct new_organization *organization) MUST_USE;

/* The words of a name as a slug: lower-case letters, digits, single dashes. */
void organization_slug(const char *name, char out[64]);

#endif
