/* The files of the key directory: kid-<unix seconds>.pem, one private key each. */
#ifndef AUTH_TOKEN_KEY_FILES_H
#define AUTH_TOKEN_KEY_FILES_H

#include <stdint.h>

#include "auth/token_internal.h"
#include "core/text.h"

#define KEY_FILES_MAX 64
struct key_names {
	size_t count;
	int64_t starts_at[KEY_FILES_MAX]; /* ascending */
};

/*
 * Opens the directory (made with mode 0700 if absent), which must be the running user's and closed
 * to everyone else, and locks it against other processes that rotate. The sentence of a failure
 * goes to `reason`, here and below.
 */
enum err key_directory_lock(const char *path, int *dir, char reason[256]) MUST_USE;
void key_directory_unlock(int dir);

enum err key_files_list(int dir, struct key_names *names, char reason[256]) MUST_USE;
/* Written whole or not at all; a key that another process wrote first is left as it is. */
enum err key_file_create(int dir, int64_t starts_at, char reason[256]) MUST_USE;
void key_file_remove(int dir, int64_t starts_at);
/* Fills `key`, whose pair the caller then owns. */
enum err key_file_read(int dir, int64_t starts_at, struct token_key *key,
		       char reason[256]) MUST_USE;

#endif
