# The templates of interview plans and kits, which an organization copies from.

EXTRA_OBJ_resources += $(B)/gen/plans_data.o

$(GEN)/plans_data.S: src/templates/plans.json
	@mkdir -p $(GEN)
	@printf '\t.section .rodata\n\t.globl plan_templates\nplan_templates:\n\t.incbin "$<"\n\t.byte 0\n\t.section .note.GNU-stack,"",@progbits\n' > $@
