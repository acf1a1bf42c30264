# Builds, runs and proves Assay. `make help` lists what there is.
#
# V chooses the variant: release (default), asan (address and undefined-behaviour sanitizers),
# control (the test binary whose defences can be switched off), cov (branch coverage).

VERSION := 0.1.0
V       ?= release
B       := build/$(V)
GEN     := build/gen
CC      ?= gcc
# A Node that src/deps.sh had to fetch.
export PATH := $(CURDIR)/build/node/bin:$(PATH)
PERL    := perl

# Each layer may use those to its left, and nothing else (tests/check-layers holds it).
MODULES := core runtime outbound db api_schema evaluation audit auth http resources
VENDORS := libmicrohttpd jansson libpq libjwt openssl libargon2 libcurl

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wvla -Wwrite-strings -Wcast-qual -Wcast-align \
	-Wpointer-arith -Wformat=2 -Wundef -Wswitch-enum -Wnull-dereference -Wdouble-promotion \
	-Wfloat-equal -Wlogical-op -Wduplicated-cond -Wuse-after-free=3 -Wbidi-chars=any -Werror
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-strict-overflow \
	-fPIE -ftrivial-auto-var-init=zero
LINK_HARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,-z,pack-relative-relocs

CFLAGS.release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
CFLAGS.control := $(CFLAGS.release) -DASSAY_CONTROL
CFLAGS.asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS.cov     := -O0 -g --coverage -fprofile-update=atomic
LDFLAGS.asan   := -fsanitize=address,undefined
LDFLAGS.cov    := --coverage

CPPFLAGS += -D_GNU_SOURCE -Iinclude -Isrc -I$(GEN) -include core/banned.h $(shell pkg-config --cflags libpq 2>/dev/null)
CPPFLAGS += -DASSAY_VERSION='"$(VERSION)"'
ALL_CFLAGS = -std=c17 $(WARN) $(HARDEN) $(CFLAGS.$(V)) $(CFLAGS)
ALL_LDFLAGS = $(LINK_HARDEN) $(LDFLAGS.$(V)) $(LDFLAGS)
LIBS := -lmicrohttpd -ljansson -lpq -ljwt -lssl -lcrypto -largon2 -lcurl -lcsv -Wl,-Bstatic -lgsl -lopenblas -lz -Wl,-Bdynamic -lpthread -lm

# One archive a module, linked from the right of the layer order to the left.
archives = $(foreach m,$(call reverse,$(1)),$(B)/$(m).a)
reverse  = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
sources  = $(wildcard src/$(1)/*.c) $(if $(filter resources,$(1)),$(wildcard src/$(1)/*/*.c))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

include $(wildcard src/*.mk)

define module_rules
OBJ_$(1) := $$(patsubst src/%.c,$$(B)/%.o,$$(call sources,$(1))) $$(EXTRA_OBJ_$(1))
$$(B)/$(1).a: $$(OBJ_$(1))
	@mkdir -p $$(@D) && rm -f $$@.new && ar rcs $$@.new $$^ && mv $$@.new $$@
endef
EXTRA_OBJ_db := $(B)/gen/statements.o $(B)/gen/migrations.o
$(foreach m,$(MODULES),$(eval $(call module_rules,$(m))))

$(B)/%.o: src/%.c | generated
	@mkdir -p $(@D)
	@echo "  CC      $< ($(V))"
	@$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/gen/%.o: $(GEN)/%.c | generated
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/gen/%.o: $(GEN)/%.S
	@mkdir -p $(@D)
	@$(CC) -c -o $@ $<
-include $(shell find build/$(V) -name '*.d' 2>/dev/null)

# ---- generated: named statements, migrations ---------------------------------------------------
SQL := $(shell find src -name node_modules -prune -o -name '*.sql' -print)
$(GEN)/statements.h: src/db/statements.pl $(SQL)
	@mkdir -p $(GEN)
	@echo "  GEN     statements"
	@$(PERL) src/db/statements.pl $(GEN) $(SQL)
$(GEN)/statements.c: $(GEN)/statements.h ;
$(GEN)/migrations.c: src/db/migrations.pl $(wildcard migrations/*.sql)
	@mkdir -p $(GEN)
	@$(PERL) src/db/migrations.pl $@ $(sort $(wildcard migrations/*.sql))
GENERATED += $(GEN)/statements.h $(GEN)/statements.c $(GEN)/migrations.c
.PHONY: generated
generated: $(GENERATED)

# ---- the program ------------------------------------------------------------------------------
PROGRAM := build/assay$(if $(filter-out release,$(V)),-$(V))
.PHONY: program
program: $(PROGRAM)  ## the program of variant V: release (build/assay), asan, control, cov
$(PROGRAM): $(PROGRAM_OBJ) $(call archives,$(MODULES))
	@echo "  LINK    $@"
	@$(CC) $(ALL_CFLAGS) -o $@.new $(PROGRAM_OBJ) $(call archives,$(MODULES)) $(ALL_LDFLAGS) $(LIBS)
	@mv $@.new $@

# ---- unit tests: tests/unit/<module>_<what>.c links that module and the layers below it ---------
UNIT := $(wildcard tests/unit/*.c)
below = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(call below,$(1),$(wordlist 2,$(words $(2)),$(2))))
unit_module = $(firstword $(foreach m,$(MODULES),$(if $(filter $(m)_%,$(1)),$(m))))
define unit_rules
$$(B)/unit/$(1): tests/unit/$(1).c $$(call archives,$$(call below,$$(call unit_module,$(1)),$$(MODULES)))
	@mkdir -p $$(@D)
	@echo "  LINK    $$@"
	@$$(CC) $$(CPPFLAGS) $$(ALL_CFLAGS) -MMD -MP -o $$@ $$< $$(filter %.a,$$^) $$(ALL_LDFLAGS) -lcmocka $$(LIBS)
endef
$(foreach t,$(patsubst tests/unit/%.c,%,$(UNIT)),$(eval $(call unit_rules,$(t))))
.PHONY: unit
unit: $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT))  ## the unit tests of variant V
	@set -e; for t in $^; do ./$$t; done

# ---- the two commands, and what a maintainer runs ----------------------------------------------
LISTEN ?= 127.0.0.1:8080
.PHONY: deps run test check lint prove dist
deps:  ## installs what building and running need (says what)
	@sh src/deps.sh run
run: deps  ## builds, and serves with the demo organization; LISTEN=127.0.0.1:0 takes a free port
	@$(MAKE) -s --no-print-directory program
	@sh src/run.sh $(LISTEN)
test:  ## installs what the tests need, and runs them all
	@sh src/deps.sh test
	@bash tests/run.sh
check:  ## what to run before each commit: under a minute
	@bash tests/run.sh check
prove:  ## the long proofs: kills, floods, fuzzing, scale (hours)
	@sh src/deps.sh test
	@ASSAY_PROVE=1 bash tests/run.sh prove
lint:  ## format, layers, static analysis, the API document
	@sh src/deps.sh test
	@bash tests/lint.sh
dist: program  ## a tarball of the program and its documentation
	@mkdir -p build/dist/assay-$(VERSION)
	@cp -r build/assay build/assay-calendar README.md docs build/dist/assay-$(VERSION)/
	@tar -C build/dist -czf build/assay-$(VERSION).tar.gz assay-$(VERSION)
	@echo "build/assay-$(VERSION).tar.gz is made."

.PHONY: help clean
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F':.*##' '{printf "  make %-12s %s\n", $$1, $$2}'
clean:  ## removes what was built
	rm -rf build
