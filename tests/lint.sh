#!/usr/bin/env bash
# Format, layers and static analysis of the C code, the API document and the interface.
set -u
cd "$(dirname "$0")/.." || exit 1
[ -d build/node ] && PATH="$PWD/build/node/bin:$PATH"
passed=0 failed=0

check() {
	local name=$1 log="build/lint-$1.log"
	shift
	printf '%-14s ' "$name"
	if "$@" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "nothing found"
	else
		failed=$((failed + 1))
		echo "see $log"
		tail -n 20 "$log"
	fi
}

sources() { git ls-files -co --exclude-standard 'src/*.c'; }
flags="-std=c17 -D_GNU_SOURCE -Iinclude -Isrc -Ibuild/gen -include core/banned.h $(pkg-config --cflags libpq)"

tidy() {
	sources | xargs -P "$(nproc)" -n 4 sh -c 'clang-tidy -quiet "$@" -- '"$flags" _ 2>/dev/null |
		grep -E 'error:|warning:' && return 1
	return 0
}
analyze() {
	sources | xargs -P "$(nproc)" -n 1 gcc $flags -O1 -fanalyzer -Werror -c -o /dev/null
}
# A struct why is written before it is read, which cppcheck does not see across files; offload.c keeps
# a pointer to a waiting coroutine's variable, as it says there.
suspect() {
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
		--suppress=missingInclude --suppress=unknownMacro \
		--suppress=ctuuninitvar --suppress=autoVariables:src/runtime/offload.c \
		-Iinclude -Isrc -Ibuild/gen -i src/web src
}

make -s generated
mkdir -p build
check format bash tests/check-format.sh
check layers bash tests/check-layers.sh
check cppcheck suspect
check analyzer analyze
check clang-tidy tidy
check api-document sh -c 'cd tests && npx --no-install redocly lint --config contract/redocly.yaml ../build/gen/openapi.json'
check interface make -s web-check
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
