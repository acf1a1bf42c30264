/* Proves that a foreign program filters, and that it can do nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"
#include "runtime/child.h"

static struct buffer out;

static enum err run_in(const char *program, const char *script, const char *input, unsigned wall_ms)
{
	const char *const argv[] = {program, "-c", script, NULL};
	const char *const plain[] = {program, NULL};
	const struct child_order order = {
	    .argv = script ? argv : plain,
	    .input = input,
	    .input_len = strlen(input),
	    .cpu_s = 1,
	    .wall_ms = wall_ms,
	    .memory = (size_t)256 << 20,
	};

	buffer_release(&out);
	buffer_init(&out, 1 << 20);
	return child_filter(&order, &out);
}

static enum err shell(const char *script)
{
	return run_in("/bin/sh", script, "", 5000);
}

static void test_filters(void **state)
{
	(void)state;
	assert_int_equal(run_in("/bin/cat", NULL, "through and out", 5000), OK);
	assert_string_equal(out.data, "through and out");
	assert_int_equal(shell("echo said"), OK);
	assert_string_equal(out.data, "said\n");
}

static void test_failures_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(run_in("/no/such/program", NULL, "", 5000), ERR_UNAVAILABLE);
	assert_int_equal(shell("exit 3"), ERR_INVALID);
	assert_int_equal(run_in("/usr/bin/yes", NULL, "", 5000), ERR_TOO_LARGE);
}

static void test_time_is_bounded(void **state)
{
	int64_t begun = clock_monotonic_us();

	(void)state;
	assert_int_equal(run_in("/bin/sh", "exec sleep 30", "", 300), ERR_TIMEOUT);
	/* Says all it has to say, and stays. */
	assert_int_equal(run_in("/bin/sh", "exec >&- 2>&-; exec sleep 30", "", 300), ERR_TIMEOUT);
	assert_int_equal(run_in("/bin/sh", "while :; do :; done", "", 20000), ERR_TIMEOUT);
	assert_true(clock_monotonic_us() - begun < (int64_t)10 * 1000000);
}

static void test_memory_is_bounded(void **state)
{
	(void)state;
	assert_int_not_equal(run_in("/usr/bin/perl", NULL, "print length('x' x (400 << 20))", 5000),
			     OK);
	assert_int_equal(run_in("/usr/bin/perl", NULL, "print length('x' x (4 << 20))", 5000), OK);
}

static void test_no_network(void **state)
{
	(void)state;
	assert_int_equal(run_in("/usr/bin/perl", NULL,
				"use Socket; print 'loaded'; socket(my $s, AF_INET, SOCK_STREAM, 0)"
				" or exit 9; print 'socket'",
				5000),
			 ERR_INVALID);
	assert_string_equal(out.data, "loaded");
}

static void test_no_process(void **state)
{
	(void)state;
	assert_int_equal(shell("echo before; /bin/true; echo after"), ERR_INVALID);
	assert_string_equal(out.data, "before\n");
}

static void test_no_file(void **state)
{
	char path[] = "/tmp/child-XXXXXX", script[128];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	snprintf(script, sizeof(script), "exec >>%s; echo written", path);
	(void)shell(script);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	snprintf(script, sizeof(script), "exec /bin/rm %s", path);
	(void)shell(script);
	assert_int_equal(access(path, F_OK), 0);
	(void)close(fd);
	(void)unlink(path);
}

/* Where the kernel has Landlock, keys and data beside the service are out of its sight. */
static void test_reads_no_other_file(void **state)
{
	bool landlock =
	    syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;

	(void)state;
	assert_int_equal(shell("exec /bin/cat /etc/passwd"), landlock ? ERR_INVALID : OK);
	assert_int_equal(out.len == 0, landlock);
}

static void test_no_descriptor_is_left(void **state)
{
	(void)state;
	assert_true(dup2(1, 17) == 17);
	assert_int_not_equal(shell("echo heard >&17"), OK);
	(void)close(17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_failures_are_told_apart),
	    cmocka_unit_test(test_time_is_bounded),
	    cmocka_unit_test(test_memory_is_bounded),
	    cmocka_unit_test(test_no_network),
	    cmocka_unit_test(test_no_process),
	    cmocka_unit_test(test_no_file),
	    cmocka_unit_test(test_reads_no_other_file),
	    cmocka_unit_test(test_no_descriptor_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
