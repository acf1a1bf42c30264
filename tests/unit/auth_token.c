/* Keys are made, shared, rotated and retired; tokens are issued and verified; the cache is exact.
 */
#include "auth_token_forge.h"

#include <fcntl.h>
#include <jansson.h>
#include <sys/wait.h>

static void issued_tokens_are_verified(void **state)
{
	const struct forge *f = *state;
	struct principal user = some_user(), client = some_user(), read;
	char token[TOKEN_MAX + 1];

	for (int level = ACCESS_MEMBER; level <= ACCESS_ADMIN; level++) {
		user.level = (enum access_level)level;
		assert_int_equal(token_issue(f->keys, &user, f->now, token), OK);
		assert_int_equal(token_verify(f->keys, token, strlen(token), f->now, &read), OK);
		assert_int_equal(read.kind, PRINCIPAL_USER);
		assert_int_equal(read.level, level);
		assert_string_equal(read.id, USER_ID);
		assert_string_equal(read.organization_id, ORG_ID);
		assert_int_equal(read.token_version, 7);
		assert_int_equal(read.expires_at, f->now + TOKEN_LIFE_S);
	}
	client.kind = PRINCIPAL_CLIENT;
	client.level = ACCESS_MEMBER;
	client.scopes = 5;
	assert_int_equal(token_issue(f->keys, &client, f->now, token), OK);
	assert_int_equal(token_verify(f->keys, token, strlen(token), f->now, &read), OK);
	assert_int_equal(read.kind, PRINCIPAL_CLIENT);
	assert_int_equal(read.scopes, 5);
}

static void a_token_dies_on_time(void **state)
{
	const struct forge *f = *state;
	struct principal user = some_user(), read;
	char token[TOKEN_MAX + 1];
	size_t len;

	assert_int_equal(token_issue(f->keys, &user, f->now, token), OK);
	len = strlen(token);
	assert_int_equal(token_verify(f->keys, token, len, f->now + TOKEN_LIFE_S - 1, &read), OK);
	assert_int_equal(token_verify(f->keys, token, len, f->now + TOKEN_LIFE_S, &read),
			 ERR_DENIED);
	assert_int_equal(read.kind, PRINCIPAL_NONE);
	assert_int_equal(token_verify(f->keys, token, len, f->now - TOKEN_SKEW_S, &read), OK);
	assert_int_equal(token_verify(f->keys, token, len, f->now - TOKEN_SKEW_S - 1, &read),
			 ERR_DENIED);
}

static void the_cache_rechecks_time_and_keys(void **state)
{
	const struct forge *f = *state;
	struct principal user = some_user(), read;
	struct token_cache *cache = token_cache_new(8);
	char token[TOKEN_MAX + 1];
	size_t len;

	assert_non_null(cache);
	assert_int_equal(token_issue(f->keys, &user, f->now, token), OK);
	len = strlen(token);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(token_verify_cached(cache, f->keys, token, len, f->now, &read),
				 OK);
		assert_string_equal(read.id, USER_ID);
	}
	assert_int_equal(
	    token_verify_cached(cache, f->keys, token, len, f->now + TOKEN_LIFE_S, &read),
	    ERR_DENIED);
	assert_int_equal(read.kind, PRINCIPAL_NONE);

	token[len - 3] ^= 1; /* another token altogether */
	assert_int_equal(token_verify_cached(cache, f->keys, token, len, f->now, &read),
			 ERR_DENIED);
	token[len - 3] ^= 1;
	assert_int_equal(token_verify_cached(cache, f->keys, token, TOKEN_MAX + 1, f->now, &read),
			 ERR_DENIED);
	token_cache_free(cache);
}

static void the_cache_is_bounded(void **state)
{
	const struct forge *f = *state;
	struct token_cache *cache = token_cache_new(4);
	struct principal user = some_user(), read;
	char tokens[12][TOKEN_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
		user.token_version = (uint32_t)i;
		assert_int_equal(token_issue(f->keys, &user, f->now, tokens[i]), OK);
	}
	for (size_t round = 0; round < 3 * ARRAY_LEN(tokens); round++) {
		size_t i = round % ARRAY_LEN(tokens);

		assert_int_equal(token_verify_cached(cache, f->keys, tokens[i], strlen(tokens[i]),
						     f->now, &read),
				 OK);
		assert_int_equal(read.token_version, i);
	}
	token_cache_free(cache);
}

