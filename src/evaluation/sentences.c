/* Sentences from their table: values put into the text, or beside it. */
#include "evaluation/sentences.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *code, *one, *many;
} table[SENTENCES] = {
    [SENTENCE_nothing] = {"", "", NULL},
#define SENTENCE(code, one, many) {#code, one, many},
#include "evaluation/sentences.def"
#undef SENTENCE
};

struct said said_begin(enum sentence_id sentence)
{
	assert(sentence != SENTENCE_nothing && sentence < SENTENCES);
	return (struct said){.sentence = sentence};
}

static void add(struct said *said, struct said_value value)
{
	assert(said->count < SAID_VALUES);
	said->value[said->count++] = value;
}

void said_text_value(struct said *said, const char *name, const char *text)
{
	add(said, (struct said_value){.name = name, .text = text ? text : ""});
}

void said_number(struct said *said, const char *name, double number, int decimals)
{
	add(said, (struct said_value){.name = name, .number = number, .decimals = decimals});
}

void said_count(struct said *said, const char *name, size_t count)
{
	said_number(said, name, (double)count, 0);
}

void said_percent(struct said *said, const char *name, double probability)
{
	said_number(said, name, fmin(fmax(100 * probability, 1), 99), 0);
}

const char *sentence_code(enum sentence_id sentence)
{
	return table[sentence].code;
}

enum sentence_id sentence_of(const char *code)
{
	for (size_t i = SENTENCE_nothing + 1; code != NULL && i < SENTENCES; i++)
		if (strcmp(table[i].code, code) == 0)
			return (enum sentence_id)i;
	return SENTENCE_nothing;
}

static const struct said_value *value_at(const struct said *said, const char *name, size_t len)
{
	for (size_t i = 0; i < said->count; i++)
		if (strlen(said->value[i].name) == len &&
		    strncmp(said->value[i].name, name, len) == 0)
			return &said->value[i];
	return NULL;
}

/* As the text has it; what rounds to nothing has no sign. */
static const char *value_text(const struct said_value *value, char *room, size_t size)
{
	if (value->text != NULL)
		return value->text;
	(void)snprintf(room, size, "%.*f", value->decimals, value->number);
	if (room[0] == '-' && strspn(room + 1, "0.") == strlen(room + 1))
		return room + 1;
	return room;
}

const char *said_text(const struct said *said, char out[SENTENCE_SIZE])
{
	const struct said_value *n = value_at(said, "n", 1);
	const char *text = table[said->sentence].one;
	size_t len = 0;

	if (table[said->sentence].many != NULL && n != NULL && lround(n->number) != 1)
		text = table[said->sentence].many;
	while (*text != '\0' && len + 1 < SENTENCE_SIZE) {
		char room[64];
		size_t name = *text == '{' ? strcspn(text + 1, "}") : 0;
		const struct said_value *value = name > 0 ? value_at(said, text + 1, name) : NULL;
		if (name == 0) {
			out[len++] = *text++;
			continue;
		}
		/* A value that nobody gave would be read as a word of ours. */
		assert(value != NULL);
		const char *insert = value_text(value, room, sizeof(room));
		text += name + 2;
		while (*insert != '\0' && len + 1 < SENTENCE_SIZE)
			out[len++] = *insert++;
	}
	out[len] = '\0';
	return out;
}

void said_write(struct json_writer *json, const struct said *said)
{
	char text[SENTENCE_SIZE];

	if (said->sentence == SENTENCE_nothing) {
		json_put_null(json);
		return;
	}
	json_open_object(json);
	json_member(json, "code", sentence_code(said->sentence));
	json_member(json, "text", said_text(said, text));
	json_key(json, "values");
	json_open_object(json);
	for (size_t i = 0; i < said->count; i++) {
		const struct said_value *value = &said->value[i];
		json_key(json, value->name);
		if (value->text != NULL)
			json_text(json, value->text);
		else
			json_put_number(json, value->number, value->decimals);
	}
	json_close_object(json);
	json_close_object(json);
}
