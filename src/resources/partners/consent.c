/* What an admin is asked for a partner, and their answer: /v1/oauth/requests, /v1/oauth/consents.
 */
#include <string.h>

#include "auth/scopes.h"
#include "auth/secret.h"
#include "core/control.h"
#include "partner.h"
#include "resources/handlers.h"
#include "statements.h"

#define CHALLENGE_LEN 43 /* 32 bytes as base64url */

/* The parameters of the authorization request as the browser was sent with them. */
struct asking {
	struct partner_id id;
	const char *redirect_uri, *state, *challenge;
	const char *partner_scopes; /* the most it may ask for */
	char scopes[SCOPES_TEXT_MAX];
};

/* What may be told to the partner, at an address of its own. */
struct telling {
	const char *error, *sentence;
};

static const char *sent(const struct request *rq, const char *name)
{
	return json_string_value(json_object_get(rq->body, name));
}

static bool is_challenge(const char *text)
{
	uint8_t bytes[SHA256_LEN];
	size_t len;

	return text != NULL && strlen(text) == CHALLENGE_LEN &&
	       base64url_decode(text, CHALLENGE_LEN, bytes, sizeof(bytes), &len) == OK;
}

/* Without any, all that it may ask for. */
static bool take_scopes(const char *asked, const char *most, char out[SCOPES_TEXT_MAX])
{
	scope_set all, some;

	if (scopes_parse(most, &all) != OK ||
	    scopes_parse(asked != NULL && *asked != '\0' ? asked : most, &some) != OK ||
	    some == 0 || (some & ~all) != 0)
		return false;
	scopes_format(some, out);
	return true;
}

/* NULL: all is as it should be. */
static const struct telling *judge(const struct request *rq, struct asking *asking)
{
	static const struct telling type = {"unsupported_response_type",
					    "response_type is to be code"};
	static const struct telling mode = {"invalid_request", "response_mode is to be query"};
	static const struct telling proof = {"invalid_request",
					     "A code_challenge by S256 is required"};
	static const struct telling scope = {"invalid_scope",
					     "The partner may not ask for that scope"};
	static const struct telling target = {"invalid_target", "Tokens are for this server alone"};
	const char *response_mode = sent(rq, "response_mode");

	asking->challenge = sent(rq, "code_challenge");
	if (!text_equal(sent(rq, "response_type"), "code"))
		return &type;
	if (response_mode != NULL && !text_equal(response_mode, "query"))
		return &mode;
	if (!is_challenge(asking->challenge) ||
	    (!text_equal(sent(rq, "code_challenge_method"), "S256") && DEFENCE(pkce_s256)))
		return &proof;
	if (!take_scopes(sent(rq, "scope"), asking->partner_scopes, asking->scopes))
		return &scope;
	return partner_resource_is_ours(rq, sent(rq, "resource")) ? NULL : &target;
}

static void put_scopes(struct request *rq, const char *key, const char *scopes)
{
	json_key(&rq->json, key);
	if (scopes == NULL) {
		json_put_null(&rq->json);
		return;
	}
	json_open_array(&rq->json);
	while (*scopes != '\0') {
		size_t len = strcspn(scopes, " ");

		json_text_len(&rq->json, scopes, len);
		scopes += len + (scopes[len] == ' ');
	}
	json_close_array(&rq->json);
}

/* `handle`: what the answer is given with; NULL: nothing is asked, since something is wrong. */
static enum err answer_asking(struct request *rq, const struct db_rows *partner,
			      const struct asking *asking, const struct telling *wrong,
			      const char *handle, const char *expires_at)
{
	const char *back = NULL;

	if (wrong != NULL) {
		back = partner_redirect_with(
		    rq, asking->redirect_uri,
		    (const char *const[]){"error", wrong->error, "error_description",
					  wrong->sentence, "state", asking->state, "iss",
					  partner_issuer(rq), NULL});
		if (back == NULL)
			return ERR_MEMORY;
	}
	answer_begin(rq, 200);
	reply_header(rq, "Cache-Control", "no-store");
	json_open_object(&rq->json);
	json_key(&rq->json, "partner");
	json_open_object(&rq->json);
	json_member(&rq->json, "name", db_value(partner, 0, "name"));
	json_member(&rq->json, "homepage", db_value(partner, 0, "homepage"));
	json_member(&rq->json, "registered_by", db_value(partner, 0, "registered_by"));
	json_close_object(&rq->json);
	put_scopes(rq, "scopes", wrong ? "" : asking->scopes);
	put_scopes(rq, "held_scopes", db_value(partner, 0, "held"));
	json_member(&rq->json, "handle", handle);
	json_member(&rq->json, "expires_at", expires_at);
	json_member(&rq->json, "error", wrong ? wrong->error : NULL);
	json_member(&rq->json, "error_description", wrong ? wrong->sentence : NULL);
	json_member(&rq->json, "redirect_to", back);
	json_close_object(&rq->json);
	return OK;
}

