/* Which addresses requests of ours go to: every special-purpose range is refused, at both its ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "outbound/address.h"
#include "outbound/outbound.h"

static bool allowed(const char *text, bool loopback)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return outbound_address_allowed((const struct sockaddr *)&v4, sizeof(v4), loopback);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return outbound_address_allowed((const struct sockaddr *)&v6, sizeof(v6), loopback);
}

static const char *const refused[] = {
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.0.0",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "3fff:fff::1",
    "4000::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
};

static const char *const open_to_all[] = {
    "1.1.1.1",		"9.255.255.255",   "11.0.0.0",	      "100.63.255.255",	 "100.128.0.0",
    "126.255.255.255",	"128.0.0.0",	   "169.253.255.255", "169.255.0.0",	 "172.15.255.255",
    "172.32.0.0",	"192.167.255.255", "192.169.0.0",     "198.17.255.255",	 "198.20.0.0",
    "223.255.255.255",	"2001:200::1",	   "2003::1",	      "2606:4700::1111", "3ffe::1",
    "64:ff9b::808:808",
};

static void test_what_is_not_public_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (allowed(refused[i], false))
			fail_msg("%s is allowed", refused[i]);
}

static void test_what_is_public_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(open_to_all) / sizeof(open_to_all[0]); i++)
		if (!allowed(open_to_all[i], false))
			fail_msg("%s is refused", open_to_all[i]);
}

static void test_development_opens_this_machine_alone(void **state)
{
	struct sockaddr unix_socket = {.sa_family = AF_UNIX};
	struct sockaddr_in cut = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x01010101)};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(allowed(refused[i], true), strncmp(refused[i], "127.", 4) == 0 ||
								strcmp(refused[i], "::1") == 0);
	assert_false(outbound_address_allowed(&unix_socket, sizeof(unix_socket), true));
	assert_false(outbound_address_allowed((const struct sockaddr *)&cut, 8, true));
}

static void test_addresses_are_looked_at_before_they_are_kept(void **state)
{
	static const char *const bad[] = {
	    "",
	    "x",
	    "https://",
	    "http://receiver.example/",
	    "file:///etc/passwd",
	    "gopher://receiver.example/",
	    "https://user@receiver.example/",
	    "https://:secret@receiver.example/",
	    "https://receiver.example/#x",
	    "https://127.0.0.1/",
	    "https://127.1/",
	    "https://0177.0.0.1/",
	    "https://2130706433/",
	    "https://[::1]:8443/",
	    "https://[::ffff:7f00:1]/",
	    "https://[fe80::1%25eth0]/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!outbound_url_refused(bad[i], false))
			fail_msg("%s is taken", bad[i]);
	assert_null(outbound_url_refused("https://receiver.example:8443/a?b=c", false));
	assert_null(outbound_url_refused("https://1.1.1.1/", false));
	assert_null(outbound_url_refused("http://127.0.0.1:9/", true));
	assert_non_null(outbound_url_refused("http://10.0.0.1/", true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_not_public_is_refused),
	    cmocka_unit_test(test_what_is_public_is_allowed),
	    cmocka_unit_test(test_development_opens_this_machine_alone),
	    cmocka_unit_test(test_addresses_are_looked_at_before_they_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
