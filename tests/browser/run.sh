#!/usr/bin/env bash
# The interface in a real browser, against the real program and database, as laptop and as phone.
#   tests/browser/run.sh [arguments of playwright test]      ASSAY_BINARY chooses another program
set -u
cd "$(dirname "$0")" || exit 1
[ -d ../../build/node ] && PATH="$PWD/../../build/node/bin:$PATH"
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

if [ ! -d node_modules/@playwright/test ]; then
	npm ci --loglevel=error --no-update-notifier >/dev/null || {
		echo "Error: npm could not install what tests/browser/package-lock.json names."
		echo "0 passed, 1 failed"
		exit 1
	}
fi
exec node node_modules/@playwright/test/cli.js test "$@"
