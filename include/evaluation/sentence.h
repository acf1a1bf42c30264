/* Plain sentences with their values, so that what is said can be said in another language. */
#ifndef EVALUATION_SENTENCE_H
#define EVALUATION_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "evaluation/model_words.h"

/* A value has a name, which the sentence's text refers to as {name}. */
struct sentence_value {
	const char *name;
	const char *text; /* a name; NULL: the number */
	double number;
	int decimals;
};

#define SENTENCE_VALUES 6

struct sentence {
	const char *code; /* one of the table in sentence.c; NULL: nothing is said */
	struct sentence_value values[SENTENCE_VALUES];
	size_t count;
};

struct sentence sentence_begin(const char *code);
void sentence_count(struct sentence *sentence, const char *name, size_t count);
void sentence_number(struct sentence *sentence, const char *name, double number, int decimals);
void sentence_name(struct sentence *sentence, const char *name, const char *text);

/* A probability in percent: never certain, 1 to 99. */
void sentence_percent(struct sentence *sentence, const char *name, double probability);

bool sentence_known(const char *code);
/* In English; returns `out`. A name that is too long is cut. */
const char *sentence_text(const struct sentence *sentence, char out[SENTENCE_SIZE]);

#endif
