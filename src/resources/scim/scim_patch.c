/* Applies what identity providers send to a user's attributes, as RFC 7644 says and as they do it.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "scim_patch.h"

enum shape {
	SHAPE_TEXT,
	SHAPE_FLAG,
	SHAPE_NAME,   /* an object of texts */
	SHAPE_VALUES, /* several objects */
	SHAPE_OURS,   /* only the server sets it */
	SHAPE_PASSED  /* of the schema, and nothing to us */
};

/* clang-format off */
static const struct attribute {
	const char *name;
	enum shape shape;
} attributes[] = {
	{"userName", SHAPE_TEXT}, {"displayName", SHAPE_TEXT}, {"externalId", SHAPE_TEXT},
	{"active", SHAPE_FLAG}, {"name", SHAPE_NAME}, {"emails", SHAPE_VALUES}, {"roles", SHAPE_VALUES},
	{"id", SHAPE_OURS}, {"meta", SHAPE_OURS}, {"groups", SHAPE_OURS},
	{"schemas", SHAPE_PASSED}, {"nickName", SHAPE_PASSED}, {"profileUrl", SHAPE_PASSED},
	{"title", SHAPE_PASSED}, {"userType", SHAPE_PASSED}, {"preferredLanguage", SHAPE_PASSED},
	{"locale", SHAPE_PASSED}, {"timezone", SHAPE_PASSED}, {"password", SHAPE_PASSED},
	{"phoneNumbers", SHAPE_PASSED}, {"ims", SHAPE_PASSED}, {"photos", SHAPE_PASSED},
	{"addresses", SHAPE_PASSED}, {"entitlements", SHAPE_PASSED}, {"x509Certificates", SHAPE_PASSED},
};
static const char *const name_parts[] = {"formatted", "familyName", "givenName"};
static const char *const other_name_parts[] = {"middleName", "honorificPrefix", "honorificSuffix"};
static const char *const value_parts[] = {"value", "display", "type", "primary"};
/* clang-format on */

static enum err refuse(struct scim_change *to, enum scim_refusal refusal, const char *format,
		       const char *what)
{
	to->refusal = refusal;
	to->why = arena_printf(to->arena, "%s %s.", what, format);
	return to->why ? ERR_INVALID : ERR_MEMORY;
}

json_t *scim_member(const json_t *object, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (strcasecmp(key, name) == 0)
			return value;
	}
	return NULL;
}

/* As the schema spells it, or NULL. */
static const char *spelled(const char *name, const char *const *among, size_t count)
{
	for (size_t i = 0; name && i < count; i++) {
		if (strcasecmp(name, among[i]) == 0)
			return among[i];
	}
	return NULL;
}

static enum err set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0 ? OK : ERR_MEMORY;
}

/* ---- single values ----------------------------------------------------------------------------
 */

