/*
 * Forged, broken and stale tokens: the gate refuses every one. Each row names its control: the
 * defences without which the control build accepts it, each of which refuses it alone; and whether
 * libjwt accepts it.
 */
#include "auth_token_forge.h"

#include <openssl/hmac.h>

/* How the signature of a row is made. */
enum signing { OWN_KEY, OTHER_KEY, JUNK, HMAC_PUBLIC_PEM };

/* ---- the header -------------------------------------------------------------------------- */

/* In a header, KID stands for the id of the key that signs. */
static void expand_header(const struct forge *f, const char *format, char out[FORGED_MAX])
{
	const char *kid = strstr(format, "KID");

	if (kid)
		snprintf(out, FORGED_MAX, "%.*s%s%s", (int)(kid - format), format, f->key->kid,
			 kid + 3);
	else
		snprintf(out, FORGED_MAX, "%s", format);
}

static void sign_as(const struct forge *f, enum signing how, char token[FORGED_MAX])
{
	uint8_t raw[64], der[80];
	size_t len = sizeof(raw);
	unsigned mac_len;

	switch (how) {
	case OWN_KEY:
		ecdsa_sign(f->key->pair, token, raw, der, &len);
		break;
	case OTHER_KEY:
		ecdsa_sign(f->other, token, raw, der, &len);
		break;
	case JUNK:
		memset(raw, 0x5a, sizeof(raw));
		break;
	case HMAC_PUBLIC_PEM:
		HMAC(EVP_sha256(), f->public_pem, (int)strlen(f->public_pem), (uint8_t *)token,
		     strlen(token), raw, &mac_len);
		append_segment(token, raw, mac_len);
		return;
	}
	append_segment(token, raw, 64);
}

#define TEXT	  "token_text"
#define SIZE	  "token_size"
#define SEGMENTS  "token_segments"
#define HEADER	  "token_header"
#define FORM	  "token_signature_form"
#define SIGNATURE "token_signature"
#define PAYLOAD	  "token_payload"
#define CLAIMS_	  "token_claims"
#define EXPIRY	  "token_expiry"
/* The usual groups of them. */
#define UNSIGNED  HEADER "," SIGNATURE
#define NO_CLAIMS PAYLOAD "," CLAIMS_ "," EXPIRY
#define ALL_PARTS SEGMENTS "," UNSIGNED "," FORM "," NO_CLAIMS

