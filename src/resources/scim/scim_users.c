/* Users in the ways of SCIM 2.0: /scim/v2/Users. */
#include <string.h>

#include "resources/handlers.h"
#include "scim.h"
#include "statements.h"

/* ---- one --------------------------------------------------------------------------------------
 */

/* A bare 404: the statement found nobody that the directory knows. */
static enum err nobody(struct request *rq)
{
	return fail(rq, PROBLEM_not_found, "There is no such user.");
}

enum err scim_users_get(struct request *rq)
{
	struct db_rows rows;

	TRY(scim_enter(rq));
	TRY(RUN(rq, scim_user, &rows, .user_id = rq->param[0]));
	return rows.count ? scim_answer(rq, 200, &rows) : nobody(rq);
}

static enum err refuse_change(struct request *rq, const struct scim_change *change)
{
	static const enum problem problems[] = {
	    [SCIM_BAD_PATH] = PROBLEM_invalid_path,  [SCIM_BAD_FILTER] = PROBLEM_invalid_filter,
	    [SCIM_BAD_SYNTAX] = PROBLEM_bad_request, [SCIM_BAD_VALUE] = PROBLEM_invalid,
	    [SCIM_NO_TARGET] = PROBLEM_no_target,    [SCIM_IMMUTABLE] = PROBLEM_immutable,
	};

	return fail(rq, problems[change->refusal], "%s", change->why);
}

static enum err settle_change(struct request *rq, const struct scim_change *change, enum err err)
{
	return err == ERR_INVALID ? refuse_change(rq, change) : err;
}

static enum err create(struct request *rq, json_t *user)
{
	struct scim_change change = {.arena = rq->arena, .user = user};
	struct scim_basis nothing = {0};
	struct scim_person person;
	struct db_rows rows;

	TRY(settle_change(rq, &change, scim_change_by_members(&change, SCIM_REPLACE, rq->body)));
	TRY(scim_person_take(rq, user, &nothing, &person));
	TRY(RUN(rq, scim_user_create, &rows, .user_name = person.user_name, .email = person.email,
		.name = person.name, .given_name = person.given_name,
		.family_name = person.family_name, .display_name = person.display_name,
		.external_id = person.external_id, .access_level = person.access_level,
		.status = person.status));
	return scim_answer(rq, 201, &rows);
}

enum err scim_users_create(struct request *rq)
{
	json_t *user;
	enum err err;

	TRY(scim_enter(rq));
	user = json_object();
	err = user ? create(rq, user) : ERR_MEMORY;
	json_decref(user);
	return err;
}

/* ---- changes ----------------------------------------------------------------------------------
 */

/* The user as the directory said it: what was only made of that is left out. */
static enum err take_basis(struct request *rq, const struct db_rows *rows, struct scim_basis *basis)
{
	const char *shown = db_value(rows, 0, "shown_name"),
		   *parts = db_value(rows, 0, "has_parts");

	basis->user = json_loads(db_value(rows, 0, "resource"), JSON_REJECT_DUPLICATES, NULL);
	basis->has_parts = parts && strcmp(parts, "t") == 0;
	if (!basis->user)
		return ERR_MEMORY;
	basis->name =
	    arena_strdup(rq->arena, json_string_value(json_object_get(basis->user, "displayName")));
	json_object_del(json_object_get(basis->user, "name"), "formatted");
	json_object_del(basis->user, "displayName");
	if (shown && json_object_set_new(basis->user, "displayName", json_string(shown)) != 0)
		return ERR_MEMORY;
	return basis->name ? OK : ERR_MEMORY;
}

/* A whole resource says all but the level and whether somebody is active, which stay unless said.
 */
static enum err put_whole(struct scim_change *change, const json_t *body)
{
	static const char *const said[] = {"userName", "externalId", "displayName", "name",
					   "emails"};

	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		json_object_del(change->user, said[i]);
	return scim_change_by_members(change, SCIM_REPLACE, body);
}

static enum err save(struct request *rq, const struct scim_person *person, const char *base,
		     struct db_rows *rows)
{
	return RUN(rq, scim_user_update, rows, .user_id = rq->param[0], .base = base,
		   .user_name = person->user_name, .email = person->email, .name = person->name,
		   .given_name = person->given_name, .family_name = person->family_name,
		   .display_name = person->display_name, .external_id = person->external_id,
		   .access_level = person->access_level, .status = person->status);
}

static enum err change_from(struct request *rq, const struct db_rows *was,
			    const struct scim_basis *basis, json_t *user, struct db_rows *rows)
{
	struct scim_change change = {.arena = rq->arena, .user = user};
	struct scim_person person;

	TRY(settle_change(rq, &change,
			  rq->method == METHOD_PUT ? put_whole(&change, rq->body)
						   : scim_change_by_operations(&change, rq->body)));
	TRY(scim_person_take(rq, user, basis, &person));
	return save(rq, &person, db_value(was, 0, "version"), rows);
}

/* Reads, changes and writes if nobody else did meanwhile; `raced` then. */
static enum err change_once(struct request *rq, const char *version, bool *raced)
{
	struct scim_basis basis = {0};
	struct db_rows was, rows = {0};
	json_t *user = NULL;
	enum err err;

	TRY(RUN(rq, scim_user, &was, .user_id = rq->param[0]));
	if (was.count == 0)
		return nobody(rq);
	if (version && strcmp(version, db_value(&was, 0, "version")) != 0)
		return fail(rq, PROBLEM_precondition_failed, "It was changed since you read it.");
	err = take_basis(rq, &was, &basis);
	if (err == OK) {
		user = json_deep_copy(basis.user);
		err = user ? change_from(rq, &was, &basis, user, &rows) : ERR_MEMORY;
	}
	json_decref(user);
	json_decref(basis.user);
	TRY(err);
	if (rows.count == 0)
		return nobody(rq);
	*raced = strcmp(db_value(&rows, 0, "raced"), "t") == 0;
	return *raced ? OK : scim_answer(rq, 200, &rows);
}

#define TRIES 5

static enum err change(struct request *rq)
{
	const char *version;
	bool raced = true;

	TRY(scim_enter(rq));
	TRY(scim_if_match(rq, &version));
	for (int i = 0; i < TRIES && raced; i++)
		TRY(change_once(rq, version, &raced));
	if (raced)
		return fail(rq, PROBLEM_unavailable, "Too many change it at once; try again.");
	return OK;
}

enum err scim_users_replace(struct request *rq)
{
	return change(rq);
}

enum err scim_users_patch(struct request *rq)
{
	return change(rq);
}

enum err scim_users_remove(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(scim_enter(rq));
	TRY(scim_if_match(rq, &version));
	TRY(RUN(rq, scim_user_remove, &rows, .user_id = rq->param[0], .if_match = version));
	return rows.count ? answer_nothing(rq, &rows) : nobody(rq);
}
