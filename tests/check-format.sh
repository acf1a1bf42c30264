#!/usr/bin/env bash
# Holds the format of every C file to .clang-format, and every source file to 600 lines; prints the
# files that differ or are longer.
set -u
cd "$(dirname "$0")/.." || exit 1
command -v clang-format >/dev/null || { echo "clang-format is missing: make lint installs it"; exit 1; }
bad=$(git ls-files -co --exclude-standard '*.c' '*.h' | while read -r f; do
	clang-format "$f" | cmp -s - "$f" || echo "$f"
done)
long=$(git ls-files -co --exclude-standard '*.c' '*.h' '*.sql' '*.pl' '*.sh' '*.mjs' '*.ts' '*.svelte' |
	xargs wc -l | awk '$1 > 600 && $2 != "total" { print $2 ": " $1 " lines" }')
[ -z "$bad$long" ] || { printf '%s\n' $bad "$long"; exit 1; }
