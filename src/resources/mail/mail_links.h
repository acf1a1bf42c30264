/* What the links in mail look like. */
#ifndef RESOURCES_MAIL_LINKS_H
#define RESOURCES_MAIL_LINKS_H

#include "resources/candidate_links/candidate_side.h"

/* With one a user sets their password, once. */
#define PASSWORD_LINK_PREFIX "pw"
/* With one a user ends a kind of message. */
#define UNSUBSCRIBE_PREFIX "un"

#endif
