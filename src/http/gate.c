/* Refuses requests whose framing or target could mean two things to two readers. */
#include "gate.h"

#include <ctype.h>
#include <strings.h>

#include "core/text.h"

static const struct {
	const char *name;
	size_t len;
	bool once;
} known[HEADER_COUNT] = {
#define HEADER_ONCE(id, name) [HEADER_##id] = {name, sizeof(name) - 1, true},
#define HEADER_ANY(id, name)  [HEADER_##id] = {name, sizeof(name) - 1, false},
    KNOWN_HEADERS(HEADER_ONCE, HEADER_ANY)
#undef HEADER_ONCE
#undef HEADER_ANY
};

static void refuse(struct gate *gate, enum problem problem, const char *why)
{
	if (gate->why)
		return;
	gate->problem = problem;
	gate->why = why;
}

void gate_init(struct gate *gate)
{
	*gate = (struct gate){0};
}

static bool is_token_char(unsigned char c)
{
	return isalnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_token_char((unsigned char)text[i]))
			return false;
	}
	return len > 0;
}

/* Field values: visible characters, bytes above ASCII, space and tab. */
static bool is_field_value(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* A folded or mistyped framing header arrives as a longer name: Transfer-Encodingchunked. */
static bool starts_like_framing(const char *name, size_t len)
{
	for (int i = HEADER_HOST; i <= HEADER_TRANSFER_ENCODING; i++) {
		if (len > known[i].len && strncasecmp(name, known[i].name, known[i].len) == 0)
			return true;
	}
	return false;
}

static void check_length(struct gate *gate, const char *value, size_t len)
{
	uint64_t length = 0;

	if (len == 0 || len > 18) {
		refuse(gate, PROBLEM_bad_request, "Content-Length is not a number.");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9') {
			refuse(gate, PROBLEM_bad_request, "Content-Length is not a number.");
			return;
		}
		length = length * 10 + (uint64_t)(value[i] - '0');
	}
	gate->has_length = true;
	gate->length = length;
}

static void check_host(struct gate *gate, const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (!isalnum(c) && !strchr("-._:[]", c)) {
			refuse(gate, PROBLEM_bad_request, "Host is not a host name.");
			return;
		}
	}
	if (len == 0 || len > 255)
		refuse(gate, PROBLEM_bad_request, "Host is not a host name.");
}

static void check_framing(struct gate *gate, enum known_header id, const char *value, size_t len)
{
	if (id == HEADER_CONTENT_LENGTH) {
		check_length(gate, value, len);
	} else if (id == HEADER_HOST) {
		check_host(gate, value, len);
	} else if (id == HEADER_TRANSFER_ENCODING) {
		gate->chunked = true;
		if (len != 7 || strncasecmp(value, "chunked", 7) != 0)
			refuse(gate, PROBLEM_bad_request,
			       "Only Transfer-Encoding: chunked is read.");
	} else if (id == HEADER_EXPECT) {
		if (len != 12 || strncasecmp(value, "100-continue", 12) != 0)
			refuse(gate, PROBLEM_bad_request, "Only Expect: 100-continue is known.");
	}
}

void gate_request_line(struct gate *gate, const char *method, const char *target,
		       const char *version, size_t target_len)
{
	if (target != method + strlen(method) + 1 || version != target + target_len + 1)
		refuse(gate, PROBLEM_bad_request, "The request line holds more than three words.");
	gate->line_end = version + strlen(version);
}

static void check_layout(struct gate *gate, const char *name, size_t name_len, const char *value,
			 size_t value_len)
{
	if (!gate->line_end)
		return;
	if (name != gate->line_end + 2 || value <= name + name_len)
		refuse(gate, PROBLEM_bad_request, "A header line is folded, or broken off oddly.");
	gate->line_end = value + value_len;
}

void gate_head_end(struct gate *gate, const char *method, size_t head_len)
{
	if (gate->line_end && gate->line_end + 4 != method + head_len)
		refuse(gate, PROBLEM_bad_request, "The headers do not end with an empty line.");
}

