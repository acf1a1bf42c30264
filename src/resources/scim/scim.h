/* Users as a company's directory provisions them: what the handlers of /scim/v2 share. */
#ifndef RESOURCES_SCIM_H
#define RESOURCES_SCIM_H

#include <jansson.h>

#include "http/request.h"
#include "scim_patch.h"

#define SCIM_COUNT_MAX 100

/* Lets in who came with an API client's secret as the bearer token. */
enum err scim_enter(struct request *rq) MUST_USE;
/* If-Match's version; their examples send weak tags, which are versions all the same. */
enum err scim_if_match(struct request *rq, const char **version) MUST_USE;

/* Begins an answer in the media type that the asker takes. */
void scim_begin(struct request *rq, int status);
/* What an address of ours begins with, "/scim/v2" included. */
const char *scim_base(struct request *rq);

/* Which attributes are asked for: names separated by commas, either NULL. */
struct scim_choice {
	const char *attributes, *excluded;
};
void scim_choice_take(struct request *rq, struct scim_choice *choice);
/* The resource with its location, and with those attributes alone. Steals nothing. */
enum err scim_show(struct request *rq, const struct scim_choice *choice, json_t *user) MUST_USE;
/* The answer about one user, of a row with `version` and `resource`. */
enum err scim_answer(struct request *rq, int status, const struct db_rows *rows) MUST_USE;

/* A user as it is stored. */
struct scim_person {
	const char *user_name, *email, *name, *given_name, *family_name, *display_name;
	const char *external_id, *access_level, *status;
};

/* What stands here of a user before a change. */
struct scim_basis {
	json_t *user;	  /* as the directory said it; NULL for a new one */
	const char *name; /* as it is shown */
	bool has_parts;	  /* its parts are the directory's own */
};

/* Takes a changed user apart, or refuses: what breaks a rule of ours is 400. */
enum err scim_person_take(struct request *rq, const json_t *user, const struct scim_basis *basis,
			  struct scim_person *person) MUST_USE;

#endif
