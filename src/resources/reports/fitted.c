/* Rows of scorecards to a model's design. */
#include "resources/reports/fitted.h"

#include <string.h>

static size_t marks_in(const char *text)
{
	size_t blanks = 0;

	for (; text && *text; text++)
		blanks += *text == ' ';
	return text && blanks ? (blanks + 1) / 2 : 0;
}

static size_t marks_read(const char *text, size_t count, struct model_mark *out)
{
	char *end;

	for (size_t i = 0; i < count; i++) {
		out[i].competency = (uint32_t)strtoul(text, &end, 10);
		out[i].value = strtod(end, &end);
		text = end;
	}
	return count;
}

static uint32_t place_at(const struct db_rows *rows, int row, const char *column)
{
	return (uint32_t)strtoul(db_value(rows, row, column), NULL, 10);
}

static void at_least(uint32_t *count, uint32_t place)
{
	if (*count <= place)
		*count = place + 1;
}

/* Cards and ratings of all rows; the design's counts grow with them. */
static void cards_take(const struct db_rows *rows, struct fitted *out, struct model_mark *marks,
		       struct rating *ratings)
{
	struct model_design *d = &out->design;

	for (int row = 0; row < rows->count; row++) {
		const char *text = db_value(rows, row, "marks");
		struct fitted_card *card = &out->card[row];

		*card =
		    (struct fitted_card){place_at(rows, row, "candidate"),
					 place_at(rows, row, "interviewer"), marks, marks_in(text)};
		marks += marks_read(text, card->count, marks);
		at_least(&d->candidates, card->candidate);
		at_least(&d->interviewers, card->interviewer);
		for (size_t i = 0; i < card->count; i++) {
			at_least(&d->competencies, card->marks[i].competency);
			ratings[d->count++] =
			    (struct rating){card->candidate, card->interviewer,
					    card->marks[i].competency, card->marks[i].value};
		}
	}
}

static enum err pools_take(struct request *rq, const struct db_rows *rows, struct fitted *out)
{
	uint32_t *pool = arena_alloc(rq->arena, (out->design.candidates + 1) * sizeof(*pool));

	if (!pool)
		return ERR_MEMORY;
	for (int row = 0; row < rows->count; row++) {
		pool[out->card[row].candidate] = place_at(rows, row, "pool");
		at_least(&out->design.pools, pool[out->card[row].candidate]);
	}
	out->design.pool = pool;
	return OK;
}

enum err fitted_take(struct request *rq, const struct db_rows *rows, uint32_t competencies,
		     struct fitted *out)
{
	size_t total = 0;

	for (int row = 0; row < rows->count; row++)
		total += marks_in(db_value(rows, row, "marks"));
	struct model_mark *marks = arena_alloc(rq->arena, (total + 1) * sizeof(*marks));
	struct rating *ratings = arena_alloc(rq->arena, (total + 1) * sizeof(*ratings));

	*out = (struct fitted){.cards = (size_t)rows->count};
	out->card = arena_alloc(rq->arena, (out->cards + 1) * sizeof(*out->card));
	if (!marks || !ratings || !out->card)
		return ERR_MEMORY;
	out->design.ratings = ratings;
	out->design.competencies = competencies;
	cards_take(rows, out, marks, ratings);
	TRY(pools_take(rq, rows, out));
	/* Whoever is next; and nothing at all is one of each, too. */
	out->design.interviewers++;
	at_least(&out->design.candidates, 0);
	at_least(&out->design.competencies, 0);
	if (out->design.pools == 0)
		out->design.pool = NULL;
	return OK;
}

enum err fitted_model(const struct fitted *fitted, struct model **out)
{
	const struct model_options options = {.prior = MODEL_PRIOR_SMALL};

	return model_fit(&fitted->design, &options, out);
}
