/*
 * Fuzzes the framing check: a target and header lines of any bytes. What passes must have one
 * meaning only. Built with clang -fsanitize=fuzzer, or with -DFUZZ_REPLAY as a program that replays
 * the files it is given.
 */
#include <assert.h>
#include <stdint.h>

#include "http/conditional.h"
#include "http/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line of the input, as a string of its own; NULL at the end. */
static char *next_line(const uint8_t **data, size_t *size, size_t *len)
{
	const uint8_t *end = memchr(*data, '\n', *size);
	char *line;

	if (*size == 0)
		return NULL;
	*len = end ? (size_t)(end - *data) : *size;
	line = malloc(*len + 1);
	assert(line);
	memcpy(line, *data, *len);
	line[*len] = '\0';
	*data += *len + (end != NULL);
	*size -= *len + (end != NULL);
	return line;
}

static void check_target(const char *target)
{
	struct gate gate;

	gate_init(&gate);
	if (gate_target(&gate, target) != OK) {
		assert(gate.why);
		return;
	}
	assert(strlen(target) <= GATE_TARGET_MAX && !strstr(target, "%00"));
	assert(strcmp(target, "*") == 0 || target[0] == '/');
	if (!strchr(target, '?'))
		assert(!strstr(target, "/../") && !strstr(target, "%2f") && !strstr(target, "%2F"));
	for (; *target; target++)
		assert(*target > 0x20 && *target < 0x7f);
}

static void check_head(const struct gate *gate)
{
	const char *length = gate->header[HEADER_CONTENT_LENGTH];

	assert(gate->count <= GATE_HEADERS_MAX && gate->header[HEADER_HOST]);
	assert(!(gate->has_length && gate->chunked));
	if (length)
		assert(length[strspn(length, "0123456789")] == '\0' && gate->has_length);
	if (gate->chunked)
		assert(strcasecmp(gate->header[HEADER_TRANSFER_ENCODING], "chunked") == 0);
}

static void check_values(const struct gate *gate)
{
	char version[VERSION_TEXT_MAX];
	const char *accept = gate->header[HEADER_ACCEPT], *tags = gate->header[HEADER_IF_MATCH];
	bool any;

	(void)accepts_type(accept, "application/json");
	(void)accepts_coding(gate->header[HEADER_ACCEPT_ENCODING], "gzip");
	(void)etag_none_match(gate->header[HEADER_IF_NONE_MATCH], "W/\"abc\"");
	if (tags && if_match_version(tags, version, &any) == OK && !any)
		assert(version[0] >= '1' && version[0] <= '9' &&
		       version[strspn(version, "0123456789")] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *lines[80];
	size_t len, count = 0;
	struct gate gate;

	gate_init(&gate);
	while (count < ARRAY_LEN(lines) && (lines[count] = next_line(&data, &size, &len))) {
		char *line = lines[count++], *colon = memchr(line, ':', len);

		if (count == 1) {
			check_target(line);
			continue;
		}
		if (!colon)
			continue;
		*colon = '\0';
		gate_header(&gate, line, (size_t)(colon - line), colon + 1,
			    len - (size_t)(colon + 1 - line));
	}
	if (gate_finish(&gate, "HTTP/1.1") == OK) {
		check_head(&gate);
		check_values(&gate);
	}
	for (size_t i = 0; i < count; i++)
		free(lines[i]);
	return 0;
}

#ifdef FUZZ_REPLAY
int main(int argc, char **argv)
{
	static uint8_t input[1 << 20];

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		size_t size = file ? fread(input, 1, sizeof(input), file) : 0;

		if (!file)
			return 1;
		fclose(file);
		LLVMFuzzerTestOneInput(input, size);
	}
	return 0;
}
#endif
