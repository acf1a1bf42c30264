/* Issues access tokens with libjwt, and hands out none that our own gate would refuse. */
#include <assert.h>
#include <jansson.h>
#include <jwt.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "auth/scopes.h"
#include "auth/token_internal.h"
#include "core/text.h"

/*
 * libjwt 1.10.2 follows a null pointer when jansson has no memory to write a token with. So some
 * is put by before each call, and given back in the moment in which malloc fails. Only this thread
 * looks at it, and only within token_issue.
 */
#define SPARE_BYTES 16384
static _Thread_local void *spare;

static void *memory_or_spare(size_t size)
{
	void *memory = malloc(size);

	if (memory || !spare)
		return memory;
	free(spare);
	spare = NULL;
	return malloc(size);
}

void token_issue_start(void)
{
	json_set_alloc_funcs(memory_or_spare, free);
}

static const char *const level_names[] = {
    [ACCESS_MEMBER] = "member",
    [ACCESS_RECRUITER] = "recruiter",
    [ACCESS_ADMIN] = "admin",
};

/* What a user may do stands in the level, what an API client may do in the scopes. */
static int add_rights(jwt_t *jwt, const struct principal *who)
{
	char scopes[SCOPES_TEXT_MAX];

	if (who->kind == PRINCIPAL_USER) {
		assert((size_t)who->level < ARRAY_LEN(level_names));
		return jwt_add_grant(jwt, "kind", "user") ||
		       jwt_add_grant(jwt, "level", level_names[who->level]);
	}
	assert(who->kind == PRINCIPAL_CLIENT);
	scopes_format(who->scopes, scopes);
	return jwt_add_grant(jwt, "kind", "client") || jwt_add_grant(jwt, "scopes", scopes);
}

static int add_claims(jwt_t *jwt, const struct token_keys *keys, const struct principal *who,
		      int64_t now_s)
{
	char jti[UUID_TEXT_LEN + 1];

	uuid_generate(jti);
	return jwt_add_grant(jwt, "iss", keys->issuer) ||
	       jwt_add_grant(jwt, "aud", keys->audience) || jwt_add_grant(jwt, "sub", who->id) ||
	       jwt_add_grant(jwt, "org", who->organization_id) || add_rights(jwt, who) ||
	       jwt_add_grant_int(jwt, "ver", (long)who->token_version) ||
	       jwt_add_grant(jwt, "jti", jti) || jwt_add_grant_int(jwt, "iat", (long)now_s) ||
	       jwt_add_grant_int(jwt, "exp", (long)(now_s + TOKEN_LIFE_S));
}

static char *sign(const struct token_keys *keys, jwt_t *jwt, int64_t now_s)
{
	pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)&keys->lock;
	const struct token_key *key;
	char *text = NULL;

	pthread_rwlock_rdlock(lock);
	key = token_ring_signer(keys->ring, now_s);
	if (!jwt_add_header(jwt, "kid", key->kid) &&
	    !jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)key->pem, (int)key->pem_len))
		text = jwt_encode_str(jwt);
	pthread_rwlock_unlock(lock);
	ERR_clear_error();
	return text;
}

/* libjwt checks few of its own allocations; what it wrote counts only if the gate takes it. */
static enum err check(const struct token_keys *keys, const struct principal *who, const char *text,
		      int64_t now_s)
{
	struct principal read;

	if (token_verify(keys, text, strlen(text), now_s, &read) != OK)
		return ERR_MEMORY;
	if (read.kind != who->kind || read.level != who->level || read.scopes != who->scopes ||
	    read.token_version != who->token_version || !text_equal(read.id, who->id) ||
	    !text_equal(read.organization_id, who->organization_id))
		return ERR_INTERNAL;
	return OK;
}

enum err token_issue(const struct token_keys *keys, const struct principal *who, int64_t now_s,
		     char out[TOKEN_MAX + 1])
{
	jwt_t *jwt = NULL;
	char *text = NULL;
	enum err err = ERR_MEMORY;

	out[0] = '\0';
	spare = malloc(SPARE_BYTES);
	if (!spare || jwt_new(&jwt))
		goto out;
	if (!add_claims(jwt, keys, who, now_s))
		text = sign(keys, jwt, now_s);
	if (text && strlen(text) <= TOKEN_MAX)
		err = check(keys, who, text, now_s);
	if (err == OK)
		memcpy(out, text, strlen(text) + 1);
out:
	free(text);
	jwt_free(jwt);
	free(spare);
	spare = NULL;
	return err;
}
