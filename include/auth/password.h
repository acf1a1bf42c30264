/* Argon2id password hashes and the rules that a new password must meet. */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/error.h"

#define PASSWORD_HASH_MAX 128

/* About 25 ms of processor and 19 MiB: always offloaded. PHC string format. */
enum err password_hash(const char *password, char out[PASSWORD_HASH_MAX]) MUST_USE;
/* OK or ERR_DENIED. A NULL hash (unknown user) takes as long as a wrong password. */
enum err password_verify(const char *password, const char *hash) MUST_USE;
/* The parameters of `hash` are weaker than today's. */
bool password_needs_rehash(const char *hash);
/* NULL when acceptable, else the sentence that says which rule is broken. 12–128 characters. */
const char *password_weakness(const char *password, const char *email);

#endif
