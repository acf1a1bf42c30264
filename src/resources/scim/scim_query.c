/* Holds filters against the attributes that lists know, and writes them for the statement. */
#include <string.h>
#include <strings.h>

#include "api_schema/api_schema.h"
#include "core/json_writer.h"
#include "scim_query.h"

enum type { TYPE_TEXT, TYPE_EXACT, TYPE_FLAG, TYPE_TIME };

static const struct attribute {
	const char *name, *sub, *key;
	enum type type;
	bool sorts;
} attributes[] = {
    /* clang-format off */
	{"id",          NULL,           "id",                TYPE_EXACT, true},
	{"externalId",  NULL,           "externalId",        TYPE_EXACT, true},
	{"userName",    NULL,           "userName",          TYPE_TEXT,  true},
	{"displayName", NULL,           "displayName",       TYPE_TEXT,  true},
	{"name",        NULL,           "name.formatted",    TYPE_TEXT,  false},
	{"name",        "formatted",    "name.formatted",    TYPE_TEXT,  true},
	{"name",        "familyName",   "name.familyName",   TYPE_TEXT,  true},
	{"name",        "givenName",    "name.givenName",    TYPE_TEXT,  true},
	{"emails",      NULL,           "emails.value",      TYPE_TEXT,  true},
	{"emails",      "value",        "emails.value",      TYPE_TEXT,  true},
	{"emails",      "type",         "emails.type",       TYPE_TEXT,  false},
	{"emails",      "primary",      "emails.primary",    TYPE_FLAG,  false},
	{"active",      NULL,           "active",            TYPE_FLAG,  false},
	{"roles",       NULL,           "roles.value",       TYPE_TEXT,  true},
	{"roles",       "value",        "roles.value",       TYPE_TEXT,  true},
	{"roles",       "primary",      "roles.primary",     TYPE_FLAG,  false},
	{"meta",        "created",      "meta.created",      TYPE_TIME,  true},
	{"meta",        "lastModified", "meta.lastModified", TYPE_TIME,  true},
    /* clang-format on */
};

bool scim_name_is_core(const struct scim_name *name)
{
	return !name->urn || strcasecmp(name->urn, SCIM_USER_URN) == 0;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcasecmp(a, b) == 0 : a == b;
}

/* Within attr[…], `of` is that attribute, and the name its part. */
static const struct attribute *find(const struct scim_name *name, const struct scim_name *of)
{
	const char *first = of ? of->name : name->name, *second = of ? name->name : name->sub;

	if (!scim_name_is_core(name) || (of && (name->sub || name->urn)))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		if (same(attributes[i].name, first) && same(attributes[i].sub, second))
			return &attributes[i];
	}
	return NULL;
}

struct writer {
	struct arena *arena;
	struct json_writer json;
	const char **why;
};

static enum err refuse(struct writer *to, const struct scim_name *name, const char *what)
{
	*to->why = arena_printf(to->arena, "%s%s%s %s.", name->name, name->sub ? "." : "",
				name->sub ? name->sub : "", what);
	return *to->why ? ERR_INVALID : ERR_MEMORY;
}

static bool op_fits(enum type type, enum scim_op op)
{
	bool equals = op == SCIM_EQ || op == SCIM_NE || op == SCIM_PR;
	bool partly = op == SCIM_CO || op == SCIM_SW || op == SCIM_EW;

	return equals || (type != TYPE_FLAG && !(type == TYPE_TIME && partly));
}

/* Null can only be, or not be. Some write a truth as a text. */
static bool value_fits(enum type type, const struct scim_filter *at)
{
	if (at->kind == SCIM_NULL)
		return at->op == SCIM_EQ || at->op == SCIM_NE || at->op == SCIM_PR;
	if (type == TYPE_FLAG)
		return at->kind == SCIM_BOOLEAN ||
		       (at->kind == SCIM_STRING &&
			(strcasecmp(at->text, "true") == 0 || strcasecmp(at->text, "false") == 0));
	return at->kind == SCIM_STRING && (type != TYPE_TIME || api_time_valid(at->text));
}

static enum err write_comparison(struct writer *to, const struct scim_filter *at,
				 const struct scim_name *of)
{
	const struct attribute *attribute = find(&at->attr, of);
	bool truth;

	if (!attribute)
		return refuse(to, &at->attr, "cannot be filtered by");
	if (!op_fits(attribute->type, at->op))
		return refuse(to, &at->attr, "does not know this operator");
	if (!value_fits(attribute->type, at))
		return refuse(to, &at->attr, "is not compared with such a value");
	truth =
	    at->kind == SCIM_BOOLEAN ? at->truth : at->text && strcasecmp(at->text, "true") == 0;
	json_open_object(&to->json);
	json_member(&to->json, "op", scim_op_text(at->op));
	json_member(&to->json, "at", attribute->key);
	json_member(&to->json, "is",
		    attribute->type == TYPE_TEXT   ? "text"
		    : attribute->type == TYPE_TIME ? "time"
						   : "exact");
	if (at->kind != SCIM_NULL)
		json_member(&to->json, "value",
			    attribute->type != TYPE_FLAG ? at->text
			    : truth			 ? "true"
							 : "false");
	json_close_object(&to->json);
	return OK;
}

static enum err write_node(struct writer *to, const struct scim_filter *at,
			   const struct scim_name *of)
{
	if (at->op <= SCIM_PR)
		return write_comparison(to, at, of);
	if (at->op == SCIM_HAS) {
		if (of || !scim_name_is_core(&at->attr) ||
		    (!same(at->attr.name, "emails") && !same(at->attr.name, "roles")))
			return refuse(to, &at->attr, "has no values to filter");
		return write_node(to, at->child, &at->attr);
	}
	json_open_object(&to->json);
	json_member(&to->json, "op", scim_op_text(at->op));
	json_key(&to->json, "of");
	json_open_array(&to->json);
	for (const struct scim_filter *child = at->child; child; child = child->next)
		TRY(write_node(to, child, of));
	json_close_array(&to->json);
	json_close_object(&to->json);
	return OK;
}

enum err scim_query_filter(struct arena *arena, const struct scim_filter *filter,
			   struct buffer *out, const char **why)
{
	struct writer to = {.arena = arena, .why = why};

	*why = NULL;
	json_writer_init(&to.json, out);
	TRY(write_node(&to, filter, NULL));
	return out->failed ? ERR_MEMORY : OK;
}

const char *scim_query_user_name(const struct scim_filter *filter)
{
	const char *found = NULL;

	if (filter->op == SCIM_EQ && filter->kind == SCIM_STRING && !filter->attr.sub &&
	    scim_name_is_core(&filter->attr) && same(filter->attr.name, "userName"))
		return filter->text;
	for (filter = filter->op == SCIM_AND ? filter->child : NULL; filter && !found;
	     filter = filter->next)
		found = scim_query_user_name(filter);
	return found;
}

const char *scim_query_sort(struct arena *arena, const char *text)
{
	const struct attribute *attribute;
	struct scim_path path;
	const char *why;

	if (scim_path_parse(arena, text, &path, &why) != OK || path.filter)
		return NULL;
	attribute = find(&path.attr, NULL);
	return attribute && attribute->sorts ? attribute->key : NULL;
}
