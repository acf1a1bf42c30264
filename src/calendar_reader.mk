# The reader of foreign calendars: a program of its own, which the service locks up before it starts it.

build/assay-calendar: $(wildcard src/calendar_reader/*.[ch])
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(CPPFLAGS) -std=c17 $(WARN) $(HARDEN) $(CFLAGS.release) -o $@.new $(filter %.c,$^) $(LINK_HARDEN) -lical
	@mv $@.new $@
program: build/assay-calendar
