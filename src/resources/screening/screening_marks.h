/* Which résumé flags a text raises, and by which of its words. */
#ifndef RESOURCES_SCREENING_MARKS_H
#define RESOURCES_SCREENING_MARKS_H

#include <stdbool.h>
#include <stddef.h>

#define SCREENING_WORDS_MOST 24

/* One flag of src/templates/resume_flags.json; lists are separated by line feeds. */
struct screening_flag {
	const char *key, *colour, *name;
	/*
	 * present: one of the words stands there. alone: one does, and none of the flags in
	 * `unless` is raised. absent: none does, and none of those is raised. person: only a person
	 * can tell.
	 */
	const char *found_by;
	const char *words, *unless;
};
extern const struct screening_flag screening_flags[];
extern const size_t screening_flag_count;

/* A word as the text spells it: borrowed. */
struct screening_word {
	const char *at;
	size_t len;
};
struct screening_mark {
	bool raised;
	struct screening_word word[SCREENING_WORDS_MOST];
	size_t words;
};

/* `marks` has screening_flag_count places. */
void screening_marks(const char *text, struct screening_mark *marks);
/* The flag's place, or screening_flag_count. */
size_t screening_find(const char *key);

#endif
