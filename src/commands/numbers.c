/* Reads decimal numbers, lists of them and fractions, strictly. */
#include "numbers.h"

#include <errno.h>
#include <math.h>

static const char *digits_skip(const char *text)
{
	while (*text >= '0' && *text <= '9')
		text++;
	return text;
}

/* strtod alone would also take hexadecimal, "nan", "infinity" and leading spaces. */
static bool is_decimal(const char *text)
{
	text += *text == '-' || *text == '+';
	const char *whole = digits_skip(text), *end = whole;
	size_t digits = (size_t)(whole - text);
	if (*whole == '.') {
		end = digits_skip(whole + 1);
		digits += (size_t)(end - whole - 1);
	}
	if (digits > 0 && (*end == 'e' || *end == 'E')) {
		const char *exponent = end + 1;
		exponent += *exponent == '-' || *exponent == '+';
		end = digits_skip(exponent);
		if (end == exponent)
			return false;
	}
	return digits > 0 && *end == '\0';
}

bool number_parse(const char *text, double *out)
{
	if (text[0] >= '0' && text[0] <= '9' && text[1] == '\0') {
		*out = text[0] - '0';
		return true;
	}
	if (!is_decimal(text))
		return false;
	*out = strtod(text, NULL);
	return isfinite(*out);
}

static enum err range_refuse(const char *flag, const char *text, struct number_range range,
			     struct why *why)
{
	const char *from = range.over ? "above " : "from ";
	if (range.high < HUGE_VAL)
		return why_set(why, ERR_INVALID, "%s is \"%.40s\", but must be a number %s%g to %g",
			       flag, text, from, range.low, range.high);
	return why_set(why, ERR_INVALID, "%s is \"%.40s\", but must be a number %s%g", flag, text,
		       from, range.low);
}

enum err number_option(const char *flag, const char *text, struct number_range range, double *out,
		       struct why *why)
{
	if (text[0] == '\0')
		return why_set(why, ERR_INVALID, "%s is needed; \"assay help COMMAND\" explains it",
			       flag);
	if (!number_parse(text, out) || *out < range.low || *out > range.high ||
	    (range.over && *out <= range.low))
		return range_refuse(flag, text, range, why);
	return OK;
}

enum err number_list_option(const char *flag, const char *text, struct number_range range,
			    double *out, size_t most, size_t *count, struct why *why)
{
	*count = 0;
	if (text[0] == '\0')
		return why_set(why, ERR_INVALID, "%s is needed; \"assay help COMMAND\" explains it",
			       flag);
	for (const char *at = text;; at++) {
		char one[48], source[80];
		size_t len = strcspn(at, ",");
		(void)snprintf(one, sizeof(one), "%.*s", (int)(len < 47 ? len : 47), at);
		(void)snprintf(source, sizeof(source), "number %zu of %s", *count + 1, flag);
		if (*count == most)
			return why_set(why, ERR_INVALID, "%s has more than %zu numbers", flag,
				       most);
		if (one[0] == '\0')
			return range_refuse(source, one, range, why);
		TRY(number_option(source, one, range, &out[*count], why));
		(*count)++;
		at += len;
		if (*at == '\0')
			return OK;
	}
}

static bool whole_parse(const char *text, char end, unsigned most, unsigned *out)
{
	char *rest = NULL;
	errno = 0;
	unsigned long value = strtoul(text, &rest, 10);
	*out = (unsigned)value;
	return text[0] >= '0' && text[0] <= '9' && *rest == end && errno == 0 && value <= most;
}

enum err fraction_option(const char *what, const char *text, unsigned most, unsigned *x,
			 unsigned *n, struct why *why)
{
	const char *slash = strchr(text, '/');
	if (slash == NULL || !whole_parse(text, '/', most, x) ||
	    !whole_parse(slash + 1, '\0', most, n) || *n == 0 || *x > *n)
		return why_set(why, ERR_INVALID,
			       "%s is \"%.40s\", but must be x/n such as 12/48: x from 0 to n, n "
			       "from 1 to %u",
			       what, text, most);
	return OK;
}
