/* The token endpoint for partners (RFC 6749 §4.1.3 and §6), revocation (RFC 7009), and metadata
 * (RFC 8414). */
#include <string.h>

#include "auth/scopes.h"
#include "auth/secret.h"
#include "auth/token.h"
#include "core/clock.h"
#include "core/control.h"
#include "http/app.h"
#include "partner.h"
#include "resources/handlers.h"
#include "resources/sign_in/oauth.h"
#include "statements.h"

/* Who says to be which partner. */
struct claim {
	struct partner_id id;
	const char *digest; /* of the secret; NULL: none was sent */
};

static struct db_caller system_of(const struct request *rq, const char *organization_id)
{
	return (struct db_caller){
	    .organization_id = organization_id,
	    .actor_kind = "system",
	    .request_id = rq->request_id,
	};
}

/* What a control goes without; nothing, in service. */
static const char *left_off(struct request *rq)
{
	return arena_printf(
	    rq->arena, "{-%s%s%s%s%s%s%s%s}", DEFENCE(code_client) ? "" : ",code_client",
	    DEFENCE(code_once) ? "" : ",code_once", DEFENCE(code_expiry) ? "" : ",code_expiry",
	    DEFENCE(code_redirect) ? "" : ",code_redirect",
	    DEFENCE(code_verifier) ? "" : ",code_verifier",
	    DEFENCE(refresh_client) ? "" : ",refresh_client",
	    DEFENCE(refresh_once) ? "" : ",refresh_once",
	    DEFENCE(refresh_scope) ? "" : ",refresh_scope");
}

static enum err refuse_client(struct request *rq)
{
	return oauth_refuse(rq, 401, "invalid_client", "The client or its secret is not known");
}

static enum err refuse_grant(struct request *rq)
{
	return oauth_refuse(rq, 400, "invalid_grant", "The code or token does not hold");
}

/* A secret that is none of ours has the digest of no secret. */
static enum err take_claim(struct request *rq, struct claim *claim)
{
	char organization[PRINCIPAL_UUID], digest[SHA256_HEX_LEN + 1];
	const char *id, *secret;
	bool both;

	if (!oauth_credentials(rq, &id, &secret, &both) || both) {
		TRY(oauth_refuse(
		    rq, both ? 400 : 401, both ? "invalid_request" : "invalid_client",
		    "Send client_id and client_secret once, by HTTP Basic or in the form"));
		return ERR_INVALID;
	}
	if (!partner_id_parse(id, &claim->id)) {
		TRY(refuse_client(rq));
		return ERR_INVALID;
	}
	claim->digest = NULL;
	if (secret == NULL || *secret == '\0')
		return OK;
	claim->digest = "";
	if (secret_parse(PARTNER_SECRET_PREFIX, secret, organization, digest) == OK)
		claim->digest = arena_strdup(rq->arena, digest);
	return claim->digest == NULL ? ERR_MEMORY : OK;
}

/* A code or token that names no organization: whether the client at least is known. */
static enum err refuse_unreadable(struct request *rq, const struct claim *claim)
{
	struct db_caller caller = system_of(rq, claim->id.home);
	struct db_rows rows;

	TRY(RUN_AS(rq, &caller, partner_sign_in, &rows, .home = claim->id.home,
		   .partner_id = claim->id.partner, .secret_digest = claim->digest));
	if (rows.count == 0 || !text_equal(db_value(&rows, 0, "authentic"), "t"))
		return refuse_client(rq);
	return refuse_grant(rq);
}

/* BASE64URL(SHA256(verifier)), as S256 of RFC 7636 has it. */
static enum err challenge_of(const char *verifier, char out[45])
{
	uint8_t digest[SHA256_LEN];

	TRY(sha256(verifier, strlen(verifier), digest));
	base64url_encode(digest, sizeof(digest), out);
	return OK;
}

