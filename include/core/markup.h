/* Texts of others as they may stand in HTML and XML. */
#ifndef CORE_MARKUP_H
#define CORE_MARKUP_H

#include "core/buffer.h"

/*
 * The text as characters, never as marks: in an element or a quoted attribute, in HTML and in XML.
 * What XML 1.0 has no place for (control characters, U+FFFE, U+FFFF) becomes a space.
 */
void markup_text(struct buffer *out, const char *text);
/* JSON as it may stand in an element `script`: it neither ends nor comments anything. */
void markup_json(struct buffer *out, const char *json, size_t len);

#endif
