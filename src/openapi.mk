# The one API document: merged, checked and turned into pages at build time with jq and perl alone.

API_FRAGMENTS := $(sort $(shell find src -name '*.api.json' ! -path src/api_schema/common.api.json))
API_EMBEDDED  := $(GEN)/openapi.json $(GEN)/requests.json $(GEN)/reference.html $(GEN)/problems.html $(GEN)/reference.css \
	$(GEN)/careers.css
JQ := jq

EXTRA_OBJ_api_schema := $(B)/gen/openapi_data.o
GENERATED += $(API_EMBEDDED) $(GEN)/openapi_data.S

$(GEN)/problems.json: src/api_schema/problems.pl src/problems.def
	@mkdir -p $(GEN)
	@$(PERL) $^ > $@
$(GEN)/openapi.json: src/api_schema/openapi.jq src/api_schema/openapi_check.jq \
		src/api_schema/common.api.json $(GEN)/problems.json $(API_FRAGMENTS)
	@echo "  GEN     openapi.json"
	@$(JQ) -n -c -L src/api_schema --slurpfile common src/api_schema/common.api.json \
		--slurpfile problems $(GEN)/problems.json -f $< $(or $(API_FRAGMENTS),/dev/null) > $@
$(GEN)/requests.json: src/api_schema/requests.jq $(GEN)/openapi.json
	@$(JQ) -c -f $< $(GEN)/openapi.json > $@
$(GEN)/reference.html: src/api_schema/reference.jq src/api_schema/html.jq $(GEN)/openapi.json
	@$(JQ) -r -L src/api_schema -f $< $(GEN)/openapi.json > $@
$(GEN)/problems.html: src/api_schema/problems.jq src/api_schema/html.jq $(GEN)/openapi.json $(GEN)/problems.json
	@$(JQ) -r -L src/api_schema --slurpfile problems $(GEN)/problems.json -f $< $(GEN)/openapi.json > $@
$(GEN)/reference.css: src/api_schema/reference.css
	@mkdir -p $(GEN)
	@cp $< $@
$(GEN)/careers.css: src/resources/careers/careers.css
	@mkdir -p $(GEN)
	@cp $< $@
$(GEN)/openapi_data.S: src/api_schema/embed.pl $(API_EMBEDDED)
	@$(PERL) $< $(API_EMBEDDED) > $@
