/* Serves the interface: hashed assets for ever, the page afresh, and the page for every deep link.
 */
#include "static_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api_schema/api_schema.h"
#include "conditional.h"
#include "exchange.h"
#include "steps.h"

#define FILE_MAX (16 << 20)

static const char no_interface[] =
    "Assay is running, but its browser interface was not built into this program.\n"
    "\n"
    "To get it: install Node 20.19 or newer, run `make web` and then `make`, and start again.\n"
    "The API is complete without it: /docs explains it, /openapi.json describes it.\n";

static bool begins(const char *path, const char *prefix)
{
	return strncmp(path, prefix, strlen(prefix)) == 0;
}

/* What has addresses of its own never falls back to the page. */
static bool is_no_page(const char *path)
{
	return begins(path, "/v1/") || strcmp(path, "/v1") == 0 || begins(path, "/assets/") ||
	       begins(path, "/careers/") || begins(path, "/greenhouse/") ||
	       begins(path, "/scim/") || begins(path, "/health") || begins(path, "/.well-known/") ||
	       begins(path, "/metrics");
}

static const struct asset *find_exact(const struct app *app, const char *path)
{
	for (size_t i = 0; i < app->asset_count; i++) {
		if (strcmp(app->assets[i].path, path) == 0)
			return &app->assets[i];
	}
	return NULL;
}

/* "/", "/docs/problems" and "/docs/" stand for their HTML files. */
static const struct asset *find_asset(struct request *rq)
{
	static const char *const suffixes[] = {"", ".html", "/index.html", "index.html"};

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		const char *path = arena_printf(rq->arena, "%s%s", rq->path, suffixes[i]);
		const struct asset *asset = path ? find_exact(rq->app, path) : NULL;

		if (asset)
			return asset;
	}
	return NULL;
}

struct encoding {
	const unsigned char *bytes;
	size_t len;
	const char *name, *suffix;
};

static struct encoding choose(const struct exchange *ex, const struct asset *asset)
{
	const char *accepted = ex->gate.header[HEADER_ACCEPT_ENCODING];

	if (asset->brotli && accepts_coding(accepted, "br"))
		return (struct encoding){asset->brotli, asset->brotli_len, "br", "-br"};
	if (asset->gzip && accepts_coding(accepted, "gzip"))
		return (struct encoding){asset->gzip, asset->gzip_len, "gzip", "-gz"};
	return (struct encoding){asset->bytes, asset->len, NULL, ""};
}

static enum err answer_asset(struct exchange *ex, const struct asset *asset)
{
	struct encoding encoding = choose(ex, asset);
	struct request *rq = &ex->rq;
	char etag[128];

	snprintf(etag, sizeof(etag), "\"%.100s%s\"", asset->etag, encoding.suffix);
	reply_header(rq, "ETag", etag);
	reply_header(rq, "Cache-Control",
		     asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
	if (asset->gzip || asset->brotli)
		reply_header(rq, "Vary", "Accept-Encoding");
	if (encoding.name)
		reply_header(rq, "Content-Encoding", encoding.name);
	if (strcmp(asset->path, "/index.html") == 0)
		page_ahead(ex);
	rq->status = 200;
	rq->content_type = asset->type;
	ex->file = encoding.bytes;
	ex->file_len = encoding.len;
	return ERR_REFUSED; /* answered */
}

/* The API document and what the build made of it. */
static bool answer_document(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	struct api_page page;

	if (!api_page_find(rq->path, &page))
		return false;
	rq->status = 200;
	rq->content_type = page.content_type;
	ex->file = page.bytes;
	ex->file_len = page.len;
	reply_header(rq, "Cache-Control", "public, max-age=60");
	return true;
}

/* ---- development: from a folder ---------------------------------------------------------------
 */

static const char *type_of(const char *path)
{
	/* clang-format off */
	static const char *const types[][2] = {
		{".html", "text/html; charset=utf-8"}, {".js",   "text/javascript; charset=utf-8"},
		{".css",  "text/css; charset=utf-8"},  {".svg",  "image/svg+xml"},
		{".png",  "image/png"},                {".ico",  "image/x-icon"},
		{".json", "application/json"},         {".woff2", "font/woff2"},
		{".txt",  "text/plain; charset=utf-8"}, {".map",  "application/json"},
	};
	/* clang-format on */
	const char *end = strrchr(path, '.');

	for (size_t i = 0; end && i < ARRAY_LEN(types); i++) {
		if (strcmp(end, types[i][0]) == 0)
			return types[i][1];
	}
	return "application/octet-stream";
}

static bool read_whole(int fd, struct buffer *out)
{
	char bytes[8192];
	ssize_t got;

	while ((got = read(fd, bytes, sizeof(bytes))) > 0)
		buffer_add(out, bytes, (size_t)got);
	return got == 0 && !out->failed;
}

/* The gate has refused dot segments and encoded slashes; links out of the folder are not taken. */
static bool answer_from_folder(struct request *rq, const char *path)
{
	const char *full = arena_printf(rq->arena, "%s%s", rq->app->assets_dir, path);
	struct stat status;
	bool ok;
	int fd;

	if (!full)
		return false;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	buffer_clear(&rq->out);
	ok = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_MAX &&
	     read_whole(fd, &rq->out);
	(void)close(fd);
	if (!ok)
		return false;
	rq->status = 200;
	rq->content_type = type_of(path);
	reply_header(rq, "Cache-Control", "no-cache");
	return true;
}

/* ---- any path that is no route ----------------------------------------------------------------
 */

static enum err refuse_method(struct request *rq, bool exists)
{
	if (!exists)
		return fail(rq, PROBLEM_not_found, "There is nothing at this address.");
	reply_header(rq, "Allow", "GET, HEAD, OPTIONS");
	if (rq->method != METHOD_COUNT)
		return fail(rq, PROBLEM_method_not_allowed, "Allowed here: GET, HEAD, OPTIONS.");
	rq->status = 204;
	return ERR_REFUSED;
}

static enum err answer_page(struct exchange *ex)
{
	const struct asset *page = find_exact(ex->rq.app, "/index.html");
	struct request *rq = &ex->rq;

	if (rq->app->assets_dir && answer_from_folder(rq, "/index.html"))
		return ERR_REFUSED;
	if (page)
		return answer_asset(ex, page);
	if (strcmp(rq->path, "/") != 0)
		return fail(rq, PROBLEM_not_found, "There is nothing at this address.");
	buffer_clear(&rq->out);
	buffer_text(&rq->out, no_interface);
	rq->status = 200;
	rq->content_type = "text/plain; charset=utf-8";
	reply_header(rq, "Cache-Control", "no-cache");
	return ERR_REFUSED;
}

enum err static_answer(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	const struct asset *asset = find_asset(rq);
	bool is_root = strcmp(rq->path, "/") == 0;
	struct api_page page;

	if (rq->method != METHOD_GET)
		return refuse_method(rq, asset || is_root || api_page_find(rq->path, &page));
	if (rq->app->assets_dir && !is_root && answer_from_folder(rq, rq->path))
		return ERR_REFUSED;
	if (asset)
		return answer_asset(ex, asset);
	if (answer_document(ex))
		return ERR_REFUSED;
	if (is_no_page(rq->path) || (!is_root && !request_accepts(rq, "text/html")))
		return fail(rq, PROBLEM_not_found, "There is nothing at this address.");
	return answer_page(ex);
}
