#!/bin/sh
# Installs what this machine lacks to build, run, test or measure Assay, and nothing else.
#
#   src/deps.sh build|run|test|bench [--print]
#
# Each goal holds the one before it. With everything there it is silent and asks no server. --print
# names what is missing and installs nothing. On Debian and its kin it uses apt-get (through sudo
# if need be) and npm; elsewhere it says what to install.
#
# A Node of our own, where the machine has none that is new enough, goes to build/node; put
# build/node/bin into PATH.
set -u

goal=${1:-}
option=${2:-}
case "$goal:$option" in
build: | run: | test: | bench: | build:--print | run:--print | test:--print | bench:--print) ;;
*)
	echo "usage: src/deps.sh build|run|test|bench [--print]" >&2
	exit 2
	;;
esac
cd "$(dirname "$0")/.." || exit 1
node_bin=$PWD/build/node/bin
PATH=$node_bin:$PATH

say() { echo "  DEPS    $*"; }
fail() {
	echo "deps: $*" >&2
	exit 1
}

# ---- what is needed, how it is recognised, and Debian's package ---------------------------------

build_needs='
command:gcc      gcc
file:stdio.h     libc6-dev
command:make     make
command:perl     perl
command:jq       jq
command:pkg-config         pkg-config
library:libmicrohttpd      libmicrohttpd-dev
library:jansson            libjansson-dev
library:libpq              libpq-dev
library:libjwt             libjwt-dev
library:openssl            libssl-dev
library:libargon2          libargon2-dev
library:libcurl            libcurl4-openssl-dev
file:csv.h       libcsv-dev
library:gsl      libgsl-dev
library:openblas libopenblas-serial-dev
library:zlib     zlib1g-dev
library:libical  libical-dev
'
run_needs='
postgres:postgres          postgresql
command:useradd  passwd
command:pdftotext          poppler-utils
'
test_needs='
library:cmocka   libcmocka-dev
command:curl     curl
command:bash     bash
command:setpriv  util-linux
command:clang    clang
command:clang-tidy         clang-tidy
command:clang-format       clang-format
command:cppcheck cppcheck
command:haproxy  haproxy
glob:/usr/lib/python3/dist-packages/aiosmtpd/__init__.py python3-aiosmtpd
command:cppcheck cppcheck
command:git      git
glob:/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a libclang-rt-dev
command:chromium chromium
'
bench_needs='
command:nginx    nginx-light
postgres:pgbench postgresql
'

case $goal in
build) needs=$build_needs ;;
run) needs=$build_needs$run_needs ;;
test) needs=$build_needs$run_needs$test_needs ;;
bench) needs=$build_needs$run_needs$test_needs$bench_needs ;;
esac

postgres_has() {
	for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin /usr/local/bin /usr/bin; do
		[ -x "$bin/$1" ] && [ -x "$bin/initdb" ] || continue
		major=$("$bin/postgres" --version 2>/dev/null | sed 's/.*) \([0-9]*\).*/\1/')
		[ "${major:-0}" -ge 15 ] && return 0
	done
	return 1
}

is_there() {
	case $1 in
	command:*) PATH=$PATH:/usr/sbin:/sbin command -v "${1#*:}" >/dev/null 2>&1 ;;
	library:*) pkg-config --exists "${1#*:}" 2>/dev/null ;;
	file:*) [ -e "/usr/include/${1#*:}" ] ;;
	glob:*) ls ${1#*:} >/dev/null 2>&1 ;;
	postgres:*) postgres_has "${1#*:}" ;;
	esac
}

packages_missing() {
	echo "$needs" | while read -r need package; do
		[ -n "$need" ] && ! is_there "$need" && echo "$package"
	done | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# ---- Debian's packages --------------------------------------------------------------------------

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# The PostgreSQL package would make a database of its own and start it; we only want the programs.
cluster_conf=/etc/postgresql-common/createcluster.d/assay-deps.conf
cluster_hold() {
	case " $* " in *" postgresql "*) ;; *) return 0 ;; esac
	[ -e /etc/postgresql-common ] && return 0 # someone uses it here: leave its ways alone
	as_root mkdir -p "${cluster_conf%/*}" &&
		as_root sh -c "echo 'create_main_cluster = false' >$cluster_conf"
	trap 'as_root rm -f "$cluster_conf"' EXIT
}

packages_install() {
	command -v apt-get >/dev/null 2>&1 ||
		fail "this machine has no apt-get; please install what is named in Debian: $*"
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1 ||
		fail "packages are missing and there is no sudo; as root, run: apt-get install $*"
	say "installing with apt-get: $*"
	mkdir -p build
	log=build/deps.log
	echo "== $*" >>$log
	cluster_hold "$@"
	# Yesterday's lists will often do, so lists that cannot be had are no reason to stop.
	as_root apt-get -q update >>$log 2>&1 || say "the package lists cannot be renewed; going on"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
		install "$@" >>$log 2>&1 || {
		grep -E '^(E|W):' $log | tail -3 >&2
		fail "apt-get could not install $* (all it said is in $log)"
	}
}

# ---- Node, for the browser interface and the tests ----------------------------------------------

node_fits() {
	node -e '
		const [a, b] = process.versions.node.split(".").map(Number);
		process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null &&
		command -v npm >/dev/null 2>&1
}

node_install() {
	command -v npm >/dev/null 2>&1 || packages_install npm ca-certificates
	say "installing with npm into build/node: node@24 npm@11 (this machine has no Node from 20.19 on)"
	mkdir -p build/node
	echo '{"private": true}' >build/node/package.json
	npm install --prefix build/node --no-audit --no-fund --loglevel=error --no-update-notifier \
		--fetch-retries=1 node@24 npm@11 >build/node.log 2>&1 &&
		ln -sfn node_modules/.bin build/node/bin && hash -r && node_fits
}

# ---- the work -----------------------------------------------------------------------------------

missing=$(packages_missing)
if [ "$option" = --print ]; then
	for package in $missing; do echo "$package"; done
	node_fits || echo "node (20.19 or newer, with npm)"
	exit 0
fi

if [ -n "$missing" ]; then
	# shellcheck disable=SC2086 # a list of words
	packages_install $missing
	missing=$(packages_missing)
	[ -z "$missing" ] || fail "still not found after their installation: $missing"
fi

if ! node_fits && ! node_install; then
	reason="a Node from 20.19 on could not be had with npm (what it said is in build/node.log)"
	case $goal in
	test | bench) fail "$reason" ;;
	*) say "$reason: Assay will be built without its browser interface" ;;
	esac
fi
exit 0
