/* Long answers are packed for whoever takes gzip: on a phone's network their bytes are the wait. */
#include "pack.h"

#include <limits.h>
#include <strings.h>
#include <zlib.h>

#include "conditional.h"
#include "exchange.h"

/* Below it, packing saves no packet. */
#define PACK_LEAST 1400
/* Beyond it, a tenth fewer bytes take twice the time. */
#define PACK_LEVEL 4
/* zlib's for a gzip header around it. */
#define GZIP_WINDOW (15 + 16)

/* The packed bytes in the request's memory; 0 where they are no fewer, or memory is short. */
static size_t pack(struct request *rq, char **packed)
{
	z_stream stream = {0};
	size_t len = 0;

	if (rq->out.len > INT_MAX || deflateInit2(&stream, PACK_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8,
						  Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	*packed = arena_alloc(rq->arena, rq->out.len);
	stream.next_in = (unsigned char *)rq->out.data;
	stream.avail_in = (unsigned)rq->out.len;
	stream.next_out = (unsigned char *)*packed;
	stream.avail_out = (unsigned)rq->out.len;
	if (*packed && deflate(&stream, Z_FINISH) == Z_STREAM_END)
		len = rq->out.len - stream.avail_out;
	(void)deflateEnd(&stream);
	return len;
}

void pack_answer(struct exchange *ex, const char *etag)
{
	struct request *rq = &ex->rq;
	char *packed;
	size_t len;

	/* A strong tag names these very bytes; the lists' are weak. */
	if (!ex->compiled || ex->file || rq->out.failed || rq->out.len < PACK_LEAST ||
	    !rq->content_type || strcasecmp(rq->content_type, "application/json") != 0 ||
	    (etag && strncmp(etag, "W/", 2) != 0) ||
	    !accepts_coding(ex->gate.header[HEADER_ACCEPT_ENCODING], "gzip"))
		return;
	len = pack(rq, &packed);
	if (len == 0)
		return;
	buffer_clear(&rq->out);
	buffer_add(&rq->out, packed, len);
	reply_header(rq, "Content-Encoding", "gzip");
}
