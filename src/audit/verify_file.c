/* Verifies an export, with no database at hand. */
#include <errno.h>
#include <inttypes.h>

#include "audit/chain.h"
#include "audit/json.h"
#include "audit/row.h"

#define LINE_MEMORY ((size_t)512 << 20)

struct file_source {
	const char *path;
};

struct file_line {
	struct arena arena;
	char *text;
	size_t room, number;
};

static bool text_of(const struct json_node *object, const char *name, const char **out)
{
	const struct json_node *node = json_node_find(object, name);
	*out = NULL;
	if (node == NULL || node->kind != JSON_NODE_STRING || strlen(node->text) != node->len)
		return false;
	*out = node->text;
	return true;
}

/* `data` goes back to text; the rest are strings or null. */
static enum err member_take(struct arena *arena, const struct json_node *object, const char *name,
			    const char **out)
{
	struct buffer data;
	const struct json_node *node = json_node_find(object, name);
	*out = NULL;
	if (node == NULL)
		return ERR_INVALID;
	if (strcmp(name, "data") != 0)
		return text_of(object, name, out) || node->kind == JSON_NODE_WORD ? OK
										  : ERR_INVALID;
	buffer_init(&data, LINE_MEMORY);
	canonical_node(&data, node);
	*out = data.failed ? NULL : arena_memdup(arena, data.data, data.len);
	buffer_release(&data);
	return *out != NULL ? OK : ERR_MEMORY;
}

static enum err event_take(struct arena *arena, const struct json_node *object,
			   struct audit_event *event)
{
	struct {
		const char *name, **out;
	} members[] = {
#define MEMBER(name, sql) {#name, &event->name},
	    AUDIT_FIELDS(MEMBER)
#undef MEMBER
	};
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		TRY(member_take(arena, object, members[i].name, members[i].out));
	return object->count == ARRAY_LEN(members) && event->id != NULL && event->type != NULL
		   ? OK
		   : ERR_INVALID;
}

static enum err seal_take(struct file_line *line, size_t len, struct chain_seal *seal)
{
	struct json_node *node = NULL;
	const char *digest = NULL, *chain = NULL;
	*seal = (struct chain_seal){.seq = 0};
	TRY(json_node_read(line->text, len, &line->arena, &node));
	const struct json_node *seq = json_node_find(node, "seq");
	const struct json_node *event = json_node_find(node, "event");
	bool good =
	    seq != NULL && seq->kind == JSON_NODE_NUMBER && seq->len < 19 && event != NULL &&
	    text_of(node, "digest", &digest) && text_of(node, "chain", &chain) &&
	    hash_from_hex(digest, strlen(digest), seal->digest) &&
	    hash_from_hex(chain, strlen(chain), seal->chain) &&
	    text_of(node, "organization_id", &seal->organization_id) &&
	    uuid_valid(seal->organization_id) && text_of(node, "event_id", &seal->event_id) &&
	    uuid_valid(seal->event_id) && text_of(node, "sealed_at", &seal->sealed_at);
	if (!good)
		return ERR_INVALID;
	seal->seq = strtoimax(seq->text, NULL, 10);
	if (event->kind != JSON_NODE_OBJECT)
		return OK;
	TRY(event_take(&line->arena, event, &seal->event));
	/* The seal is of that event, and of that organization. */
	return text_equal(seal->event.id, seal->event_id) &&
		       text_equal(seal->event.organization_id, seal->organization_id)
		   ? OK
		   : ERR_INVALID;
}

/* Calls `each` for every line; ERR_NOT_FOUND from it ends the reading well. */
typedef enum err seal_fn(void *arg, const struct chain_seal *seal);

static enum err lines_each(FILE *file, seal_fn *each, void *arg, size_t *number)
{
	struct file_line line = {.text = NULL};
	ssize_t len = 0;
	enum err err = OK;
	arena_init(&line.arena, LINE_MEMORY);
	rewind(file);
	*number = 0;
	while (err == OK && (len = getline(&line.text, &line.room, file)) > 0) {
		struct chain_seal seal;
		++*number;
		arena_reset(&line.arena);
		err = seal_take(&line, (size_t)len, &seal);
		if (err == OK)
			err = each(arg, &seal);
	}
	free(line.text);
	arena_release(&line.arena);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err follower_seal(void *arg, const struct chain_seal *seal)
{
	struct chain_follower *follower = arg;
	uint8_t next[SHA256_LEN];
	if (seal->seq == follower->except ||
	    strcmp(seal->organization_id, follower->organization_id) != 0)
		return OK;
	TRY(audit_chain_next(follower->before, seal->digest, next));
	if (memcmp(next, seal->chain, SHA256_LEN) != 0 &&
	    memcmp(next, follower->chain, SHA256_LEN) != 0)
		return OK;
	follower->seq = seal->seq;
	memcpy(follower->found, seal->chain, SHA256_LEN);
	return ERR_NOT_FOUND;
}

/* On a stream of its own: the first one goes on where it is. */
static enum err file_follower(void *source, struct chain_follower *follower)
{
	size_t number = 0;
	const struct file_source *named = source;
	FILE *file = fopen(named->path, "re");
	if (file == NULL)
		return ERR_UNAVAILABLE;
	enum err err = lines_each(file, follower_seal, follower, &number);
	(void)fclose(file);
	return err == ERR_INVALID ? OK : err;
}

static enum err check_seal(void *arg, const struct chain_seal *seal)
{
	return chain_check_seal(arg, seal);
}

enum err audit_verify_file(const char *path, const struct audit_heads *heads,
			   struct audit_report *report, struct why *why)
{
	struct chain_check check;
	struct file_source source = {path};
	size_t number = 0;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return why_set(why, ERR_INVALID, "cannot read %s: %s", path,
			       strerrordesc_np(errno));
	chain_check_init(&check, report, heads, NULL, file_follower, &source);
	check.partial = true;
	enum err err = lines_each(file, check_seal, &check, &number);
	chain_check_end(&check);
	(void)fclose(file);
	if (err == ERR_INVALID)
		return why_set(why, err, "line %zu of %s is not one of an audit export", number,
			       path);
	return err == OK ? OK : why_set(why, err, "cannot read %s: %s", path, err_text(err));
}
