/* Grows a byte buffer; a refusal sticks. */
#include "core/buffer.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#define CAP_FIRST 512

void buffer_init(struct buffer *buffer, size_t limit)
{
	*buffer = (struct buffer){.limit = limit};
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){.limit = buffer->limit};
}

void buffer_clear(struct buffer *buffer)
{
	buffer->len = 0;
	buffer->failed = 0;
	if (buffer->data)
		buffer->data[0] = '\0';
}

/* Makes room for `more` bytes and the NUL behind them. */
static bool reserve(struct buffer *buffer, size_t more)
{
	size_t cap = buffer->cap ? buffer->cap : CAP_FIRST;
	char *data;

	if (buffer->failed)
		return false;
	if (more < buffer->cap - buffer->len && more <= buffer->limit - buffer->len)
		return true;
	if (more > buffer->limit - buffer->len || more >= SIZE_MAX / 4) {
		buffer->failed = 1;
		return false;
	}
	while (cap - buffer->len <= more)
		cap *= 2;
	data = realloc(buffer->data, cap);
	if (!data) {
		buffer->failed = 1;
		return false;
	}
	buffer->data = data;
	buffer->cap = cap;
	return true;
}

char *buffer_extend(struct buffer *buffer, size_t len)
{
	char *at;

	if (!reserve(buffer, len))
		return NULL;
	at = buffer->data + buffer->len;
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
	return at;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
	if (!reserve(buffer, len))
		return;
	if (len > 0)
		memcpy(buffer->data + buffer->len, bytes, len);
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_char(struct buffer *buffer, char c)
{
	if (!reserve(buffer, 1))
		return;
	buffer->data[buffer->len++] = c;
	buffer->data[buffer->len] = '\0';
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		buffer->failed = 1;
		return;
	}
	if (!reserve(buffer, (size_t)len))
		return;
	va_start(args, format);
	(void)vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, args);
	va_end(args);
	buffer->len += (size_t)len;
}

char *buffer_take(struct buffer *buffer, size_t *len)
{
	char *data;

	buffer_add(buffer, "", 0); /* even an empty buffer gives a string */
	if (buffer->failed)
		return NULL;
	data = buffer->data;
	*len = buffer->len;
	*buffer = (struct buffer){.limit = buffer->limit};
	return data;
}
