/* What is due, stuck, waited for and decided, for whoever asks: /v1/my_work. */
#include "resources/handlers.h"
#include "statements.h"

enum err my_work_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, my_work_get, &rows, .stuck_days = request_query(rq, "stuck_days")));
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	answer_digest(rq);
	return OK;
}
