/* Writes the sentence that says why something failed. */
#include "core/why.h"

#include <stdarg.h>

enum err why_set(struct why *why, enum err err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int length = vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	if (length < 0)
		why->text[0] = '\0';
	/* One sentence is one line, whatever a library or a file put into it. */
	for (char *c = why->text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return err;
}
