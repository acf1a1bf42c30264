/* What is served here, in SCIM's own words: the configuration, the schema, the kinds of resources.
 */
#include <string.h>
#include <strings.h>

#include "resources/handlers.h"
#include "scim.h"

struct about {
	const char *name, *type, *description;
	bool several, required, exact, read_only, unique, always;
	const struct about *parts; /* ends with a nameless one */
};

/* clang-format off */
static const struct about name_parts[] = {
	{.name = "formatted",  .type = "string", .description = "The whole name; taken where there is no displayName."},
	{.name = "familyName", .type = "string", .description = "The family name."},
	{.name = "givenName",  .type = "string", .description = "The given name."},
	{0},
};
static const struct about email_parts[] = {
	{.name = "value",   .type = "string",  .required = true, .description = "The address."},
	{.name = "type",    .type = "string",  .description = "Always work."},
	{.name = "primary", .type = "boolean", .description = "Always true: one address is kept."},
	{0},
};
static const struct about role_parts[] = {
	{.name = "value",   .type = "string",  .required = true, .description = "admin, recruiter or member; of several the highest."},
	{.name = "primary", .type = "boolean", .description = "Always true: one level is kept."},
	{0},
};
static const struct about attributes[] = {
	{.name = "userName",    .type = "string",  .required = true, .unique = true, .description = "What the directory calls the user; the e-mail address unless another one is sent."},
	{.name = "name",        .type = "complex", .parts = name_parts, .description = "The name in its parts."},
	{.name = "displayName", .type = "string",  .description = "The name as colleagues see it."},
	{.name = "active",      .type = "boolean", .description = "Whether the user may sign in. False ends every session at once."},
	{.name = "emails",      .type = "complex", .several = true, .parts = email_parts, .description = "The address: the primary one that is sent, else that of work, else the first."},
	{.name = "roles",       .type = "complex", .several = true, .parts = role_parts, .description = "The access level."},
	{0},
};
/* clang-format on */

static void put_flag(struct json_writer *json, const char *key, bool value)
{
	json_key(json, key);
	json_put_boolean(json, value);
}

static void put_one(struct json_writer *json, const struct about *one)
{
	json_member(json, "name", one->name);
	json_member(json, "type", one->type);
	put_flag(json, "multiValued", one->several);
	json_member(json, "description", one->description);
	put_flag(json, "required", one->required);
	put_flag(json, "caseExact", one->exact);
	json_member(json, "mutability", one->read_only ? "readOnly" : "readWrite");
	json_member(json, "returned", one->always ? "always" : "default");
	json_member(json, "uniqueness", one->unique ? "server" : "none");
}

static void put_attributes(struct json_writer *json, const char *key, const struct about *at)
{
	json_key(json, key);
	json_open_array(json);
	for (; at->name; at++) {
		json_open_object(json);
		put_one(json, at);
		if (at->parts) {
			json_key(json, "subAttributes");
			json_open_array(json);
			for (const struct about *part = at->parts; part->name; part++) {
				json_open_object(json);
				put_one(json, part);
				json_close_object(json);
			}
			json_close_array(json);
		}
		json_close_object(json);
	}
	json_close_array(json);
}

static void put_schemas(struct json_writer *json, const char *urn)
{
	json_key(json, "schemas");
	json_open_array(json);
	json_text(json, urn);
	json_close_array(json);
}

static void put_meta(struct request *rq, const char *type, const char *path)
{
	json_key(&rq->json, "meta");
	json_open_object(&rq->json);
	json_member(&rq->json, "resourceType", type);
	json_member(&rq->json, "location", arena_printf(rq->arena, "%s%s", scim_base(rq), path));
	json_close_object(&rq->json);
}

/* It is the same for everybody, and these three know no filter (section 4). */
static enum err begin(struct request *rq)
{
	if (request_query(rq, "filter"))
		return fail(rq, PROBLEM_forbidden, "This cannot be filtered.");
	scim_begin(rq, 200);
	return OK;
}