/* Of an exchange's row: the token, or what was wrong. */
static enum err answer_grant(struct request *rq, const struct db_rows *rows,
			     const char *organization, const char *refresh)
{
	struct principal who = {.kind = PRINCIPAL_CLIENT};
	const char *problem = db_value(rows, 0, "problem");

	if (text_equal(problem, "invalid_client"))
		return refuse_client(rq);
	if (text_equal(problem, "invalid_scope"))
		return oauth_refuse(rq, 400, "invalid_scope", "Nobody agreed to that scope");
	if (problem != NULL)
		return refuse_grant(rq);
	snprintf(who.organization_id, sizeof(who.organization_id), "%s", organization);
	snprintf(who.id, sizeof(who.id), "%s", db_value(rows, 0, "id"));
	who.token_version = (uint32_t)strtoul(db_value(rows, 0, "token_version"), NULL, 10);
	if (scopes_parse(db_value(rows, 0, "scopes"), &who.scopes) != OK)
		return fail(rq, PROBLEM_internal, "No token could be issued.");
	return oauth_answer(rq, &who, refresh);
}

static enum err exchange_code(struct request *rq, const struct claim *claim)
{
	const char *code = request_form(rq, "code"), *verifier = request_form(rq, "code_verifier");
	const char *uri = request_form(rq, "redirect_uri");
	char organization[PRINCIPAL_UUID], digest[SHA256_HEX_LEN + 1], challenge[45];
	char refresh[SECRET_MAX + 1], refresh_digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;

	if (code == NULL || verifier == NULL || uri == NULL)
		return oauth_refuse(rq, 400, "invalid_request",
				    "Send code, redirect_uri and code_verifier");
	if (secret_parse(PARTNER_CODE_PREFIX, code, organization, digest) != OK)
		return refuse_unreadable(rq, claim);
	TRY(challenge_of(verifier, challenge));
	TRY(secret_generate(PARTNER_REFRESH_PREFIX, organization, refresh, refresh_digest));
	struct db_caller caller = system_of(rq, organization);
	TRY(RUN_AS(rq, &caller, partner_code_exchange, &rows, .home = claim->id.home,
		   .partner_id = claim->id.partner, .secret_digest = claim->digest,
		   .code_digest = digest, .redirect_uri = uri, .challenge = challenge,
		   .refresh_digest = refresh_digest, .off = left_off(rq)));
	return answer_grant(rq, &rows, organization, refresh);
}

static enum err exchange_refresh(struct request *rq, const struct claim *claim)
{
	const char *token = request_form(rq, "refresh_token"), *asked = request_form(rq, "scope");
	char organization[PRINCIPAL_UUID], digest[SHA256_HEX_LEN + 1];
	char refresh[SECRET_MAX + 1], refresh_digest[SHA256_HEX_LEN + 1], wanted[SCOPES_TEXT_MAX];
	struct db_rows rows;
	scope_set scopes;

	if (token == NULL)
		return oauth_refuse(rq, 400, "invalid_request", "Send refresh_token");
	if (asked != NULL && (scopes_parse(asked, &scopes) != OK || scopes == 0))
		return oauth_refuse(rq, 400, "invalid_scope", "Nobody agreed to that scope");
	if (asked != NULL)
		scopes_format(scopes, wanted);
	if (secret_parse(PARTNER_REFRESH_PREFIX, token, organization, digest) != OK)
		return refuse_unreadable(rq, claim);
	TRY(secret_generate(PARTNER_REFRESH_PREFIX, organization, refresh, refresh_digest));
	struct db_caller caller = system_of(rq, organization);
	TRY(RUN_AS(rq, &caller, partner_token_refresh, &rows, .home = claim->id.home,
		   .partner_id = claim->id.partner, .secret_digest = claim->digest,
		   .token_digest = digest, .asked = asked ? wanted : NULL,
		   .refresh_digest = refresh_digest, .off = left_off(rq)));
	return answer_grant(rq, &rows, organization, refresh);
}

/* ERR_INVALID: it was refused and answered. */
static enum err begin(struct request *rq, struct claim *claim)
{
	enum err err = take_claim(rq, claim);

	if (err != OK)
		return err;
	if (partner_resource_is_ours(rq, request_form(rq, "resource")))
		return OK;
	TRY(oauth_refuse(rq, 400, "invalid_target", "Tokens are for this server alone"));
	return ERR_INVALID;
}