static bool is_nothing(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

/* Entra ID sends "True". */
static bool truth_of(const json_t *value, bool *truth)
{
	const char *text = json_string_value(value);

	*truth = json_is_true(value) || (text && strcasecmp(text, "true") == 0);
	return json_is_boolean(value) || *truth || (text && strcasecmp(text, "false") == 0);
}

static enum err set_text(struct scim_change *to, json_t *in, const char *key, enum scim_verb verb,
			 const json_t *value)
{
	if (verb == SCIM_REMOVE || is_nothing(value)) {
		json_object_del(in, key);
		return OK;
	}
	if (!json_is_string(value))
		return refuse(to, SCIM_BAD_VALUE, "is a text", key);
	return set(in, key, json_string(json_string_value(value)));
}

static enum err set_flag(struct scim_change *to, json_t *in, const char *key, enum scim_verb verb,
			 const json_t *value)
{
	bool truth;

	if (verb == SCIM_REMOVE || is_nothing(value))
		return refuse(to, SCIM_IMMUTABLE, "is always true or false", key);
	if (!truth_of(value, &truth))
		return refuse(to, SCIM_BAD_VALUE, "is true or false", key);
	return set(in, key, json_boolean(truth));
}

static enum err set_name(struct scim_change *to, const char *sub, enum scim_verb verb,
			 const json_t *value)
{
	json_t *name = json_object_get(to->user, "name"), *part;
	const char *key, *spelling;

	if (!sub && (verb == SCIM_REMOVE || is_nothing(value))) {
		json_object_del(to->user, "name");
		return OK;
	}
	if (!name) {
		name = json_object();
		TRY(set(to->user, "name", name));
	}
	if (sub) {
		spelling = spelled(sub, name_parts, ARRAY_LEN(name_parts));
		if (spelling)
			return set_text(to, name, spelling, verb, value);
		if (spelled(sub, other_name_parts, ARRAY_LEN(other_name_parts)))
			return OK;
		return refuse(to, SCIM_BAD_PATH, "is no part of a name", sub);
	}
	if (!json_is_object(value))
		return refuse(to, SCIM_BAD_VALUE, "is an object", "name");
	json_object_foreach((json_t *)(uintptr_t)value, key, part)
	{
		spelling = spelled(key, name_parts, ARRAY_LEN(name_parts));
		if (spelling)
			TRY(set_text(to, name, spelling, verb, part));
	}
	return OK;
}

/* ---- several values ---------------------------------------------------------------------------
 */

static bool compares(enum scim_op op, const char *have, const char *want)
{
	size_t have_len = strlen(have), want_len = strlen(want);
	int order = strcasecmp(have, want);

	switch (op) {
	case SCIM_EQ:
		return order == 0;
	case SCIM_NE:
		return order != 0;
	case SCIM_CO:
		return strcasestr(have, want) != NULL;
	case SCIM_SW:
		return strncasecmp(have, want, want_len) == 0;
	case SCIM_EW:
		return have_len >= want_len && strcasecmp(have + have_len - want_len, want) == 0;
	case SCIM_GT:
		return order > 0;
	case SCIM_GE:
		return order >= 0;
	case SCIM_LT:
		return order < 0;
	case SCIM_LE:
		return order <= 0;
	case SCIM_PR:
	case SCIM_AND:
	case SCIM_OR:
	case SCIM_NOT:
	case SCIM_HAS:
		break;
	}
	return false;
}

static bool value_matches(const struct scim_filter *at, const json_t *value)
{
	const char *want = at->kind == SCIM_BOOLEAN ? (at->truth ? "true" : "false") : at->text;
	const char *have = json_is_true(value)	  ? "true"
			   : json_is_false(value) ? "false"
						  : json_string_value(value);

	if (at->op == SCIM_PR)
		return !is_nothing(value);
	if (!have || !want)
		return (at->op == SCIM_EQ) == (have == want) &&
		       (at->op == SCIM_EQ || at->op == SCIM_NE);
	return compares(at->op, have, want);
}

static bool matches(const struct scim_filter *at, const json_t *one)
{
	const struct scim_filter *child = at->child;

	if (at->op <= SCIM_PR)
		return value_matches(at, scim_member(one, at->attr.name));
	if (at->op == SCIM_NOT)
		return !matches(child, one);
	while (child && matches(child, one) == (at->op == SCIM_AND))
		child = child->next;
	return (child == NULL) == (at->op == SCIM_AND);
}

/* A filter within brackets knows the parts of a value, and nothing else. */
static enum err check_filter(struct scim_change *to, const struct scim_filter *at)
{
	if (at->op <= SCIM_PR && (at->attr.urn || at->attr.sub ||
				  !spelled(at->attr.name, value_parts, ARRAY_LEN(value_parts))))
		return refuse(to, SCIM_BAD_FILTER, "is no part of such a value", at->attr.name);
	if (at->op == SCIM_HAS)
		return refuse(to, SCIM_BAD_FILTER, "has no values of its own", at->attr.name);
	for (at = at->op > SCIM_PR ? at->child : NULL; at; at = at->next)
		TRY(check_filter(to, at));
	return OK;
}

static enum err set_part(struct scim_change *to, json_t *one, const char *sub, enum scim_verb verb,
			 const json_t *value)
{
	const char *key = spelled(sub, value_parts, ARRAY_LEN(value_parts));

	if (!key)
		return refuse(to, SCIM_BAD_PATH, "is no part of such a value", sub);
	if (strcmp(key, "primary") == 0)
		return set_flag(to, one, key, verb, value);
	return set_text(to, one, key, verb, value);
}

static enum err set_parts(struct scim_change *to, json_t *one, enum scim_verb verb,
			  const json_t *parts)
{
	const char *key;
	json_t *part;

	if (json_is_string(parts))
		return set_part(to, one, "value", verb, parts);
	if (!json_is_object(parts))
		return refuse(to, SCIM_BAD_VALUE, "is an object with a `value`", "A value");
	json_object_foreach((json_t *)(uintptr_t)parts, key, part)
	{
		if (spelled(key, value_parts, ARRAY_LEN(value_parts)))
			TRY(set_part(to, one, key, verb, part));
	}
	return OK;
}

/* One value is the primary one. */
static void keep_one_primary(json_t *all, const json_t *chosen)
{
	json_t *one;
	size_t i;

	if (!json_is_true(json_object_get(chosen, "primary")))
		return;
	json_array_foreach(all, i, one)
	{
		if (one != chosen)
			json_object_del(one, "primary");
	}
}

#define VALUES_MAX 50

static enum err append(struct scim_change *to, json_t *all, json_t **one)
{
	if (json_array_size(all) >= VALUES_MAX)
		return refuse(to, SCIM_BAD_VALUE, "are too many", "The values");
	*one = json_object();
	return json_array_append_new(all, *one) == 0 ? OK : ERR_MEMORY;
}

static enum err add_values(struct scim_change *to, json_t *all, enum scim_verb verb,
			   const json_t *value)
{
	size_t count = json_is_array(value) ? json_array_size(value) : 1;
	json_t *one;

	if (!value)
		return refuse(to, SCIM_BAD_VALUE, "is missing", "The value");
	for (size_t i = 0; i < count; i++) {
		TRY(append(to, all, &one));
		TRY(set_parts(to, one, verb,
			      json_is_array(value) ? json_array_get(value, i) : value));
		keep_one_primary(all, one);
	}
	return OK;
}

/* What the filter says a value is, for one that is to be made. */
static enum err parts_of(struct scim_change *to, const struct scim_filter *at, json_t *one)
{
	const char *key;

	for (const struct scim_filter *c = at->op == SCIM_AND ? at->child : NULL; c; c = c->next)
		TRY(parts_of(to, c, one));
	if (at->op != SCIM_EQ || at->kind == SCIM_NULL)
		return OK;
	key = spelled(at->attr.name, value_parts, ARRAY_LEN(value_parts));
	if (strcmp(key, "primary") != 0)
		return set(one, key, json_string(at->text ? at->text : ""));
	return set(
	    one, key,
	    json_boolean(at->kind == SCIM_BOOLEAN ? at->truth : strcasecmp(at->text, "true") == 0));
}

static enum err change_one(struct scim_change *to, json_t *all, json_t *one,
			   const struct scim_path *path, enum scim_verb verb, const json_t *value)
{
	TRY(path->attr.sub ? set_part(to, one, path->attr.sub, verb, value)
			   : set_parts(to, one, verb, value));
	keep_one_primary(all, one);
	return OK;
}

/* Those that the path means: of all, where it has no filter. */
static enum err change_found(struct scim_change *to, json_t *all, const struct scim_path *path,
			     enum scim_verb verb, const json_t *value)
{
	size_t i = 0, found = 0;
	json_t *one;

	while ((one = json_array_get(all, i))) {
		if (path->filter && !matches(path->filter, one)) {
			i++;
			continue;
		}
		found++;
		if (verb == SCIM_REMOVE && !path->attr.sub) {
			json_array_remove(all, i);
			continue;
		}
		TRY(change_one(to, all, one, path, verb, value));
		i++;
	}
	if (found > 0)
		return OK;
	if (verb != SCIM_ADD)
		return refuse(to, SCIM_NO_TARGET, "has no such value", path->attr.name);
	TRY(append(to, all, &one));
	if (path->filter)
		TRY(parts_of(to, path->filter, one));
	return change_one(to, all, one, path, verb, value);
}

/* Entra ID names what to remove in the value, not in the path. */
static void remove_values(json_t *all, const json_t *named)
{
	size_t count = json_is_array(named) ? json_array_size(named) : 1;

	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_is_array(named) ? json_array_get(named, i) : named;
		const char *gone =
		    json_string_value(json_is_string(one) ? one : scim_member(one, "value"));

		for (size_t j = json_array_size(all); gone && j > 0; j--) {
			const char *value =
			    json_string_value(json_object_get(json_array_get(all, j - 1), "value"));

			if (value && strcasecmp(value, gone) == 0)
				json_array_remove(all, j - 1);
		}
	}
}

