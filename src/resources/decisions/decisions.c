/* Decisions on applications, with the evidence as it stood. */
#include "resources/evaluations/evaluations.h"
#include "resources/handlers.h"
#include "statements.h"

enum err decisions_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, application_known, &rows, .application_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such application.");
	return LIST_OF(rq, decisions_list, .application_id = rq->param[0]);
}

enum err decisions_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, decision_get, &rows, .decision_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* Formula first: whoever decides otherwise says why. */
static bool overrides(enum suggestion suggestion, const char *kind)
{
	bool against = text_equal(kind, "no_hire");

	switch (suggestion) {
	case SUGGEST_HIRE:
		return against;
	case SUGGEST_NO_HIRE:
		return !against;
	case SUGGEST_UNDECIDED:
		return text_equal(kind, "hire");
	case SUGGEST_NOTHING:
		break;
	}
	return false;
}

static const char *body_text_of(const struct request *rq, const char *key)
{
	return json_string_value(json_object_get(rq->body, key));
}

/* Refused before a word is said of the suggestion. The statement holds both once more. */
static bool may_decide(struct request *rq, const struct evaluation *e)
{
	if (!text_equal(db_value(&e->rows, 0, "_manages"), "t"))
		(void)fail(rq, PROBLEM_forbidden,
			   "Recruiters and the role's hiring managers decide.");
	else if (text_equal(db_value(&e->rows, 0, "blind"), "t"))
		(void)fail(rq, PROBLEM_scorecard_owed, "You owe a scorecard of this application.");
	else
		return true;
	return false;
}

/*
 * The suggestion is computed from what the decider can see now; the statement refuses when that is
 * no longer what stands.
 */
enum err decisions_create(struct request *rq)
{
	struct evaluation e;
	struct db_rows rows;
	char score[DECIMAL_TEXT], share[DECIMAL_TEXT];
	enum suggestion suggestion;
	const char *basis;
	bool rated;

	TRY(evaluation_load(rq, &e));
	if (!may_decide(rq, &e)) {
		evaluation_release(&e);
		return ERR_REFUSED;
	}
	suggestion = e.average.suggestion;
	basis = db_value(&e.rows, 0, "_basis");
	rated = e.average.share_rated > 0;
	decimal_text(e.average.score, score);
	decimal_text(e.average.share_rated, share);
	evaluation_release(&e);
	if (overrides(suggestion, body_text_of(rq, "kind")) &&
	    body_text_of(rq, "override_reason") == NULL) {
		refuse_field(rq, "/override_reason", "required",
			     "is needed, because the suggestion is %s",
			     suggestion_name(suggestion));
		return fail(rq, PROBLEM_override_reason_required,
			    "The scorecards suggest otherwise; say why you decide against it.");
	}
	TRY(RUN(rq, decision_create, &rows, .application_id = rq->param[0], .body = rq->body_text,
		.score = rated ? score : NULL, .share_rated = share, .basis = basis,
		.suggestion = suggestion_name(suggestion)));
	return answer_created(rq, "/v1/decisions", &rows);
}
