/* Counts how deeply a JSON text nests, before a parser that recurses sees it. */
#include "api_schema/api_schema.h"

enum err json_depth_check(const char *text, size_t len, int depth)
{
	int open = 0;
	bool in_string = false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (in_string) {
			if (c == '\\')
				i++; /* whatever follows is not the end of the string */
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++open > depth)
				return ERR_TOO_LARGE;
		} else if (c == '}' || c == ']') {
			open--; /* a text that closes too often is the parser's to refuse */
		}
	}
	return OK;
}
