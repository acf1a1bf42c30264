/* The interface's files, served from memory. */
#ifndef SRC_HTTP_STATIC_FILES_H
#define SRC_HTTP_STATIC_FILES_H

#include "core/attr.h"

struct app;
struct exchange;

#define PAGE_POLICY                                                                                \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "          \
	"font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "               \
	"frame-ancestors 'none'; require-trusted-types-for 'script'; "                             \
	"trusted-types svelte-trusted-html"

#endif
