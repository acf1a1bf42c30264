/* The two clocks of the program. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

int64_t clock_unix_ms(void);	  /* wall clock, for what is stored and shown */
int64_t clock_monotonic_us(void); /* for deadlines and durations */

#endif
