/* Defences that the control build alone can switch off, to prove that a test would notice. */
#ifndef CORE_CONTROL_H
#define CORE_CONTROL_H

#include <stdbool.h>

/*
 * DEFENCE(name) is true wherever it counts. In the binary built with V=control the environment
 * variable ASSAY_CONTROL_OFF="token_expiry,token_claims" makes the named ones false; no other
 * binary reads it, or holds a name of a defence.
 */
#ifdef ASSAY_CONTROL
bool control_off(const char *defence);
#define DEFENCE(name) (!control_off(#name))
#else
#define DEFENCE(name) (true)
#endif

#endif