enum err partner_token(struct request *rq, bool refresh)
{
	struct claim claim;
	enum err err = begin(rq, &claim);

	if (err != OK)
		return err == ERR_INVALID ? OK : err;
	return refresh ? exchange_refresh(rq, &claim) : exchange_code(rq, &claim);
}

static enum err revoke_in(struct request *rq, const struct claim *claim, const char *organization,
			  const char *digest, const char *access)
{
	struct db_caller caller = system_of(rq, organization);
	struct db_rows rows;

	TRY(RUN_AS(rq, &caller, partner_token_revoke, &rows, .home = claim->id.home,
		   .partner_id = claim->id.partner, .secret_digest = claim->digest,
		   .token_digest = digest, .access = access));
	if (db_value(&rows, 0, "problem") != NULL)
		return refuse_client(rq);
	answer_begin(rq, 200);
	reply_header(rq, "Cache-Control", "no-store");
	json_open_object(&rq->json);
	json_close_object(&rq->json);
	return OK;
}

/* What is not known, or not the client's, is taken for revoked: RFC 7009 §2.2. */
enum err oauth_revoke(struct request *rq)
{
	const char *token = request_form(rq, "token");
	char organization[PRINCIPAL_UUID], digest[SHA256_HEX_LEN + 1];
	struct principal who;
	struct claim claim;
	enum err err = begin(rq, &claim);

	if (err != OK)
		return err == ERR_INVALID ? OK : err;
	if (token == NULL)
		return oauth_refuse(rq, 400, "invalid_request", "token is missing");
	if (secret_parse(PARTNER_REFRESH_PREFIX, token, organization, digest) == OK)
		return revoke_in(rq, &claim, organization, digest, NULL);
	if (token_verify(rq->app->keys, token, strlen(token), clock_unix_ms() / 1000, &who) == OK &&
	    who.kind == PRINCIPAL_CLIENT)
		return revoke_in(rq, &claim, who.organization_id, "", who.id);
	return revoke_in(rq, &claim, claim.id.home, "", NULL);
}

static void put_list(struct request *rq, const char *key, const char *const *items)
{
	json_key(&rq->json, key);
	json_open_array(&rq->json);
	for (; *items != NULL; items++)
		json_text(&rq->json, *items);
	json_close_array(&rq->json);
}

static void put_address(struct request *rq, const char *key, const char *path)
{
	const char *url = arena_printf(rq->arena, "%s%s", partner_issuer(rq), path);

	json_member(&rq->json, key, url ? url : "");
}

enum err oauth_metadata_get(struct request *rq)
{
#define SCOPE(name, bit, text, sentence) text,
	static const char *const scopes[] = {
#include "scopes.def"
	    NULL};
#undef SCOPE
	static const char *const grants[] = {"authorization_code", "refresh_token",
					     "client_credentials", NULL};
	static const char *const methods[] = {"client_secret_basic", "client_secret_post", "none",
					      NULL};

	answer_begin(rq, 200);
	reply_header(rq, "Cache-Control", "public, max-age=300");
	json_open_object(&rq->json);
	put_address(rq, "issuer", "");
	put_address(rq, "authorization_endpoint", "/oauth/authorize");
	put_address(rq, "token_endpoint", "/v1/oauth/token");
	put_address(rq, "revocation_endpoint", "/v1/oauth/revoke");
	put_address(rq, "jwks_uri", "/.well-known/jwks.json");
	put_address(rq, "service_documentation", "/docs");
	put_list(rq, "scopes_supported", scopes);
	put_list(rq, "response_types_supported", (const char *const[]){"code", NULL});
	put_list(rq, "response_modes_supported", (const char *const[]){"query", NULL});
	put_list(rq, "grant_types_supported", grants);
	put_list(rq, "token_endpoint_auth_methods_supported", methods);
	put_list(rq, "revocation_endpoint_auth_methods_supported", methods);
	put_list(rq, "code_challenge_methods_supported", (const char *const[]){"S256", NULL});
	json_key(&rq->json, "authorization_response_iss_parameter_supported");
	json_put_boolean(&rq->json, true);
	json_close_object(&rq->json);
	return OK;
}