void gate_header(struct gate *gate, const char *name, size_t name_len, const char *value,
		 size_t value_len)
{
	if (!value) {
		value = "";
		value_len = 0;
	}
	check_layout(gate, name, name_len, value, value_len);
	if (++gate->count > GATE_HEADERS_MAX)
		refuse(gate, PROBLEM_headers_too_large, "There are more than 64 headers.");
	if (!name || !is_token(name, name_len)) {
		refuse(gate, PROBLEM_bad_request, "A header's name is not a token.");
		return;
	}
	if (!is_field_value(value, value_len))
		refuse(gate, PROBLEM_bad_request, "A header's value holds control characters.");
	if (starts_like_framing(name, name_len))
		refuse(gate, PROBLEM_bad_request, "A header resembles one of those that frame.");
	for (int i = 0; i < HEADER_COUNT; i++) {
		if (known[i].len != name_len || strncasecmp(name, known[i].name, name_len) != 0)
			continue;
		if (known[i].once && gate->header[i])
			refuse(gate, PROBLEM_bad_request,
			       "A header that stands once stands twice.");
		gate->header[i] = value;
		check_framing(gate, (enum known_header)i, value, value_len);
		return;
	}
}

enum err gate_finish(struct gate *gate, const char *version)
{
	bool http_1_0 = strcmp(version, "HTTP/1.0") == 0;

	if (!http_1_0 && strcmp(version, "HTTP/1.1") != 0)
		refuse(gate, PROBLEM_http_version, "This server speaks HTTP/1.1 and HTTP/1.0.");
	if (!http_1_0 && !gate->header[HEADER_HOST])
		refuse(gate, PROBLEM_bad_request, "Host is missing.");
	if (gate->chunked && gate->has_length)
		refuse(gate, PROBLEM_bad_request,
		       "Content-Length and Transfer-Encoding exclude each other.");
	if (gate->chunked && http_1_0)
		refuse(gate, PROBLEM_bad_request, "HTTP/1.0 has no Transfer-Encoding.");
	return gate->why ? ERR_INVALID : OK;
}

/* Encoded bytes that would change the path's structure, or end it, once someone decodes them. */
static const char *check_escape(const char *at, bool in_query)
{
	int high = hex_value(at[1]), low = high < 0 ? -1 : hex_value(at[2]);
	int byte = high * 16 + low;

	if (high < 0 || low < 0)
		return "A percent sign is not followed by two hexadecimal digits.";
	if (byte == 0)
		return "An encoded NUL is not allowed.";
	if (in_query)
		return NULL;
	if (byte == '/' || byte == '\\')
		return "An encoded slash is not allowed.";
	if (byte < 0x20 || byte == 0x7f)
		return "An encoded control character is not allowed.";
	return NULL;
}

/* "." and "..", also encoded: %2e. `at` stands behind a slash. */
static bool is_dot_segment(const char *at)
{
	int dots = 0;

	for (;;) {
		if (*at == '.')
			at++;
		else if (at[0] == '%' && at[1] == '2' && (at[2] == 'e' || at[2] == 'E'))
			at += 3;
		else
			break;
		dots++;
	}
	return (dots == 1 || dots == 2) && (*at == '\0' || *at == '/' || *at == '?');
}

enum err gate_target(struct gate *gate, const char *target)
{
	bool in_query = false;
	const char *at;

	if (strcmp(target, "*") == 0)
		return OK;
	if (target[0] != '/')
		refuse(gate, PROBLEM_malformed_target, "The target does not begin with a slash.");
	for (at = target; *at; at++) {
		unsigned char c = (unsigned char)*at;
		const char *why = NULL;

		/* Browsers and fetch() send a bar in a query as it is, and Harvest v3 has them. */
		if (c == '|' && in_query && strncmp(target, "/greenhouse/", 12) == 0)
			continue;
		if (c <= 0x20 || c >= 0x7f || strchr("\\#\"<>^`{|}", c))
			why = "The target holds a character that must be percent-encoded.";
		else if (c == '%')
			why = check_escape(at, in_query);
		else if (c == '?')
			in_query = true;
		else if (c == '/' && !in_query && (at[1] == '/' || is_dot_segment(at + 1)))
			why = "The path has empty or dot segments.";
		if (why)
			refuse(gate, PROBLEM_malformed_target, why);
	}
	if (at - target > GATE_TARGET_MAX)
		refuse(gate, PROBLEM_uri_too_long, "The target is longer than 4096 bytes.");
	return gate->why ? ERR_INVALID : OK;
}
