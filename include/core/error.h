/* Names the dozen ways in which a call can fail. */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

/*
 * Modules map their vendors' errors (SQLSTATE, OpenSSL, jansson, errno) to these at their border.
 * ERR_REFUSED means that the answer to the client has been written already: only return.
 */
#define ERR_LIST(X)                                                                                \
	X(OK, "no error")                                                                          \
	X(ERR_INVALID, "the input breaks a rule")                                                  \
	X(ERR_DENIED, "the credentials do not hold")                                               \
	X(ERR_NOT_FOUND, "there is no such thing")                                                 \
	X(ERR_CONFLICT, "the state does not allow it")                                             \
	X(ERR_TOO_LARGE, "a limit was exceeded")                                                   \
	X(ERR_BUSY, "a queue is full")                                                             \
	X(ERR_UNAVAILABLE, "the database or a peer cannot be reached")                             \
	X(ERR_TIMEOUT, "a deadline passed")                                                        \
	X(ERR_MEMORY, "memory could not be had")                                                   \
	X(ERR_REFUSED, "the request was refused and answered")                                     \
	X(ERR_INTERNAL, "a defect in the program")

enum err {
#define ERR_ENUM(name, text) name,
	ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
};

/* Borrowed, never NULL: the sentence of the table above. */
const char *err_text(enum err err);

#endif
