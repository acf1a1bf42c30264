/* Tells public addresses from all others, by the registries of special-purpose addresses. */
#include "outbound/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/attr.h"
#include "core/control.h"

struct range {
	uint32_t first;
	unsigned bits;
};

/* clang-format off */
static const struct range closed[] = {
	{0x00000000,  8}, /* 0.0.0.0: this network */
	{0x0A000000,  8}, /* 10.0.0.0: private */
	{0x64400000, 10}, /* 100.64.0.0: shared by a carrier's customers */
	{0x7F000000,  8}, /* 127.0.0.0: loopback */
	{0xA9FE0000, 16}, /* 169.254.0.0: link-local, where clouds tell secrets */
	{0xAC100000, 12}, /* 172.16.0.0: private */
	{0xC0000000, 24}, /* 192.0.0.0: protocols' own */
	{0xC0000200, 24}, /* 192.0.2.0: documentation */
	{0xC0586300, 24}, /* 192.88.99.0: relays of 6to4 */
	{0xC0A80000, 16}, /* 192.168.0.0: private */
	{0xC6120000, 15}, /* 198.18.0.0: benchmarks */
	{0xC6336400, 24}, /* 198.51.100.0: documentation */
	{0xCB007100, 24}, /* 203.0.113.0: documentation */
	{0xE0000000,  4}, /* 224.0.0.0: multicast */
	{0xF0000000,  4}, /* 240.0.0.0: reserved, broadcast */
};
/* clang-format on */

static bool in_range(uint32_t address, struct range range)
{
	return (address ^ range.first) >> (32 - range.bits) == 0;
}

static bool v4_allowed(uint32_t address, bool loopback)
{
	if (loopback && address >> 24 == 127)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(closed); i++)
		if (in_range(address, closed[i]))
			return false;
	return true;
}

static uint32_t word(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Global unicast alone, and of that what is no tunnel and no example; behind NAT64 what it leads
 * to.
 */
static bool v6_allowed(const uint8_t *a, bool loopback)
{
	static const uint8_t own[16] = {[15] = 1};
	static const uint8_t nat64[12] = {0x00, 0x64, 0xFF, 0x9B};
	uint32_t high = word(a);

	if (loopback && memcmp(a, own, sizeof(own)) == 0)
		return true;
	if (memcmp(a, nat64, sizeof(nat64)) == 0)
		return v4_allowed(word(a + 12), false);
	return high >> 29 == 1		 /* 2000::/3 */
	       && high >> 9 != 0x100080	 /* 2001::/23: protocols' own, Teredo */
	       && high != 0x20010DB8	 /* documentation */
	       && high >> 16 != 0x2002	 /* 6to4 */
	       && high >> 12 != 0x3FFF0; /* documentation */
}

bool outbound_address_allowed(const struct sockaddr *address, socklen_t len, bool loopback)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (!DEFENCE(outbound_address))
		return true;
	if (address->sa_family == AF_INET && len >= sizeof(v4)) {
		memcpy(&v4, address, sizeof(v4));
		return v4_allowed(ntohl(v4.sin_addr.s_addr), loopback);
	}
	if (address->sa_family == AF_INET6 && len >= sizeof(v6)) {
		memcpy(&v6, address, sizeof(v6));
		return v6_allowed(v6.sin6_addr.s6_addr, loopback);
	}
	return false;
}
