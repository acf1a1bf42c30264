/* Hashes and checks passwords with Argon2id, and refuses those that are guessed first. */
#include "auth/password.h"

#include <argon2.h>
#include <stdint.h>
#include <string.h>

#include "core/control.h"
#include "core/digest.h"
#include "core/text.h"

#define MEMORY_KIB   19456
#define PASSES	     2
#define LANES	     1
#define SALT_LEN     16
#define HASH_LEN     32
#define MIN_CHARS    12
#define MAX_CHARS    128
#define MAX_BYTES    (4 * MAX_CHARS) /* of UTF-8 */
#define MIN_DISTINCT 5

/* No password's hash: its salt and its result are arbitrary. It costs what a real one costs. */
static const char dummy_hash[] = "$argon2id$v=19$m=19456,t=2,p=1$YXNzYXkgbm8gc3VjaCB1cw"
				 "$q1c3mM0b3r0Jq0Ue7oB9nT1y5a8Zk2WfXhLdPsRvG4E";

enum err password_hash(const char *password, char out[PASSWORD_HASH_MAX])
{
	uint8_t salt[SALT_LEN];
	int rc;

	out[0] = '\0';
	TRY(random_bytes(salt, sizeof(salt)));
	rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, strlen(password), salt,
				   sizeof(salt), HASH_LEN, out, PASSWORD_HASH_MAX);
	if (rc == ARGON2_OK)
		return OK;
	out[0] = '\0';
	return rc == ARGON2_MEMORY_ALLOCATION_ERROR ? ERR_MEMORY : ERR_INTERNAL;
}

enum err password_verify(const char *password, const char *hash)
{
	size_t len = strnlen(password, MAX_BYTES + 1);
	bool real = hash && len <= MAX_BYTES;
	int rc;

	if (!real && !DEFENCE(password_dummy))
		return ERR_DENIED;
	if (!real)
		hash = dummy_hash;
	rc = argon2id_verify(hash, password, len);
	if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
		return ERR_MEMORY;
	return real && rc == ARGON2_OK ? OK : ERR_DENIED;
}

/* Reads "<name>=<number>" and what follows it; -1 when the text is something else. */
static int64_t parameter(const char **text, const char *name, char end)
{
	size_t len = strlen(name);
	const char *c = *text;
	int64_t value = 0;

	if (strncmp(c, name, len) != 0 || c[len] != '=')
		return -1;
	c += len + 1;
	for (; *c >= '0' && *c <= '9'; c++) {
		if (value > UINT32_MAX)
			return -1;
		value = value * 10 + (*c - '0');
	}
	if (*c != end)
		return -1;
	*text = c + 1;
	return value;
}

bool password_needs_rehash(const char *hash)
{
	static const char kind[] = "$argon2id$";
	int64_t version, memory, passes, lanes;

	if (strncmp(hash, kind, sizeof(kind) - 1) != 0)
		return true;
	hash += sizeof(kind) - 1;
	version = parameter(&hash, "v", '$');
	memory = version < 0 ? -1 : parameter(&hash, "m", ',');
	passes = memory < 0 ? -1 : parameter(&hash, "t", ',');
	lanes = passes < 0 ? -1 : parameter(&hash, "p", '$');
	return version < ARGON2_VERSION_13 || memory < MEMORY_KIB || passes < PASSES ||
	       lanes < LANES;
}

/* How people disguise letters; see weak_passwords.def. */
static char fold(char c)
{
	static const char from[] = "01345!7@$", to[] = "oieasitas";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		return to[at - from];
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t code_points(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xC0) != 0x80;
	return n;
}

static bool few_distinct(const char *folded)
{
	bool seen[256] = {false};
	unsigned distinct = 0;

	for (; *folded; folded++) {
		distinct += !seen[(uint8_t)*folded];
		seen[(uint8_t)*folded] = true;
	}
	return distinct < MIN_DISTINCT;
}

/* "abcdabcdabcd": a short piece again and again. */
static bool repeats_itself(const char *folded)
{
	size_t len = strlen(folded);

	for (size_t period = 1; period <= len / 2; period++)
		if (!memcmp(folded, folded + period, len - period))
			return true;
	return false;
}

