/* Takes what a directory says of somebody apart into what is stored of a user. */
#include <string.h>
#include <strings.h>

#include "api_schema/api_schema.h"
#include "scim.h"

#define USER_NAME_MAX 254
#define NAME_MAX_HERE 200

static const char *text_of(const json_t *in, const char *key)
{
	const char *text = json_string_value(json_object_get(in, key));

	return text && *text ? text : NULL;
}

static size_t characters(const char *text)
{
	size_t count = 0;

	for (; text && *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static enum err check_length(struct request *rq, const char *what, const char *text, size_t most)
{
	if (characters(text) <= most)
		return OK;
	return fail(rq, PROBLEM_invalid, "%s has at most %zu characters.", what, most);
}

/* ---- name -------------------------------------------------------------------------------------
 */

static const char *joined(struct request *rq, const char *given, const char *family)
{
	if (given && family)
		return arena_printf(rq->arena, "%s %s", given, family);
	return given ? given : family;
}

/* Nothing was said of the name that was not said before. */
static bool same_name(const json_t *user, const json_t *before)
{
	static const char *const keys[] = {"displayName", "name"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *now = json_object_get(user, keys[i]),
		       *was = json_object_get(before, keys[i]);

		if (now && was ? !json_equal(now, was) : now != was)
			return false;
	}
	return true;
}

static enum err take_name(struct request *rq, const json_t *user, const struct scim_basis *basis,
			  struct scim_person *person)
{
	const json_t *parts = json_object_get(user, "name");
	const char *formatted = text_of(parts, "formatted");

	person->display_name = text_of(user, "displayName");
	person->given_name = text_of(parts, "givenName");
	person->family_name = text_of(parts, "familyName");
	person->name = person->display_name ? person->display_name : formatted;
	if (!person->name)
		person->name = joined(rq, person->given_name, person->family_name);
	if (!person->name || (basis->user && same_name(user, basis->user)))
		person->name = basis->user ? basis->name : person->user_name;
	if (basis->user && !basis->has_parts && same_name(user, basis->user)) {
		person->given_name = NULL; /* were only split off for show */
		person->family_name = NULL;
	}
	TRY(check_length(rq, "A name", person->name, NAME_MAX_HERE));
	TRY(check_length(rq, "A name", person->given_name, NAME_MAX_HERE));
	return check_length(rq, "A name", person->family_name, NAME_MAX_HERE);
}

/* ---- address ----------------------------------------------------------------------------------
 */

/* The primary one, else that of work, else the first. */
static const char *chosen_email(const json_t *user)
{
	const json_t *emails = json_object_get(user, "emails"), *one;
	const char *found = NULL;
	int best = 0;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)emails, i, one)
	{
		const char *type = text_of(one, "type");
		int rank = json_is_true(json_object_get(one, "primary")) ? 3
			   : type && strcasecmp(type, "work") == 0	 ? 2
									 : 1;

		if (rank > best && text_of(one, "value")) {
			best = rank;
			found = text_of(one, "value");
		}
	}
	return found;
}

/* An address that is the user name, too, goes with it unless another one is said. */
static bool email_follows(const json_t *user, const struct scim_basis *basis)
{
	const char *was = text_of(basis->user, "userName"), *email = chosen_email(basis->user);

	return was && email && strcasecmp(was, email) == 0 && chosen_email(user) &&
	       strcmp(chosen_email(user), email) == 0 &&
	       strcasecmp(was, text_of(user, "userName")) != 0;
}

static enum err take_email(struct request *rq, const json_t *user, const struct scim_basis *basis,
			   struct scim_person *person)
{
	person->email = chosen_email(user);
	if (!person->email || (email_follows(user, basis) && api_email_valid(person->user_name)))
		person->email = person->user_name;
	if (!api_email_valid(person->email))
		return fail(rq, PROBLEM_invalid,
			    "Everybody has an e-mail address: send one in emails, or as userName.");
	return OK;
}

/* ---- access level -----------------------------------------------------------------------------
 */

/* The highest of the roles that are said; a member has none. */
static enum err take_level(struct request *rq, const json_t *user, struct scim_person *person)
{
	static const char *const levels[] = {"member", "recruiter", "admin"};
	const json_t *roles = json_object_get(user, "roles"), *one;
	size_t i, best = 0;

	json_array_foreach((json_t *)(uintptr_t)roles, i, one)
	{
		const char *value = text_of(one, "value");
		size_t level = 0;

		while (value && level < ARRAY_LEN(levels) && strcasecmp(value, levels[level]) != 0)
			level++;
		if (level == ARRAY_LEN(levels))
			return fail(rq, PROBLEM_invalid,
				    "A role is one of admin, recruiter and member.");
		if (level > best)
			best = level;
	}
	person->access_level = levels[best];
	return OK;
}

enum err scim_person_take(struct request *rq, const json_t *user, const struct scim_basis *basis,
			  struct scim_person *person)
{
	const json_t *active = json_object_get(user, "active");

	*person = (struct scim_person){.user_name = text_of(user, "userName"),
				       .external_id = text_of(user, "externalId"),
				       .status = json_is_false(active) ? "disabled" : "active"};
	if (!person->user_name)
		return fail(rq, PROBLEM_invalid, "userName is required.");
	TRY(check_length(rq, "userName", person->user_name, USER_NAME_MAX));
	TRY(check_length(rq, "externalId", person->external_id, NAME_MAX_HERE));
	TRY(take_email(rq, user, basis, person));
	TRY(take_name(rq, user, basis, person));
	return take_level(rq, user, person);
}
