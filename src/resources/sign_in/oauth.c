/* The token endpoint: OAuth 2.0 client credentials (RFC 6749 §4.4) itself; and the public keys. */
#include "oauth.h"
#include "sign_in.h"

#include "auth/scopes.h"
#include "auth/token.h"
#include "core/clock.h"
#include "http/app.h"
#include "resources/handlers.h"
#include "resources/partners/partner.h"
#include "statements.h"

#define CLIENT_ID_LEN (3 + 32 + 1 + 32) /* ac_<organization>_<client>, both in undashed hex */

enum err oauth_refuse(struct request *rq, int status, const char *code, const char *sentence)
{
	answer_begin(rq, status);
	reply_header(rq, "Cache-Control", "no-store");
	if (status == 401)
		reply_header(rq, "WWW-Authenticate", "Basic realm=\"assay\"");
	json_open_object(&rq->json);
	json_member(&rq->json, "error", code);
	json_member(&rq->json, "error_description", sentence);
	json_close_object(&rq->json);
	return OK;
}

bool oauth_credentials(struct request *rq, const char **id, const char **secret, bool *both)
{
	const char *form_id = request_form(rq, "client_id");
	const char *form_secret = request_form(rq, "client_secret");

	*both = false;
	if (request_basic(rq, id, secret)) {
		*both = form_secret != NULL;
		return true;
	}
	*id = form_id;
	*secret = form_secret;
	return form_id != NULL;
}

/* The client's own id, as its row has it, out of ac_<organization>_<client>. */
static const char *own_id(const char *client_id)
{
	if (strlen(client_id) != CLIENT_ID_LEN || strncmp(client_id, "ac_", 3) != 0 ||
	    client_id[35] != '_' || strspn(client_id + 36, "0123456789abcdef") != 32)
		return NULL;
	return client_id + 36;
}

/* Whether both name the same organization; they are well-formed. */
static bool belong_together(const char *client_id, const char *secret)
{
	return memcmp(client_id + 3, secret + sizeof(CLIENT_PREFIX "_") - 1, 32) == 0;
}

enum err oauth_answer(struct request *rq, const struct principal *who, const char *refresh)
{
	char *token = arena_alloc(rq->arena, TOKEN_MAX + 1);
	char scopes[SCOPES_TEXT_MAX];

	if (token == NULL || token_issue(rq->app->keys, who, clock_unix_ms() / 1000, token) != OK)
		return fail(rq, PROBLEM_internal, "No token could be issued.");
	scopes_format(who->scopes, scopes);
	answer_begin(rq, 200);
	reply_header(rq, "Cache-Control", "no-store");
	json_open_object(&rq->json);
	json_member(&rq->json, "access_token", token);
	json_member(&rq->json, "token_type", "Bearer");
	json_key(&rq->json, "expires_in");
	json_put_integer(&rq->json, TOKEN_LIFE_S);
	json_member(&rq->json, "scope", scopes);
	if (refresh != NULL)
		json_member(&rq->json, "refresh_token", refresh);
	json_close_object(&rq->json);
	return OK;
}

/* The asked scopes, all of which the client must hold; without any, all that it holds. */
static enum err take_scopes(const char *asked, const char *held, scope_set *out)
{
	scope_set all, some;

	TRY(scopes_parse(held, &all));
	*out = all;
	if (asked == NULL)
		return OK;
	TRY(scopes_parse(asked, &some));
	*out = some;
	return (some & ~all) == 0 ? OK : ERR_INVALID;
}

enum err oauth_token(struct request *rq)
{
	struct principal who = {.kind = PRINCIPAL_CLIENT};
	const char *id, *secret, *grant = request_form(rq, "grant_type");
	char digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;
	bool both;

	if (grant == NULL)
		return oauth_refuse(rq, 400, "invalid_request", "grant_type is missing");
	if (text_equal(grant, "authorization_code") || text_equal(grant, "refresh_token"))
		return partner_token(rq, text_equal(grant, "refresh_token"));
	if (!text_equal(grant, "client_credentials"))
		return oauth_refuse(
		    rq, 400, "unsupported_grant_type",
		    "Only client_credentials, authorization_code and refresh_token are");
	if (!oauth_credentials(rq, &id, &secret, &both) || secret == NULL || both)
		return oauth_refuse(
		    rq, both ? 400 : 401, both ? "invalid_request" : "invalid_client",
		    "Send client_id and client_secret once, by HTTP Basic or in the form");
	if (own_id(id) == NULL ||
	    secret_parse(CLIENT_PREFIX, secret, who.organization_id, digest) != OK ||
	    !belong_together(id, secret))
		return oauth_refuse(rq, 401, "invalid_client",
				    "The client or its secret is not known");
	struct db_caller caller = sign_in_caller(rq, who.organization_id);
	TRY(RUN_AS(rq, &caller, client_sign_in, &rows, .client_id = own_id(id), .digest = digest));
	if (rows.count == 0)
		return oauth_refuse(rq, 401, "invalid_client",
				    "The client or its secret is not known");
	if (take_scopes(request_form(rq, "scope"), db_value(&rows, 0, "scopes"), &who.scopes) != OK)
		return oauth_refuse(rq, 400, "invalid_scope",
				    "The client does not hold that scope");
	snprintf(who.id, sizeof(who.id), "%s", db_value(&rows, 0, "id"));
	who.token_version = (uint32_t)strtoul(db_value(&rows, 0, "token_version"), NULL, 10);
	return oauth_answer(rq, &who, NULL);
}

enum err jwks_get(struct request *rq)
{
	answer_begin(rq, 200);
	reply_header(rq, "Cache-Control", "public, max-age=300");
	return token_keys_jwks(rq->app->keys, &rq->out);
}
