# steps.sh - what test/deb/run.sh does and looks at, in the clean Debian in $root.
# shellcheck shell=sh disable=SC2154

# ---- Checks ----

begin() { # begin LOG
	log=$1
	passed=0
	failed=0
	: >"$log"
}

# check SENTENCE COMMAND...: does it succeed?
check() {
	sentence=$1
	shift
	echo "== $sentence" >>"$log"
	if "$@" >"$log.said" 2>&1; then
		passed=$((passed + 1))
		echo "ok      $sentence"
	else
		failed=$((failed + 1))
		echo "FAILED  $sentence"
		tail -n 15 "$log.said" | sed 's/^/        /'
	fi
	cat "$log.said" >>"$log"
}

# Nothing that follows makes sense without it.
must() {
	before=$failed
	check "$@"
	[ "$failed" = "$before" ] || finish
}

finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" != 0 ] || exit 0
	echo "check-deb: all that was said stands in $log" >&2
	exit 1
}

not() { ! "$@"; }
has() { [ -e "$root$1" ] || [ -L "$root$1" ]; }

# wait_for COMMAND...: until it succeeds, 30 s at most
wait_for() {
	for _ in $(seq 300); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	"$@"
}

# ---- The clean Debian ----

make_root() {
	! mountpoint -q "$root" || umount -R "$root"
	rm -rf --one-file-system "$root"
	mkdir -p "$root" "$out/archives/partial"
	mount -t tmpfs -o size=3G,mode=755 check-deb "$root"
	tar -x -C "$root" -f "$out/base.tar"
	mkdir -p "$root/debs" "$root/dev/shm"
	cp "$out"/*_"$version"_*.deb "$out"/*_"$next"_*.deb "$top/test/deb/program.c" "$root/debs"
	mount --bind "$out/archives" "$root/var/cache/apt/archives"
	mount -t proc proc "$root/proc"
	mount -t tmpfs shm "$root/dev/shm"
	# Without an init system services would not be started; PostgreSQL's script can do it as well.
	printf '#!/bin/sh\nexit 0\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	into="chroot $root"
}

# Programs in $root have no network from now on but the loopback of a namespace of their own.
leave_network() {
	unshare --net sh -c 'ip link set lo up && exec sleep infinity' &
	keeper=$!
	wait_for sh -c "nsenter --net=/proc/$keeper/ns/net ip -4 addr show dev lo | grep -q 127.0.0.1"
	into="nsenter --net=/proc/$keeper/ns/net chroot $root"
}

# become USER COMMAND...: in place of this shell, with nothing of this machine's environment
become() {
	user=$1
	shift
	home=$(awk -F: -v user="$user" '$1 == user { print $6 }' "$root/etc/passwd")
	[ "$user" = root ] || set -- setpriv --reuid="$user" --regid="$user" --init-groups "$@"
	# shellcheck disable=SC2086
	exec $into env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" LANG=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
}

inside() { (become "$@"); }

apt() {
	inside root apt-get -q -y -o Dpkg::Use-Pty=0 -o APT::Keep-Downloaded-Packages=true "$@" </dev/null
}

packages() { # packages VERSION
	echo "/debs/miniclass_$1_$architecture.deb /debs/libminiclass0_$1_$architecture.deb"
}

download() {
	apt update || return
	# shellcheck disable=SC2046
	apt --download-only install $(packages "$version") postgresql
}

install_packages() { # install_packages VERSION
	# shellcheck disable=SC2046
	apt install $(packages "$1")
}

install_alone() {
	# shellcheck disable=SC2046
	apt install --no-install-recommends $(packages "$version") >"$out/alone" 2>&1 || return
	cat "$out/alone"
	grep -q 'no PostgreSQL runs here' "$out/alone"
}

install_dev() {
	apt update || return
	apt install --no-install-recommends gcc libc6-dev pkg-config \
		"/debs/libminiclass-dev_${version}_$architecture.deb" "/debs/libminiclass0_${version}_$architecture.deb"
}

compile() {
	# shellcheck disable=SC2016
	inside root sh -c 'cc -Wall -Wextra -Werror -o /tmp/program /debs/program.c $(pkg-config --cflags --libs libminiclass)'
}

runs_compiled() {
	[ "$(inside root /tmp/program 'Page **12**')" = '<p>Page <strong>12</strong></p>' ]
}

headers_suffice() {
	# shellcheck disable=SC2016
	inside root sh -c 'cd /usr/include && for header in $(find libminiclass -name "*.h"); do
		echo "#include <$header>" | cc -Wall -Wextra -Werror -x c -fsyntax-only $(pkg-config --cflags libminiclass) - || exit
	done'
}

enabled() {
	has /etc/systemd/system/multi-user.target.wants/mc-server.service &&
		has /etc/systemd/system/multi-user.target.wants/mc-chatd.service
}

owned_by_miniclass() {
	[ "$(inside root stat -c '%U:%G %a' /run/miniclass)" = "miniclass:miniclass 750" ]
}

operators_papers() {
	dpkg-deb --fsys-tarfile "$out/miniclass_${version}_$architecture.deb" | tar -t | sort >"$out/content"
	for paper in OPERATING.md.gz network.png examples/haproxy.cfg examples/nginx.conf examples/roles.sql; do
		echo "$paper"
		grep -qx "./usr/share/doc/miniclass/$paper" "$out/content" || return
	done
}

good_units() {
	# Manuals are left out of so small a Debian.
	inside root systemd-analyze verify --man=no mc-server.service mc-chatd.service mc-server.socket mc-chatd.socket
}

database_runs() {
	inside postgres psql -Atc 'SELECT version()'
}

is_version() {
	for program in mc-server mc-chatd mc-admin mc-login mc-class mc-post mc-chat; do
		[ "$(inside root "$program" --version)" = "$program $1" ] || return
	done
}

nothing_left() {
	left=$(cd "$root" && find etc lib usr var run -name '*miniclass*' -o -name 'mc-*' | grep -v -e ^var/cache -e ^var/log)
	[ -z "$left" ] || echo "$left"
	[ -z "$left" ]
}

# ---- Booted ----

# Its systemd runs in a container; what is `inside` from then on runs beside it.
boot() {
	inside root pg_ctlcluster 15 main stop || return
	umount "$root/proc" "$root/dev/shm" "$root/var/cache/apt/archives" || return
	# A first start, as of an image: presets decide what is enabled.
	rm -f "$root/etc/machine-id" "$root/usr/sbin/policy-rc.d"
	# There is no network to wait for.
	ln -s /dev/null "$root/etc/systemd/system/systemd-networkd-wait-online.service"
	systemd-nspawn --quiet --register=no --keep-unit --private-network --boot --directory "$root" \
		</dev/null >"$out/boot.log" 2>&1 &
	container=$!
	wait_for find_leader || return
	into="nsenter --target=$leader --mount --uts --ipc --net --pid --"
	wait_for inside root systemctl is-active --quiet multi-user.target
}

find_leader() {
	leader=$(tr -d ' ' <"/proc/$container/task/$container/children")
	[ "$(cat "/proc/$leader/comm")" = systemd ]
}

units() {
	inside root systemctl "$@" mc-server.service mc-chatd.service
}

confined() {
	for unit in mc-server mc-chatd; do
		of_process=/proc/$(main_pid "$unit")/status
		inside root grep -E '^(Uid|NoNewPrivs|Seccomp|CapEff):' "$of_process" >"$out/status" || return
		cat "$out/status"
		grep -q 'NoNewPrivs:.1' "$out/status" && grep -q 'Seccomp:.2' "$out/status" || return
		# CAP_NET_BIND_SERVICE is number 10.
		grep -q 'CapEff:.0000000000000400' "$out/status" || return
	done
}

main_pid() {
	inside root systemctl show --property=MainPID --value "$1"
}

sockets() {
	inside root systemctl "$@" mc-server.socket mc-chatd.socket
}

enable_sockets() {
	units stop && sockets enable --now || return
	! units is-active || return
	[ "$(sockets is-enabled | sort -u)" = enabled ]
}

connection_starts() {
	answers 8080 && answers 8081 && units is-active
}

disable_sockets() {
	sockets disable --now && units restart && ready && ! sockets is-active
}

# under_load COMMAND...: while it runs, connections come to both ports, and none is refused
under_load() {
	inside root rm -f /run/enough
	callers=
	for port in 8080 8080 '8081 comes_back'; do
		# shellcheck disable=SC2086
		inside root perl - ${port%% *} /run/enough ${port#"${port%% *}"} <"$top/test/deb/caller.pl" &
		callers="$callers $!"
	done
	"$@"
	status=$?
	inside root touch /run/enough
	for caller in $callers; do
		wait "$caller" || status=1
	done
	return "$status"
}

restart_often() {
	for _ in 1 2 3 4 5; do
		units restart && answers 8080 || return
	done
}

services_are() { # services_are VERSION
	for unit in mc-server mc-chatd; do
		inside root sh -c "exec /proc/$(main_pid "$unit")/exe --version" >"$out/said" || return
		cat "$out/said"
		[ "$(cat "$out/said")" = "$unit $1" ] || return
	done
}

killed_is_waited_for() {
	first=$(main_pid mc-server)
	inside root systemctl kill --kill-whom=main --signal=KILL mc-server || return
	wait_for not_running "$first" && answers 8080
}

not_running() {
	[ "$(main_pid mc-server)" != "$1" ]
}

removed_with_sockets() {
	sockets enable && units stop && sockets start && units start || return
	apt remove miniclass || return
	[ "$(inside root systemctl list-units --no-legend --plain 'mc-*')" = "" ]
}

restarts_to_listen() {
	units restart && answers 8080 && answers 8081
}

# Step 2 of the first hour, with a certificate of our own, for a name of each kind of address.
first_hour() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=school.example \
		-addext subjectAltName=DNS:school.example,DNS:school6.example \
		-keyout "$root/etc/miniclass/key.pem" -out "$root/etc/miniclass/chain.pem" || return
	inside root chown miniclass: /etc/miniclass/key.pem || return
	cp "$root/etc/miniclass/chain.pem" \
		"$root/etc/ssl/certs/$(openssl x509 -noout -hash -in "$root/etc/miniclass/chain.pem").0" || return
	inside root sh -c "printf '127.0.0.1 school.example\n::1 school6.example\n' >>/etc/hosts" || return
	sed -n '/^ *listen = \[::\]:443$/,/^ *```$/s/^ *\([a-z_]* = .*\)/\1/p' "$top/docs/OPERATING.md" >"$out/lines"
	[ "$(wc -l <"$out/lines")" = 4 ] || return
	cat "$out/lines" >>"$root/etc/miniclass/miniclass.conf"
	units restart
}

log_in() { # log_in USER
	echo "$1 likes long passwords" |
		inside "$1" mc-login --server "$server" --password-stdin "$1@example.org"
}

log_in_over_tls() {
	server=https://school6.example
	log_in ada && log_in ben || return
	server=https://school.example
	log_in ada && log_in ben
}

sockets_for_all() {
	for unit_and_port in mc-server:443 mc-chatd:8081; do
		drop_in=$root/etc/systemd/system/${unit_and_port%:*}.socket.d
		mkdir -p "$drop_in"
		printf '[Socket]\nListenStream=\nListenStream=%s\n' "${unit_and_port#*:}" >"$drop_in/override.conf"
	done
	inside root systemctl daemon-reload && units stop && sockets enable --now
}

# As docs/OPERATING.md says.
wrong_setting_ends_socket() {
	echo 'wokers = 3' >>"$root/etc/miniclass/miniclass.conf"
	inside root systemctl stop mc-server.socket mc-server && inside root systemctl start mc-server.socket || return
	inside root perl -MIO::Socket::INET -e 'IO::Socket::INET->new("127.0.0.1:443") or die; sleep 1'
	wait_for inside root systemctl is-failed mc-server.socket || return
	sed -i '/^wokers/d' "$root/etc/miniclass/miniclass.conf"
	inside root systemctl restart mc-server.socket mc-server && sockets is-active && units is-active
}

wrong_setting_is_told() {
	echo 'wokers = 3' >>"$root/etc/miniclass/miniclass.conf"
	inside root systemctl restart mc-server
	status=$?
	sed -i '/^wokers/d' "$root/etc/miniclass/miniclass.conf"
	[ "$status" != 0 ] && journal_has mc-server wokers && inside root systemctl start mc-server
}

comes_back() {
	first=$(main_pid mc-server)
	inside root systemctl kill --kill-whom=main --signal=KILL mc-server || return
	wait_for is_another "$first" && ready
}

is_another() {
	now=$(main_pid mc-server)
	[ "$now" != 0 ] && [ "$now" != "$1" ]
}

journal_has() { # journal_has UNIT TEXT
	wait_for sh -c "\"\$@\" | grep -q '$2'" sh nsenter --target="$leader" --mount --pid -- journalctl --no-pager -u "$1"
}

reloads() {
	units reload && journal_has mc-server settings_read && journal_has mc-chatd settings_read
}

stops_well() {
	units stop || return
	[ "$(units show --property=Result --value | sort -u | tr -d '\n')" = success ]
}

power_off() {
	inside root journalctl --no-pager >"$out/journal" || return
	inside root systemctl poweroff || return
	wait "$container"
}

# ---- The servers ----

# of_unit NAME SETTING
of_unit() {
	sed -n "s/^$2=//p" "$root/lib/systemd/system/$1.service"
}

# Sets pid.
start_server() {
	user=$(of_unit "$1" User)
	# What the last one said is not this one's.
	rm -f "$out/$1.log"
	# shellcheck disable=SC2046
	become "$user" setpriv --no-new-privs $(of_unit "$1" ExecStart) >"$out/$1.log" 2>&1 </dev/null &
	pid=$!
	wait_for grep -q ' listening ' "$out/$1.log" || {
		cat "$out/$1.log"
		return 1
	}
}

start_servers() {
	start_server mc-server || return
	server_pid=$pid
	start_server mc-chatd || return
	chatd_pid=$pid
}

stop_servers() {
	kill "$server_pid" "$chatd_pid" || return
	wait "$server_pid" && wait "$chatd_pid"
}

ready() {
	wait_for answers_ready
}

# No curl in so small a Debian: Perl is.
answers_ready() {
	inside root perl -MIO::Socket -e '
		my $s = IO::Socket::INET->new("127.0.0.1:8080") or die;
		print $s "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
		exit(<$s> =~ / 200 / ? 0 : 1)'
}

answers() { # answers PORT: at once, or when a socket's service has come
	inside root perl - "$1" / <"$top/test/deb/caller.pl"
}

# ---- People ----

server=http://127.0.0.1:8080

enrol() { # enrol USER NAME
	inside root id "$1" >/dev/null 2>&1 || inside root useradd --create-home "$1" || return
	echo "$1 likes long passwords" |
		inside "$1" mc-login --server "$server" --signup --name "$2" --password-stdin "$1@example.org"
}

sign_up() {
	enrol ada "Ada Lovelace" && enrol ben "Ben Student"
}

operator_sees() {
	inside postgres mc-admin users >"$out/users" || return
	cat "$out/users"
	grep -q 'Ada Lovelace' "$out/users"
}

# `create` prints id, code and name, separated by tabs.
make_class() {
	made=$(inside ada mc-class create Algebra -d 'Mondays at nine') || return
	inside ben mc-class join "$(echo "$made" | cut -f 2)"
}

again_class() { sign_up && make_class; }

post_and_read() {
	inside ada mc-post algebra -t homework 'Page **12**, exercises 1 to 4.' && read_again
}

read_again() {
	inside ben mc-post --list algebra --tag homework >"$out/posts" || return
	cat "$out/posts"
	grep -q 'Page \*\*12\*\*' "$out/posts"
}

logged_in() {
	for user in ada ben; do
		inside "$user" mc-login --server "$server" --status || return
	done
}

hear_live() {
	inside ada mc-class live start algebra Fractions || return
	# Ben speaks first: when Ada has heard him, he is there.
	echo 'Good morning' | inside ben timeout 30 mc-chat algebra --history 10 --count 2 >"$out/heard" 2>&1 &
	listener=$!
	inside ada timeout 30 mc-chat algebra --history 10 --count 1 </dev/null || return
	inside ada mc-chat algebra --send 'Let us begin' || return
	wait "$listener" || return
	inside ada mc-class live end algebra || return
	cat "$out/heard"
	grep -q 'Let us begin' "$out/heard"
}

attended() {
	inside ada mc-class attendance algebra --csv >"$out/attendance" || return
	cat "$out/attendance"
	grep -q 'Ben Student' "$out/attendance"
}

# The column is there, and what was posted before it has its value.
is_migrated() {
	[ "$(inside postgres psql -d miniclass -Atc 'SELECT DISTINCT check_deb FROM mc.post')" = migrated ] &&
		inside postgres mc-admin health
}

# ---- Backup and restore, by the commands of docs/OPERATING.md ----

back_up() {
	inside postgres pg_dump --format=custom miniclass >"$out/miniclass.dump" && [ -s "$out/miniclass.dump" ]
}

restore() {
	inside postgres mc-admin init || return
	inside postgres psql -d miniclass -c 'DROP SCHEMA mc CASCADE' || return
	inside postgres pg_restore --exit-on-error -d miniclass <"$out/miniclass.dump" || return
	inside postgres mc-admin init && inside postgres mc-admin health
}
