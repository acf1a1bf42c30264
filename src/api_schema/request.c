/* Requests: a body held against its operation, and parameters turned from text into values. */
#include <assert.h>
#include <errno.h>
#include <math.h>

#include "api_schema/operation.h"
#include "core/text.h"

int api_check_body(const struct api_operation *op, const json_t *body, api_violation_fn *report,
		   void *context)
{
	struct check check;
	struct place root = {NULL, "", 0};
	assert(op->body && report);
	check_begin(&check, report, context);
	check_no_nul(&check, body, &root);
	check_value(&check, op->body, body, &root);
	return check_end(&check, &root);
}

/* ---- parameters ----------------------------------------------------------------------------- */

/* Decimal, no sign but '-', no leading zero, within 18 digits: NULL when it is something else. */
static json_t *integer_of(const char *text)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	size_t count = strspn(digits, "0123456789");
	if (count == 0 || count > 18 || digits[count] || (digits[0] == '0' && count > 1))
		return NULL;
	return json_integer(strtoll(text, NULL, 10));
}

static json_t *number_of(const char *text)
{
	char *end = NULL;
	size_t len = strlen(text);
	if (len == 0 || len > 64 || strspn(text, "0123456789.eE+-") != len)
		return NULL;
	errno = 0;
	double value = strtod(text, &end);
	return *end || errno || !isfinite(value) ? NULL : json_real(value);
}

/* The most telling value that the schema's types allow; text when none does. */
static json_t *value_of(unsigned types, const char *text)
{
	json_t *value = NULL;
	if (types & (TYPE_INTEGER | TYPE_NUMBER))
		value = integer_of(text);
	if (!value && (types & TYPE_NUMBER))
		value = number_of(text);
	if (!value && (types & TYPE_BOOLEAN))
		value = strcmp(text, "true") == 0    ? json_true()
			: strcmp(text, "false") == 0 ? json_false()
						     : NULL;
	return value ? value : json_string(text);
}

/* "a,b" as an array; an empty text is an empty array. */
static json_t *array_of(const struct node *node, const char *text)
{
	json_t *array = json_array();
	unsigned types = 0;
	for (int i = 0; !node->items && node->ref && i < 16; i++)
		node = node->ref;
	if (node->items)
		types = node_types(node->items);
	while (array && *text) {
		size_t len = strcspn(text, ",");
		char *item = strndup(text, len);
		json_t *value = item ? value_of(types, item) : NULL;
		free(item);
		if (json_array_append_new(array, value) != 0) {
			json_decref(array);
			return NULL;
		}
		text += len + (text[len] == ',');
	}
	return array;
}

static void check_parameter(struct check *check, const struct parameter *parameter,
			    const char *text, const struct place *root)
{
	unsigned types = node_types(parameter->node);
	if (!utf8_valid(text, strlen(text))) {
		check_violate(check, root, "utf8", "must be valid UTF-8");
		return;
	}
	json_t *value =
	    types & TYPE_ARRAY ? array_of(parameter->node, text) : value_of(types, text);
	if (value)
		check_value(check, parameter->node, value, root);
	else
		check->steps = -1; /* memory: what was not checked must not pass */
	json_decref(value);
}

static int check_named(const struct api_operation *op, int where, const char *name,
		       const char *value, api_violation_fn *report, void *context)
{
	char root_name[128];
	struct check check;
	struct place root = {NULL, root_name, 0};
	assert(report);
	(void)snprintf(root_name, sizeof(root_name), where == IN_QUERY ? "?%s" : "{%s}", name);
	check_begin(&check, report, context);
	for (size_t i = 0; i < op->parameter_count; i++) {
		const struct parameter *parameter = &op->parameters[i];
		if ((int)parameter->where == where && strcmp(parameter->name, name) == 0) {
			check_parameter(&check, parameter, value, &root);
			return check_end(&check, &root);
		}
	}
	check_violate(&check, &root, "unknown_parameter", "is not known here");
	return check_end(&check, &root);
}

bool api_query_known(const struct api_operation *op, const char *name)
{
	for (size_t i = 0; i < op->parameter_count; i++) {
		if (op->parameters[i].where == IN_QUERY &&
		    strcmp(op->parameters[i].name, name) == 0)
			return true;
	}
	return false;
}

int api_check_query(const struct api_operation *op, const char *name, const char *value,
		    api_violation_fn *report, void *context)
{
	return check_named(op, IN_QUERY, name, value, report, context);
}

int api_check_path(const struct api_operation *op, const char *name, const char *value,
		   api_violation_fn *report, void *context)
{
	return check_named(op, IN_PATH, name, value, report, context);
}
