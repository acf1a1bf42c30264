/*
 * Fuzzes the reading of forms with files: the first line of the input is the Content-Type, the rest
 * the body. Built with clang -fsanitize=fuzzer, or with -DFUZZ_REPLAY as a program that replays the
 * files it is given.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool controls(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

static void check_name(const char *name)
{
	assert(utf8_valid(name, strlen(name)) && !controls(name));
}

/* Whatever came in: names are plain, files lie in the body, texts end and are UTF-8. */
static void check_form(const struct multipart *form, const char *body, size_t len)
{
	assert(form->count >= 0 && form->count <= MULTIPART_PARTS_MAX);
	for (int i = 0; i < form->count; i++) {
		const struct multipart_part *part = &form->part[i];
		const struct multipart_part *first = multipart_find(form, part->name);

		check_name(part->name);
		assert(first && first <= part);
		assert(part->len <= len);
		if (part->filename) {
			check_name(part->filename);
			assert(part->len == 0 ||
			       (part->bytes >= body && part->bytes + part->len <= body + len));
			continue;
		}
		assert(part->bytes[part->len] == '\0' && utf8_valid(part->bytes, part->len));
		assert(first->filename || multipart_text(form, part->name) == first->bytes);
	}
}

static void read_form(const char *type, const uint8_t *data, size_t len)
{
	static struct multipart form;
	/* Of its very size, so that a step behind the end is seen. */
	char *body = malloc(len ? len : 1);
	struct arena arena;

	assert(body);
	memcpy(body, data, len);
	arena_init(&arena, 4 << 20);
	if (multipart_read(&arena, type, body, len, &form) == OK)
		check_form(&form, body, len);
	arena_release(&arena);
	free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = memchr(data, '\n', size);
	size_t head = line ? (size_t)(line - data) : 0;
	char type[256];

	if (line && head < sizeof(type)) {
		memcpy(type, data, head);
		type[head] = '\0';
		read_form(type, line + 1, size - head - 1);
	}
	/* With a boundary that is right, most inputs get further. */
	read_form("multipart/form-data; boundary=b", data, size);
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
