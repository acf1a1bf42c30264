/* Reads filters and paths by recursive descent, bounded in length, depth and terms. */
#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "scim_filter.h"

static const char *const ops[] = {
    [SCIM_EQ] = "eq",	[SCIM_NE] = "ne", [SCIM_CO] = "co",   [SCIM_SW] = "sw",	  [SCIM_EW] = "ew",
    [SCIM_GT] = "gt",	[SCIM_GE] = "ge", [SCIM_LT] = "lt",   [SCIM_LE] = "le",	  [SCIM_PR] = "pr",
    [SCIM_AND] = "and", [SCIM_OR] = "or", [SCIM_NOT] = "not", [SCIM_HAS] = "has",
};

/* What is being read. */
struct reader {
	struct arena *arena;
	const char *start, *at;
	const char **why;
	int depth, terms;
};

const char *scim_op_text(enum scim_op op)
{
	return ops[op];
}

static enum err refuse(struct reader *in, const char *what)
{
	*in->why =
	    arena_printf(in->arena, "At character %d: %s.", (int)(in->at - in->start) + 1, what);
	return *in->why ? ERR_INVALID : ERR_MEMORY;
}

static void skip_space(struct reader *in)
{
	while (*in->at == ' ')
		in->at++;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '$';
}

/* Whether this word comes next, by itself. */
static bool next_is(const struct reader *in, const char *word)
{
	size_t len = strlen(word);

	return strncasecmp(in->at, word, len) == 0 && !is_name_char(in->at[len]) &&
	       in->at[len] != '.' && in->at[len] != ':';
}

static enum err enter(struct reader *in)
{
	if (++in->depth > SCIM_DEPTH_MAX)
		return refuse(in, "it is nested too deeply");
	return OK;
}

static struct scim_filter *new_node(struct reader *in, enum scim_op op)
{
	struct scim_filter *node = arena_alloc(in->arena, sizeof(*node));

	if (node)
		node->op = op;
	return node;
}

static enum err read_word(struct reader *in, const char **out)
{
	size_t len = 0;

	if (!isalpha((unsigned char)in->at[0]) && in->at[0] != '$')
		return refuse(in, "the name of an attribute is expected");
	while (is_name_char(in->at[len]))
		len++;
	*out = arena_memdup(in->arena, in->at, len);
	in->at += len;
	return *out ? OK : ERR_MEMORY;
}

/* A URN ends at its last colon; what stands before it may hold dots (`core:2.0:User:name`). */
static enum err read_urn(struct reader *in, const char **out)
{
	size_t len = 0, colon = 0;

	*out = NULL;
	if (strncasecmp(in->at, "urn:", 4) != 0)
		return OK;
	for (; is_name_char(in->at[len]) || in->at[len] == ':' || in->at[len] == '.'; len++) {
		if (in->at[len] == ':')
			colon = len;
	}
	*out = arena_memdup(in->arena, in->at, colon);
	in->at += colon + 1;
	return *out ? OK : ERR_MEMORY;
}

static enum err read_name(struct reader *in, struct scim_name *name)
{
	*name = (struct scim_name){0};
	TRY(read_urn(in, &name->urn));
	TRY(read_word(in, &name->name));
	if (*in->at != '.')
		return OK;
	in->at++;
	return read_word(in, &name->sub);
}

/* Where a JSON string ends, behind its quote; NULL when it does not. */
static const char *string_end(const char *at)
{
	for (at++; *at && *at != '"'; at++) {
		if (*at == '\\' && *++at == '\0')
			return NULL;
	}
	return *at ? at + 1 : NULL;
}

static enum err read_string(struct reader *in, struct scim_filter *node)
{
	const char *end = string_end(in->at), *text;
	json_t *array;

	if (!end)
		return refuse(in, "the text does not end");
	text = arena_printf(in->arena, "[%.*s]", (int)(end - in->at), in->at);
	if (!text)
		return ERR_MEMORY;
	array = json_loadb(text, strlen(text), JSON_REJECT_DUPLICATES, NULL);
	if (!array)
		return refuse(in, "this is not a text as JSON has it");
	node->kind = SCIM_STRING;
	node->text = arena_strdup(in->arena, json_string_value(json_array_get(array, 0)));
	json_decref(array);
	in->at = end;
	return node->text ? OK : ERR_MEMORY;
}

static enum err read_value(struct reader *in, struct scim_filter *node)
{
	size_t len;

