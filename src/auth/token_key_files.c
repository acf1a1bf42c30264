/* Makes, lists and reads the key files, trusting none that others could have written. */
#include "auth/token_key_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/file.h"

#define NAME_PREFIX  "kid-"
#define NAME_SUFFIX  ".pem"
#define TEMP_PREFIX  ".new-"
#define NAME_MAX_LEN 48

static enum err refuse(char reason[256], const char *what, const char *name)
{
	int saved = errno;

	snprintf(reason, 256, "%s: %.100s%s%s", what, name, saved ? ": " : "",
		 saved ? strerrordesc_np(saved) : "");
	return ERR_INVALID;
}

static enum err refuse_rule(char reason[256], const char *what, const char *name)
{
	errno = 0;
	return refuse(reason, what, name);
}

static void file_name(int64_t starts_at, char name[NAME_MAX_LEN])
{
	snprintf(name, NAME_MAX_LEN, NAME_PREFIX "%" PRId64 NAME_SUFFIX, starts_at);
}

/* -1 for every name but those that file_name writes. */
static int64_t name_time(const char *name)
{
	char again[NAME_MAX_LEN];
	int64_t time = 0;
	size_t digits;

	if (strncmp(name, NAME_PREFIX, strlen(NAME_PREFIX)) != 0)
		return -1;
	name += strlen(NAME_PREFIX);
	digits = strspn(name, "0123456789");
	if (!digits || digits > 11)
		return -1;
	for (size_t i = 0; i < digits; i++)
		time = time * 10 + (name[i] - '0');
	file_name(time, again);
	return text_equal(again + strlen(NAME_PREFIX), name) ? time : -1;
}

enum err key_directory_lock(const char *path, int *dir, char reason[256])
{
	struct stat st;
	int fd;

	if (mkdir(path, 0700) && errno != EEXIST)
		return refuse(reason, "the key directory cannot be made", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		enum err err = refuse(reason, "the key directory cannot be opened", path);

		if (fd >= 0)
			close(fd);
		return err;
	}
	if (st.st_uid != geteuid() || (st.st_mode & 077)) {
		close(fd);
		return refuse_rule(reason, "the key directory must be ours alone (mode 0700)",
				   path);
	}
	if (flock(fd, LOCK_EX)) {
		enum err err = refuse(reason, "the key directory cannot be locked", path);

		close(fd);
		return err;
	}
	*dir = fd;
	return OK;
}

void key_directory_unlock(int dir)
{
	close(dir); /* and with it the lock */
}

static void names_insert(struct key_names *names, int64_t time)
{
	size_t at = names->count++;

	for (; at && names->starts_at[at - 1] > time; at--)
		names->starts_at[at] = names->starts_at[at - 1];
	names->starts_at[at] = time;
}

enum err key_files_list(int dir, struct key_names *names, char reason[256])
{
	struct dirent *entry;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	enum err err = OK;

	names->count = 0;
	if (!stream) {
		err = refuse(reason, "the key directory cannot be read", ".");
		if (fd >= 0)
			close(fd);
		return err;
	}
	while ((entry = readdir(stream))) {
		int64_t time = name_time(entry->d_name);

		/* Left by a process that died: nobody else writes while we hold the lock. */
		if (!strncmp(entry->d_name, TEMP_PREFIX, strlen(TEMP_PREFIX)))
			unlinkat(dir, entry->d_name, 0);
		if (time < 0)
			continue;
		if (names->count == KEY_FILES_MAX) {
			err = refuse_rule(reason, "the key directory holds too many keys", ".");
			break;
		}
		names_insert(names, time);
	}
	closedir(stream);
	return err;
}

void key_file_remove(int dir, int64_t starts_at)
{
	char name[NAME_MAX_LEN];

	file_name(starts_at, name);
	unlinkat(dir, name, 0); /* if it fails, the next rotation tries again */
}

/* The private key of a new pair, in PEM. */
static enum err make_pem(char pem[TOKEN_PEM_MAX], size_t *len)
{
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_secmem());
	enum err err = ERR_MEMORY;
	int got;

	if (pair && bio && PEM_write_bio_PKCS8PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL)) {
		got = BIO_read(bio, pem, TOKEN_PEM_MAX);
		if (got > 0) {
			*len = (size_t)got;
			err = OK;
		}
	}
	BIO_free(bio);
	EVP_PKEY_free(pair);
	ERR_clear_error();
	return err;
}

