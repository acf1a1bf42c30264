/*
 * assay-calendar FROM TO: reads a calendar from its input and writes from when to when its owner is
 * busy between the two moments (seconds since 1970), as JSON. The service starts it for every
 * calendar that comes from elsewhere, so that what goes wrong in here goes wrong in a process that
 * may do nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "periods.h"

#define INPUT_MOST ((size_t)16 << 20)
#define PIECE	   65536

static char *read_input(void)
{
	char *text = NULL;
	size_t len = 0, got;

	do {
		char *more = len < INPUT_MOST ? realloc(text, len + PIECE + 1) : NULL;

		if (!more) {
			free(text);
			return NULL;
		}
		text = more;
		got = fread(text + len, 1, PIECE, stdin);
		len += got;
	} while (got > 0);
	text[len] = '\0';
	return text;
}

int main(int argc, char **argv)
{
	struct periods periods = {0};
	char *text;
	int bad;

	if (argc != 3) {
		fprintf(stderr, "usage: assay-calendar FROM TO <calendar.ics\n");
		return 2;
	}
	text = read_input();
	if (!text)
		return 1;
	bad = periods_read(&periods, text, (time_t)strtoll(argv[1], NULL, 10),
			   (time_t)strtoll(argv[2], NULL, 10));
	if (!bad && periods.too_many) {
		puts("too many");
	} else if (!bad) {
		putchar('[');
		for (size_t i = 0; i < periods.count; i++)
			printf("%s[%lld,%lld]", i ? "," : "", (long long)periods.at[i].starts,
			       (long long)periods.at[i].ends);
		puts("]");
	}
	periods_release(&periods);
	free(text);
	return bad || fflush(stdout) != 0;
}