static enum err set_values(struct scim_change *to, const char *key, const struct scim_path *path,
			   enum scim_verb verb, const json_t *value)
{
	json_t *all = json_object_get(to->user, key);

	if (path->filter)
		TRY(check_filter(to, path->filter));
	if (!all) {
		all = json_array();
		TRY(set(to->user, key, all));
	}
	if (path->filter || path->attr.sub)
		return change_found(to, all, path, verb, value);
	if (verb == SCIM_REMOVE && !is_nothing(value)) {
		remove_values(all, value);
		return OK;
	}
	if (verb != SCIM_ADD)
		json_array_clear(all);
	return verb == SCIM_REMOVE || is_nothing(value) ? OK : add_values(to, all, verb, value);
}

/* ---- one change -------------------------------------------------------------------------------
 */

static const struct attribute *attribute_find(const struct scim_name *name)
{
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		if (strcasecmp(attributes[i].name, name->name) == 0)
			return &attributes[i];
	}
	return NULL;
}

static enum err set_attribute(struct scim_change *to, const struct attribute *attribute,
			      const struct scim_path *path, enum scim_verb verb,
			      const json_t *value)
{
	bool single = attribute->shape == SHAPE_TEXT || attribute->shape == SHAPE_FLAG;

	if (attribute->shape == SHAPE_OURS || attribute->shape == SHAPE_PASSED)
		return OK;
	if ((path->filter && attribute->shape != SHAPE_VALUES) || (single && path->attr.sub))
		return refuse(to, SCIM_BAD_PATH, "has one plain value", attribute->name);
	switch (attribute->shape) {
	case SHAPE_TEXT:
		if (strcmp(attribute->name, "userName") == 0 &&
		    (verb == SCIM_REMOVE || is_nothing(value)))
			return refuse(to, SCIM_IMMUTABLE, "is required", attribute->name);
		return set_text(to, to->user, attribute->name, verb, value);
	case SHAPE_FLAG:
		return set_flag(to, to->user, attribute->name, verb, value);
	case SHAPE_NAME:
		return set_name(to, path->attr.sub, verb, value);
	case SHAPE_VALUES:
		return set_values(to, attribute->name, path, verb, value);
	case SHAPE_OURS:
	case SHAPE_PASSED:
		break;
	}
	return OK;
}

