/* The readable form of an export. */
#ifndef RESOURCES_EXPORT_PAGE_H
#define RESOURCES_EXPORT_PAGE_H

#include "core/attr.h"
#include "core/buffer.h"
#include "core/error.h"

/* One HTML page of the content as candidate_held (migration 0012) makes it. */
enum err export_page(struct buffer *out, const char *content, const char *made_at) MUST_USE;

#endif
