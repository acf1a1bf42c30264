/* What a number means, in a plain sentence: a code, its values and the English text. */
#ifndef EVALUATION_SENTENCES_H
#define EVALUATION_SENTENCES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json_writer.h"

/* All of them, with their texts, stand in src/evaluation/sentences.def. */
enum sentence_id {
	SENTENCE_nothing, /* null where a sentence would stand */
#define SENTENCE(code, one, many) SENTENCE_##code,
#include "evaluation/sentences.def"
#undef SENTENCE
	SENTENCES
};

/* Room for a sentence with names of up to 200 bytes; longer ones are cut. */
#define SENTENCE_SIZE 800
#define SAID_VALUES   8

/*
 * With fewer people than that, what is said of a panel would be said of one of them: whoever is in
 * it knows their own part.
 */
#define PANEL_LEAST 4

struct said_value {
	const char *name; /* in the text as {name} */
	const char *text; /* borrowed; NULL: the number */
	double number;
	int decimals;
};

struct said {
	enum sentence_id sentence;
	size_t count;
	struct said_value value[SAID_VALUES];
};

struct said said_begin(enum sentence_id sentence);
/* Each adds a value; `name` and `text` stay the caller's. */
void said_text_value(struct said *said, const char *name, const char *text);
void said_number(struct said *said, const char *name, double number, int decimals);
void said_count(struct said *said, const char *name, size_t count);
/* A probability in whole percent, never certain: 1 to 99. */
void said_percent(struct said *said, const char *name, double probability);

const char *sentence_code(enum sentence_id sentence);
/* Of a code that was kept; SENTENCE_nothing when there is none such, or it is NULL. */
enum sentence_id sentence_of(const char *code);
/* The English text; returns `out`. */
const char *said_text(const struct said *said, char out[SENTENCE_SIZE]);
/* {"code": …, "text": …, "values": {…}}, the next value of what is being written; null for nothing.
 */
void said_write(struct json_writer *json, const struct said *said);

#endif
