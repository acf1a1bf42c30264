#!/usr/bin/env bash
# Builds the fuzz targets with clang's fuzzer and sanitizers, replays every kept crash, and runs each
# for FUZZ_SECONDS (5; 60 with ASSAY_PROVE). Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${FUZZ_SECONDS:-$([ -n "${ASSAY_PROVE:-}" ] && echo 60 || echo 5)}
out=build/fuzz
mkdir -p "$out"
passed=0 failed=0
flags="-std=c17 -g -O1 -D_GNU_SOURCE -Iinclude -Isrc -Ibuild/gen -include core/banned.h
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined"
core=$(ls src/core/*.c)
http="src/http/gate.c src/http/conditional.c src/http/decode.c src/http/cursor.c"
schema="$(ls src/api_schema/*.c) build/release/gen/openapi_data.o"

fuzz() { # name, sources…
	local name=$1 corpus="$out/corpus-$1" kept="tests/fuzz/regression/$1"
	shift
	# shellcheck disable=SC2086
	if ! clang $flags -o "$out/$name" "tests/fuzz/fuzz_$name.c" "$@" $core \
		-ljansson -ljwt -largon2 -lcrypto -lcsv -lgsl -lopenblas -lm -lpthread >"$out/$name.build" 2>&1; then
		failed=$((failed + 1))
		echo "$name does not build; see $out/$name.build"
		return
	fi
	mkdir -p "$corpus"
	if "$out/$name" -max_total_time="$seconds" -max_len=8192 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$out/$name-" "$corpus" $(ls -d "$kept" 2>/dev/null) >"$out/$name.log" 2>&1; then
		passed=$((passed + 1))
		echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$name.log") executions, no finding"
	else
		failed=$((failed + 1))
		echo "$name: a finding; see $out/$name.log and the $out/$name-* that it wrote"
	fi
}

make -s generated build/release/gen/openapi_data.o || exit 1
# shellcheck disable=SC2086
{
	fuzz gate $http
	fuzz router $http src/http/router.c src/auth/scopes.c $schema
	fuzz multipart src/http/multipart.c
	fuzz token $(ls src/auth/*.c)
	fuzz api_schema $schema
	fuzz scim src/resources/scim/scim_filter.c src/resources/scim/scim_query.c src/resources/scim/scim_patch.c src/api_schema/format.c
	fuzz ratings src/commands/ratings_file.c src/commands/numbers.c $(ls src/evaluation/*.c)
	fuzz model $(ls src/evaluation/*.c)
}
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
