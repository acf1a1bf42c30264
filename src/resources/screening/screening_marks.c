/* Looks for the words of the résumé flags. It only proposes: a person confirms or refuses. */
#include "screening_marks.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/attr.h"

#define SHORT_WORD 3 /* "Go" is a language, "go" is not */

const struct screening_flag screening_flags[] = {
#define FLAG(...) {__VA_ARGS__},
#include "resume_flags.def"
#undef FLAG
};
const size_t screening_flag_count = ARRAY_LEN(screening_flags);

size_t screening_find(const char *key)
{
	size_t i = 0;

	while (i < screening_flag_count && strcmp(screening_flags[i].key, key) != 0)
		i++;
	return i;
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Short words and those in capitals mean something else in small letters. */
static bool is_literal(const char *word, size_t len)
{
	for (size_t i = 0; len > SHORT_WORD && i < len; i++) {
		if (islower((unsigned char)word[i]))
			return false;
	}
	return true;
}

/* Where the word stands by itself, or NULL. */
static const char *find_word(const char *text, const char *word, size_t len)
{
	bool literal = is_literal(word, len);

	for (const char *at = text; *at; at++) {
		if ((literal ? strncmp(at, word, len) : strncasecmp(at, word, len)) == 0 &&
		    !(at > text && is_letter(at[-1])) && !is_letter(at[len]))
			return at;
	}
	return NULL;
}

static void find_words(const char *text, const char *words, struct screening_mark *mark)
{
	while (*words) {
		size_t len = strcspn(words, "\n");
		const char *at = find_word(text, words, len);

		if (at && mark->words < SCREENING_WORDS_MOST)
			mark->word[mark->words++] = (struct screening_word){at, len};
		words += len + (words[len] == '\n');
	}
}

/* Whether one of the named flags has words in the text. */
static bool any_found(const char *keys, const struct screening_mark *marks)
{
	while (*keys) {
		size_t len = strcspn(keys, "\n");

		for (size_t i = 0; i < screening_flag_count; i++) {
			if (strlen(screening_flags[i].key) == len &&
			    strncmp(screening_flags[i].key, keys, len) == 0 && marks[i].words > 0)
				return true;
		}
		keys += len + (keys[len] == '\n');
	}
	return false;
}

void screening_marks(const char *text, struct screening_mark *marks)
{
	for (size_t i = 0; i < screening_flag_count; i++) {
		marks[i] = (struct screening_mark){0};
		find_words(text, screening_flags[i].words, &marks[i]);
	}
	for (size_t i = 0; i < screening_flag_count; i++) {
		const struct screening_flag *flag = &screening_flags[i];

		if (strcmp(flag->found_by, "present") == 0)
			marks[i].raised = marks[i].words > 0;
		else if (strcmp(flag->found_by, "alone") == 0)
			marks[i].raised = marks[i].words > 0 && !any_found(flag->unless, marks);
		else if (strcmp(flag->found_by, "absent") == 0)
			marks[i].raised = marks[i].words == 0 && !any_found(flag->unless, marks);
	}
}
