/* What the `assay analyze …` commands share; each has a file of its own beside this one. */
#include "analyze.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>

#define OUT_MOST ((size_t)1 << 30)

void analysis_begin(struct analysis *analysis, const struct settings *settings)
{
	*analysis = (struct analysis){.json = settings->json};
	buffer_init(&analysis->out, OUT_MOST);
	json_writer_init(&analysis->writer, &analysis->out);
	if (analysis->json)
		json_open_object(&analysis->writer);
}

int analysis_end(struct analysis *analysis)
{
	int status = EXIT_DONE;
	if (analysis->json) {
		json_close_object(&analysis->writer);
		buffer_char(&analysis->out, '\n');
	}
	if (analysis->out.failed)
		status = command_fail(EXIT_FAILED, "out of memory");
	else if (fwrite(analysis->out.data, 1, analysis->out.len, stdout) != analysis->out.len ||
		 fflush(stdout) != 0)
		status = command_fail(EXIT_FAILED, strerror(errno));
	buffer_release(&analysis->out);
	return status;
}

int analysis_fail(struct analysis *analysis, enum err err, const struct why *why)
{
	buffer_release(&analysis->out);
	return command_fail(err == ERR_INVALID ? EXIT_USAGE : EXIT_FAILED, why->text);
}

void analysis_element(struct analysis *analysis, double value)
{
	char text[CELL_SIZE];
	if (!isfinite(value)) {
		json_put_null(&analysis->writer);
		return;
	}
	/* + 0.0 makes a plain zero of a negative one. */
	int len = snprintf(text, sizeof(text), "%.15g", value + 0.0);
	json_raw(&analysis->writer, text, (size_t)len);
}

void analysis_number(struct analysis *analysis, const char *key, double value)
{
	json_key(&analysis->writer, key);
	analysis_element(analysis, value);
}

void analysis_figure(struct analysis *analysis, const char *key, struct figure figure)
{
	analysis_number(analysis, key, figure.known ? figure.value : HUGE_VAL);
}

void analysis_interval(struct analysis *analysis, const char *key, const double *value, double low,
		       double high)
{
	json_key(&analysis->writer, key);
	json_open_object(&analysis->writer);
	if (value != NULL)
		analysis_number(analysis, "value", *value);
	analysis_number(analysis, "low", low);
	analysis_number(analysis, "high", high);
	json_close_object(&analysis->writer);
}

void analysis_line(struct analysis *analysis, const char *format, ...)
{
	va_list args;
	char line[1024];
	va_start(args, format);
	int len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	buffer_add(&analysis->out, line,
		   len < 0			? 0
		   : (size_t)len < sizeof(line) ? (size_t)len
						: sizeof(line) - 1);
	buffer_char(&analysis->out, '\n');
}

const char *analysis_cell(double value, char out[CELL_SIZE])
{
	if (isfinite(value))
		(void)snprintf(out, CELL_SIZE, fabs(value) < 1e6 ? "%.6f" : "%.6g", value + 0.0);
	else
		(void)snprintf(out, CELL_SIZE, "-");
	return out;
}

const char *analysis_figure_cell(struct figure figure, char out[CELL_SIZE])
{
	return analysis_cell(figure.known ? figure.value : HUGE_VAL, out);
}
