/* JSON in the one form that is hashed: RFC 8785. */
#include "audit/json.h"

#include <assert.h>

#define DEPTH_MOST 64

struct scan {
	const char *at, *end;
	struct arena *arena;
	int depth;
};

static enum err value_scan(struct scan *scan, struct json_node **out);

/* ---- reading -----------------------------------------------------------------------------------
 */

static void space_skip(struct scan *scan)
{
	while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL && *scan->at != '\0')
		scan->at++;
}

static bool token_take(struct scan *scan, const char *token)
{
	size_t len = strlen(token);
	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, token, len) != 0)
		return false;
	scan->at += len;
	return true;
}

static enum err hex_scan(struct scan *scan, uint32_t *out)
{
	*out = 0;
	if (scan->end - scan->at < 4)
		return ERR_INVALID;
	for (int i = 0; i < 4; i++) {
		char c = *scan->at++;
		uint32_t digit = c >= '0' && c <= '9'	? (uint32_t)(c - '0')
				 : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
				 : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
							: 16;
		if (digit == 16)
			return ERR_INVALID;
		*out = *out << 4 | digit;
	}
	return OK;
}

static size_t utf8_put(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	out[0] = (char)(lead[len] | code);
	return len;
}

/* Behind `\u`; surrogates come in pairs only. */
static enum err unicode_scan(struct scan *scan, char *out, size_t *len)
{
	uint32_t code = 0, low = 0;
	TRY(hex_scan(scan, &code));
	if (code >= 0xDC00 && code <= 0xDFFF)
		return ERR_INVALID;
	if (code >= 0xD800 && code <= 0xDBFF) {
		if (!token_take(scan, "\\u"))
			return ERR_INVALID;
		TRY(hex_scan(scan, &low));
		if (low < 0xDC00 || low > 0xDFFF)
			return ERR_INVALID;
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	}
	*len += utf8_put(code, out + *len);
	return OK;
}

static enum err escape_scan(struct scan *scan, char *out, size_t *len)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	if (scan->at >= scan->end)
		return ERR_INVALID;
	char c = *scan->at++;
	if (c == 'u')
		return unicode_scan(scan, out, len);
	const char *found = c != '\0' ? strchr(names, c) : NULL;
	if (found == NULL)
		return ERR_INVALID;
	out[(*len)++] = values[found - names];
	return OK;
}

/* Decoded: never longer than it was spelled. */
static enum err string_scan(struct scan *scan, const char **out, size_t *len)
{
	if (!token_take(scan, "\""))
		return ERR_INVALID;
	const char *stop = scan->at;
	while (stop < scan->end && *stop != '"')
		stop += *stop == '\\' && scan->end - stop > 1 ? 2 : 1;
	char *text = arena_alloc(scan->arena, (size_t)(stop - scan->at) + 1);
	if (text == NULL)
		return ERR_MEMORY;
	*len = 0;
	while (scan->at < scan->end && *scan->at != '"') {
		char c = *scan->at++;
		if ((unsigned char)c < 0x20)
			return ERR_INVALID;
		if (c == '\\')
			TRY(escape_scan(scan, text, len));
		else
			text[(*len)++] = c;
	}
	*out = text;
	return token_take(scan, "\"") ? OK : ERR_INVALID;
}

static size_t digits_skip(struct scan *scan)
{
	const char *from = scan->at;
	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return (size_t)(scan->at - from);
}

static enum err number_scan(struct scan *scan, struct json_node *node)
{
	node->kind = JSON_NODE_NUMBER;
	node->text = scan->at;
	(void)token_take(scan, "-");
	const char *first = scan->at;
	size_t digits = digits_skip(scan);
	if (digits == 0 || (digits > 1 && *first == '0'))
		return ERR_INVALID;
	if (token_take(scan, ".") && digits_skip(scan) == 0)
		return ERR_INVALID;
	if (token_take(scan, "e") || token_take(scan, "E")) {
		if (!token_take(scan, "-"))
			(void)token_take(scan, "+");
		if (digits_skip(scan) == 0)
			return ERR_INVALID;
	}
	node->len = (size_t)(scan->at - node->text);
	if (node->len == 2 && memcmp(node->text, "-0", 2) == 0) {
		node->text++;
		node->len--;
	}
	return OK;
}

/* By UTF-16 code units, as RFC 8785 wants: there, what takes four bytes stands before U+E000. */
static int name_rank(unsigned char c)
{
	return c >= 0xF0 ? c - 2 : c >= 0xEE ? c + 7 : c;
}

static int name_compare(const void *left, const void *right)
{
	const struct json_node *a = *(struct json_node *const *)left;
	const struct json_node *b = *(struct json_node *const *)right;
	for (size_t i = 0; i < a->name_len && i < b->name_len; i++)
		if (a->name[i] != b->name[i])
			return name_rank((unsigned char)a->name[i]) -
			       name_rank((unsigned char)b->name[i]);
	return a->name_len < b->name_len ? -1 : a->name_len > b->name_len;
}

