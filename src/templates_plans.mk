# The templates of interview plans with the kits that they take questions from, as one JSON text: what
# the statement that copies them is given.

PLAN_TEMPLATES := src/templates/plans.json src/templates/kits.json
EXTRA_OBJ_resources += $(B)/gen/plan_templates_data.o

$(GEN)/plan_templates.json: $(PLAN_TEMPLATES)
	@mkdir -p $(GEN)
	@$(JQ) -c -s '[.[] | .kind as $$kind | .items[] | {id, kind: $$kind, sources, content}]' $^ > $@
$(GEN)/plan_templates_data.S: $(GEN)/plan_templates.json
	@printf '\t.section .rodata\n\t.globl plan_templates\nplan_templates:\n\t.incbin "$<"\n\t.byte 0\n\t.section .note.GNU-stack,"",@progbits\n' > $@
