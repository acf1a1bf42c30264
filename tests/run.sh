#!/usr/bin/env bash
# Runs the proofs one after another, with progress, and ends with one line: N passed, N failed.
#   tests/run.sh [test|check|prove]     logs: build/test-logs/
set -u
cd "$(dirname "$0")/.." || exit 1
kind=${1:-test}
logs=build/test-logs
mkdir -p "$logs"
passed=0 failed=0 step=0 steps=0
started=$SECONDS
[ -d build/node ] && PATH="$PWD/build/node/bin:$PATH"
jobs=$(nproc)

# Adds up what a runner's output says: cmocka, node's test runner, or "N passed, N failed".
count() {
	awk '
	/^\[  PASSED  \] [0-9]+ test/ { p += $4 }
	/^\[  FAILED  \] [0-9]+ test/ { f += $4 }
	/^(# |ℹ )pass [0-9]+/         { p += $3 }
	/^(# |ℹ )fail [0-9]+/         { f += $3 }
	/^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3 }
	END { print p + 0, f + 0 }' "$1"
}

# run NAME COMMAND…: a step that exits non-zero, or counts nothing, is a failure too.
run() {
	local name=$1 log="$logs/${1//[\/ ()]/_}.log" at=$SECONDS status p f
	shift
	step=$((step + 1))
	# A run of hours says how far it is.
	[ "$kind" = prove ] && printf '%2d/%d %4d min  ' "$step" "$steps" $(((at - started) / 60))
	printf '%-34s ' "$name"
	timeout --foreground -k 30 3h "$@" >"$log" 2>&1 </dev/null # what hangs is a failure, too
	status=$?
	read -r p f < <(count "$log")
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
	if [ "$p" -eq 0 ] && [ "$f" -eq 0 ]; then f=1; fi
	passed=$((passed + p)) failed=$((failed + f))
	printf '%5d passed %3d failed  %4d s\n' "$p" "$f" $((SECONDS - at))
	grep -aE '^(# |ℹ )skipped [1-9]' "$log" | sed 's/^[^s]*/    not run: /'
	if [ "$f" -ne 0 ]; then
		grep -aE 'not ok|^✖|\[  FAILED|\[  ERROR|ERROR:|Error:|error:' "$log" | head -n 25
		tail -n 12 "$log"
	fi
}

# A step that has no tests of its own to count: it is one.
run_step() {
	local name=$1
	shift
	run "$name" bash -c '"$@" && echo "1 passed, 0 failed"' _ "$@"
}

unit() { # variant, pattern
	local variant=$1 t
	shift
	for t in "$@"; do
		t=$(basename "$t" .c)
		run "unit/$t ($variant)" "build/$variant/unit/$t"
	done
}

build_unit() {
	make -j"$jobs" -s V="$1" $(for t in tests/unit/*.c; do echo "build/$1/unit/$(basename "$t" .c)"; done)
}

finish() {
	printf '\n%d s; logs are in %s\n' $((SECONDS - started)) "$logs"
	if [ "$failed" -eq 0 ]; then echo "Everything that was promised holds."; else echo "Something does not hold; see above."; fi
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
	exit
}

if [ "$kind" = check ]; then
	run_step build make -j"$jobs" -s program
	run_step layers bash tests/check-layers.sh
	run_step format bash tests/check-format.sh
	run_step settings-page sh -c 'build/assay help --markdown | cmp - docs/settings.md'
	build_unit release >"$logs/build-unit.log" 2>&1 || true
	unit release tests/unit/core_[a-s]*.c tests/unit/evaluation_*.c tests/unit/auth_[lst]*.c tests/unit/resources_*.c
	finish
fi

attacked=(tests/faults/*.test.mjs tests/security/{attacks,bodies,slow,smuggling,tokens}.test.mjs)
if [ "$kind" = prove ]; then
	integrations=(tests/integrations/*.test.mjs)
	steps=$((13 + ${#attacked[@]} + ${#integrations[@]}))
	echo "$steps steps, about two hours on two cores; FUZZ_SECONDS and BENCH_SCALE make the fuzzers and the scale shorter"
fi
run_step build make -j"$jobs" -s program
run_step build-sanitized make -j"$jobs" -s V=asan program
run_step build-control make -j"$jobs" -s V=control program
if [ "$kind" = test ]; then
	run_step build-unit-tests bash -c "$(declare -f build_unit); jobs=$jobs; build_unit asan"
	run_step layers bash tests/check-layers.sh
	run_step settings-page sh -c 'build/assay help --markdown | cmp - docs/settings.md'
	run_step no-switches-in-shipped sh -c 'test -x build/assay && ! grep -aqE "ASSAY_CONTROL_OFF|org_predicate" build/assay'
	unit asan tests/unit/*.c
	# Those whose rows name the defences without which they would fail.
	run_step build-control-tests make -s V=control build/control/unit/{auth_token_attacks,audit_tamper,audit_erase}
	unit control tests/unit/{auth_token_attacks,audit_tamper,audit_erase}.c
	run_step test-packages sh -c '[ tests/node_modules/.package-lock.json -nt tests/package-lock.json ] || npm ci --prefix tests --no-audit --no-fund --loglevel=error'
	run api node tests/run-api.mjs
	run_step interface-types make -s web-check
fi
fuzz() { run fuzz bash tests/fuzz/run.sh; }
if [ "$kind" = prove ]; then
	run_step build-simulation make -j"$jobs" -s build/release/unit/evaluation_model_simulation
	run simulation build/release/unit/evaluation_model_simulation
	fuzz
fi
for t in "${attacked[@]}"; do
	run "$(basename "$(dirname "$t")")/$(basename "$t" .test.mjs)" node --test "$t"
done
run analyze node --test tests/analyze.test.mjs tests/analyze-model.test.mjs
run walkthrough node tests/walkthrough.mjs
run_step integrations-packages sh -c '[ tests/integrations/node_modules/.package-lock.json -nt tests/integrations/package-lock.json ] || npm ci --prefix tests/integrations --no-audit --no-fund --loglevel=error'
run_step build-client make -s client
for t in tests/integrations/*.test.mjs; do
	run "integrations/$(basename "$t" .test.mjs)" node --test "$t"
done
run integrations/guide node tests/walkthrough.mjs docs/integrators.md
run browser bash tests/browser/run.sh
if [ "$kind" = prove ]; then
	run_step scale make -s bench-scale
else
	fuzz
fi
finish
