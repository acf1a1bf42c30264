#!/usr/bin/env bash
# Holds the layers: a module includes only those to its left, and each vendor has one home.
set -u
cd "$(dirname "$0")/.." || exit 1
order=$(sed -n 's/^MODULES := //p' Makefile)
bad=0

complain() {
	echo "$1"
	bad=1
}

allowed=""
for module in $order; do
	allowed="$allowed $module"
	for file in $(find "src/$module" "include/$module" -name '*.[ch]' 2>/dev/null); do
		for used in $(sed -nE 's|^#include "([a-z_]+)/.*|\1|p' "$file" | sort -u); do
			case " $order " in *" $used "*) ;; *) continue ;; esac
			case " $allowed " in *" $used "*) ;; *) complain "$file: $module may not use $used" ;; esac
		done
	done
done
[ -z "$(grep -rlE '#include "(runtime|db|api_schema|http|auth|resources)/' src/evaluation include/evaluation)" ] ||
	complain "evaluation sees only core"

# vendor header, and the modules that are its home
vendor() {
	local header=$1 home
	shift
	while IFS= read -r file; do
		home=$(echo "$file" | cut -d/ -f2)
		case " $* " in *" $home "*) ;; *) complain "$file: $header belongs to $*" ;; esac
	done < <(grep -rlE "#include <$header" src include --include='*.[ch]' | grep -v node_modules)
}
vendor microhttpd.h http
vendor libpq-fe.h db
vendor jwt.h auth
vendor argon2.h auth
vendor curl/ outbound
vendor csv.h commands resources
vendor gsl/ evaluation
vendor zlib.h http
vendor libical/ calendar_reader
exit "$bad"