/* Neighbours in the alphabet, in counting, or on a row or a column of a keyboard, either way. */
static bool neighbours(char a, char b)
{
	static const char *const walks[] = {
	    "abcdefghijklmnopqrstuvwxyz",
	    "01234567890",
	    "qwertyuiop",
	    "asdfghjkl",
	    "zxcvbnm",
	    "qwertzuiop",
	    "azertyuiop",
	    "qsdfghjklm",
	    "1qaz2wsx3edc4rfv5tgb",
	    "6yhn7ujm8ik9ol",
	    "!@#$%^&*()",
	};

	if (a == b)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(walks); i++)
		for (const char *c = walks[i]; c[1]; c++)
			if ((c[0] == a && c[1] == b) || (c[0] == b && c[1] == a))
				return true;
	return false;
}

static bool keyboard_walk(const char *lower)
{
	size_t steps = 0, len = strlen(lower);

	for (size_t i = 1; i < len; i++)
		steps += neighbours(lower[i - 1], lower[i]);
	return steps * 4 >= (len - 1) * 3;
}

/* `text` is one of the words, once or several times over. */
static bool listed(const char *text, size_t len)
{
	static const char *const words[] = {
#define WEAK(text) text,
#include "auth/weak_passwords.def"
#undef WEAK
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t word = strlen(words[i]);

		if (word <= len && len % word == 0 && !memcmp(text, words[i], word) &&
		    !memcmp(text, text + word, len - word))
			return true;
	}
	return false;
}

/*
 * "Password1234!" without what surrounds the letters. Up to SLACK of the digits and marks beside
 * them may be letters in disguise, as in "1loveyou" or "passwd1"; all those within are.
 */
static bool is_listed(const char *password, const char *folded)
{
	enum { SLACK = 3 };
	size_t len = strlen(password), first = 0, last = len, kept;
	char core[MAX_BYTES + 1] = {0};

	while (first < len && !is_ascii_letter(password[first]))
		first++;
	while (last > first && !is_ascii_letter(password[last - 1]))
		last--;
	for (size_t start = first > SLACK ? first - SLACK : 0; start <= first; start++) {
		kept = 0;
		for (size_t end = start; end < len && end < last + SLACK; end++) {
			if (is_ascii_letter(folded[end]))
				core[kept++] = folded[end];
			if (end + 1 >= last && listed(core, kept))
				return true;
		}
	}
	return false;
}

static void fold_text(const char *text, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = fold(text[i]);
	out[len] = '\0';
}

/* The address, or the name before its @ with little else around it. */
static bool names_email(const char *folded, const char *email)
{
	char name[MAX_BYTES + 1];
	size_t len = email ? strcspn(email, "@") : 0;
	const char *at;

	if (len < 3 || len > MAX_BYTES)
		return false;
	fold_text(email, len, name);
	at = strstr(folded, name);
	return at && strlen(folded) - len < MIN_CHARS;
}

static bool same_email(const char *folded, const char *email)
{
	char whole[MAX_BYTES + 1];
	size_t len = email ? strlen(email) : 0;

	if (!len || len > MAX_BYTES)
		return false;
	fold_text(email, len, whole);
	return strstr(folded, whole) != NULL;
}

static void lower_text(const char *text, char *out)
{
	do
		*out++ = (char)(*text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A') : *text);
	while (*text++);
}

const char *password_weakness(const char *password, const char *email)
{
	size_t len = strnlen(password, MAX_BYTES + 1);
	char folded[MAX_BYTES + 1] = "", lower[MAX_BYTES + 1] = "";

	if (len > MAX_BYTES)
		return "A password has at most 128 characters.";
	if (!utf8_valid(password, len))
		return "A password is text in UTF-8.";
	if (code_points(password) < MIN_CHARS)
		return "A password has at least 12 characters.";
	if (code_points(password) > MAX_CHARS)
		return "A password has at most 128 characters.";
	if (!DEFENCE(password_rules))
		return NULL;
	fold_text(password, len, folded);
	lower_text(password, lower);
	if (few_distinct(folded))
		return "A password uses at least five different characters.";
	if (repeats_itself(folded))
		return "A password does not repeat one short piece.";
	if (keyboard_walk(lower))
		return "A password is no row of keys and no sequence.";
	if (same_email(folded, email) || names_email(folded, email))
		return "A password is not made of the e-mail address.";
	if (is_listed(password, folded))
		return "This password is among the first that are guessed.";
	if (strspn(lower, "0123456789") == len)
		return "A password is more than digits.";
	return NULL;
}
