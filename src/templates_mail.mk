# The default texts of mail, as one C table.

EXTRA_OBJ_resources += $(B)/gen/mail_templates.o
GENERATED += $(GEN)/mail_templates.c

$(GEN)/mail_templates.c: src/templates/mail/mail.jq src/templates/mail/mail.json
	@mkdir -p $(GEN)
	@echo "  GEN     mail templates"
	@$(JQ) -n -r -f $^ > $@
