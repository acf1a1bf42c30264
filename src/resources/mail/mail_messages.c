/* What became of messages, and those that people ask for: /v1/mail_messages, invitations, links. */
#include "http/app.h"
#include "resources/handlers.h"
#include "resources/mailer.h"
#include "resources/service.h"
#include "statements.h"

enum err mail_messages_list(struct request *rq)
{
	return LIST(rq, mail_messages_list);
}

enum err mail_messages_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, mail_message_get, &rows, .message_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err mail_messages_resend(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, mail_message_resend, &rows, .message_id = rq->param[0]));
	return answer_created(rq, "/v1/mail_messages", &rows);
}

/* Whoever asks for a message hears at once that none will leave, and what to do instead. */
static enum err need_mail(struct request *rq, const char *instead)
{
	const struct service *service = rq->app->context;

	return service->mail_mode == MAIL_OFF ? fail(rq, PROBLEM_mail_off, "%s", instead) : OK;
}

enum err users_invite(struct request *rq)
{
	struct db_rows rows;

	TRY(need_mail(rq, "This server sends no mail; set a first password for them."));
	TRY(RUN(rq, user_invite, &rows, .user_id = rq->param[0]));
	return answer_nothing(rq, &rows);
}

enum err candidate_links_send(struct request *rq)
{
	struct db_rows rows;

	TRY(need_mail(rq, "This server sends no mail; make a link and send it yourself."));
	TRY(RUN(rq, candidate_link_send, &rows, .application_id = rq->param[0]));
	return answer_nothing(rq, &rows);
}