/* Members are kept sorted, as an array. */
static enum err members_sort(struct scan *scan, struct json_node *node)
{
	struct json_node **sorted =
	    arena_alloc(scan->arena, (node->count + 1) * sizeof(struct json_node *));
	if (sorted == NULL)
		return ERR_MEMORY;
	size_t i = 0;
	for (struct json_node *child = node->first; child != NULL; child = child->next)
		sorted[i++] = child;
	assert(i == node->count);
	qsort(sorted, node->count, sizeof(struct json_node *), name_compare);
	for (i = 0; i < node->count; i++) {
		if (i > 0 && name_compare(&sorted[i - 1], &sorted[i]) == 0)
			return ERR_INVALID;
		sorted[i]->next = i + 1 < node->count ? sorted[i + 1] : NULL;
	}
	node->first = node->count > 0 ? sorted[0] : NULL;
	return OK;
}

static enum err member_scan(struct scan *scan, bool object, struct json_node **out)
{
	const char *name = NULL;
	size_t len = 0;
	if (object) {
		space_skip(scan);
		TRY(string_scan(scan, &name, &len));
		space_skip(scan);
		if (!token_take(scan, ":"))
			return ERR_INVALID;
	}
	TRY(value_scan(scan, out));
	(*out)->name = name;
	(*out)->name_len = len;
	return OK;
}

static enum err container_scan(struct scan *scan, struct json_node *node, const char *close)
{
	struct json_node **tail = &node->first;
	bool object = node->kind == JSON_NODE_OBJECT;
	if (++scan->depth > DEPTH_MOST)
		return ERR_INVALID;
	space_skip(scan);
	if (!token_take(scan, close)) {
		do {
			TRY(member_scan(scan, object, tail));
			tail = &(*tail)->next;
			node->count++;
			space_skip(scan);
		} while (token_take(scan, ","));
		if (!token_take(scan, close))
			return ERR_INVALID;
	}
	scan->depth--;
	return object ? members_sort(scan, node) : OK;
}

static enum err word_scan(struct scan *scan, struct json_node *node)
{
	static const char *const words[] = {"null", "true", "false"};
	node->kind = JSON_NODE_WORD;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (token_take(scan, words[i])) {
			node->text = words[i];
			node->len = strlen(words[i]);
			return OK;
		}
	}
	return ERR_INVALID;
}

static enum err value_scan(struct scan *scan, struct json_node **out)
{
	struct json_node *node = *out = arena_alloc(scan->arena, sizeof(**out));
	if (node == NULL)
		return ERR_MEMORY;
	space_skip(scan);
	if (scan->at >= scan->end)
		return ERR_INVALID;
	switch (*scan->at) {
	case '{':
		scan->at++;
		node->kind = JSON_NODE_OBJECT;
		return container_scan(scan, node, "}");
	case '[':
		scan->at++;
		node->kind = JSON_NODE_ARRAY;
		return container_scan(scan, node, "]");
	case '"':
		node->kind = JSON_NODE_STRING;
		return string_scan(scan, &node->text, &node->len);
	case 'n':
	case 't':
	case 'f':
		return word_scan(scan, node);
	default:
		return number_scan(scan, node);
	}
}

enum err json_node_read(const char *json, size_t len, struct arena *arena, struct json_node **out)
{
	struct scan scan = {json, json + len, arena, 0};
	if (!utf8_valid(json, len))
		return ERR_INVALID;
	TRY(value_scan(&scan, out));
	space_skip(&scan);
	return scan.at == scan.end ? OK : ERR_INVALID;
}

const struct json_node *json_node_find(const struct json_node *object, const char *name)
{
	if (object->kind != JSON_NODE_OBJECT)
		return NULL;
	for (const struct json_node *node = object->first; node != NULL; node = node->next)
		if (node->name_len == strlen(name) && memcmp(node->name, name, node->name_len) == 0)
			return node;
	return NULL;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

void canonical_string(struct buffer *out, const char *text, size_t len)
{
	static const char short_names[] = "btn_fr"; /* for 8, 9, 10, 12, 13 */
	buffer_char(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\')
			buffer_printf(out, "\\%c", c);
		else if (c >= 8 && c <= 13 && c != 11)
			buffer_printf(out, "\\%c", short_names[c - 8]);
		else if (c < 0x20)
			buffer_printf(out, "\\u%04x", (unsigned)c);
		else
			buffer_char(out, (char)c);
	}
	buffer_char(out, '"');
}

void canonical_node(struct buffer *out, const struct json_node *node)
{
	const char *brackets = node->kind == JSON_NODE_OBJECT ? "{}" : "[]";
	if (node->kind == JSON_NODE_STRING) {
		canonical_string(out, node->text, node->len);
	} else if (node->kind == JSON_NODE_NUMBER || node->kind == JSON_NODE_WORD) {
		buffer_add(out, node->text, node->len);
	} else {
		buffer_char(out, brackets[0]);
		for (const struct json_node *child = node->first; child != NULL;
		     child = child->next) {
			if (child != node->first)
				buffer_char(out, ',');
			if (child->name != NULL) {
				canonical_string(out, child->name, child->name_len);
				buffer_char(out, ':');
			}
			canonical_node(out, child);
		}
		buffer_char(out, brackets[1]);
	}
}

enum err audit_canonical(const char *json, size_t len, struct arena *arena, struct buffer *out)
{
	struct json_node *node = NULL;
	TRY(json_node_read(json, len, arena, &node));
	canonical_node(out, node);
	return OK;
}
