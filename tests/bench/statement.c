/*
 * Prints a named statement as the server sends it: its parameters' names in one line, then its
 * text. `statement NAME` the plain text, `statement NAME record` that of an idempotent write,
 * `statement NAME page` the first page of a list in its default order.
 */
#include "core/arena.h"
#include "db/db.h"
#include "statements.h"

static void print_names(const struct db_statement *statement, const char *more)
{
	for (unsigned i = 0; i < statement->params; i++)
		printf("%s ", statement->param_names[i]);
	printf("%s\n", more);
}

static const char *page_text(struct arena *arena, const struct db_statement *statement)
{
	struct db_list_request request = {
	    .sort = 0, .descending = !statement->list->sorts[0].ascending, .limit = 26};

	return db_list_compose(arena, statement, &request);
}

static int print(const struct db_statement *statement, const char *kind)
{
	struct arena arena;
	const char *text = statement->text;

	arena_init(&arena, 1 << 20);
	if (strcmp(kind, "record") == 0) {
		text = statement->idempotent_text;
		print_names(statement, "record_org scope key body_digest");
	} else if (strcmp(kind, "page") == 0 && statement->list) {
		text = page_text(&arena, statement);
		print_names(statement, "limit");
	} else {
		print_names(statement, "");
	}
	if (text)
		printf("%s\n", text);
	arena_release(&arena);
	return text ? 0 : 1;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < db_statement_count; i++)
		if (strcmp(db_statements[i]->name, argv[1]) == 0)
			return print(db_statements[i], argc > 2 ? argv[2] : "");
	fprintf(stderr, "statement: there is none of this name\n");
	return 1;
}
