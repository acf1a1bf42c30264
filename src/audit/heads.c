/* Signed heads: appended once a second, read by the verifier. */
#include "audit/heads.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include "audit/keys.h"
#include "audit/row.h"
#include "core/control.h"
#include "core/file.h"

#define HEADS_PREFIX	"heads-"
#define HEADS_SUFFIX	".ndjson"
#define LINE_BYTES_MOST 4096
#define FILES_MOST	1200 /* a hundred years */

void head_signed_bytes(const struct audit_head *head, struct buffer *out)
{
	char chain[SHA256_HEX_LEN + 1];
	hex_encode(head->chain, SHA256_LEN, chain);
	/* The first line keeps the signature from meaning anything elsewhere. */
	buffer_printf(out,
		      "assay-audit-head\n{\"chain\":\"%s\",\"organization_id\":\"%s\","
		      "\"sealed_at\":\"%s\",\"seq\":%" PRId64 "}",
		      chain, head->organization_id, head->sealed_at, head->seq);
}

/* ---- appending ---------------------------------------------------------------------------------
 */

static enum err head_line(const struct audit_keys *keys, const struct audit_head *head,
			  struct buffer *out)
{
	struct buffer bytes;
	char signature[SIGNATURE_TEXT_LEN + 1];
	buffer_init(&bytes, LINE_BYTES_MOST);
	head_signed_bytes(head, &bytes);
	enum err err =
	    bytes.failed ? ERR_MEMORY : keys_sign(keys, bytes.data, bytes.len, signature);
	if (err == OK) {
		const char *object = strchr(bytes.data, '{');
		buffer_add(out, object, strlen(object) - 1);
		buffer_printf(out, ",\"signature\":\"%s\"}\n", signature);
	}
	buffer_release(&bytes);
	return err;
}

enum err audit_heads_append(const struct audit_keys *keys, const char *dir,
			    const struct audit_head *heads, size_t count, struct why *why)
{
	struct buffer lines;
	char path[PATH_MAX];
	if (count == 0)
		return OK;
	buffer_init(&lines, count * LINE_BYTES_MOST);
	enum err err = OK;
	for (size_t i = 0; i < count && err == OK; i++)
		err = head_line(keys, &heads[i], &lines);
	if (err != OK || lines.failed) {
		buffer_release(&lines);
		return why_set(why, ERR_MEMORY, "out of memory");
	}
	(void)snprintf(path, sizeof(path), "%s/" HEADS_PREFIX "%.7s" HEADS_SUFFIX, dir,
		       heads[0].sealed_at);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || !file_write_whole(fd, lines.data, lines.len))
		err = why_set(why, ERR_UNAVAILABLE, "cannot write %s: %s", path,
			      strerrordesc_np(errno));
	if (fd >= 0)
		(void)close(fd);
	buffer_release(&lines);
	return err;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static bool node_text(const struct json_node *object, const char *name, char *out, size_t size)
{
	const struct json_node *node = json_node_find(object, name);
	if (node == NULL || node->kind != JSON_NODE_STRING || node->len >= size ||
	    strlen(node->text) != node->len)
		return false;
	memcpy(out, node->text, node->len + 1);
	return true;
}

enum err head_parse(const char *line, size_t len, struct arena *arena, struct audit_head *head,
		    const struct json_node **signature)
{
	struct json_node *node = NULL;
	char chain[SHA256_HEX_LEN + 1];
	TRY(json_node_read(line, len, arena, &node));
	const struct json_node *seq = json_node_find(node, "seq");
	*signature = json_node_find(node, "signature");
	bool good = seq != NULL && seq->kind == JSON_NODE_NUMBER && seq->len < 19 &&
		    *signature != NULL && (*signature)->kind == JSON_NODE_STRING &&
		    node_text(node, "chain", chain, sizeof(chain)) &&
		    hash_from_hex(chain, strlen(chain), head->chain) &&
		    node_text(node, "organization_id", head->organization_id,
			      sizeof(head->organization_id)) &&
		    uuid_valid(head->organization_id) &&
		    node_text(node, "sealed_at", head->sealed_at, sizeof(head->sealed_at));
	if (!good)
		return ERR_INVALID;
	head->seq = strtoimax(seq->text, NULL, 10);
	return head->seq >= 1 ? OK : ERR_INVALID;
}

static int head_compare(const void *left, const void *right)
{
	const struct audit_head *a = left, *b = right;
	int order = strcmp(a->organization_id, b->organization_id);
	return order != 0 ? order : a->seq < b->seq ? -1 : a->seq > b->seq;
}

static enum err head_add(struct audit_heads *heads, const struct audit_head *head)
{
	if (heads->count == heads->room) {
		size_t room = heads->room > 0 ? heads->room * 2 : 256;
		struct audit_head *items = reallocarray(heads->items, room, sizeof(*items));
		if (items == NULL)
			return ERR_MEMORY;
		heads->items = items;
		heads->room = room;
	}
	heads->items[heads->count++] = *head;
	return OK;
}

