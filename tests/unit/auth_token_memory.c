/* Every allocation refused once: no forged token gets through, none is issued broken, no crash. */
#include "auth_token_forge.h"

#include <openssl/crypto.h>
#include <stdbool.h>

static struct {
	bool armed;
	unsigned left; /* allocations until the refused one */
	bool refused;
} fault;

static bool refuse_this(void)
{
	if (!fault.armed || fault.left-- > 0)
		return false;
	fault.armed = false; /* once only */
	fault.refused = true;
	return true;
}

#ifdef __SANITIZE_ADDRESS__
/* The sanitizer owns malloc, so OpenSSL is asked to use these; jansson keeps its own. */
static void *crypto_memory(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return size && !refuse_this() ? malloc(size) : NULL;
}

static void *crypto_more(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	if (!size) {
		free(old);
		return NULL;
	}
	return refuse_this() ? NULL : realloc(old, size);
}

static void crypto_free(void *old, const char *file, int line)
{
	(void)file, (void)line;
	free(old);
}

static void take_over_memory(void)
{
	assert_int_equal(CRYPTO_set_mem_functions(crypto_memory, crypto_more, crypto_free), 1);
}
#else
/* The C library's own, under the names that it keeps for this. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return refuse_this() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return refuse_this() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return refuse_this() ? NULL : __libc_realloc(old, size);
}

static void take_over_memory(void)
{
}
#endif

/* Calls once for each allocation that `call` makes, with that one refused; counts them. */
static unsigned refuse_each(const struct forge *f, void (*call)(const struct forge *f, void *arg),
			    void *arg)
{
	unsigned nth = 0;

	do {
		fault.left = nth++;
		fault.refused = false;
		fault.armed = true;
		call(f, arg);
		fault.armed = false;
	} while (fault.refused);
	return nth - 1;
}

struct verdicts {
	const char *token;
	unsigned taken, denied;
};

static void judge(const struct forge *f, void *arg)
{
	struct verdicts *v = arg;

	if (gate(f, v->token, strlen(v->token)) == OK)
		v->taken++;
	else
		v->denied++;
}

static void a_valid_token_at_worst_is_refused(void **state)
{
	struct forge *f = *state;
	char token[FORGED_MAX];
	struct verdicts v = {.token = token};
	unsigned allocations;

	valid_token(f, token);
	judge(f, &v);
	allocations = refuse_each(f, judge, &v);
	assert_true(allocations > 20); /* or the faults do not reach the libraries */
	assert_true(v.denied > 10);
	assert_int_equal(gate(f, token, strlen(token)), OK); /* and nothing is left behind */
}

static void forge_variant(const struct forge *f, int variant, char token[FORGED_MAX])
{
	char header[TOKEN_HEADER_MAX], claims[FORGED_MAX];
	static const char none[] = "{\"alg\":\"none\",\"typ\":\"JWT\"}";

	true_header(f, header);
	claims_text(f, -1, NULL, NULL, claims);
	switch (variant) {
	case 0:
		forge_token(f->other, header, claims, strlen(claims), token);
		break;
	case 1:
		forge_token(f->other, none, claims, strlen(claims), token);
		break;
	case 2:
		claims_text(f, ISS, "\"iss\":\"x\"", NULL, claims);
		forge_token(f->key->pair, header, claims, strlen(claims), token);
		break;
	case 3:
		claims_text(f, EXP, "\"exp\":1", NULL, claims);
		forge_token(f->key->pair, header, claims, strlen(claims), token);
		break;
	default:
		claims_text(f, -1, NULL, ",\"sub\":\"" JTI "\"", claims);
		forge_token(f->key->pair, header, claims, strlen(claims), token);
	}
}

static void a_forged_token_never_passes(void **state)
{
	struct forge *f = *state;
	char token[FORGED_MAX];

	for (int variant = 0; variant < 5; variant++) {
		struct verdicts v = {.token = token};

		forge_variant(f, variant, token);
		refuse_each(f, judge, &v);
		assert_int_equal(v.taken, 0);
		assert_true(v.denied > 0);
	}
}

static void judge_cached(const struct forge *f, void *arg)
{
	struct verdicts *v = arg;
	struct token_cache *cache = token_cache_new(16);
	struct principal who;

	if (!cache)
		return;
	for (int again = 0; again < 2; again++) {
		if (token_verify_cached(cache, f->keys, v->token, strlen(v->token), f->now, &who) ==
		    OK)
			v->taken++;
		else
			v->denied++;
	}
	token_cache_free(cache);
}

static void the_cache_keeps_no_forged_token(void **state)
{
	struct forge *f = *state;
	char token[FORGED_MAX];
	struct verdicts v = {.token = token};

	forge_variant(f, 0, token);
	refuse_each(f, judge_cached, &v);
	assert_int_equal(v.taken, 0);
	valid_token(f, token);
	v.denied = 0;
	refuse_each(f, judge_cached, &v);
	assert_true(v.taken > v.denied); /* the second time succeeds */
}

static void issue(const struct forge *f, void *arg)
{
	struct verdicts *v = arg;
	struct principal who = some_user();
	char token[TOKEN_MAX + 1];
	enum err err = token_issue(f->keys, &who, f->now, token);

	if (err == OK) {
		v->taken++;
		fault.armed = false;
		assert_int_equal(gate(f, token, strlen(token)), OK);
	} else {
		v->denied++;
		assert_string_equal(token, "");
	}
}

static void a_token_is_issued_whole_or_not_at_all(void **state)
{
	struct forge *f = *state;
	struct verdicts v = {0};
	unsigned allocations;

	issue(f, &v);
	assert_int_equal(v.taken, 1);
	allocations = refuse_each(f, issue, &v);
	assert_true(allocations > 30);
	assert_true(v.denied > 20);
}

static void open_keys(const struct forge *f, void *arg)
{
	struct token_keys *keys = NULL;
	char reason[256] = "";

	(void)arg;
	if (token_keys_open(&keys, f->dir, ISSUER, AUDIENCE, reason) != OK) {
		assert_null(keys);
		assert_true(reason[0]);
	}
	token_keys_close(keys);
}

static void keys_open_whole_or_not_at_all(void **state)
{
	struct forge *f = *state;

	assert_true(refuse_each(f, open_keys, NULL) > 20);
	assert_int_equal(token_keys_rotate(f->keys, f->now), OK);
	assert_int_equal(f->keys->ring->count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_valid_token_at_worst_is_refused),
	    cmocka_unit_test(a_forged_token_never_passes),
	    cmocka_unit_test(the_cache_keeps_no_forged_token),
	    cmocka_unit_test(a_token_is_issued_whole_or_not_at_all),
	    cmocka_unit_test(keys_open_whole_or_not_at_all),
	};

	take_over_memory();
	return cmocka_run_group_tests(tests, forge_open, forge_close);
}
