/* No interface is built in, unless the web build links a table of the same name. */
#include "http/app.h"

__attribute__((weak)) const struct asset embedded_assets[1] = {{0}};
__attribute__((weak)) const size_t embedded_asset_count = 0;
__attribute__((weak)) const struct page_ahead embedded_pages[1] = {{0}};
__attribute__((weak)) const size_t embedded_page_count = 0;