static void head_refused(struct audit_report *report, const char *path, uint64_t line)
{
	struct audit_finding finding = {.kind = AUDIT_HEAD};
	(void)snprintf(finding.text, sizeof(finding.text),
		       "line %" PRIu64 " of %.200s is not a head that the key has signed", line,
		       path);
	report->findings++;
	report->found(report->arg, &finding);
}

static enum err head_take(struct audit_heads *heads, const char *line, size_t len,
			  const struct public_keys *keys, bool *signed_by, struct arena *arena)
{
	struct audit_head head;
	const struct json_node *signature = NULL;
	struct buffer bytes;
	*signed_by = false;
	enum err err = head_parse(line, len, arena, &head, &signature);
	if (err != OK)
		return err == ERR_INVALID ? OK : err;
	buffer_init(&bytes, LINE_BYTES_MOST);
	head_signed_bytes(&head, &bytes);
	if (bytes.failed)
		err = ERR_MEMORY;
	else if (!DEFENCE(audit_head_signature) ||
		 public_keys_verify(keys, bytes.data, bytes.len, signature->text, signature->len))
		*signed_by = true;
	buffer_release(&bytes);
	return err == OK && *signed_by ? head_add(heads, &head) : err;
}

static enum err lines_read(struct audit_heads *heads, FILE *file, const char *path,
			   const struct public_keys *keys, struct audit_report *report)
{
	struct arena arena;
	char *line = NULL;
	size_t room = 0;
	ssize_t len = 0;
	enum err err = OK;
	arena_init(&arena, 1 << 20);
	for (uint64_t number = 1; err == OK && (len = getline(&line, &room, file)) > 0; number++) {
		bool signed_by = false;
		/* A last line without its end is one that a crash cut off. */
		if (line[len - 1] != '\n')
			break;
		arena_reset(&arena);
		err = head_take(heads, line, (size_t)len - 1, keys, &signed_by, &arena);
		if (err == OK && !signed_by)
			head_refused(report, path, number);
	}
	free(line);
	arena_release(&arena);
	return err;
}

enum err audit_heads_read(struct audit_heads *heads, const char *path, const char *public_pem,
			  struct audit_report *report, struct why *why)
{
	struct public_keys *keys = NULL;
	TRY(public_keys_read(&keys, public_pem, why));
	FILE *file = fopen(path, "re");
	enum err err = file != NULL ? lines_read(heads, file, path, keys, report)
				    : why_set(why, ERR_INVALID, "cannot read %s: %s", path,
					      strerrordesc_np(errno));
	if (err == ERR_MEMORY)
		err = why_set(why, err, "out of memory");
	if (file != NULL)
		(void)fclose(file);
	public_keys_free(keys);
	if (heads->count > 0)
		qsort(heads->items, heads->count, sizeof(*heads->items), head_compare);
	return err;
}

void audit_heads_release(struct audit_heads *heads)
{
	free(heads->items);
	*heads = (struct audit_heads){NULL, 0, 0};
}

/* ---- a directory of them -----------------------------------------------------------------------
 */

static int name_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int name_fits(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return strncmp(entry->d_name, HEADS_PREFIX, strlen(HEADS_PREFIX)) == 0 &&
	       len > strlen(HEADS_SUFFIX) &&
	       strcmp(entry->d_name + len - strlen(HEADS_SUFFIX), HEADS_SUFFIX) == 0;
}

enum err heads_files(const char *dir,
		     enum err (*each)(void *arg, const char *path, struct why *why), void *arg,
		     struct why *why)
{
	struct dirent **names = NULL;
	int count = scandir(dir, &names, name_fits, name_order);
	enum err err = OK;
	if (count < 0 && errno != ENOENT)
		return why_set(why, ERR_INVALID, "cannot read %s: %s", dir, strerrordesc_np(errno));
	for (int i = 0; i < count; i++) {
		char path[PATH_MAX];
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		if (err == OK && i < FILES_MOST)
			err = each(arg, path, why);
		free(names[i]);
	}
	free(names);
	return err;
}

struct dir_read {
	struct audit_heads *heads;
	const char *public_pem;
	struct audit_report *report;
};

static enum err dir_file(void *arg, const char *path, struct why *why)
{
	struct dir_read *read = arg;
	return audit_heads_read(read->heads, path, read->public_pem, read->report, why);
}

enum err audit_heads_read_dir(struct audit_heads *heads, const char *dir,
			      struct audit_report *report, struct why *why)
{
	char public[PATH_MAX];
	struct dir_read read = {heads, public, report};
	(void)snprintf(public, sizeof(public), "%s/public.pem", dir);
	return heads_files(dir, dir_file, &read, why);
}
