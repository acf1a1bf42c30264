/* The application form as a page. */
#ifndef RESOURCES_CAREERS_FORM_H
#define RESOURCES_CAREERS_FORM_H

#include "application.h"

/* Writes the whole page; with findings, each beside its field, and all of them above. */
void form_page(struct request *rq, int status, const struct application *a, const char *key);
/* The same fields within a page, for looking at: nothing of it can be filled in or sent. */
void form_preview(struct request *rq, const struct application *a);

#endif
