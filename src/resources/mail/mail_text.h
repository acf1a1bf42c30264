/* What mail says: the templates, their placeholders, and texts with these filled in. */
#ifndef RESOURCES_MAIL_TEXT_H
#define RESOURCES_MAIL_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "core/buffer.h"

enum mail_language { MAIL_ENGLISH, MAIL_GERMAN, MAIL_LANGUAGES };

struct mail_words {
	const char *subject, *text;
};

/* One of src/templates/mail. */
struct mail_template {
	const char *id, *to; /* user, candidate or both */
	const char *stops;   /* the kind that its reader may end: reminders, mentions; or NULL */
	bool link_needed;    /* without {{link}} it would be of no use */
	const char *placeholders; /* each between blanks */
	struct mail_words words[MAIL_LANGUAGES];
};
extern const struct mail_template mail_templates[];
extern const unsigned mail_template_count;
/* The same for statements: [{"id", "recipient", "link_needed", "placeholders", "words"}]. */
extern const char mail_templates_json[];
extern const char *const mail_unsubscribe[MAIL_LANGUAGES];

struct mail_value {
	const char *name, *text;
};
extern const struct mail_value mail_samples[];
extern const unsigned mail_sample_count;

const struct mail_template *mail_template_find(const char *id); /* NULL: there is none */
/* English where it is not known. */
enum mail_language mail_language_find(const char *code);
const char *mail_language_code(enum mail_language language);

/*
 * The first placeholder that the template does not have, into `strange`; false: there is one, or
 * braces that are none.
 */
bool mail_text_check(const struct mail_template *template, const char *text, char strange[64]);
bool mail_text_has_link(const char *text);

/*
 * With the values of `facts` (an object of texts) in place of the placeholders. A line whose
 * placeholders are all empty is left out. In HTML everything is escaped, paragraphs are those
 * between empty lines, and the link can be followed.
 */
void mail_text_plain(struct buffer *out, const char *text, const json_t *facts);
void mail_text_html(struct buffer *out, const char *text, const json_t *facts);
/* One line, without control characters. */
void mail_text_subject(struct buffer *out, const char *text, const json_t *facts);

#endif
