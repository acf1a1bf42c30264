# The templates: every file of src/templates but the demo's script, as one C table.

TEMPLATES := $(filter-out src/templates/demo.json,$(sort $(wildcard src/templates/*.json)))
EXTRA_OBJ_resources := $(B)/gen/templates.o
GENERATED += $(GEN)/templates.c

$(GEN)/templates.c: src/templates/templates.jq $(TEMPLATES)
	@mkdir -p $(GEN)
	@echo "  GEN     templates"
	@$(JQ) -n -r -f $^ > $@
