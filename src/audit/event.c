/* An event's canonical bytes, its digest, and the chain's step. */
#include "audit/json.h"

#define EVENT_BYTES_MOST ((size_t)64 << 20)

static enum err field_write(struct buffer *out, const char *name, const char *value,
			    struct arena *arena)
{
	if (out->len > 1)
		buffer_char(out, ',');
	buffer_printf(out, "\"%s\":", name);
	if (value == NULL)
		buffer_text(out, "null");
	else if (strcmp(name, "data") == 0)
		return audit_canonical(value, strlen(value), arena, out);
	else
		canonical_string(out, value, strlen(value));
	return OK;
}

enum err audit_event_canonical(const struct audit_event *event, struct arena *arena,
			       struct buffer *out)
{
	struct buffer own;
	buffer_init(&own, EVENT_BYTES_MOST);
	buffer_char(&own, '{');
	enum err err = OK;
#define FIELD_WRITE(name, sql)                                                                     \
	if (err == OK)                                                                             \
		err = field_write(&own, #name, event->name, arena);
	AUDIT_FIELDS(FIELD_WRITE)
#undef FIELD_WRITE
	buffer_char(&own, '}');
	if (err == OK && own.failed)
		err = ERR_MEMORY;
	if (err == OK)
		buffer_add(out, own.data, own.len);
	buffer_release(&own);
	return err;
}

enum err audit_event_digest(const struct audit_event *event, struct arena *arena,
			    uint8_t digest[SHA256_LEN])
{
	struct buffer bytes;
	buffer_init(&bytes, EVENT_BYTES_MOST);
	enum err err = audit_event_canonical(event, arena, &bytes);
	if (err == OK)
		err = bytes.failed ? ERR_MEMORY : sha256(bytes.data, bytes.len, digest);
	buffer_release(&bytes);
	return err;
}

enum err audit_chain_begin(const char *organization_id, uint8_t chain[SHA256_LEN])
{
	return sha256(organization_id, strlen(organization_id), chain);
}

enum err audit_chain_next(const uint8_t chain[SHA256_LEN], const uint8_t digest[SHA256_LEN],
			  uint8_t next[SHA256_LEN])
{
	uint8_t both[2 * SHA256_LEN];
	memcpy(both, chain, SHA256_LEN);
	memcpy(both + SHA256_LEN, digest, SHA256_LEN);
	return sha256(both, sizeof(both), next);
}
