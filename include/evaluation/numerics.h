/* Prepares the numerical library. */
#ifndef EVALUATION_NUMERICS_H
#define EVALUATION_NUMERICS_H

/*
 * Call once before threads start: from then on GSL returns its errors to us, where it would
 * otherwise end the process.
 */
void numerics_start(void);

#endif
