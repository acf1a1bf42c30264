/* Why something failed, as one plain sentence for whoever typed the command. */
#ifndef CORE_WHY_H
#define CORE_WHY_H

#include "core/attr.h"
#include "core/error.h"

struct why {
	char text[640]; /* without capital, full stop or newline, to stand behind "assay: " */
};

/* Writes the sentence and hands `err` back: return why_set(why, ERR_INVALID, "…"). */
enum err why_set(struct why *why, enum err err, const char *format, ...) PRINTF_LIKE(3, 4) MUST_USE;

#endif
