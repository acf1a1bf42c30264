# The program itself: main, the commands, and the demo's scripts that they embed.

PROGRAM_OBJ = $(patsubst src/%.c,$(B)/%.o,$(wildcard src/*.c src/commands/*.c)) $(B)/gen/demo_data.o $(ASSETS_OBJ)

# The rest of the demo's company is drawn by a program, from a fixed seed.
$(GEN)/demo_company.json: src/demo/company.pl $(wildcard src/demo/*.pm src/demo/*.json) src/templates/rubrics.json src/templates/resume_flags.json
	@mkdir -p $(GEN)
	@echo "  GEN     demo company"
	@perl src/demo/company.pl > $@.new
	@mv $@.new $@

$(GEN)/demo_data.S: src/templates/demo.json $(GEN)/demo_company.json src/demo/dates.plpgsql
	@mkdir -p $(GEN)
	@for one in demo_script:src/templates/demo.json demo_company:$(GEN)/demo_company.json demo_dates_sql:src/demo/dates.plpgsql; do \
	name=$${one%%:*}; \
	printf "\t.section .rodata\n\t.globl $$name, $${name}_len\n$$name:\n\t.incbin \"$${one#*:}\"\n\t.byte 0\n1:\n\t.balign 8\n$${name}_len:\n\t.quad 1b - $$name - 1\n"; \
	done > $@
	@printf '\t.section .note.GNU-stack,"",@progbits\n' >> $@
