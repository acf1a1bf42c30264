/*
 * Fuzzes designs: any bytes are ratings of a few people, fitted with and without prior, with fixed
 * variances, updated, and asked for everything. No figure may be less than one. Built with clang
 * -fsanitize=fuzzer.
 */
#include <stdint.h>

#include "../unit/evaluation_model_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RATINGS_MOST 600

struct bytes {
	const uint8_t *data;
	size_t size;
};

static uint8_t take(struct bytes *bytes)
{
	if (bytes->size == 0)
		return 0;
	bytes->size--;
	return *bytes->data++;
}

/* Mostly 1 to 5; sometimes what no scale has. */
static double take_value(struct bytes *bytes)
{
	static const double odd[] = {0, -1, 1e6, -1e6, 1e-6, 3.5, 1e-300, 4.999999};
	uint8_t byte = take(bytes);
	return byte < 240 ? 1 + byte % 5 : odd[byte % ARRAY_LEN(odd)];
}

static double take_variance(struct bytes *bytes)
{
	static const double values[] = {0, .01, .2, 1, 1e-9, 1e3, .5, 1e9};
	return values[take(bytes) % ARRAY_LEN(values)];
}

static void update(struct model *model, const struct model_design *design, struct bytes *bytes)
{
	struct model_mark marks[4];
	size_t count = take(bytes) % 5;
	if (design->candidates == 0 || design->interviewers == 0 || design->competencies == 0)
		return;
	for (size_t i = 0; i < count; i++)
		marks[i] =
		    (struct model_mark){take(bytes) % design->competencies, take_value(bytes)};
	enum err err = model_update(model, take(bytes) % design->candidates,
				    take(bytes) % design->interviewers, marks, count);
	assert(err == OK || err == ERR_CONFLICT);
}

static void fit(const struct model_design *design, const struct model_options *options,
		struct bytes bytes)
{
	struct model *model;
	enum err err = model_fit(design, options, &model);
	assert(err == OK);
	walk_model(model, design);
	for (int i = 0; i < 3 && bytes.size > 0; i++) {
		update(model, design, &bytes);
		if (model_known(model))
			walk_model(model, design);
	}
	model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rating ratings[RATINGS_MOST];
	struct bytes bytes = {data, size};
	uint32_t pool[32];
	double weights[8];
	struct model_design design = {.candidates = take(&bytes) % 20,
				      .interviewers = take(&bytes) % 9,
				      .competencies = take(&bytes) % 6,
				      .ratings = ratings};
	uint8_t form = take(&bytes);
	struct model_variances variances = {take_variance(&bytes),	  take_variance(&bytes),
					    take_variance(&bytes),	  take_variance(&bytes),
					    1e-3 + take_variance(&bytes), take_variance(&bytes)};

	for (size_t i = 0; i < ARRAY_LEN(pool); i++)
		pool[i] = form & 1 ? (uint32_t)i % (1 + form / 64) : 0;
	for (size_t i = 0; i < ARRAY_LEN(weights); i++)
		weights[i] = form & 2 ? (double)(1 + i) : i == 0;
	design.pool = form & 1 ? pool : NULL;
	design.pools = form & 1 ? 1u + form / 64 : 0;
	design.weights = form & 4 ? weights : NULL;
	if (design.candidates > 0 && design.interviewers > 0 && design.competencies > 0)
		while (bytes.size >= 3 && design.count < RATINGS_MOST) {
			uint8_t who = take(&bytes), what = take(&bytes);
			ratings[design.count++] = (struct rating){
			    who % design.candidates, what % design.interviewers,
			    (what / 16u + who / 32u) % design.competencies, take_value(&bytes)};
		}
	bytes = (struct bytes){data, size};
	fit(&design, &(struct model_options){.variances = &variances}, bytes);
	fit(&design, &(struct model_options){.prior = MODEL_PRIOR_NEVER}, bytes);
	fit(&design, &(struct model_options){.prior = MODEL_PRIOR_ALWAYS}, bytes);
	return 0;
}
