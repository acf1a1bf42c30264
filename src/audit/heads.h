/* The lines of a heads file. */
#ifndef AUDIT_HEADS_H
#define AUDIT_HEADS_H

#include "audit/json.h"

/* The bytes that are signed. */
void head_signed_bytes(const struct audit_head *head, struct buffer *out);
/* A line as it stands in the file, without its newline. `signature`: where it is, if wanted. */
enum err head_parse(const char *line, size_t len, struct arena *arena, struct audit_head *head,
		    const struct json_node **signature) MUST_USE;

/* Calls `each` with the path of every heads file in the directory, oldest first. */
enum err heads_files(const char *dir,
		     enum err (*each)(void *arg, const char *path, struct why *why), void *arg,
		     struct why *why) MUST_USE;

#endif