/* Other schemas' attributes are nothing to us: `urn:…:User:department`, and a schema by itself. */
static bool is_other_schema(const char *path)
{
	return strncasecmp(path, "urn:", 4) == 0 &&
	       (strncasecmp(path, SCIM_USER_URN, strlen(SCIM_USER_URN)) != 0 ||
		(path[strlen(SCIM_USER_URN)] != ':'));
}

enum err scim_change(struct scim_change *to, enum scim_verb verb, const char *text,
		     const json_t *value, bool strict)
{
	const struct attribute *attribute;
	struct scim_path path;
	enum err err;

	if (is_other_schema(text))
		return OK;
	err = scim_path_parse(to->arena, text, &path, &to->why);
	if (err == ERR_INVALID && !strict)
		return OK;
	to->refusal = SCIM_BAD_PATH;
	TRY(err);
	attribute = attribute_find(&path.attr);
	if (!attribute)
		return strict
			   ? refuse(to, SCIM_BAD_PATH, "is no attribute of a user", path.attr.name)
			   : OK;
	if (attribute->shape == SHAPE_OURS && strict)
		return refuse(to, SCIM_IMMUTABLE, "is set by the server", attribute->name);
	return set_attribute(to, attribute, &path, verb, value);
}

enum err scim_change_by_members(struct scim_change *change, enum scim_verb verb,
				const json_t *members)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)members, key, value)
	{
		enum scim_verb each = json_is_null(value) ? SCIM_REMOVE : verb;

		TRY(scim_change(change, each, key, value, false));
	}
	return OK;
}

static bool verb_of(const char *op, enum scim_verb *verb)
{
	static const char *const verbs[] = {
	    [SCIM_ADD] = "add", [SCIM_REPLACE] = "replace", [SCIM_REMOVE] = "remove"};

	for (size_t i = 0; op && i < ARRAY_LEN(verbs); i++) {
		if (strcasecmp(op, verbs[i]) == 0) {
			*verb = (enum scim_verb)i;
			return true;
		}
	}
	return false;
}

static enum err change_by_operation(struct scim_change *to, const json_t *operation)
{
	const json_t *path = scim_member(operation, "path"),
		     *value = scim_member(operation, "value");
	enum scim_verb verb;

	if (!verb_of(json_string_value(scim_member(operation, "op")), &verb))
		return refuse(to, SCIM_BAD_SYNTAX, "is add, replace or remove", "`op`");
	if (path && !json_is_null(path)) {
		if (!json_is_string(path))
			return refuse(to, SCIM_BAD_PATH, "is a text", "`path`");
		if (!value && verb != SCIM_REMOVE)
			return refuse(to, SCIM_BAD_VALUE, "is required", "`value`");
		return scim_change(to, verb, json_string_value(path), value, true);
	}
	if (verb == SCIM_REMOVE)
		return refuse(to, SCIM_NO_TARGET, "needs a path", "`remove`");
	if (!json_is_object(value))
		return refuse(to, SCIM_BAD_VALUE, "is an object where there is no path", "`value`");
	return scim_change_by_members(to, verb, value);
}

#define OPERATIONS_MAX 100

enum err scim_change_by_operations(struct scim_change *to, const json_t *body)
{
	const json_t *operations = scim_member(body, "Operations"), *one;
	size_t i;

	if (!json_is_array(operations) || json_array_size(operations) == 0)
		return refuse(to, SCIM_BAD_SYNTAX, "has at least one member", "`Operations`");
	if (json_array_size(operations) > OPERATIONS_MAX)
		return refuse(to, SCIM_BAD_VALUE, "has at most 100 members", "`Operations`");
	json_array_foreach((json_t *)(uintptr_t)operations, i, one)
	    TRY(change_by_operation(to, one));
	return OK;
}
