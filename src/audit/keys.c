/* The Ed25519 pair that signs heads: made on first start, never replaced. */
#include "audit/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUBLIC_KEYS_MOST 16

struct audit_keys {
	EVP_PKEY *pair;
};
struct public_keys {
	EVP_PKEY *key[PUBLIC_KEYS_MOST];
	size_t count;
};

static enum err key_failed(struct why *why, const char *what, const char *path)
{
	int saved = errno;
	ERR_clear_error();
	return why_set(why, ERR_INVALID, "%s %s: %s", what, path,
		       saved != 0 ? strerrordesc_np(saved) : "it is no such key");
}

/* ---- the pair ----------------------------------------------------------------------------------
 */

/* Written beside and linked into place, so that a key is whole or not there. */
static enum err pem_publish(const char *path, mode_t mode, EVP_PKEY *pair, bool secret,
			    struct why *why)
{
	char temp[PATH_MAX];
	(void)snprintf(temp, sizeof(temp), "%s.%ld", path, (long)getpid());
	(void)unlink(temp);
	int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file == NULL)
		return key_failed(why, "cannot write", path);
	int written = secret ? PEM_write_PKCS8PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL)
			     : PEM_write_PUBKEY(file, pair);
	bool good = written == 1 && fflush(file) == 0 && fsync(fd) == 0;
	good = fclose(file) == 0 && good;
	good = good && (link(temp, path) == 0 || errno == EEXIST);
	enum err err = good ? OK : key_failed(why, "cannot write", path);
	(void)unlink(temp);
	return err;
}

static enum err pair_make(const char *path, struct why *why)
{
	EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (pair == NULL)
		return why_set(why, ERR_INTERNAL, "OpenSSL makes no Ed25519 key");
	enum err err = pem_publish(path, 0400, pair, true, why);
	EVP_PKEY_free(pair);
	return err;
}

static enum err pair_read(struct audit_keys *keys, const char *path, struct why *why)
{
	struct stat st;
	errno = 0;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return key_failed(why, "cannot read", path);
	if (fstat(fileno(file), &st) == 0 && (st.st_mode & 077) != 0) {
		(void)fclose(file);
		return why_set(why, ERR_INVALID,
			       "the key %s is open to others; chmod 0400 it, or rather have a new "
			       "one made by moving it away",
			       path);
	}
	keys->pair = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	(void)fclose(file);
	errno = 0;
	if (keys->pair == NULL || EVP_PKEY_get_id(keys->pair) != EVP_PKEY_ED25519)
		return key_failed(why, "cannot read", path);
	return OK;
}

enum err audit_keys_load(struct audit_keys **out, const char *dir, struct why *why)
{
	char secret[PATH_MAX], public[PATH_MAX];
	(void)snprintf(secret, sizeof(secret), "%s/key.pem", dir);
	(void)snprintf(public, sizeof(public), "%s/public.pem", dir);
	struct audit_keys *keys = *out = calloc(1, sizeof(*keys));
	if (keys == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	enum err err = OK;
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		err = key_failed(why, "cannot make", dir);
	if (err == OK && access(secret, F_OK) != 0)
		err = pair_make(secret, why);
	if (err == OK)
		err = pair_read(keys, secret, why);
	if (err == OK && access(public, F_OK) != 0)
		err = pem_publish(public, 0444, keys->pair, false, why);
	if (err != OK) {
		audit_keys_free(keys);
		*out = NULL;
	}
	return err;
}

void audit_keys_free(struct audit_keys *keys)
{
	if (keys == NULL)
		return;
	EVP_PKEY_free(keys->pair);
	free(keys);
}

enum err keys_sign(const struct audit_keys *keys, const char *bytes, size_t len,
		   char text[SIGNATURE_TEXT_LEN + 1])
{
	unsigned char signature[SIGNATURE_LEN];
	size_t size = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good =
	    context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, keys->pair) == 1 &&
	    EVP_DigestSign(context, signature, &size, (const unsigned char *)bytes, len) == 1 &&
	    size == SIGNATURE_LEN;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	if (!good)
		return ERR_MEMORY;
	(void)base64url_encode(signature, sizeof(signature), text);
	return OK;
}

/* ---- public keys -------------------------------------------------------------------------------
 */

enum err public_keys_read(struct public_keys **out, const char *path, struct why *why)
{
	errno = 0;
	*out = NULL;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return key_failed(why, "cannot read", path);
	struct public_keys *keys = calloc(1, sizeof(*keys));
	EVP_PKEY *key = NULL;
	while (keys != NULL && keys->count < PUBLIC_KEYS_MOST &&
	       (key = PEM_read_PUBKEY(file, NULL, NULL, NULL)) != NULL)
		keys->key[keys->count++] = key;
	(void)fclose(file);
	ERR_clear_error();
	if (keys == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	if (keys->count == 0) {
		public_keys_free(keys);
		errno = 0;
		return key_failed(why, "cannot read", path);
	}
	*out = keys;
	return OK;
}

void public_keys_free(struct public_keys *keys)
{
	for (size_t i = 0; keys != NULL && i < keys->count; i++)
		EVP_PKEY_free(keys->key[i]);
	free(keys);
}

static bool key_verify(EVP_PKEY *key, const char *bytes, size_t len, const uint8_t *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 &&
		    EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestVerify(context, signature, SIGNATURE_LEN,
				     (const unsigned char *)bytes, len) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

bool public_keys_verify(const struct public_keys *keys, const char *bytes, size_t len,
			const char *text, size_t text_len)
{
	uint8_t signature[SIGNATURE_LEN];
	size_t got = 0;
	if (base64url_decode(text, text_len, signature, sizeof(signature), &got) != OK ||
	    got != sizeof(signature))
		return false;
	for (size_t i = 0; i < keys->count; i++)
		if (key_verify(keys->key[i], bytes, len, signature))
			return true;
	return false;
}
