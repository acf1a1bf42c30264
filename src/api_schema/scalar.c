/* The keywords of strings and numbers. */
#include <math.h>

#include "api_schema/schema.h"

/* ---- strings -------------------------------------------------------------------------------- */

static size_t code_points(const char *text, size_t len)
{
	size_t count = 0;
	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xC0) != 0x80;
	return count;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

void check_string(struct check *check, const struct node *node, const json_t *value,
		  const struct place *place)
{
	const char *text = json_string_value(value);
	size_t length = code_points(text, json_string_length(value));
	if (length < node->min_length)
		check_violate(check, place, "minLength", "must be at least %zu character%s",
			      node->min_length, plural(node->min_length));
	if (length > node->max_length) {
		/* A pattern is never run over a text without bound. */
		check_violate(check, place, "maxLength", "must be at most %zu character%s",
			      node->max_length, plural(node->max_length));
		return;
	}
	if (node->regex && regexec(node->regex, text, 0, NULL, 0) != 0)
		check_violate(check, place, "pattern", "must match %s", node->pattern);
	if (!format_matches(node->format, text))
		check_violate(check, place, "format", "%s", format_sentence(node->format));
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* Below 0, 0 or above 0; integers are compared as integers, since a double cannot hold them all. */
static int number_compare(const json_t *a, const json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b)) {
		json_int_t x = json_integer_value(a), y = json_integer_value(b);
		return (x > y) - (x < y);
	}
	double x = json_number_value(a), y = json_number_value(b);
	return (x > y) - (x < y);
}

static bool is_multiple(const json_t *value, const json_t *of)
{
	if (json_is_integer(value) && json_is_integer(of))
		return json_integer_value(value) % json_integer_value(of) == 0;
	double quotient = json_number_value(value) / json_number_value(of);
	/* 0.3 is a multiple of 0.1, though not in binary. */
	return fabs(quotient - nearbyint(quotient)) <= 1e-9 * fmax(1, fabs(quotient));
}

static void bound(struct check *check, const struct place *place, const char *rule,
		  const char *sentence, const json_t *limit)
{
	if (json_is_integer(limit))
		check_violate(check, place, rule, "%s %lld", sentence,
			      (long long)json_integer_value(limit));
	else
		check_violate(check, place, rule, "%s %.15g", sentence, json_number_value(limit));
}

void check_number(struct check *check, const struct node *node, const json_t *value,
		  const struct place *place)
{
	if (node->minimum && number_compare(value, node->minimum) < 0)
		bound(check, place, "minimum", "must be at least", node->minimum);
	if (node->maximum && number_compare(value, node->maximum) > 0)
		bound(check, place, "maximum", "must be at most", node->maximum);
	if (node->above && number_compare(value, node->above) <= 0)
		bound(check, place, "exclusiveMinimum", "must be more than", node->above);
	if (node->below && number_compare(value, node->below) >= 0)
		bound(check, place, "exclusiveMaximum", "must be less than", node->below);
	if (node->multiple && !is_multiple(value, node->multiple))
		bound(check, place, "multipleOf", "must be a multiple of", node->multiple);
}
