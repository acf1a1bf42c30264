# What integrators take along, made from the API document: the typed client, the Postman collection.

CLIENT_ROOM    := src/integrations/javascript
CLIENT_MODULES := $(CLIENT_ROOM)/node_modules/.package-lock.json
CLIENT_BUILD   := build/client/package
CLIENT         := build/client/assay-client-$(VERSION).tgz

.PHONY: client
client: $(CLIENT)  ## the typed npm client, as a package to install: build/client/*.tgz

$(CLIENT_MODULES): $(CLIENT_ROOM)/package.json $(CLIENT_ROOM)/package-lock.json
	@echo "  NPM     $(CLIENT_ROOM)"
	@cd $(CLIENT_ROOM) && $(NPM) ci --no-audit --no-fund --loglevel=error --fetch-retries=1
	@touch $@
$(CLIENT): $(GEN)/openapi.json $(wildcard $(CLIENT_ROOM)/*.* $(CLIENT_ROOM)/src/*) $(CLIENT_MODULES) Makefile
	@echo "  CLIENT  $@"
	@rm -rf $(CLIENT_BUILD) $(@D)/*.tgz && mkdir -p $(CLIENT_BUILD)
	@cp -r $(CLIENT_ROOM)/src $(CLIENT_ROOM)/tsconfig.json $(CLIENT_ROOM)/README.md $(CLIENT_BUILD)/
	@ln -s ../../../$(CLIENT_ROOM)/node_modules $(CLIENT_BUILD)/node_modules
	@$(JQ) '.version = "$(VERSION)" | del(.devDependencies, .overrides)' $(CLIENT_ROOM)/package.json \
		> $(CLIENT_BUILD)/package.json
	@$(JQ) -c -f $(CLIENT_ROOM)/client.jq $< > $(@D)/openapi.json
	@$(JQ) -r -f $(CLIENT_ROOM)/operations.jq $(@D)/openapi.json > $(CLIENT_BUILD)/src/operations.ts
	@cd $(CLIENT_BUILD) && $(NODE) node_modules/openapi-typescript/bin/cli.js ../openapi.json \
		-o src/schema.ts >/dev/null
	@cd $(CLIENT_BUILD) && $(NODE) node_modules/typescript/bin/tsc -p .
	@cd $(CLIENT_BUILD) && $(NPM) pack --silent --pack-destination .. >/dev/null

POSTMAN := build/postman/assay.postman_collection.json
.PHONY: postman
postman: $(POSTMAN)  ## the Postman collection of every operation: build/postman/
$(POSTMAN): $(GEN)/openapi.json src/integrations/postman.jq Makefile
	@mkdir -p $(@D)
	@$(JQ) --arg version $(VERSION) -f src/integrations/postman.jq $< > $@
