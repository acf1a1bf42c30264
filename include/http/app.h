/* What is process-wide and does not change once the server has started. */
#ifndef HTTP_APP_H
#define HTTP_APP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"
#include "http/request.h"

struct api_schema;
struct limits;
struct router;
struct token_keys;

/* Zero means the default named here. */
struct http_settings {
	size_t connection_memory;	  /* 10 KiB: bounds a request's head to about 6 */
	unsigned connections;		  /* 12,000 a worker */
	unsigned connections_per_address; /* 0: unbounded, as behind a proxy */
	unsigned header_ms;		  /* 9,000 from accept, or from the request line */
	unsigned body_ms;		  /* 20,000 for the whole body */
	unsigned reply_ms;   /* 30,000 for the reply, or for 64 KiB of a streamed one */
	unsigned idle_ms;    /* 60,000 between requests of a connection */
	size_t body_limit;   /* 1 MiB: JSON bodies */
	size_t upload_limit; /* 32 MiB: bodies of other declared media types */
	unsigned rate_limit; /* 600 requests a minute for a user, client or address */
	unsigned rate_limit_organization; /* 6,000 a minute for all of an organization */
	unsigned
	    rate_limit_link; /* 60 a minute for a candidate's link, ten times that for an address */
	unsigned rate_limit_form;    /* 60 an hour: forms that an address sends without sign-in */
	size_t request_memory;	     /* 64 MiB: a request's arena */
	bool log_requests;	     /* a line for each */
	bool metrics_open;	     /* /metrics also for others than this machine */
	const char *trusted_proxies; /* comma-separated addresses whose X-Forwarded-For counts */
	const char *public_origin;   /* "https://assay.example"; NULL: the Host of the request */
};

/* A file of the interface, embedded or read from the development folder. */
struct asset {
	const char *path; /* "/index.html", "/assets/app.3f2a.js" */
	const char *type;
	const unsigned char *bytes, *gzip,
	    *brotli; /* gzip, brotli: NULL when they are not smaller */
	size_t len, gzip_len, brotli_len;
	const char *etag; /* of the bytes, without quotes; each encoding adds its suffix */
	bool immutable;	  /* its name holds its digest */
};

/* What a screen of the interface is made of: named in its page's Link header, so that it comes with
 * the first script and not after it. */
struct page_ahead {
	const char *pattern;	/* "/roles/:id/plan": `:id` is a UUID, `*` any one piece */
	const char *code;	/* a Link header's value */
	const char *data;	/* another, with `:id`: what whoever is signed in asks for first */
	const char *unfiltered; /* the same, where the address has no query */
	bool open;		/* a screen of those who are not signed in, too */
};

/* Made by the web build; empty when there was none. */
extern const struct asset embedded_assets[];
extern const size_t embedded_asset_count;
extern const struct page_ahead embedded_pages[];
extern const size_t embedded_page_count;

/* A figure of main's own for /metrics; read from any worker's thread. */
struct app_gauge {
	const char *name, *help;
	double (*read)(const void *arg);
	const void *arg;
};

/*
 * main fills the first part and calls app_start, which fills the second. Everything is borrowed
 * and lives until app_stop.
 */
struct app {
	struct http_settings settings;
	const struct route *routes;
	size_t route_count;
	const struct api_schema *schema; /* NULL: nothing is checked (tests only) */
	const struct token_keys *keys;	 /* NULL: nobody can sign in (tests only) */
	struct limits *limits;		 /* NULL: unlimited */
	const struct asset *assets;	 /* NULL: those that are embedded */
	size_t asset_count;
	const struct page_ahead *pages; /* beside the assets; NULL: those that are embedded */
	size_t page_count;
	const char *assets_dir;		/* development: read from here instead */
	const char *web_origin;		/* what a web_url begins with; NULL: nothing, a path */
	uint8_t cursor_key[32];		/* the same on all nodes, so that cursors travel */
	void *context;			/* main's own, for handlers */
	const struct app_gauge *gauges; /* beside the server's own */
	size_t gauge_count;

	struct router *router;
	struct metrics *metrics;
	atomic_size_t link_bytes; /* of files that came without sign-in, now in memory */
	atomic_size_t decoys;	  /* forms that filled the field which people do not see */
};

/*
 * Compiles the route table and settles the settings. `reason` names the first route that is
 * malformed, doubled, or has no operation in the API document.
 */
enum err app_start(struct app *app, unsigned workers, char reason[256]) MUST_USE;
void app_stop(struct app *app);

#endif
