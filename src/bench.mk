# The benchmark: its small programs, and the run itself (docs/performance.md).

BENCH := build/bench
$(BENCH)/load: tests/bench/load.c
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -o $@ $< $(ALL_LDFLAGS)
$(BENCH)/statement: tests/bench/statement.c $(foreach m,db runtime core,$(B)/$(m).a)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -o $@ $< $(filter %.a,$^) $(ALL_LDFLAGS) $(LIBS)

$(BENCH)/model: tests/bench/model.c tests/unit/evaluation_model_world.h $(foreach m,evaluation api_schema db runtime core,$(B)/$(m).a)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -o $@ $< $(filter %.a,$^) $(ALL_LDFLAGS) $(LIBS)

.PHONY: bench
bench:  ## measures against nginx and pgbench; BENCH_LARGE=1 with a million candidates
	@sh src/deps.sh bench
	@$(MAKE) -s --no-print-directory program $(BENCH)/load $(BENCH)/statement $(BENCH)/model
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/bench/bench.mjs
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/bench/model.mjs
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/bench/refit.mjs
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/bench/webhooks.mjs

.PHONY: bench-model
bench-model: program $(BENCH)/model  ## the model alone, from 1,000 to 1,000,000 ratings, beside R where it is installed
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/bench/model.mjs

.PHONY: bench-refit
bench-refit: program  ## from a submission to the updated evaluation, at 100,000 ratings
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/bench/refit.mjs

.PHONY: bench-webhooks
bench-webhooks: program $(BENCH)/load  ## webhooks a second to a receiver on this machine, and reads meanwhile
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/bench/webhooks.mjs

.PHONY: bench-scale
bench-scale: program $(BENCH)/load  ## a recruiter's lists and searches at a thousand and at a million candidates
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/bench/scale.mjs

.PHONY: bench-web
bench-web:  ## the interface on a slow phone, and scrolling 10,000 applications, against its budgets
	@sh src/deps.sh test
	@$(MAKE) -s --no-print-directory program
	@[ -d tests/browser/node_modules/@playwright/test ] || PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --prefix tests/browser --no-audit --no-fund --loglevel=error
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/bench/web.mjs

PICTURES ?= build/screenshots
.PHONY: screenshots
screenshots:  ## pictures of every screen, light and dark, on a laptop and a phone, in PICTURES
	@sh src/deps.sh test
	@$(MAKE) -s --no-print-directory program
	@[ -d tests/browser/node_modules/@playwright/test ] || PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --prefix tests/browser --no-audit --no-fund --loglevel=error
	@PATH=$(CURDIR)/build/node/bin:$$PATH node tests/browser/screenshots.mjs $(PICTURES) $(SCREENS)