static void put_schema(struct request *rq)
{
	struct json_writer *json = &rq->json;

	json_open_object(json);
	put_schemas(json, "urn:ietf:params:scim:schemas:core:2.0:Schema");
	json_member(json, "id", SCIM_USER_URN);
	json_member(json, "name", "User");
	json_member(json, "description", "Somebody who signs in");
	put_attributes(json, "attributes", attributes);
	put_meta(rq, "Schema", "/Schemas/" SCIM_USER_URN);
	json_close_object(json);
}

static void put_resource_type(struct request *rq)
{
	struct json_writer *json = &rq->json;

	json_open_object(json);
	put_schemas(json, "urn:ietf:params:scim:schemas:core:2.0:ResourceType");
	json_member(json, "id", "User");
	json_member(json, "name", "User");
	json_member(json, "endpoint", "/Users");
	json_member(json, "description", "Somebody who signs in");
	json_member(json, "schema", SCIM_USER_URN);
	put_meta(rq, "ResourceType", "/ResourceTypes/User");
	json_close_object(json);
}

static enum err answer_list_of_one(struct request *rq, void (*put)(struct request *rq))
{
	struct json_writer *json = &rq->json;

	TRY(begin(rq));
	json_open_object(json);
	put_schemas(json, "urn:ietf:params:scim:api:messages:2.0:ListResponse");
	json_key(json, "totalResults");
	json_put_integer(json, 1);
	json_key(json, "startIndex");
	json_put_integer(json, 1);
	json_key(json, "itemsPerPage");
	json_put_integer(json, 1);
	json_key(json, "Resources");
	json_open_array(json);
	put(rq);
	json_close_array(json);
	json_close_object(json);
	return OK;
}

static enum err answer_named(struct request *rq, const char *name, void (*put)(struct request *rq))
{
	TRY(begin(rq));
	if (strcasecmp(rq->param[0], name) != 0)
		return fail(rq, PROBLEM_not_found, "There is none of this name.");
	put(rq);
	return OK;
}

enum err scim_schemas_list(struct request *rq)
{
	return answer_list_of_one(rq, put_schema);
}

enum err scim_schemas_get(struct request *rq)
{
	return answer_named(rq, SCIM_USER_URN, put_schema);
}

enum err scim_resource_types_list(struct request *rq)
{
	return answer_list_of_one(rq, put_resource_type);
}

enum err scim_resource_types_get(struct request *rq)
{
	return answer_named(rq, "User", put_resource_type);
}

static void put_support(struct json_writer *json, const char *what, bool supported)
{
	json_key(json, what);
	json_open_object(json);
	put_flag(json, "supported", supported);
	if (strcmp(what, "filter") == 0) {
		json_key(json, "maxResults");
		json_put_integer(json, SCIM_COUNT_MAX);
	}
	if (strcmp(what, "bulk") == 0) {
		json_key(json, "maxOperations");
		json_put_integer(json, 0);
		json_key(json, "maxPayloadSize");
		json_put_integer(json, 0);
	}
	json_close_object(json);
}

enum err scim_config_get(struct request *rq)
{
	struct json_writer *json = &rq->json;

	TRY(begin(rq));
	json_open_object(json);
	put_schemas(json, "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig");
	put_support(json, "patch", true);
	put_support(json, "bulk", false);
	put_support(json, "filter", true);
	put_support(json, "changePassword", false);
	put_support(json, "sort", true);
	put_support(json, "etag", true);
	json_key(json, "authenticationSchemes");
	json_open_array(json);
	json_open_object(json);
	json_member(json, "type", "oauthbearertoken");
	json_member(json, "name", "Bearer token");
	json_member(json, "description",
		    "The secret of an API client, or an access token made with it");
	json_member(json, "specUri", "https://www.rfc-editor.org/rfc/rfc6750");
	put_flag(json, "primary", true);
	json_close_object(json);
	json_close_array(json);
	put_meta(rq, "ServiceProviderConfig", "/ServiceProviderConfig");
	json_close_object(json);
	return OK;
}
