/* An application from outside: what was sent, what is wrong with it, and how it is kept. */
#ifndef RESOURCES_APPLICATION_H
#define RESOURCES_APPLICATION_H

#include <jansson.h>

#include "http/multipart.h"
#include "http/request.h"

#define RESUME_MOST	((size_t)8 << 20)
#define FINDINGS_MAX	32
#define QUESTION_PREFIX "q_"
#define DECOY_FIELD	"contact_by_fax"
#define FORM_KEY_FIELD	"form_key"
#define DEFAULT_SOURCE	"careers_page"
#define SOURCE_MOST	100
#define ORIGIN_MOST	200

/* What is wrong with a field, said to whoever filled it. */
struct finding {
	const char *field, *sentence;
};

struct application {
	const struct multipart *form;
	const struct db_rows *posting; /* one row of public_columns, with `notice` */
	json_t *questions; /* the posting's, each with the name of its field as `_field` */
	const struct multipart_part *resume;
	const char *media_type; /* of the résumé, as its bytes say */
	const char *consent_source;
	struct finding finding[FINDINGS_MAX];
	int findings;
};

/* `form` and `posting` are borrowed; release it, whatever the answer is. */
enum err application_begin(struct application *a, const struct multipart *form,
			   const struct db_rows *posting) MUST_USE;
void application_release(struct application *a);
/* All that is wrong with it, at once. */
void application_check(struct application *a);
/* What is wrong with the field; NULL: nothing. */
const char *application_finding(const struct application *a, const char *field);
/* What candidates have read when they agree. */
const char *application_notice(struct request *rq, const struct db_rows *posting);
const char *application_consent(struct request *rq, const struct db_rows *posting);

/* Ready to be stored: what receive_application (0027) takes. */
struct received {
	const char *sent, *content, *digest, *filename, *text_state, *text_problem, *words;
};
/* Reads the résumé in a child process and puts the rest together; blocks the caller's coroutine. */
enum err application_prepare(struct request *rq, const struct application *a,
			     struct received *out) MUST_USE;

/* The names that say where somebody was found. */
extern const char *const origin_names[];
extern const size_t origin_count;

#endif
