/* Reads events, hashes and integers out of text. */
#include "audit/row.h"

#include <inttypes.h>

void event_from_row(struct audit_event *event, const struct admin_rows *rows, int row, int first)
{
	int column = first;
#define EVENT_TAKE(name, sql) event->name = admin_value(rows, row, column++);
	AUDIT_FIELDS(EVENT_TAKE)
#undef EVENT_TAKE
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hash_from_hex(const char *text, size_t len, uint8_t out[SHA256_LEN])
{
	if (text == NULL || len != SHA256_HEX_LEN)
		return false;
	for (size_t i = 0; i < SHA256_LEN; i++) {
		int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

int64_t integer_from_text(const char *text)
{
	return text != NULL ? strtoimax(text, NULL, 10) : 0;
}
