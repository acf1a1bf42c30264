/* A cursor is base64url(HMAC of context and content, 16 bytes; id; newline; sort key). */
#include "cursor.h"

#include "core/digest.h"
#include "core/text.h"

#define MAC_LEN	    16
#define CONTENT_MAX (CURSOR_MAX / 4 * 3 - MAC_LEN)

static enum err sign(struct arena *arena, const uint8_t secret[CURSOR_KEY_LEN], const char *context,
		     const char *content, uint8_t mac[SHA256_LEN])
{
	/* Neither part holds NUL, and content holds no more than its id before the newline. */
	const char *text = arena_printf(arena, "%zu:%s:%s", strlen(context), context, content);

	return text ? hmac_sha256(secret, CURSOR_KEY_LEN, text, strlen(text), mac) : ERR_MEMORY;
}

const char *cursor_make(struct arena *arena, const uint8_t secret[CURSOR_KEY_LEN],
			const char *context, const char *key, const char *id)
{
	const char *content = arena_printf(arena, "%s\n%s", id, key);
	uint8_t mac[SHA256_LEN], raw[MAC_LEN + CONTENT_MAX];
	char *cursor = arena_alloc(arena, CURSOR_MAX + 1);
	size_t len;

	if (!content || !cursor)
		return NULL;
	len = strlen(content);
	if (len > CONTENT_MAX || sign(arena, secret, context, content, mac) != OK)
		return NULL;
	memcpy(raw, mac, MAC_LEN);
	memcpy(raw + MAC_LEN, content, len);
	base64url_encode(raw, MAC_LEN + len, cursor);
	return cursor;
}

enum err cursor_read(struct arena *arena, const uint8_t secret[CURSOR_KEY_LEN], const char *context,
		     const char *cursor, const char **key, const char **id)
{
	uint8_t mac[SHA256_LEN], raw[MAC_LEN + CONTENT_MAX];
	size_t len = strlen(cursor), raw_len = 0;
	char *content, *end;

	if (len > CURSOR_MAX || base64url_decode(cursor, len, raw, sizeof(raw), &raw_len) != OK ||
	    raw_len <= MAC_LEN)
		return ERR_INVALID;
	content = arena_memdup(arena, raw + MAC_LEN, raw_len - MAC_LEN);
	if (!content)
		return ERR_MEMORY;
	TRY(sign(arena, secret, context, content, mac));
	end = strchr(content, '\n');
	if (!bytes_equal_secret(mac, raw, MAC_LEN) || !end || strlen(content) != raw_len - MAC_LEN)
		return ERR_INVALID;
	*end = '\0';
	*id = content;
	*key = end + 1;
	return OK;
}
