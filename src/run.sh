#!/bin/sh
# Serves with the demo organization: at the address given, or at a free port if that one is taken.
set -eu
listen=$1
port=${listen##*:}
if [ "$port" != 0 ] && bash -c ": </dev/tcp/127.0.0.1/$port" 2>/dev/null; then
	echo "port $port is taken; using a free one"
	listen=${listen%:*}:0
fi
# A line a request would push the passwords off the terminal.
export ASSAY_LOG_LEVEL="${ASSAY_LOG_LEVEL:-warn}"
exec build/assay serve --demo --listen "$listen"
