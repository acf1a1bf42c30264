/* Opaque credentials (refresh tokens, client secrets, candidates' links): made once, kept hashed.
 */
#ifndef AUTH_SECRET_H
#define AUTH_SECRET_H

#include "auth/principal.h"
#include "core/attr.h"
#include "core/digest.h"
#include "core/error.h"

/*
 * `<prefix>_<organization, 32 hex digits>_<256 random bits, 43 base64url characters>`. The
 * organization comes first, so that row-level security can be set before the credential is looked
 * up by its digest; that it is right, only the row found under it proves.
 */
#define SECRET_PREFIX_MAX 8
#define SECRET_MAX	  (SECRET_PREFIX_MAX + 1 + 32 + 1 + 43)

/* A new one: the text for its holder, and the SHA-256 (hex) of that text, which is what to store.
 */
enum err secret_generate(const char *prefix, const char *organization_id, char out[SECRET_MAX + 1],
			 char digest[SHA256_HEX_LEN + 1]) MUST_USE;

/* The same one whenever it is derived from this text, which need not be secret. */
enum err secret_derive(const char *prefix, const char *organization_id, const uint8_t key[32],
		       const char *from, char out[SECRET_MAX + 1],
		       char digest[SHA256_HEX_LEN + 1]) MUST_USE;

/* ERR_DENIED unless `text` has this form with this prefix. */
enum err secret_parse(const char *prefix, const char *text, char organization_id[PRINCIPAL_UUID],
		      char digest[SHA256_HEX_LEN + 1]) MUST_USE;

#endif