/* Who is unknown, or wants the answer elsewhere, is told nothing: the person is. */
enum err oauth_requests_create(struct request *rq)
{
	struct asking asking = {.redirect_uri = sent(rq, "redirect_uri"),
				.state = sent(rq, "state")};
	char handle[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1];
	struct db_rows partner, made;
	const struct telling *wrong;

	if (!partner_id_parse(sent(rq, "client_id"), &asking.id))
		return fail(rq, PROBLEM_partner_unknown, "No partner has this client_id.");
	TRY(RUN(rq, partner_asks, &partner, .home = asking.id.home,
		.partner_id = asking.id.partner));
	if (partner.count == 0 || text_equal(db_value(&partner, 0, "disabled"), "t"))
		return fail(rq, PROBLEM_partner_unknown, "No partner has this client_id.");
	if (asking.redirect_uri == NULL ||
	    !partner_redirect_registered(db_value(&partner, 0, "redirect_uris"),
					 asking.redirect_uri))
		return fail(rq, PROBLEM_redirect_unknown,
			    "The partner has not registered this redirect_uri.");
	asking.partner_scopes = db_value(&partner, 0, "scopes");
	wrong = judge(rq, &asking);
	if (wrong != NULL)
		return answer_asking(rq, &partner, &asking, wrong, NULL, NULL);
	TRY(secret_generate(PARTNER_HANDLE_PREFIX, rq->who.organization_id, handle, digest));
	TRY(RUN(rq, partner_request_create, &made, .home = asking.id.home,
		.partner_id = asking.id.partner, .handle_digest = digest,
		.redirect_uri = asking.redirect_uri, .state = asking.state, .scopes = asking.scopes,
		.challenge = asking.challenge));
	return answer_asking(rq, &partner, &asking, NULL, handle, db_value(&made, 0, "expires_at"));
}

/* The answer sends the browser back to the partner, with a code or without. */
enum err oauth_consents_create(struct request *rq)
{
	char organization[PRINCIPAL_UUID], handle_digest[SHA256_HEX_LEN + 1];
	char code[SECRET_MAX + 1], code_digest[SHA256_HEX_LEN + 1];
	bool connects = text_equal(sent(rq, "decision"), "connect");
	struct db_rows rows;
	const char *to;

	if (secret_parse(PARTNER_HANDLE_PREFIX, sent(rq, "handle"), organization, handle_digest) !=
	    OK)
		return fail(rq, PROBLEM_not_found, "There is no such request.");
	TRY(secret_generate(PARTNER_CODE_PREFIX, rq->who.organization_id, code, code_digest));
	TRY(RUN(rq, partner_request_decide, &rows, .handle_digest = handle_digest,
		.decision = sent(rq, "decision"), .code_digest = code_digest));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such request.");
	to = partner_redirect_with(
	    rq, db_value(&rows, 0, "redirect_uri"),
	    (const char *const[]){"code", connects ? code : NULL, "error",
				  connects ? NULL : "access_denied", "state",
				  db_value(&rows, 0, "state"), "iss",
				  DEFENCE(response_issuer) ? partner_issuer(rq) : NULL, NULL});
	if (to == NULL)
		return ERR_MEMORY;
	answer_begin(rq, 200);
	reply_header(rq, "Cache-Control", "no-store");
	json_open_object(&rq->json);
	json_member(&rq->json, "redirect_to", to);
	json_close_object(&rq->json);
	return OK;
}
