/* What is sent for a statement's text: the text itself, but for a control of row-level security. */
#ifndef DB_UNSCOPED_H
#define DB_UNSCOPED_H

/*
 * Without the defence org_predicate each comparison of an organization_id with a parameter holds
 * for every row, so that the database's own policies stand alone. What is written, and what
 * enter() binds, stays. The text is to be given back once it was sent.
 */
#ifdef ASSAY_CONTROL
const char *text_to_send(const char *text);
void text_sent(const char *text);
#else
static inline const char *text_to_send(const char *text)
{
	return text;
}
static inline void text_sent(const char *text)
{
	(void)text;
}
#endif

#endif
