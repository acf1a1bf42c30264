/* The key ring: which keys sign and verify access tokens follows from a directory and the clock. */
#include <stdio.h>
#include <string.h>

#include "auth/token_internal.h"
#include "auth/token_key_files.h"
#include "core/clock.h"
#include "core/json_writer.h"
#include "core/log.h"

const struct token_key *token_ring_signer(const struct token_ring *ring, int64_t now_s)
{
	const struct token_key *signer = &ring->key[0];

	for (size_t i = 1; i < ring->count; i++)
		if (ring->key[i].starts_at <= now_s)
			signer = &ring->key[i];
	return signer;
}

static void ring_free(struct token_ring *ring)
{
	if (!ring)
		return;
	for (size_t i = 0; i < ring->count; i++)
		EVP_PKEY_free(ring->key[i].pair);
	OPENSSL_cleanse(ring, sizeof(*ring));
	free(ring);
}

static bool ring_same(const struct token_ring *a, const struct token_ring *b)
{
	if (!a || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!text_equal(a->key[i].kid, b->key[i].kid) ||
		    !text_equal(a->key[i].x, b->key[i].x) || !text_equal(a->key[i].y, b->key[i].y))
			return false;
	return true;
}

/* A key is retired when its last token has died: a later one has been signing for long enough. */
static size_t count_retired(const struct key_names *names, int64_t now_s)
{
	size_t retired = 0;

	while (retired + 1 < names->count &&
	       names->starts_at[retired + 1] + TOKEN_LIFE_S + TOKEN_RETIRE_S <= now_s)
		retired++;
	return retired;
}

/*
 * Zero when no key is due. The first key signs at once; a next one is published for an hour, and
 * more if the service slept through the day on which it should have been made.
 */
static int64_t next_start(const struct key_names *names, int64_t now_s)
{
	int64_t planned, earliest = now_s + TOKEN_PUBLISH_S;

	if (!names->count)
		return now_s;
	planned = names->starts_at[names->count - 1] + TOKEN_KEY_LIFE_S;
	if (planned > earliest)
		return 0;
	return earliest;
}

static enum err ring_load(int dir, const struct key_names *names, struct token_ring **out,
			  char reason[256])
{
	struct token_ring *ring = calloc(1, sizeof(*ring));
	enum err err = ring ? OK : ERR_MEMORY;

	for (size_t i = 0; err == OK && i < names->count; i++) {
		err = key_file_read(dir, names->starts_at[i], &ring->key[i], reason);
		ring->count += err == OK;
	}
	if (err != OK) {
		ring_free(ring);
		ring = NULL;
	}
	*out = ring;
	return err;
}

/* Runs with the directory locked against other processes. */
static enum err directory_settle(int dir, int64_t now_s, struct token_ring **ring, char reason[256])
{
	struct key_names names;
	int64_t start;
	size_t retired;

	TRY(key_files_list(dir, &names, reason));
	start = next_start(&names, now_s);
	if (start) {
		TRY(key_file_create(dir, start, reason));
		TRY(key_files_list(dir, &names, reason));
	}
	retired = count_retired(&names, now_s);
	for (size_t i = 0; i < retired; i++)
		key_file_remove(dir, names.starts_at[i]);
	names.count -= retired;
	memmove(names.starts_at, names.starts_at + retired,
		names.count * sizeof(names.starts_at[0]));
	if (!names.count || names.count > TOKEN_KEYS_MAX) {
		snprintf(reason, 256, "the key directory holds %zu keys; 1 to %d are usable",
			 names.count, TOKEN_KEYS_MAX);
		return ERR_INVALID;
	}
	return ring_load(dir, &names, ring, reason);
}

static enum err keys_refresh(struct token_keys *keys, int64_t now_s, char reason[256])
{
	struct token_ring *fresh = NULL, *stale = NULL;
	enum err err;
	int dir;

	TRY(key_directory_lock(keys->dir, &dir, reason));
	err = directory_settle(dir, now_s, &fresh, reason);
	key_directory_unlock(dir);
	if (err != OK)
		return err;

	pthread_rwlock_wrlock(&keys->lock);
	if (ring_same(keys->ring, fresh)) {
		stale = fresh;
	} else {
		stale = keys->ring;
		keys->ring = fresh;
		atomic_fetch_add(&keys->generation, 1);
	}
	pthread_rwlock_unlock(&keys->lock);
	ring_free(stale);
	return OK;
}

/* Copies a setting that must fit; the names of the two are compared exactly in every token. */
static bool copy_setting(char *out, size_t cap, const char *value)
{
	size_t len = strlen(value);

	if (!len || len >= cap || !utf8_valid(value, len))
		return false;
	memcpy(out, value, len + 1);
	return true;
}

enum err token_keys_open(struct token_keys **out, const char *dir, const char *issuer,
			 const char *audience, char reason[256])
{
	struct token_keys *keys = calloc(1, sizeof(*keys));
	enum err err = ERR_MEMORY;

	*out = NULL;
	snprintf(reason, 256, "%s", err_text(ERR_MEMORY));
	if (!keys)
		return ERR_MEMORY;
	if (pthread_rwlock_init(&keys->lock, NULL))
		goto fail_lock;
	err = ERR_INVALID;
	if (!copy_setting(keys->dir, sizeof(keys->dir), dir) ||
	    !copy_setting(keys->issuer, sizeof(keys->issuer), issuer) ||
	    !copy_setting(keys->audience, sizeof(keys->audience), audience)) {
		snprintf(reason, 256, "key directory, issuer or audience is empty or too long");
		goto fail;
	}
	err = keys_refresh(keys, clock_unix_ms() / 1000, reason);
	if (err != OK)
		goto fail;
	token_issue_start();
	reason[0] = '\0';
	*out = keys;
	return OK;
fail:
	pthread_rwlock_destroy(&keys->lock);
fail_lock:
	free(keys);
	return err;
}

void token_keys_close(struct token_keys *keys)
{
	if (!keys)
		return;
	ring_free(keys->ring);
	pthread_rwlock_destroy(&keys->lock);
	free(keys);
}

enum err token_keys_rotate(struct token_keys *keys, int64_t now_s)
{
	char reason[256] = "";
	enum err err = keys_refresh(keys, now_s, reason);

	if (err != OK)
		log_line(LOG_ERROR, "keys.rotation_failed", "error=%d reason=\"%s\"", (int)err,
			 reason);
	return err;
}

enum err token_keys_jwks(const struct token_keys *keys, struct buffer *out)
{
	pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)&keys->lock;
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_open_object(&writer);
	json_key(&writer, "keys");
	json_open_array(&writer);
	pthread_rwlock_rdlock(lock);
	for (size_t i = 0; i < keys->ring->count; i++) {
		const struct token_key *key = &keys->ring->key[i];

		json_open_object(&writer);
		json_member(&writer, "kty", "EC");
		json_member(&writer, "crv", "P-256");
		json_member(&writer, "use", "sig");
		json_member(&writer, "alg", "ES256");
		json_member(&writer, "kid", key->kid);
		json_member(&writer, "x", key->x);
		json_member(&writer, "y", key->y);
		json_close_object(&writer);
	}
	pthread_rwlock_unlock(lock);
	json_close_array(&writer);
	json_close_object(&writer);
	return out->failed ? ERR_MEMORY : OK;
}
