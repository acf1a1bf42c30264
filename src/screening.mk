# The résumé flags of the templates, as rows of C for the screening checklist.
$(GEN)/resume_flags.def: src/templates/resume_flags.json
	@mkdir -p $(GEN)
	@echo "  GEN     resume flags"
	@jq -r '.items[0].content.flags[] | "FLAG(" + ([.key, .colour, .name, .found_by, ((.words + .our_words) | join("\n")), ((.unless // []) | join("\n"))] | map(@json) | join(", ")) + ")"' $< >$@.new
	@mv $@.new $@
GENERATED += $(GEN)/resume_flags.def
