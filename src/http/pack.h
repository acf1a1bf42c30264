/* Packing an answer that is read. */
#ifndef SRC_HTTP_PACK_H
#define SRC_HTTP_PACK_H

struct exchange;

/* What the request's buffer holds, where it is worth it and the caller takes it; `etag` may be
 * NULL. */
void pack_answer(struct exchange *ex, const char *etag);

#endif
