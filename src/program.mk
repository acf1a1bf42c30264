# The program itself: main, the commands, and the demo script that they embed.

PROGRAM_OBJ = $(patsubst src/%.c,$(B)/%.o,$(wildcard src/*.c src/commands/*.c)) $(B)/gen/demo_data.o $(ASSETS_OBJ)

$(GEN)/demo_data.S: src/templates/demo.json
	@mkdir -p $(GEN)
	@printf '\t.section .rodata\n\t.globl demo_script, demo_script_len\ndemo_script:\n\t.incbin "$<"\n\t.byte 0\n1:\n\t.balign 8\ndemo_script_len:\n\t.quad 1b - demo_script - 1\n\t.section .note.GNU-stack,"",@progbits\n' > $@
