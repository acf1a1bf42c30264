/* What a process must do when it is the first of a container. */
#ifndef CLI_INIT_H
#define CLI_INIT_H

/*
 * As process 1: stays behind as a minimal init, which passes signals on, reaps orphans and ends
 * with the status of the real program; returns in that one only. Otherwise returns at once.
 */
void init_if_first(void);

#endif
