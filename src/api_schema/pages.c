/* The API document, the pages that the build made of it, and the style of the careers pages, as
 * they lie in the binary. */
#include <stdint.h>

#include "api_schema/api_schema.h"

/* In build/gen/openapi_data.S, made by embed.pl. */
extern const char api_openapi_json_data[], api_requests_json_data[], api_reference_html_data[],
    api_problems_html_data[], api_reference_css_data[], api_careers_css_data[];
extern const uint64_t api_openapi_json_size, api_requests_json_size, api_reference_html_size,
    api_problems_html_size, api_reference_css_size, api_careers_css_size;

static const struct {
	const char *path, *content_type, *bytes;
	const uint64_t *size;
} embedded[] = {
    /* clang-format off */
	{"/openapi.json",    "application/json",         api_openapi_json_data,   &api_openapi_json_size},
	{"/docs",               "text/html; charset=utf-8", api_reference_html_data, &api_reference_html_size},
	{"/docs/problems",      "text/html; charset=utf-8", api_problems_html_data,  &api_problems_html_size},
	{"/docs/reference.css", "text/css; charset=utf-8",  api_reference_css_data,  &api_reference_css_size},
	{"/careers.css",        "text/css; charset=utf-8",  api_careers_css_data,    &api_careers_css_size},
    /* clang-format on */
};

bool api_page_find(const char *path, struct api_page *page)
{
	for (size_t i = 0; i < ARRAY_LEN(embedded); i++) {
		if (strcmp(embedded[i].path, path) == 0) {
			*page = (struct api_page){embedded[i].content_type, embedded[i].bytes,
						  (size_t)*embedded[i].size};
			return true;
		}
	}
	return false;
}

void api_document(const char **json, size_t *len)
{
	*json = api_openapi_json_data;
	*len = (size_t)api_openapi_json_size;
}

void api_requests(const char **json, size_t *len)
{
	*json = api_requests_json_data;
	*len = (size_t)api_requests_json_size;
}
