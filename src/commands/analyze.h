/* What the `assay analyze …` commands share: their JSON, their tables, their way to fail. */
#ifndef COMMANDS_ANALYZE_H
#define COMMANDS_ANALYZE_H

#include "commands.h"
#include "core/buffer.h"
#include "core/json_writer.h"
#include "core/settings.h"
#include "evaluation/figure.h"
#include "numbers.h"

/* A result on its way out: JSON with --json, else lines of text. Only one of the two is written. */
struct analysis {
	bool json;
	struct buffer out;
	struct json_writer writer; /* when json; an object is open from begin to end */
};

void analysis_begin(struct analysis *analysis, const struct settings *settings);
/* Prints it all at once and releases; EXIT_DONE, or EXIT_FAILED when it cannot be written. */
int analysis_end(struct analysis *analysis) MUST_USE;
/* In its stead: releases, and says why on standard error. EXIT_USAGE for a wrong option or input.
 */
int analysis_fail(struct analysis *analysis, enum err err, const struct why *why) MUST_USE;

/* Members of the open object. A number has 15 digits; one that is not finite is null. */
void analysis_number(struct analysis *analysis, const char *key, double value);
void analysis_figure(struct analysis *analysis, const char *key, struct figure figure);
void analysis_element(struct analysis *analysis, double value); /* of the open array */
/* {"low": …, "high": …}, before them {"value": …} when `value` is given. */
void analysis_interval(struct analysis *analysis, const char *key, const double *value, double low,
		       double high);
/* A line of text with its newline; printf's format. */
void analysis_line(struct analysis *analysis, const char *format, ...) PRINTF_LIKE(2, 3);
/* 0.123457, or "-" for what is not finite. */
#define CELL_SIZE 32
const char *analysis_cell(double value, char out[CELL_SIZE]);
const char *analysis_figure_cell(struct figure figure, char out[CELL_SIZE]);

#endif
