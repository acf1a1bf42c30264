/* Settles what is process-wide before the first worker starts. */
#include "http/app.h"

#include "exchange.h"
#include "metrics.h"

static void settle(unsigned *setting, unsigned initial)
{
	if (*setting == 0)
		*setting = initial;
}

static void settle_size(size_t *setting, size_t initial)
{
	if (*setting == 0)
		*setting = initial;
}

enum err app_start(struct app *app, unsigned workers, char reason[256])
{
	struct http_settings *settings = &app->settings;

	settle_size(&settings->connection_memory, 10240);
	settle(&settings->connections, 12000);
	settle(&settings->header_ms, 9000);
	settle(&settings->body_ms, 20000);
	settle(&settings->reply_ms, 30000);
	settle(&settings->idle_ms, 60000);
	settle_size(&settings->body_limit, 1u << 20);
	settle_size(&settings->upload_limit, 32u << 20);
	settle(&settings->rate_limit, 600);
	settle(&settings->rate_limit_organization, 6000);
	settle(&settings->rate_limit_link, 60);
	settle(&settings->rate_limit_form, 60);
	settle_size(&settings->request_memory, 64u << 20);
	if (!app->assets) {
		app->assets = embedded_assets;
		app->asset_count = embedded_asset_count;
	}
	if (!app->pages) {
		app->pages = embedded_pages;
		app->page_count = embedded_page_count;
	}
	TRY(router_new(&app->router, app->routes, app->route_count, system_routes,
		       system_route_count, app->schema, reason));
	app->metrics = metrics_new(workers ? workers : 1, router_count(app->router));
	if (app->metrics)
		return OK;
	snprintf(reason, 256, "no memory");
	return ERR_MEMORY;
}

void app_stop(struct app *app)
{
	metrics_free(app->metrics);
	router_free(app->router);
	app->metrics = NULL;
	app->router = NULL;
}
