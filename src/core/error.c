/* Gives each error its sentence. */
#include "core/error.h"

#include "core/attr.h"

const char *err_text(enum err err)
{
	static const char *const text[] = {
#define ERR_TEXT(name, sentence) [name] = (sentence),
	    ERR_LIST(ERR_TEXT)
#undef ERR_TEXT
	};
	return (unsigned)err < ARRAY_LEN(text) ? text[err] : "an unknown error";
}
