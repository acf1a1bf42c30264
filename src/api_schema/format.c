/* The formats of strings, held strictly: a value that passes is one that the database takes. */
#include <ctype.h>

#include "api_schema/schema.h"
#include "core/text.h"

/* `count` digits; -1 when there are fewer. */
static int digits(const char *text, int count)
{
	int value = 0;
	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && leap ? 29 : days[month - 1];
}

/* YYYY-MM-DD at the head of `text`, a day that exists; year 0 does not in PostgreSQL. */
static bool date_head(const char *text)
{
	int year = digits(text, 4);
	if (year < 1 || text[4] != '-')
		return false;
	int month = digits(text + 5, 2);
	if (month < 1 || month > 12 || text[7] != '-')
		return false;
	int day = digits(text + 8, 2);
	return day >= 1 && day <= days_of_month(year, month);
}

static bool format_date(const char *text)
{
	return date_head(text) && text[10] == '\0';
}

/* hh:mm within a day. */
static bool clock_head(const char *text)
{
	int hour = digits(text, 2);
	if (hour < 0 || hour > 23 || text[2] != ':')
		return false;
	int minute = digits(text + 3, 2);
	return minute >= 0 && minute <= 59;
}

/* RFC 3339. A leap second is refused: no clock of ours can show it. */
static bool format_date_time(const char *text)
{
	if (!date_head(text) || (text[10] != 'T' && text[10] != 't') || !clock_head(text + 11) ||
	    text[16] != ':')
		return false;
	int second = digits(text + 17, 2);
	if (second < 0 || second > 59)
		return false;
	const char *rest = text + 19;
	if (*rest == '.') {
		size_t fraction = strspn(rest + 1, "0123456789");
		if (fraction < 1 || fraction > 9)
			return false;
		rest += 1 + fraction;
	}
	if (*rest == 'Z' || *rest == 'z')
		return rest[1] == '\0';
	if (*rest != '+' && *rest != '-')
		return false;
	/* No zone is farther than 14 hours; PostgreSQL refuses beyond 15:59. */
	return clock_head(rest + 1) && digits(rest + 1, 2) <= 15 && rest[6] == '\0';
}

bool api_time_valid(const char *text)
{
	return format_date_time(text);
}

static bool format_uuid(const char *text)
{
	return uuid_valid(text);
}

/* Labels of letters, digits and inner hyphens. */
static bool host_valid(const char *host, size_t len)
{
	size_t label = 0;
	if (len == 0 || len > 253)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)host[i];
		if (c == '.') {
			if (label == 0 || host[i - 1] == '-')
				return false;
			label = 0;
		} else if (c > 127 || (!isalnum(c) && (c != '-' || label == 0)) || ++label > 63) {
			return false;
		}
	}
	return label > 0 && host[len - 1] != '-';
}

/* What mail in use looks like: a dot-atom, also in other scripts, and a host with a dot. */
static bool format_email(const char *text)
{
	const char *at = strrchr(text, '@');
	if (!at || at == text || at - text > 64 || strlen(text) > 254)
		return false;
	for (const char *c = text; c < at; c++) {
		unsigned char byte = (unsigned char)*c;
		if (byte <= ' ' || byte == 127 || strchr("\"(),:;<>@[\\]", byte))
			return false;
		if (byte == '.' && (c == text || c + 1 == at || c[1] == '.'))
			return false;
	}
	return strchr(at + 1, '.') && host_valid(at + 1, strlen(at + 1));
}

bool api_email_valid(const char *text)
{
	return format_email(text);
}

/* A port: digits up to 65535, after the colon. */
static bool port_valid(const char *text, size_t len)
{
	if (len < 1 || len > 5)
		return false;
	int port = digits(text, (int)len);
	return port >= 1 && port <= 65535;
}

/* [::1]: left to the resolver beyond its characters. */
static bool host_literal_valid(const char *host, size_t len)
{
	if (len < 4 || host[0] != '[' || host[len - 1] != ']')
		return false;
	return strspn(host + 1, "0123456789abcdefABCDEF:.") == len - 2;
}

/* host[:port]. A name before an @ is refused: it only serves to disguise the host. */
static bool authority_valid(const char *text, size_t len)
{
	size_t host = len;
	for (size_t i = len; i > 0 && text[i - 1] != ']'; i--) {
		if (text[i - 1] == ':')
			host = i - 1;
	}
	if (host < len && !port_valid(text + host + 1, len - host - 1))
		return false;
	return host_valid(text, host) || host_literal_valid(text, host);
}

static bool percent_valid(const char *text)
{
	return isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]);
}

static bool format_uri(const char *text)
{
	size_t scheme = strncasecmp(text, "http://", 7) == 0	? 7
			: strncasecmp(text, "https://", 8) == 0 ? 8
								: 0;
	if (scheme == 0)
		return false;
	for (const char *c = text; *c; c++) {
		unsigned char byte = (unsigned char)*c;
		if (byte <= ' ' || byte >= 127 || strchr("\"<>\\^`{|}", byte))
			return false;
		if (byte == '%' && !percent_valid(c))
			return false;
	}
	return authority_valid(text + scheme, strcspn(text + scheme, "/?#"));
}

static const struct {
	const char *spelling, *sentence;
	bool (*matches)(const char *text);
} formats[] = {[FORMAT_NONE] = {"", "", NULL},
#define FORMAT_ROW(name, spelling, function, sentence) [name] = {spelling, sentence, function},
	       FORMAT_LIST(FORMAT_ROW)
#undef FORMAT_ROW
};

bool format_matches(enum format format, const char *text)
{
	return format == FORMAT_NONE || formats[format].matches(text);
}

const char *format_sentence(enum format format)
{
	return formats[format].sentence;
}

enum format format_find(const char *spelling)
{
	for (size_t i = 1; i < ARRAY_LEN(formats); i++) {
		if (strcmp(formats[i].spelling, spelling) == 0)
			return (enum format)i;
	}
	return FORMAT_NONE;
}
