/* Which addresses requests of ours may go to: those of the public internet. */
#ifndef OUTBOUND_ADDRESS_H
#define OUTBOUND_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * False for private, loopback, link-local, shared, multicast, reserved and documentation
 * addresses, also where IPv6 carries them inside, and for families that are neither. With
 * `loopback` this machine's own are allowed, and nothing else more.
 */
bool outbound_address_allowed(const struct sockaddr *address, socklen_t len, bool loopback);

#endif
