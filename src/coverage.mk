# Which branches the unit tests and the API tests take (gcov, build/coverage.txt).

.PHONY: coverage
coverage:  ## branch coverage of the unit tests and the API tests
	@sh src/deps.sh test
	@$(MAKE) -s V=cov program $(patsubst tests/unit/%.c,build/cov/unit/%,$(wildcard tests/unit/*.c))
	@# Open to the user that the program becomes when root starts it.
	@find build/cov -name '*.gcno' | while read -r f; do : >"$${f%gcno}gcda"; chmod 666 "$${f%gcno}gcda"; done
	@for t in $(wildcard tests/unit/*.c); do build/cov/unit/$$(basename $$t .c) >/dev/null 2>&1 || echo "failed: $$t"; done
	@ASSAY_BINARY=$(CURDIR)/build/assay-cov node tests/run-api.mjs | tail -n 1
	@find build/cov -name '*.gcda' ! -path '*/unit/*' -size +0 -exec gcov -b -n {} + 2>/dev/null >build/coverage.txt
	@awk -F"[:% ']+" 'function add(k) { n[k] += $$NF; hit[k] += $$(NF - 2) * $$NF / 100 } \
		/^File/ { ours = $$2 ~ /^src\// } /^(Calls|No calls)/ { ours = 0 } \
		ours && /^Lines executed/ { add("lines") } ours && /^Taken at least once/ { add("branches") } \
		END { for (k in n) printf "%s: %.1f %% of %d\n", k, 100 * hit[k] / n[k], n[k] }' build/coverage.txt
