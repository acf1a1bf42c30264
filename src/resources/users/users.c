/* Users, and the passwords that admins set for them: /v1/users. */
#include "auth/password.h"
#include "core/digest.h"
#include "resources/handlers.h"
#include "runtime/offload.h"
#include "statements.h"

enum err users_list(struct request *rq)
{
	return LIST(rq, users_list);
}

enum err users_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, user_get, &rows, .user_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

struct hash_job {
	const char *password;
	char hash[PASSWORD_HASH_MAX];
	enum err err;
};

static void hash_work(void *arg)
{
	struct hash_job *job = arg;

	job->err = password_hash(job->password, job->hash);
}

/* Checks the body's password and hashes it on another thread; *hash is the arena's. */
static enum err take_password(struct request *rq, const char *email, const char **hash)
{
	struct hash_job job = {.password =
				   json_string_value(json_object_get(rq->body, "password"))};
	const char *weakness;

	*hash = NULL;
	if (!job.password)
		return OK;
	weakness = password_weakness(job.password, email);
	if (weakness) {
		refuse_field(rq, "/password", "weak_password", "%s", weakness);
		return fail(rq, PROBLEM_weak_password, "%s", weakness);
	}
	TRY(offload_run(rq->offload, hash_work, &job));
	TRY(job.err);
	*hash = arena_strdup(rq->arena, job.hash);
	return *hash ? OK : ERR_MEMORY;
}

/*
 * The record of an idempotent request keeps a fast digest of its body, by which a password could
 * be guessed: that of a user to be created leaves the password out.
 */
static enum err leave_password_out(struct request *rq)
{
	json_t *rest;
	char *text, *digest;
	enum err err;

	if (!rq->idempotency.key || !json_object_get(rq->body, "password"))
		return OK;
	digest = arena_alloc(rq->arena, SHA256_HEX_LEN + 1);
	rest = json_copy(rq->body);
	json_object_del(rest, "password");
	text = json_dumps(rest, JSON_COMPACT | JSON_SORT_KEYS);
	err = digest && text ? sha256_hex(text, strlen(text), digest) : ERR_MEMORY;
	free(text);
	json_decref(rest);
	rq->idempotency.body_digest = digest;
	return err;
}

/* Without a password the user cannot sign in until an admin has set one. */
enum err users_create(struct request *rq)
{
	const char *email = json_string_value(json_object_get(rq->body, "email")), *hash;
	struct db_rows rows;

	TRY(leave_password_out(rq));
	TRY(take_password(rq, email, &hash));
	TRY(RUN(rq, user_create, &rows, .body = rq->body_text, .password_hash = hash));
	return answer_created(rq, "/v1/users", &rows);
}

enum err users_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, user_update, &rows, .user_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

/* Nothing of it is kept under an Idempotency-Key; setting a password twice sets it once. */
enum err users_set_password(struct request *rq)
{
	struct db_rows rows;
	const char *hash;

	rq->idempotency.key = NULL;
	TRY(RUN(rq, user_get, &rows, .user_id = rq->param[0]));
	if (rows.count == 0)
		return answer_nothing(rq, &rows);
	TRY(take_password(rq, db_value(&rows, 0, "email"), &hash));
	TRY(RUN(rq, user_set_password, &rows, .user_id = rq->param[0], .password_hash = hash));
	return answer_nothing(rq, &rows);
}

enum err users_put_by_external_id(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, user_put_external, &rows, .source = rq->param[0], .external_id = rq->param[1],
		.body = rq->body_text));
	return answer_put(rq, "/v1/users", &rows);
}
