# The browser interface: built with Node, compressed, and embedded as a table of assets. Without a
# fitting Node, or when its packages cannot be had, the program is built without the interface.

WEB_FILES   := $(shell find src/web -name node_modules -prune -o -type f -print)
WEB_SOURCES := $(filter-out src/web/test/%,$(WEB_FILES))
WEB_MODULES := src/web/node_modules/.package-lock.json
WEB_TABLE   := $(GEN)/assets.c
NODE        := node
NPM         := npm
# A Node that the build tools run on: 20.19 or newer.
WEB_NODE     = $(NODE) -e 'const [a,b]=process.versions.node.split(".");process.exit(a>20||a==20&&b>=19?0:1)' 2>/dev/null

# Linked beside the archives: its table goes before the empty one that http brings along.
PROGRAM_OBJ += $(B)/gen/assets.o

.PHONY: web web-check web-force
web: $(WEB_TABLE)  ## the browser interface (needs Node 20.19 or newer)
	@! grep -q 'left out' $<

$(WEB_MODULES): src/web/package.json src/web/package-lock.json src/web/.npmrc
	@echo "  NPM     src/web"
	@cd src/web && $(NPM) ci --no-audit --no-fund --loglevel=error --fetch-retries=1
	@touch $@
build/web/index.html: $(WEB_SOURCES) $(WEB_MODULES)
	@echo "  WEB     build/web"
	@cd src/web && $(NODE) node_modules/vite/bin/vite.js build --logLevel warn
	@touch $@

# The table holds the interface where it can be built. An empty one is tried again each time.
ifneq ($(shell grep -s 'left out' $(WEB_TABLE)),)
$(WEB_TABLE): web-force
endif
$(WEB_TABLE): $(WEB_SOURCES)
	@mkdir -p $(GEN)
	@if $(WEB_NODE) && $(MAKE) -s --no-print-directory $(WEB_MODULES); then \
		$(MAKE) -s --no-print-directory build/web/index.html && \
		$(NODE) src/web/assets.js build/web $@; \
	else \
		echo "  WEB     the interface is left out: it needs Node 20.19 or newer, and its packages"; \
		printf '%s\n' '/* The interface is left out. */' '#include "http/app.h"' '' \
			'const struct asset embedded_assets[1] = {{0}};' \
			'const size_t embedded_asset_count = 0;' \
			'const struct page_ahead embedded_pages[1] = {{0}};' \
			'const size_t embedded_page_count = 0;' > $@; \
	fi
$(B)/gen/assets.o: $(WEB_TABLE)

build/gen/web/api.d.ts: $(GEN)/openapi.json src/api_schema/json_only.jq $(WEB_MODULES)
	@mkdir -p $(@D)
	@$(JQ) -c -f src/api_schema/json_only.jq $< > $(@:.d.ts=.json)
	@cd src/web && $(NODE) node_modules/openapi-typescript/bin/cli.js ../../$(@:.d.ts=.json) -o ../../$@ >/dev/null
web-check: build/gen/web/api.d.ts  ## types, markup and unit tests of the interface
	@cd src/web && $(NODE) node_modules/svelte-check/bin/svelte-check --fail-on-warnings --output human
	@cd src/web && $(NODE) --import ./test/typescript.js --test test/*.test.ts