	if (*in->at == '"')
		return read_string(in, node);
	if (next_is(in, "true") || next_is(in, "false")) {
		node->kind = SCIM_BOOLEAN;
		node->truth = tolower((unsigned char)*in->at) == 't';
		in->at += node->truth ? 4 : 5;
		return OK;
	}
	if (next_is(in, "null")) {
		in->at += 4;
		return OK;
	}
	len = strspn(in->at, "+-.0123456789eE");
	if (!isdigit((unsigned char)in->at[*in->at == '-']))
		return refuse(in, "a value is expected: \"text\", true, false or null");
	node->kind = SCIM_NUMBER;
	node->text = arena_memdup(in->arena, in->at, len);
	in->at += len;
	return node->text ? OK : ERR_MEMORY;
}

static enum err read_or(struct reader *in, struct scim_filter **out);

static enum err read_until(struct reader *in, char end, struct scim_filter **out)
{
	in->at++;
	TRY(enter(in));
	TRY(read_or(in, out));
	skip_space(in);
	if (*in->at != end)
		return refuse(in, end == ')' ? "`)` is expected" : "`]` is expected");
	in->at++;
	in->depth--;
	return OK;
}

static enum err read_comparison(struct reader *in, struct scim_filter *node)
{
	if (*in->at != ' ')
		return refuse(in, "an operator is expected");
	skip_space(in);
	for (int op = SCIM_EQ; op <= SCIM_PR; op++) {
		if (!next_is(in, ops[op]))
			continue;
		node->op = (enum scim_op)op;
		in->at += 2;
		if (op == SCIM_PR)
			return OK;
		if (*in->at != ' ')
			return refuse(in, "a value is expected");
		skip_space(in);
		return read_value(in, node);
	}
	return refuse(in, "an operator is expected");
}

/* ( … ), not ( … ), attr[ … ], attr op value */
static enum err read_term(struct reader *in, struct scim_filter **out)
{
	skip_space(in);
	if (*in->at == '(')
		return read_until(in, ')', out);
	*out = new_node(in, SCIM_NOT);
	if (!*out)
		return ERR_MEMORY;
	if (next_is(in, "not")) {
		in->at += 3;
		skip_space(in);
		if (*in->at != '(')
			return refuse(in, "`(` is expected behind `not`");
		return read_until(in, ')', &(*out)->child);
	}
	if (++in->terms > SCIM_TERMS_MAX)
		return refuse(in, "it has too many comparisons");
	TRY(read_name(in, &(*out)->attr));
	if (*in->at != '[')
		return read_comparison(in, *out);
	(*out)->op = SCIM_HAS;
	if ((*out)->attr.sub)
		return refuse(in, "no bracket can follow here");
	return read_until(in, ']', &(*out)->child);
}

/* A chain of `and`, or one of `or` whose links are such chains. */
static enum err read_chain(struct reader *in, enum scim_op op, struct scim_filter **out)
{
	struct scim_filter *first, *chain, **last;

	TRY(op == SCIM_OR ? read_chain(in, SCIM_AND, &first) : read_term(in, &first));
	*out = first;
	last = &first->next;
	for (skip_space(in); next_is(in, ops[op]); skip_space(in)) {
		if (*out == first) {
			chain = new_node(in, op);
			if (!chain)
				return ERR_MEMORY;
			chain->child = first;
			*out = chain;
		}
		if (!strchr(" )]", in->at[-1]))
			return refuse(in, "a space is expected");
		in->at += strlen(ops[op]);
		if (*in->at != ' ' && *in->at != '(')
			return refuse(in, "a comparison is expected");
		TRY(op == SCIM_OR ? read_chain(in, SCIM_AND, last) : read_term(in, last));
		last = &(*last)->next;
	}
	return OK;
}

static enum err read_or(struct reader *in, struct scim_filter **out)
{
	return read_chain(in, SCIM_OR, out);
}

static enum err begin(struct reader *in, struct arena *arena, const char *text, const char **why)
{
	*why = NULL;
	*in = (struct reader){.arena = arena, .start = text, .at = text, .why = why};
	if (strlen(text) > SCIM_FILTER_MAX)
		return refuse(in, "it is longer than 2,000 bytes");
	return OK;
}

enum err scim_filter_parse(struct arena *arena, const char *text, struct scim_filter **filter,
			   const char **why)
{
	struct reader in;

	*filter = NULL;
	TRY(begin(&in, arena, text, why));
	TRY(read_or(&in, filter));
	return *in.at ? refuse(&in, "nothing more is expected") : OK;
}

enum err scim_path_parse(struct arena *arena, const char *text, struct scim_path *path,
			 const char **why)
{
	struct reader in;

	*path = (struct scim_path){0};
	TRY(begin(&in, arena, text, why));
	TRY(read_name(&in, &path->attr));
	if (*in.at == '[' && !path->attr.sub) {
		TRY(read_until(&in, ']', &path->filter));
		if (*in.at == '.') {
			in.at++;
			TRY(read_word(&in, &path->attr.sub));
		}
	}
	return *in.at ? refuse(&in, "nothing more is expected") : OK;
}