/* link() rather than rename(): it never replaces a key that is already in use. */
static enum err publish(int dir, const char *temp, const char *name, const char *pem, size_t len,
			char reason[256])
{
	int fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	bool whole;
	enum err err = OK;

	if (fd < 0)
		return refuse(reason, "a key cannot be written", name);
	whole = fchmod(fd, 0400) == 0 && file_write_whole(fd, pem, len);
	if (close(fd) || !whole || (linkat(dir, temp, dir, name, 0) && errno != EEXIST) ||
	    fsync(dir))
		err = refuse(reason, "a key cannot be written", name);
	unlinkat(dir, temp, 0);
	return err;
}

enum err key_file_create(int dir, int64_t starts_at, char reason[256])
{
	char name[NAME_MAX_LEN], temp[NAME_MAX_LEN], hex[17], pem[TOKEN_PEM_MAX];
	uint8_t salt[8];
	size_t len = 0;
	enum err err;

	file_name(starts_at, name);
	snprintf(reason, 256, "a signing key cannot be made");
	TRY(random_bytes(salt, sizeof(salt)));
	hex_encode(salt, sizeof(salt), hex);
	snprintf(temp, sizeof(temp), TEMP_PREFIX "%s", hex);
	TRY(make_pem(pem, &len));
	err = publish(dir, temp, name, pem, len, reason);
	OPENSSL_cleanse(pem, sizeof(pem));
	return err;
}

static bool point_part(const EVP_PKEY *pair, const char *param, char out[44])
{
	BIGNUM *number = NULL;
	uint8_t bytes[32];
	bool fits = EVP_PKEY_get_bn_param(pair, param, &number) &&
		    BN_bn2binpad(number, bytes, sizeof(bytes)) == (int)sizeof(bytes);

	if (fits)
		base64url_encode(bytes, sizeof(bytes), out);
	BN_free(number);
	return fits;
}

/* An encrypted file is not asked a passphrase for: it is refused. */
static int no_passphrase(char *out, int cap, int writing, void *owner)
{
	(void)out, (void)cap, (void)writing, (void)owner;
	return -1;
}

static bool key_parse(struct token_key *key)
{
	BIO *bio = BIO_new_mem_buf(key->pem, (int)key->pem_len);
	char group[32] = "", json[96];
	bool usable;

	key->pair = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	BIO_free(bio);
	usable = key->pair && EVP_PKEY_is_a(key->pair, "EC") &&
		 EVP_PKEY_get_group_name(key->pair, group, sizeof(group), NULL) &&
		 text_equal(group, "prime256v1") &&
		 point_part(key->pair, OSSL_PKEY_PARAM_EC_PUB_X, key->x) &&
		 point_part(key->pair, OSSL_PKEY_PARAM_EC_PUB_Y, key->y);
	ERR_clear_error();
	if (!usable) {
		EVP_PKEY_free(key->pair);
		key->pair = NULL;
		return false;
	}
	/* Byte for byte what libjwt writes: members sorted, no spaces. */
	snprintf(json, sizeof(json), "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
		 key->kid);
	key->header_len = base64url_encode(json, strlen(json), key->header);
	return true;
}

static bool read_whole(int fd, struct token_key *key)
{
	ssize_t n;

	while ((n = read(fd, key->pem + key->pem_len, TOKEN_PEM_MAX - 1 - key->pem_len)) > 0)
		key->pem_len += (size_t)n;
	key->pem[key->pem_len] = '\0';
	return n == 0 && key->pem_len > 0 && key->pem_len < TOKEN_PEM_MAX - 1;
}

enum err key_file_read(int dir, int64_t starts_at, struct token_key *key, char reason[256])
{
	char name[NAME_MAX_LEN];
	struct stat st;
	bool whole;
	int fd;

	file_name(starts_at, name);
	snprintf(key->kid, sizeof(key->kid), NAME_PREFIX "%" PRId64, starts_at);
	key->starts_at = starts_at;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return refuse(reason, "a key cannot be opened", name);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 07777) != 0400) {
		close(fd);
		return refuse_rule(reason, "a key must be ours alone (mode 0400)", name);
	}
	whole = read_whole(fd, key);
	close(fd);
	if (!whole || !key_parse(key)) {
		OPENSSL_cleanse(key->pem, sizeof(key->pem));
		return refuse_rule(reason, "not a private key on the curve P-256", name);
	}
	return OK;
}
