#!/usr/bin/env bash
# Holds the format of every C file to .clang-format; prints the files that differ.
set -u
cd "$(dirname "$0")/.." || exit 1
command -v clang-format >/dev/null || { echo "clang-format is missing: make lint installs it"; exit 1; }
bad=$(git ls-files -co --exclude-standard '*.c' '*.h' | while read -r f; do
	clang-format "$f" | cmp -s - "$f" || echo "$f"
done)
[ -z "$bad" ] || { echo "$bad"; exit 1; }