/* clang-format off */
static const struct header_attack {
	struct attack attack;
	enum signing signing;
	const char *header;
} header_attacks[] = {
	{ { "alg none",              UNSIGNED, false }, JUNK, "{\"alg\":\"none\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg None",              UNSIGNED, false }, JUNK, "{\"alg\":\"None\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg NONE",              UNSIGNED, false }, JUNK, "{\"alg\":\"NONE\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg nOnE",              UNSIGNED, false }, JUNK, "{\"alg\":\"nOnE\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg \\u006eone",        UNSIGNED, false }, JUNK, "{\"alg\":\"\\u006eone\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg none, space",       UNSIGNED, false }, JUNK, "{\"alg\":\"none \",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg empty",             UNSIGNED, false }, JUNK, "{\"alg\":\"\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg null",              UNSIGNED, false }, JUNK, "{\"alg\":null,\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg absent",            UNSIGNED, false }, JUNK, "{\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg a number",          UNSIGNED, false }, JUNK, "{\"alg\":256,\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg a list",            UNSIGNED, false }, JUNK, "{\"alg\":[\"ES256\"],\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "HS256, public key",     UNSIGNED "," FORM, true  }, HMAC_PUBLIC_PEM, "{\"alg\":\"HS256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "hs256, public key",     UNSIGNED "," FORM, true  }, HMAC_PUBLIC_PEM, "{\"alg\":\"hs256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "Hs256, public key",     UNSIGNED "," FORM, true  }, HMAC_PUBLIC_PEM, "{\"alg\":\"Hs256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "ES256 says, HMAC is",   SIGNATURE "," FORM, false }, HMAC_PUBLIC_PEM, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "HS512",                 HEADER,   false }, OWN_KEY, "{\"alg\":\"HS512\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "RS256",                 HEADER,   false }, OWN_KEY, "{\"alg\":\"RS256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "PS256",                 HEADER,   false }, OWN_KEY, "{\"alg\":\"PS256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "ES384",                 HEADER,   false }, OWN_KEY, "{\"alg\":\"ES384\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "ES256K",                HEADER,   false }, OWN_KEY, "{\"alg\":\"ES256K\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "EdDSA",                 HEADER,   false }, OWN_KEY, "{\"alg\":\"EdDSA\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "es256",                 HEADER,   true  }, OWN_KEY, "{\"alg\":\"es256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg twice",             HEADER,   true  }, OWN_KEY, "{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg twice, none last",  HEADER,   false }, OWN_KEY, "{\"alg\":\"ES256\",\"alg\":\"none\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "alg and ALG",           HEADER,   true  }, OWN_KEY, "{\"ALG\":\"none\",\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "crit unknown",          HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"crit\":[\"exp2\"],\"exp2\":1,\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "crit empty",            HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"crit\":[],\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "b64 false",             HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"b64\":false,\"crit\":[\"b64\"],\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "jku",                   UNSIGNED, false }, OTHER_KEY, "{\"alg\":\"ES256\",\"jku\":\"https://evil.example/jwks.json\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "x5u",                   UNSIGNED, false }, OTHER_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\",\"x5u\":\"https://evil.example/cert.pem\"}" },
	{ { "x5c",                   UNSIGNED, false }, OTHER_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\",\"x5c\":[\"MIIB\"]}" },
	{ { "jwk inside",            UNSIGNED, false }, OTHER_KEY, "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"},\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "jku, but our key",      HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"jku\":\"https://evil.example/\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "kid unknown",           HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"kid-1\",\"typ\":\"JWT\"}" },
	{ { "kid absent",            HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"typ\":\"JWT\"}" },
	{ { "kid empty",             HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"\",\"typ\":\"JWT\"}" },
	{ { "kid /dev/null",         UNSIGNED, false }, JUNK, "{\"alg\":\"ES256\",\"kid\":\"../../../../dev/null\",\"typ\":\"JWT\"}" },
	{ { "kid traversal, ours",   HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"./KID\",\"typ\":\"JWT\"}" },
	{ { "kid with SQL",          HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"' or 1=1 --\",\"typ\":\"JWT\"}" },
	{ { "kid with a command",    HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID|id\",\"typ\":\"JWT\"}" },
	{ { "kid with \\u0000",      HEADER,   false }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\\u0000x\",\"typ\":\"JWT\"}" },
	{ { "kid escaped",           HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"\\u006bid-1\",\"typ\":\"JWT\"}" },
	{ { "kid a number",          HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":1,\"typ\":\"JWT\"}" },
	{ { "typ absent",            HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\"}" },
	{ { "typ of another kind",   HEADER,   false }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"refresh\"}" },
	{ { "typ lower case",        HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"jwt\"}" },
	{ { "cty nested",            HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"cty\":\"JWT\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "zip",                   HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\",\"zip\":\"DEF\"}" },
	{ { "members swapped",       HEADER,   true  }, OWN_KEY, "{\"typ\":\"JWT\",\"kid\":\"KID\",\"alg\":\"ES256\"}" },
	{ { "header with a space",   HEADER,   true  }, OWN_KEY, "{\"alg\": \"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "header, newline after", HEADER,   true  }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}\n" },
	{ { "header with a tail",    HEADER,   false }, OWN_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}x" },
	{ { "header a list",         HEADER,   false }, OWN_KEY, "[\"ES256\"]" },
	{ { "header no JSON",        HEADER,   false }, OWN_KEY, "ES256" },
	{ { "BOM before",            HEADER,   false }, OWN_KEY, "\xef\xbb\xbf{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "another key signs",     SIGNATURE, false }, OTHER_KEY, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
	{ { "nobody signs",          SIGNATURE, false }, JUNK, "{\"alg\":\"ES256\",\"kid\":\"KID\",\"typ\":\"JWT\"}" },
};
/* clang-format on */

static void headers_are_compared(void **state)
{
	const struct forge *f = *state;
	char header[FORGED_MAX], claims[FORGED_MAX], token[FORGED_MAX];

	claims_text(f, -1, NULL, NULL, claims);
	for (size_t i = 0; i < ARRAY_LEN(header_attacks); i++) {
		expand_header(f, header_attacks[i].header, header);
		encode_parts(header, claims, strlen(claims), token);
		sign_as(f, header_attacks[i].signing, token);
		expect_refused(f, &header_attacks[i].attack, token, strlen(token));
	}
}

/* ---- the claims -------------------------------------------------------------------------- */

/* clang-format off */
static const struct claim_attack {
	struct attack attack;
	int replaced;	  /* -1: none */
	const char *by;	  /* NULL: the claim is missing */
	const char *more; /* after the last claim */
} claim_attacks[] = {
	{ { "iss missing",       CLAIMS_, true }, ISS,  NULL, NULL },
	{ { "aud missing",       CLAIMS_, true }, AUD,  NULL, NULL },
	{ { "sub missing",       CLAIMS_, true }, SUB,  NULL, NULL },
	{ { "org missing",       CLAIMS_, true }, ORG,  NULL, NULL },
	{ { "kind missing",      CLAIMS_, true }, KIND, NULL, NULL },
	{ { "level missing",     CLAIMS_, true }, LEVEL, NULL, NULL },
	{ { "ver missing",       CLAIMS_, true }, VER,  NULL, NULL },
	{ { "jti missing",       CLAIMS_, true }, JTI_CLAIM, NULL, NULL },
	{ { "iat missing",       CLAIMS_ "," EXPIRY, true }, IAT, NULL, NULL },
	{ { "exp missing",       CLAIMS_ "," EXPIRY, true }, EXP, NULL, NULL },
	{ { "iss foreign",       CLAIMS_, true }, ISS,  "\"iss\":\"https://evil.example\"", NULL },
	{ { "iss with a slash",  CLAIMS_, true }, ISS,  "\"iss\":\"" ISSUER "/\"", NULL },
	{ { "iss cut",           CLAIMS_, true }, ISS,  "\"iss\":\"https://assay.exampl\"", NULL },
	{ { "iss upper case",    CLAIMS_, true }, ISS,  "\"iss\":\"HTTPS://ASSAY.EXAMPLE\"", NULL },
	{ { "iss empty",         CLAIMS_, true }, ISS,  "\"iss\":\"\"", NULL },
	{ { "iss a list",        PAYLOAD "," CLAIMS_, true }, ISS,  "\"iss\":[\"" ISSUER "\"]", NULL },
	{ { "iss a number",      CLAIMS_, true }, ISS,  "\"iss\":1", NULL },
	{ { "iss null",          CLAIMS_, true }, ISS,  "\"iss\":null", NULL },
	{ { "iss with \\u0000",  PAYLOAD, false }, ISS, "\"iss\":\"" ISSUER "\\u0000\"", NULL },
	{ { "aud foreign",       CLAIMS_, true }, AUD,  "\"aud\":\"another-api\"", NULL },
	{ { "aud a list",        PAYLOAD "," CLAIMS_, true }, AUD,  "\"aud\":[\"" AUDIENCE "\",\"x\"]", NULL },
	{ { "aud true",          CLAIMS_, true }, AUD,  "\"aud\":true", NULL },
	{ { "sub no UUID",       CLAIMS_, true }, SUB,  "\"sub\":\"admin\"", NULL },
	{ { "sub too long",      CLAIMS_, true }, SUB,  "\"sub\":\"" USER_ID "0\"", NULL },
	{ { "sub braces",        CLAIMS_, true }, SUB,  "\"sub\":\"{0190a000-0000-7000-8000-0000000001}\"", NULL },
	{ { "sub a number",      CLAIMS_, true }, SUB,  "\"sub\":1", NULL },
	{ { "sub an object",     PAYLOAD "," CLAIMS_, true }, SUB,  "\"sub\":{\"id\":\"" USER_ID "\"}", NULL },
	{ { "sub twice",         CLAIMS_, true }, -1,   NULL, ",\"sub\":\"0190a000-0000-7000-8000-000000000002\"" },
	{ { "sub twice, escape", CLAIMS_, true }, -1,   NULL, ",\"s\\u0075b\":\"0190a000-0000-7000-8000-000000000002\"" },
	{ { "exp twice",         CLAIMS_, true }, EXP,  "\"exp\":4000000000", ",\"exp\":EXP" },
	{ { "org no UUID",       CLAIMS_, true }, ORG,  "\"org\":\"0190a000\"", NULL },
	{ { "org with SQL",      CLAIMS_, true }, ORG,  "\"org\":\"' or true --\"", NULL },
	{ { "org null",          CLAIMS_, true }, ORG,  "\"org\":null", NULL },
	{ { "org no hex",        CLAIMS_, true }, ORG,  "\"org\":\"0190a000-0000-7000-8000-00000000000g\"", NULL },
	{ { "kind unknown",      CLAIMS_, true }, KIND, "\"kind\":\"root\"", NULL },
	{ { "kind client",       CLAIMS_, true }, KIND, "\"kind\":\"client\"", NULL },
	{ { "kind a number",     CLAIMS_, true }, KIND, "\"kind\":0", NULL },
	{ { "scopes unknown",    CLAIMS_, true }, KIND, "\"kind\":\"client\",\"scopes\":\"root\"", NULL },
	{ { "scopes a number",   CLAIMS_, true }, KIND, "\"kind\":\"client\",\"scopes\":1", NULL },
	{ { "level unknown",     CLAIMS_, true }, LEVEL, "\"level\":\"owner\"", NULL },
	{ { "level upper case",  CLAIMS_, true }, LEVEL, "\"level\":\"ADMIN\"", NULL },
	{ { "level a number",    CLAIMS_, true }, LEVEL, "\"level\":2", NULL },
	{ { "scopes for level",  CLAIMS_, true }, LEVEL, "\"scopes\":\"roles:read\"", NULL },
	{ { "both rights",       CLAIMS_, true }, -1,   NULL, ",\"scopes\":\"roles:read\"" },
	{ { "ver a text",        CLAIMS_, true }, VER,  "\"ver\":\"7\"", NULL },
	{ { "ver negative",      CLAIMS_, true }, VER,  "\"ver\":-1", NULL },
	{ { "ver 2^32",          CLAIMS_, true }, VER,  "\"ver\":4294967296", NULL },
	{ { "ver 7.0",           CLAIMS_, true }, VER,  "\"ver\":7.0", NULL },
	{ { "ver true",          CLAIMS_, true }, VER,  "\"ver\":true", NULL },
	{ { "jti no UUID",       CLAIMS_, true }, JTI_CLAIM, "\"jti\":\"1\"", NULL },
	{ { "jti a number",      CLAIMS_, true }, JTI_CLAIM, "\"jti\":1", NULL },
	{ { "nbf",               CLAIMS_, true }, -1,   NULL, ",\"nbf\":4000000000" },
	{ { "unknown claim",     CLAIMS_, true }, -1,   NULL, ",\"admin\":true" },
	{ { "no name",           CLAIMS_, true }, -1,   NULL, ",\"\":1" },
	{ { "__proto__",         CLAIMS_, true }, -1,   NULL, ",\"__proto__\":1" },
	{ { "expired",           EXPIRY,  true }, EXP,  "\"exp\":NOW", NULL },
	{ { "expired long ago",  EXPIRY,  true }, EXP,  "\"exp\":1", NULL },
	{ { "exp 0",             EXPIRY,  true }, EXP,  "\"exp\":0", NULL },
	{ { "exp negative",      EXPIRY,  true }, EXP,  "\"exp\":-1", NULL },
	{ { "exp too far",       EXPIRY,  true }, EXP,  "\"exp\":4000000000", NULL },
	{ { "exp 2^63-1",        EXPIRY,  true }, EXP,  "\"exp\":9223372036854775807", NULL },
	{ { "exp a float",       EXPIRY,  true }, EXP,  "\"exp\":EXP.0", NULL },
	{ { "exp 1e30",          EXPIRY,  true }, EXP,  "\"exp\":1e30", NULL },
	{ { "exp 4e9",           EXPIRY,  true }, EXP,  "\"exp\":4e9", NULL },
	{ { "exp a text",        EXPIRY,  true }, EXP,  "\"exp\":\"EXP\"", NULL },
	{ { "exp true",          EXPIRY,  true }, EXP,  "\"exp\":true", NULL },
	{ { "exp null",          EXPIRY,  true }, EXP,  "\"exp\":null", NULL },
	{ { "exp a list",        PAYLOAD "," EXPIRY, true }, EXP,  "\"exp\":[EXP]", NULL },
	{ { "exp 2^64",          NO_CLAIMS, false }, EXP, "\"exp\":18446744073709551616", NULL },
	{ { "exp 1e999",         NO_CLAIMS, false }, EXP, "\"exp\":1e999", NULL },
	{ { "exp hexadecimal",   NO_CLAIMS, false }, EXP, "\"exp\":0x7fffffff", NULL },
	{ { "exp leading zero",  NO_CLAIMS, false }, EXP, "\"exp\":0EXP", NULL },
	{ { "exp NaN",           NO_CLAIMS, false }, EXP, "\"exp\":NaN", NULL },
	{ { "exp +1",            NO_CLAIMS, false }, EXP, "\"exp\":+EXP", NULL },
	{ { "iat in the future", EXPIRY,  true }, IAT,  "\"iat\":EXP", NULL },
	{ { "iat beyond skew",   EXPIRY,  true }, IAT,  "\"iat\":SKEW", NULL },
	{ { "iat a text",        EXPIRY,  true }, IAT,  "\"iat\":\"NOW\"", NULL },
	{ { "iat negative",      EXPIRY,  true }, IAT,  "\"iat\":-9223372036854775807", NULL },
	{ { "iat long ago",      EXPIRY,  true }, IAT,  "\"iat\":1", NULL },
	{ { "iat a float",       EXPIRY,  true }, IAT,  "\"iat\":NOW.5", NULL },
	{ { "lone surrogate",    NO_CLAIMS, false }, SUB, "\"sub\":\"\\ud800\"", NULL },
	{ { "no UTF-8",          NO_CLAIMS, false }, SUB, "\"sub\":\"\xc0\xaf\"", NULL },
	{ { "comma too many",    NO_CLAIMS, false }, -1,  NULL, "," },
	{ { "single quotes",     NO_CLAIMS, false }, VER, "'ver':7", NULL },
	{ { "comment",           NO_CLAIMS, false }, -1,  NULL, "/* x */" },
};
/* clang-format on */

/* NOW, EXP and SKEW in a row are times. */
static void expand_times(const struct forge *f, const char *text, char out[256])
{
	static const struct {
		const char *word;
		int64_t after;
	} times[] = {{"NOW", 0}, {"EXP", TOKEN_LIFE_S}, {"SKEW", TOKEN_SKEW_S + 1}};

	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		const char *at = strstr(text, times[i].word);

		if (!at)
			continue;
		snprintf(out, 256, "%.*s%lld%s", (int)(at - text), text,
			 (long long)(f->now + times[i].after), at + strlen(times[i].word));
		return;
	}
	snprintf(out, 256, "%s", text);
}

static void claims_are_checked(void **state)
{
	const struct forge *f = *state;
	char header[TOKEN_HEADER_MAX], by[256], more[256], claims[FORGED_MAX], token[FORGED_MAX];

	true_header(f, header);
	for (size_t i = 0; i < ARRAY_LEN(claim_attacks); i++) {
		const struct claim_attack *a = &claim_attacks[i];

		expand_times(f, a->by ? a->by : "", by);
		expand_times(f, a->more ? a->more : "", more);
		claims_text(f, a->replaced, a->by ? by : NULL, more, claims);
		forge_token(f->key->pair, header, claims, strlen(claims), token);
		expect_refused(f, &a->attack, token, strlen(token));
	}
}

/* ---- the payload as a whole --------------------------------------------------------------- */

static void refuse_payload(const struct forge *f, const struct attack *attack, const void *payload,
			   size_t len)
{
	char header[TOKEN_HEADER_MAX], token[FORGED_MAX];

	forge_token(f->key->pair, true_header(f, header), payload, len, token);
	expect_refused(f, attack, token, strlen(token));
}

static void payloads_are_whole(void **state)
{
	static const struct attack text = {"payload of another form", NO_CLAIMS, false};
	static const struct attack tail = {"JSON garbage after NUL", PAYLOAD, true};
	static const char *const texts[] = {"[]", "null", "\"x\"", "1", "{", "}", " ", "{}x", "\0"};
	static const struct attack bare = {"no claim at all", CLAIMS_ "," EXPIRY, true};
	const struct forge *f = *state;
	char claims[FORGED_MAX], deep[2048];
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		refuse_payload(f, &text, texts[i], texts[i][0] ? strlen(texts[i]) : 1);
	refuse_payload(f, &bare, "{}", 2);

	claims_text(f, -1, NULL, NULL, claims);
	len = strlen(claims);
	memcpy(claims + len + 1, "{\"sub\":\"x\"}", 11);
	refuse_payload(f, &tail, claims, len + 12);

	memset(deep, '[', sizeof(deep));
	refuse_payload(f, &text, deep, sizeof(deep));
	memcpy(deep, "{\"a\":", 5);
	refuse_payload(f, &text, deep, sizeof(deep));
	for (size_t i = 0; i + 5 <= sizeof(deep); i += 5)
		memcpy(deep + i, "{\"a\":", 5);
	refuse_payload(f, &text, deep, sizeof(deep));
}

/* ---- the signature ------------------------------------------------------------------------ */

enum { WHOLE = 64 };

/* Replaces the signature of a valid token. */
static void refuse_signature(const struct forge *f, const struct attack *attack, const void *bytes,
			     size_t len)
{
	char token[FORGED_MAX];

	valid_token(f, token);
	*strrchr(token, '.') = '\0';
	append_segment(token, bytes, len);
	expect_refused(f, attack, token, strlen(token));
}

static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
				  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
				  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

static void signatures_are_numbers_in_range(void **state)
{
	static const struct attack row = {"r or s out of range", SIGNATURE, false};
	const struct forge *f = *state;
	char token[FORGED_MAX];
	uint8_t raw[WHOLE], bad[WHOLE], der[80];
	size_t len;

	valid_token(f, token);
	*strrchr(token, '.') = '\0';
	ecdsa_sign(f->key->pair, token, raw, der, &len);
	for (size_t half = 0; half < 2; half++) {
		memcpy(bad, raw, WHOLE);
		memset(bad + 32 * half, 0, 32);
		refuse_signature(f, &row, bad, WHOLE);
		memset(bad + 32 * half, 0xff, 32);
		refuse_signature(f, &row, bad, WHOLE);
		memcpy(bad + 32 * half, order, 32);
		refuse_signature(f, &row, bad, WHOLE);
		memset(bad + 32 * half, 0, 32);
		bad[32 * half + 31] = 1;
		refuse_signature(f, &row, bad, WHOLE);
	}
	memset(bad, 0, WHOLE);
	refuse_signature(f, &row, bad, WHOLE);
	memcpy(bad, order, 32);
	memcpy(bad + 32, order, 32);
	refuse_signature(f, &row, bad, WHOLE);
	memcpy(bad, raw + 32, 32);
	memcpy(bad + 32, raw, 32);
	refuse_signature(f, &row, bad, WHOLE); /* swapped */
}

static void signatures_have_one_length(void **state)
{
	static const struct attack row = {"signature of another length", SIGNATURE "," FORM, false};
	static const struct attack tail = {"signature with a tail", FORM, false};
	const struct forge *f = *state;
	char token[FORGED_MAX];
	uint8_t raw[WHOLE + 64] = {0}, der[80];
	size_t len;

	valid_token(f, token);
	*strrchr(token, '.') = '\0';
	ecdsa_sign(f->key->pair, token, raw, der, &len);
	refuse_signature(f, &row, der, len);
	for (size_t n = 1; n < WHOLE; n++)
		refuse_signature(f, &row, raw, n);
	for (size_t n = WHOLE + 1; n <= sizeof(raw); n++)
		refuse_signature(f, &tail, raw, n);
}

static void every_bit_counts(void **state)
{
	static const struct attack row = {"one bit flipped", SIGNATURE, false};
	const struct forge *f = *state;
	char token[FORGED_MAX];
	uint8_t raw[WHOLE], der[80];
	size_t len;

	valid_token(f, token);
	*strrchr(token, '.') = '\0';
	ecdsa_sign(f->key->pair, token, raw, der, &len);
	for (size_t bit = 0; bit < 8 * WHOLE; bit += 7) {
		raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refuse_signature(f, &row, raw, WHOLE);
		raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	append_segment(token, raw, WHOLE);
	assert_int_equal(gate(f, token, strlen(token)), OK);
}

/* ---- the text ----------------------------------------------------------------------------- */

static void refuse_text(const struct forge *f, const char *name, const char *control, bool libjwt,
			const char *token)
{
	const struct attack row = {name, control, libjwt};

	expect_refused(f, &row, token, strlen(token));
}

static void texts_are_canonical(void **state)
{
	const struct forge *f = *state;
	char token[FORGED_MAX], bad[FORGED_MAX + 64];
	char *last;

	valid_token(f, token);
	snprintf(bad, sizeof(bad), "%s==", token);
	refuse_text(f, "padded", TEXT, true, bad);
	snprintf(bad, sizeof(bad), "%s ", token);
	refuse_text(f, "space after", TEXT, false, bad);
	snprintf(bad, sizeof(bad), " %s", token);
	refuse_text(f, "space before", UNSIGNED, false, bad);
	snprintf(bad, sizeof(bad), "%s\n", token);
	refuse_text(f, "newline after", TEXT, false, bad);
	snprintf(bad, sizeof(bad), "Bearer %s", token);
	refuse_text(f, "scheme before", UNSIGNED, false, bad);
	snprintf(bad, sizeof(bad), "%s.", token);
	refuse_text(f, "empty fourth", SEGMENTS, false, bad);
	snprintf(bad, sizeof(bad), "%s.AAAA", token);
	refuse_text(f, "fourth", SEGMENTS, false, bad);
	snprintf(bad, sizeof(bad), "%s.AAAA.AAAA", token);
	refuse_text(f, "five, as encrypted ones have", SEGMENTS, false, bad);
	snprintf(bad, sizeof(bad), ".%s", token);
	refuse_text(f, "empty first", SEGMENTS "," UNSIGNED "," FORM "," CLAIMS_ "," EXPIRY, false,
		    bad);

	/* The last character of 64 bytes carries two bits of none. */
	last = token + strlen(token) - 1;
	assert_non_null(strchr("AQgw", *last));
	for (char extra = 1; extra < 4; extra++) {
		char kept = *last;

		*last = (char)(*last + extra); /* within A–Z, a–z: the neighbours in base64 */
		refuse_text(f, "last bits not zero", TEXT, true, token);
		*last = kept;
	}
	assert_int_equal(gate(f, token, strlen(token)), OK);
}

/* What refuses the first `cut` characters of a good token. */
static const char *cut_control(const char *token, size_t cut)
{
	size_t header = strcspn(token, "."),
	       payload = header + 1 + strcspn(token + header + 1, ".");

	if (cut < header)
		return ALL_PARTS;
	if (cut < payload)
		return SEGMENTS "," FORM "," SIGNATURE "," NO_CLAIMS;
	return cut <= payload + 1 ? SEGMENTS "," FORM "," SIGNATURE : FORM "," SIGNATURE;
}

/* What refuses a good token with a character at `at` that base64url does not have. */
static const char *foreign_control(const char *second, const char *third, const char *at)
{
	if (at == second - 1)
		return ALL_PARTS;
	if (at == third - 1)
		return SEGMENTS "," FORM "," SIGNATURE "," NO_CLAIMS;
	if (at < second)
		return UNSIGNED;
	return at < third ? SIGNATURE "," NO_CLAIMS : FORM "," SIGNATURE;
}

static void segments_are_three(void **state)
{
	const struct forge *f = *state;
	char token[FORGED_MAX], bad[FORGED_MAX];
	char *second, *third;

	valid_token(f, token);
	refuse_text(f, "nothing", ALL_PARTS, false, "");
	refuse_text(f, "one dot", ALL_PARTS, false, ".");
	refuse_text(f, "two dots", ALL_PARTS, false, "..");
	refuse_text(f, "three dots", ALL_PARTS, false, "...");
	second = strchr(token, '.') + 1;
	third = strrchr(token, '.') + 1;
	snprintf(bad, sizeof(bad), "%.*s", (int)(third - token - 1), token);
	refuse_text(f, "no signature", SEGMENTS "," FORM "," SIGNATURE, false, bad);
	snprintf(bad, sizeof(bad), "%.*s", (int)(third - token), token);
	refuse_text(f, "empty signature", SEGMENTS "," FORM "," SIGNATURE, false, bad);
	snprintf(bad, sizeof(bad), "%.*s.%s", (int)(second - token), token, third);
	refuse_text(f, "empty payload", SEGMENTS "," SIGNATURE "," NO_CLAIMS, false, bad);
	snprintf(bad, sizeof(bad), "%s", second);
	refuse_text(f, "no header", ALL_PARTS, false, bad);
	for (size_t cut = 1; cut < strlen(token); cut++) {
		snprintf(bad, sizeof(bad), "%.*s", (int)cut, token);
		refuse_text(f, "cut", cut_control(token, cut), false, bad);
	}
	for (char *c = token; *c; c++) {
		char kept = *c;

		*c = kept == '+' ? '/' : '+';
		refuse_text(f, "a foreign character", foreign_control(second, third, c), false,
			    token);
		*c = kept;
	}
}

static void nothing_hides_behind_a_nul(void **state)
{
	static const struct attack row = {"bytes after NUL", TEXT, false};
	static const struct attack within = {"NUL in the header", UNSIGNED, false};
	const struct forge *f = *state;
	char token[FORGED_MAX] = {0};
	size_t len;

	valid_token(f, token);
	len = strlen(token);
	expect_refused(f, &row, token, len + 1);
	expect_refused(f, &row, token, len + 20);
	token[10] = '\0';
	expect_refused(f, &within, token, len);
}

static void size_is_bounded(void **state)
{
	static const struct attack row = {"beyond 4 KiB", SIZE, true};
	const struct forge *f = *state;
	char header[TOKEN_HEADER_MAX], claims[FORGED_MAX], token[FORGED_MAX];
	char more[TOKEN_MAX];

	/* Spaces before the last brace are the only harmless length there is. */
	memset(more, ' ', sizeof(more));
	for (size_t pad = 2000; pad < 3600; pad += 100) {
		more[pad] = '\0';
		claims_text(f, -1, NULL, more, claims);
		more[pad] = ' ';
		forge_token(f->key->pair, true_header(f, header), claims, strlen(claims), token);
		if (strlen(token) > TOKEN_MAX)
			expect_refused(f, &row, token, strlen(token));
		else
			assert_int_equal(gate(f, token, strlen(token)), OK);
	}
	memset(token, 'A', sizeof(token) - 1);
	token[sizeof(token) - 1] = '\0';
	refuse_text(f, "sixteen KiB of A", SIZE "," ALL_PARTS, false, token);
}

/* The parts of two valid tokens do not fit together. */
static void parts_belong_together(void **state)
{
	const struct forge *f = *state;
	char header[TOKEN_HEADER_MAX], claims[FORGED_MAX], a[FORGED_MAX], b[FORGED_MAX],
	    mixed[2 * FORGED_MAX];

	valid_token(f, a);
	claims_text(f, LEVEL, "\"level\":\"member\"", NULL, claims);
	forge_token(f->key->pair, true_header(f, header), claims, strlen(claims), b);
	assert_int_equal(gate(f, a, strlen(a)), OK);
	assert_int_equal(gate(f, b, strlen(b)), OK);
	snprintf(mixed, sizeof(mixed), "%.*s%s", (int)(strrchr(a, '.') - a), a, strrchr(b, '.'));
	refuse_text(f, "a's payload, b's signature", SIGNATURE, false, mixed);
	snprintf(mixed, sizeof(mixed), "%s%s", strchr(a, '.') + 1, strchr(b, '.'));
	refuse_text(f, "payload first", ALL_PARTS, false, mixed);
	snprintf(mixed, sizeof(mixed), "%.*s.%.*s%s", (int)(strrchr(a, '.') - strchr(a, '.') - 1),
		 strchr(a, '.') + 1, (int)(strchr(a, '.') - a), a, strrchr(a, '.'));
	refuse_text(f, "header and payload swapped", UNSIGNED "," CLAIMS_ "," EXPIRY, false, mixed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_are_compared),
	    cmocka_unit_test(claims_are_checked),
	    cmocka_unit_test(payloads_are_whole),
	    cmocka_unit_test(signatures_are_numbers_in_range),
	    cmocka_unit_test(signatures_have_one_length),
	    cmocka_unit_test(every_bit_counts),
	    cmocka_unit_test(texts_are_canonical),
	    cmocka_unit_test(segments_are_three),
	    cmocka_unit_test(nothing_hides_behind_a_nul),
	    cmocka_unit_test(size_is_bounded),
	    cmocka_unit_test(parts_belong_together),
	};

	return cmocka_run_group_tests(tests, forge_open, forge_close);
}
