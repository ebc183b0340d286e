#!/bin/sh
# packages.sh - installs the Debian packages that a part of the work needs, and nothing when all are there.
#
#	sh test/packages.sh build run
#
# Sets: build run test lint bench deb network.  It uses sudo when not root, and says so.  Neither a PostgreSQL cluster nor a
# web server is set up for the machine by this: packages that would do so are kept from it.
set -eu

usage() {
	sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

packages_of() {
	case $1 in
	build) echo gcc libc6-dev make pkg-config libpq-dev libjson-c-dev libargon2-dev libssl-dev \
		liburing-dev libutf8proc-dev libwslay-dev libcmark-gfm-dev libcmark-gfm-extensions-dev libdeflate-dev libjemalloc-dev ;;
	run) echo postgresql ;;
	test) echo libcmocka-dev python3 python3-pytest python3-pytest-xdist python3-psycopg2 python3-websocket python3-selenium python3-pexpect python3-pyte bats less haproxy nginx-light libnginx-mod-stream iproute2 chromium \
		chromium-driver openssl ;;
	lint) echo clang clang-format clang-tidy cppcheck shellcheck pyflakes3 mandoc ;;
	deb) echo debhelper dpkg-dev lintian mmdebstrap openssl systemd-container ;;
	bench) echo nginx-light nats-server redis-server python3 python3-psycopg2 ;;
	network) echo mininet bridge-utils net-tools iproute2 util-linux python3 haproxy openssl gnuplot-nox ;;
	*) usage ;;
	esac
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# A first installation of PostgreSQL makes and starts a cluster for the machine.  Ours is our own.
keep_postgresql_quiet() {
	as_root mkdir -p /etc/postgresql-common/createcluster.d
	echo "create_main_cluster = false" |
		as_root tee /etc/postgresql-common/createcluster.d/miniclass.conf >/dev/null
}

# A first installation of these starts them.  A masked unit is not started; RUNLEVEL does the same where there is
# no systemd.
services="nginx nats-server redis-server haproxy"
unit_of() {
	echo "/etc/systemd/system/$1.service"
}

keep_service_quiet() {
	as_root mkdir -p /etc/systemd/system
	as_root ln -s /dev/null "$(unit_of "$1")"
}

undo() {
	[ -z "$quiet_postgresql" ] || as_root rm -f /etc/postgresql-common/createcluster.d/miniclass.conf
	[ -n "$quiet_services" ] || return 0
	for service in $quiet_services; do
		as_root rm -f "$(unit_of "$service")"
		# Not at the next start of the machine either.
		as_root update-rc.d "$service" disable >/dev/null 2>&1 || true
	done
	[ ! -d /run/systemd/system ] || as_root systemctl daemon-reload || true
}

[ $# -gt 0 ] || usage
missing=
for set in "$@"; do
	for package in $(packages_of "$set"); do
		if ! command -v dpkg-query >/dev/null; then
			echo "packages.sh: this is no Debian; needed are what Debian calls: $(packages_of "$set")" >&2
			break
		fi
		is_installed "$package" || missing="$missing $package"
	done
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "packages.sh: missing, and there is no sudo. As root: apt-get install$missing" >&2
		exit 1
	}
	echo "packages.sh: installing with sudo:$missing" >&2
else
	echo "packages.sh: installing:$missing" >&2
fi

quiet_postgresql=
quiet_services=
trap undo EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
case $missing in
*postgresql*)
	if [ -z "$(ls /etc/postgresql 2>/dev/null)" ] &&
		[ ! -e /etc/postgresql-common/createcluster.d/miniclass.conf ]; then
		quiet_postgresql=yes
		keep_postgresql_quiet
	fi
	;;
esac
for service in $services; do
	case $missing in
	*"$service"*)
		if ! is_installed "$service" && [ ! -e "$(unit_of "$service")" ] && [ ! -L "$(unit_of "$service")" ]; then
			quiet_services="$quiet_services $service"
			keep_service_quiet "$service"
		fi
		;;
	esac
done

# Once a machine is there for long, its lists are old: fetch them only now that something is needed.
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >&2
# shellcheck disable=SC2086
as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
	apt-get -q -y --no-install-recommends install $missing >&2
