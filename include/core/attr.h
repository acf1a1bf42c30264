/* Spells the compiler attributes that C17 has no words for. */
#ifndef CORE_ATTR_H
#define CORE_ATTR_H

#define MUST_USE		 __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define NORETURN		 __attribute__((noreturn))
#define UNUSED			 __attribute__((unused))
/* A buffer that is written before it is read: not cleared by -ftrivial-auto-var-init. */
#define UNINITIALIZED __attribute__((uninitialized))

/* Leaves the function with the callee's error. The only macro that returns. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		enum err try_err = (call);                                                         \
		if (try_err != OK)                                                                 \
			return try_err;                                                            \
	} while (0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