static mode_t mode_of(const char *dir, const char *kid)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s.pem", dir, kid);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void rotation_publishes_signs_and_retires(void **state)
{
	const struct forge *f = *state;
	struct token_keys *keys, *peer;
	struct token_cache *cache = token_cache_new(8);
	struct principal user = some_user(), read;
	char dir[] = "/tmp/assay-rotate-XXXXXX", reason[256], token[TOKEN_MAX + 1];
	char first[TOKEN_KID_MAX], second[TOKEN_KID_MAX];
	int64_t now, later;

	(void)f;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(token_keys_open(&keys, dir, ISSUER, AUDIENCE, reason), OK);
	assert_int_equal(token_keys_open(&peer, dir, ISSUER, AUDIENCE, reason), OK);
	now = keys->ring->key[0].starts_at;
	assert_int_equal(keys->ring->count, 1);
	assert_int_equal(mode_of(dir, keys->ring->key[0].kid), 0400);
	snprintf(first, sizeof(first), "%s", keys->ring->key[0].kid);

	assert_int_equal(token_keys_rotate(keys, now + TOKEN_KEY_LIFE_S - TOKEN_PUBLISH_S - 1), OK);
	assert_int_equal(keys->ring->count, 1);
	later = now + TOKEN_KEY_LIFE_S - TOKEN_PUBLISH_S;
	assert_int_equal(token_keys_rotate(keys, later), OK);
	assert_int_equal(keys->ring->count, 2);
	assert_int_equal(token_keys_rotate(peer, later), OK); /* no third one */
	assert_int_equal(peer->ring->count, 2);
	snprintf(second, sizeof(second), "%s", keys->ring->key[1].kid);
	assert_string_equal(token_ring_signer(keys->ring, later)->kid, first);
	assert_string_equal(token_ring_signer(keys->ring, later + TOKEN_PUBLISH_S)->kid, second);

	later += TOKEN_PUBLISH_S;
	assert_int_equal(token_issue(keys, &user, later - 1, token), OK); /* the first one's last */
	assert_int_equal(token_verify_cached(cache, peer, token, strlen(token), later, &read), OK);
	assert_int_equal(token_keys_rotate(peer, later + TOKEN_LIFE_S + TOKEN_RETIRE_S - 1), OK);
	assert_int_equal(peer->ring->count, 2);
	assert_int_equal(token_keys_rotate(peer, later + TOKEN_LIFE_S + TOKEN_RETIRE_S), OK);
	assert_int_equal(peer->ring->count, 1);
	assert_string_equal(peer->ring->key[0].kid, second);
	/* A withdrawn key's tokens die at once, also those that the cache holds. */
	assert_int_equal(token_verify_cached(cache, peer, token, strlen(token), later, &read),
			 ERR_DENIED);
	token_cache_free(cache);
	token_keys_close(keys);
	token_keys_close(peer);
	remove_directory(dir);
}

static void processes_agree_on_the_first_key(void **state)
{
	char dir[] = "/tmp/assay-race-XXXXXX", reason[256];
	struct token_keys *keys;
	int status;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (int i = 0; i < 8; i++) {
		if (fork())
			continue;
		_exit(token_keys_open(&keys, dir, ISSUER, AUDIENCE, reason) != OK ||
		      keys->ring->count != 1);
	}
	for (int i = 0; i < 8; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	remove_directory(dir);
}

static void refuse_open(const char *dir, const char *sentence)
{
	struct token_keys *keys = NULL;
	char reason[256] = "";

	assert_int_equal(token_keys_open(&keys, dir, ISSUER, AUDIENCE, reason), ERR_INVALID);
	assert_null(keys);
	if (!strstr(reason, sentence))
		fail_msg("%s, not %s", reason, sentence);
}

static void put_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY);
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	close(at);
}

static void only_our_own_files_are_trusted(void **state)
{
	const struct forge *f = *state;
	struct token_keys *keys;
	char dir[] = "/tmp/assay-files-XXXXXX", path[64], reason[256];

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	refuse_open(dir, "ours alone");
	assert_int_equal(chmod(dir, 0700), 0);
	put_file(dir, "kid-7.pem", f->key->pem, 0440);
	refuse_open(dir, "mode 0400");
	remove_directory(dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	put_file(dir, "kid-7.pem", "no key", 0400);
	refuse_open(dir, "P-256");
	put_file(dir, "kid-7.pem", f->public_pem, 0400);
	refuse_open(dir, "P-256");
	remove_directory(dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	/* Names that we do not write are not ours to read; a dead writer's file is swept up. */
	put_file(dir, "kid-07.pem", "x", 0644);
	put_file(dir, "kid-.pem", "x", 0644);
	put_file(dir, "kid-7.pem~", "x", 0644);
	put_file(dir, ".new-dead", "x", 0400);
	assert_int_equal(token_keys_open(&keys, dir, ISSUER, AUDIENCE, reason), OK);
	assert_int_equal(keys->ring->count, 1);
	snprintf(path, sizeof(path), "%s/.new-dead", dir);
	assert_int_not_equal(access(path, F_OK), 0);
	token_keys_close(keys);
	remove_directory(dir);
	refuse_open("/nonexistent/keys", "cannot be made");
	refuse_open("", "empty");
	assert_int_equal(token_keys_open(&keys, dir, "", AUDIENCE, reason), ERR_INVALID);
}

static void the_key_set_holds_public_parts_only(void **state)
{
	const struct forge *f = *state;
	struct buffer out;
	json_t *set, *key;

	buffer_init(&out, 4096);
	assert_int_equal(token_keys_jwks(f->keys, &out), OK);
	set = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	key = json_array_get(json_object_get(set, "keys"), 0);
	assert_int_equal(json_object_size(key), 7);
	assert_null(json_object_get(key, "d"));
	assert_string_equal(json_string_value(json_object_get(key, "kid")), f->key->kid);
	assert_int_equal(json_string_length(json_object_get(key, "x")), 43);
	assert_string_equal(json_string_value(json_object_get(key, "y")), f->key->y);
	json_decref(set);
	buffer_release(&out);
	buffer_init(&out, 8);
	assert_int_equal(token_keys_jwks(f->keys, &out), ERR_MEMORY);
	buffer_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(issued_tokens_are_verified),
	    cmocka_unit_test(a_token_dies_on_time),
	    cmocka_unit_test(the_cache_rechecks_time_and_keys),
	    cmocka_unit_test(the_cache_is_bounded),
	    cmocka_unit_test(rotation_publishes_signs_and_retires),
	    cmocka_unit_test(processes_agree_on_the_first_key),
	    cmocka_unit_test(only_our_own_files_are_trusted),
	    cmocka_unit_test(the_key_set_holds_public_parts_only),
	};

	return cmocka_run_group_tests(tests, forge_open, forge_close);
}
