/* What the loop may know of a coroutine: its link in the list of the woken. */
#ifndef RUNTIME_COROUTINE_PRIVATE_H
#define RUNTIME_COROUTINE_PRIVATE_H

#include <stdbool.h>
#include <ucontext.h>

#include "runtime/coroutine.h"

enum coroutine_state { COROUTINE_IDLE, COROUTINE_RUNNING, COROUTINE_SUSPENDED };

struct coroutine {
	ucontext_t context;
	struct coroutine_pool *pool;
	char *mapping;	  /* the guard page, then the stack */
	void *fake_stack; /* the address sanitizer's, while suspended */
	void *fiber;	  /* the thread sanitizer's */
	void (*body)(void *arg);
	void *arg;
	struct coroutine *next; /* in the pool's list of idle ones, or the loop's of woken ones */
	enum coroutine_state state;
	bool woken;
};

#endif
