/* Holds a JSON value against a compiled schema and reports every broken rule. */
#include <assert.h>
#include <stdarg.h>

#include "api_schema/schema.h"

#define CHECK_STEPS_MAX 500000
#define CHECK_DEPTH_MAX 96 /* a body of 32 levels through references and choices */
#define POINTER_LEN	512
#define SENTENCE_LEN	600

void check_begin(struct check *check, api_violation_fn *report, void *context)
{
	*check = (struct check){.report = report, .context = context, .steps = CHECK_STEPS_MAX};
}

void check_violate(struct check *check, const struct place *place, const char *rule,
		   const char *format, ...)
{
	char pointer[POINTER_LEN];
	char sentence[SENTENCE_LEN];
	va_list args;
	if (check->violations >= API_VIOLATIONS_MAX)
		return;
	check->violations++;
	if (!check->report)
		return;
	va_start(args, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	place_spell(place, pointer, sizeof(pointer));
	check->report(check->context, pointer, rule, sentence);
}

/* There is nothing left to find out: a trial ends at the first violation, work is bounded. */
static bool check_done(const struct check *check)
{
	return check->steps < 0 || check->violations >= (check->report ? API_VIOLATIONS_MAX : 1);
}

int check_end(struct check *check, const struct place *root)
{
	if (check->steps < 0 && check->violations < API_VIOLATIONS_MAX)
		check_violate(check, root, "complexity", "is too much to check");
	return check->violations;
}

void check_no_nul(struct check *check, const json_t *value, const struct place *place)
{
	const char *name;
	size_t index;
	json_t *child;
	if (check_done(check) || check->steps-- <= 0)
		return;
	if (json_is_string(value) &&
	    memchr(json_string_value(value), '\0', json_string_length(value)))
		check_violate(check, place, "no_nul", "must not contain the character U+0000");
	if (++check->depth > CHECK_DEPTH_MAX)
		check->steps = -1;
	json_object_foreach(json_iterable(value), name, child)
	    check_no_nul(check, child, &(struct place){place, name, 0});
	json_array_foreach(value, index, child)
	    check_no_nul(check, child, &(struct place){place, NULL, index});
	check->depth--;
}

/* ---- what a list of choices looks like in a sentence ---------------------------------------- */

static void append(char *out, const char *text)
{
	size_t len = strlen(out);
	if (len < SENTENCE_LEN / 2)
		(void)snprintf(out + len, SENTENCE_LEN / 2 - len, "%s", text);
}

static void violate_type(struct check *check, const struct place *place, unsigned types)
{
	static const char *const words[TYPE_BITS] = {
	    "null", "true or false", "an integer", "a number", "a string", "an array", "an object"};
	char list[SENTENCE_LEN / 2] = "";
	/* null comes last, as one says it. */
	for (unsigned i = 1; i <= TYPE_BITS; i++) {
		if (types & (1U << i % TYPE_BITS)) {
			append(list, list[0] ? " or " : "");
			append(list, words[i % TYPE_BITS]);
		}
	}
	check_violate(check, place, "type", "must be %s", list);
}

/* Borrowed, or spelled into `number`. */
static const char *choice_text(const json_t *choice, char number[32])
{
	switch (json_typeof(choice)) {
	case JSON_STRING:
		return json_string_value(choice);
	case JSON_INTEGER:
		(void)snprintf(number, 32, "%lld", (long long)json_integer_value(choice));
		return number;
	case JSON_REAL:
		(void)snprintf(number, 32, "%.15g", json_real_value(choice));
		return number;
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
		return "null";
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
	return "a value that the document tells";
}

static void violate_enum(struct check *check, const struct place *place, const json_t *choices)
{
	char list[SENTENCE_LEN / 2] = "";
	char number[32];
	for (size_t i = 0; i < json_array_size(choices); i++) {
		append(list, i ? ", " : "");
		append(list, choice_text(json_array_get(choices, i), number));
	}
	check_violate(check, place, "enum", "must be one of %s", list);
}

/* ---- objects and arrays --------------------------------------------------------------------- */

static const struct node *property_node(const struct node *node, const char *name)
{
	size_t low = 0, high = node->property_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, node->properties[middle].name);
		if (order == 0)
			return node->properties[middle].node;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static void check_member(struct check *check, const struct node *node, const char *name,
			 const json_t *value, const struct place *place)
{
	const struct node *known = property_node(node, name);
	if (known)
		check_value(check, known, value, place);
	else if (node->closed)
		check_violate(check, place, "additionalProperties", "is not known here");
	else if (node->additional)
		check_value(check, node->additional, value, place);
	if (node->names) {
		json_t *text = json_string(name);
		if (text)
			check_value(check, node->names, text, place);
		else
			check->steps = -1; /* memory: what was not checked must not pass */
		json_decref(text);
	}
}

static void check_object(struct check *check, const struct node *node, const json_t *value,
			 const struct place *place)
{
	size_t size = json_object_size(value);
	const char *name;
	json_t *member;
	for (size_t i = 0; i < node->required_count && !check_done(check); i++) {
		if (!json_object_get(value, node->required[i]))
			check_violate(check, &(struct place){place, node->required[i], 0},
				      "required", "is required");
	}
	if (size < node->min_properties)
		check_violate(check, place, "minProperties", "must have at least %zu member%s",
			      node->min_properties, node->min_properties == 1 ? "" : "s");
	if (size > node->max_properties)
		check_violate(check, place, "maxProperties", "must have at most %zu member%s",
			      node->max_properties, node->max_properties == 1 ? "" : "s");
	json_object_foreach(json_iterable(value), name, member)
	{
		if (check_done(check))
			return;
		check_member(check, node, name, member, &(struct place){place, name, 0});
	}
}

static void check_unique(struct check *check, const json_t *value, const struct place *place)
{
	for (size_t i = 1; i < json_array_size(value); i++) {
		for (size_t k = 0; k < i; k++) {
			if (check_done(check) || check->steps-- <= 0)
				return;
			if (json_equal(json_array_get(value, i), json_array_get(value, k))) {
				check_violate(check, &(struct place){place, NULL, i}, "uniqueItems",
					      "is there twice");
				break;
			}
		}
	}
}

static void check_array(struct check *check, const struct node *node, const json_t *value,
			const struct place *place)
{
	size_t size = json_array_size(value);
	if (size < node->min_items)
		check_violate(check, place, "minItems", "must have at least %zu item%s",
			      node->min_items, node->min_items == 1 ? "" : "s");
	if (size > node->max_items) {
		check_violate(check, place, "maxItems", "must have at most %zu item%s",
			      node->max_items, node->max_items == 1 ? "" : "s");
		return;
	}
	for (size_t i = 0; node->items && i < size && !check_done(check); i++)
		check_value(check, node->items, json_array_get(value, i),
			    &(struct place){place, NULL, i});
	if (node->unique)
		check_unique(check, value, place);
}

/* ---- allOf, anyOf, oneOf -------------------------------------------------------------------- */

static bool matches(struct check *check, const struct node *node, const json_t *value,
		    const struct place *place)
{
	struct check trial = {.depth = check->depth, .steps = check->steps};
	check_value(&trial, node, value, place);
	check->steps = trial.steps;
	return trial.violations == 0;
}

static bool type_fits(unsigned types, const json_t *value)
{
	unsigned own = value_types(value);
	if (types & TYPE_NUMBER)
		types |= TYPE_INTEGER;
	return types == 0 || (types & own) != 0;
}

/* The value could be meant for this choice: its type fits, and no constant member says otherwise.
 */
static bool is_candidate(const struct node *node, const json_t *value)
{
	if (!type_fits(node_types(node), value))
		return false;
	for (int i = 0; node->ref && i < 16; i++)
		node = node->ref;
	for (size_t i = 0; i < node->property_count; i++) {
		const json_t *constant = node->properties[i].node->constant;
		const json_t *member = json_object_get(value, node->properties[i].name);
		if (constant && member && !json_equal(constant, member))
			return false;
	}
	return true;
}

/* When only one choice can have been meant, its own violations say more than "none fits". */
static void violate_choice(struct check *check, const struct node_list *list, const char *rule,
			   const json_t *value, const struct place *place)
{
	const struct node *meant = NULL;
	size_t candidates = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (is_candidate(list->at[i], value)) {
			meant = list->at[i];
			candidates++;
		}
	}
	int before = check->violations;
	if (candidates == 1)
		check_value(check, meant, value, place);
	if (check->violations == before)
		check_violate(check, place, rule, "has none of the forms that are allowed here");
}

static void check_choices(struct check *check, const struct node *node, const json_t *value,
			  const struct place *place)
{
	size_t fits = 0;
	for (size_t i = 0; i < node->all.count && !check_done(check); i++)
		check_value(check, node->all.at[i], value, place);
	for (size_t i = 0; i < node->any.count && fits == 0; i++)
		fits += matches(check, node->any.at[i], value, place);
	if (node->any.count && fits == 0)
		violate_choice(check, &node->any, "anyOf", value, place);
	fits = 0;
	for (size_t i = 0; i < node->one.count && fits < 2; i++)
		fits += matches(check, node->one.at[i], value, place);
	if (node->one.count && fits == 0)
		violate_choice(check, &node->one, "oneOf", value, place);
	if (fits > 1)
		check_violate(check, place, "oneOf", "fits more than one of the forms here");
}

/* ---- a value -------------------------------------------------------------------------------- */

static bool enum_has(const json_t *choices, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(choices); i++) {
		if (json_equal(json_array_get(choices, i), value))
			return true;
	}
	return false;
}

static void check_keywords(struct check *check, const struct node *node, const json_t *value,
			   const struct place *place)
{
	if (node->ref)
		check_value(check, node->ref, value, place);
	if (!type_fits(node->types, value)) {
		violate_type(check, place, node->types);
		return;
	}
	if (node->enumeration && !enum_has(node->enumeration, value)) {
		violate_enum(check, place, node->enumeration);
		return;
	}
	if (node->constant && !json_equal(node->constant, value))
		check_violate(check, place, "const", "is not the value that is expected here");
	if (json_is_string(value))
		check_string(check, node, value, place);
	else if (json_is_number(value))
		check_number(check, node, value, place);
	else if (json_is_array(value))
		check_array(check, node, value, place);
	else if (json_is_object(value))
		check_object(check, node, value, place);
	check_choices(check, node, value, place);
}

void check_value(struct check *check, const struct node *node, const json_t *value,
		 const struct place *place)
{
	if (check->steps < 0 || check->steps-- <= 0 || check->depth >= CHECK_DEPTH_MAX) {
		/* Said once, by check_end; a trial counts it as no match. */
		check->steps = -1;
		check->violations += check->report ? 0 : 1;
		return;
	}
	check->depth++;
	check_keywords(check, node, value, place);
	check->depth--;
}
