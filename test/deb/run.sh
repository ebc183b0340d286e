#!/bin/sh
# run.sh - the Debian packages in a clean Debian: installed, used with the terminal tools, backed up and restored,
# upgraded, removed, installed again, purged; and PostgreSQL that comes after them.
#
#	sh test/deb/run.sh build/check-deb
#
# It needs root, namespaces, and Debian's mirror; without the first or the second it exits with 77, having tested
# nothing. At first no systemd runs in the clean Debian: the servers are started by hand, as the user and with the
# command that their units name. Everything happens in namespaces of its own, without a network but its loopback once
# all is downloaded, and ends with them. The root as it was made and what was downloaded stay in DIRECTORY for the
# next time.
set -eu

next=9.9.9 # the same source with a greater number and one migration more stands for the version after this one
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/test/deb/steps.sh"

if [ "$(id -u)" != 0 ]; then
	echo "check-deb: nothing was tested: a clean Debian needs root: sudo make check-deb" >&2
	exit 77
fi
mkdir -p "${1:?usage: run.sh DIRECTORY}"
out=$(cd "$1" && pwd)
if [ -z "${IN_NAMESPACES:-}" ]; then
	unshare --mount --net --pid --fork true || {
		echo "check-deb: nothing was tested: namespaces are not to be had here" >&2
		exit 77
	}
	IN_NAMESPACES=yes exec unshare --mount --pid --fork --kill-child --mount-proc sh "$0" "$out"
fi

# ---- The packages, and a clean Debian ----

begin "$out/check.log"
version=$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)
architecture=$(dpkg --print-architecture)
must "this version is built" sh "$top/dist/deb.sh" "$out" "$version"
must "the next one is built, with a migration" sh "$top/dist/deb.sh" "$out" "$next" "$top/test/deb/migration.sql"
check "lintian finds no error" lintian --allow-root --fail-on error "$out/miniclass_${version}_$architecture.changes"
check "what the manual of the operator names is in it" operators_papers

# A day old at most, so that it fits the mirror.
[ -n "$(find "$out/base.tar" -mmin -1440 2>/dev/null)" ] ||
	must "a clean Debian 12 is made" mmdebstrap --mode=root --variant=minbase bookworm "$out/base.tar"
root=$out/root

# ---- A program of somebody else's against the library ----

make_root
must "libminiclass-dev is installed, and a compiler" install_dev
check "a program is compiled against it, as pkg-config says" compile
check "it runs" runs_compiled
check "each header suffices by itself" headers_suffice

make_root
must "what the packages depend on is downloaded" download
leave_network

# ---- Installed, with PostgreSQL in the same go ----

must "$version is installed, and PostgreSQL with it" install_packages "$version"
check "the system user miniclass is there" inside root getent passwd miniclass
check "the settings are there, for everybody to read" test -r "$root/etc/miniclass/miniclass.conf"
check "the services start with the machine" enabled
check "the sockets do not" not has /etc/systemd/system/sockets.target.wants/mc-server.socket
check "/run/miniclass belongs to miniclass" owned_by_miniclass
check "PostgreSQL runs" database_runs
must "the installation has made the database" inside postgres mc-admin health
check "the units are good" good_units

# ---- Used ----

must "mc-server and mc-chatd start as their units say" start_servers
check "they are ready" ready
check "a teacher and a student sign up" sign_up
check "the operator sees them" operator_sees
check "the teacher makes a class, the student joins" make_class
check "the teacher posts, the student reads it" post_and_read
check "in a live class, the student hears the teacher at once" hear_live
check "the student was counted as present" attended

# ---- Upgraded ----

check "a backup is made" back_up
echo 'log_level = debug' >>"$root/etc/miniclass/miniclass.conf"
check "the schema is this version's" not is_migrated
must "$next is installed over $version" install_packages "$next"
check "the programs are $next" is_version "$next"
check "its migration is applied, to what was posted before too" is_migrated
check "the settings that were changed stay" grep -qx 'log_level = debug' "$root/etc/miniclass/miniclass.conf"
check "the servers of $version go on until they are restarted" post_and_read
check "they end well" stop_servers
must "those of $next start" start_servers
check "they are ready, and so is the schema" ready
check "both are still logged in" logged_in
check "what was posted is there" read_again

# ---- The backup brings back what was lost ----

check "they end well, again" stop_servers
check "the database is lost" inside postgres dropdb miniclass
check "the backup is restored, as docs/OPERATING.md says" restore
check "that of the version before is brought up to date" is_migrated
must "the servers start" start_servers
check "what was posted before the backup is there" read_again
check "they end well, once more" stop_servers

# ---- Removed, installed again, purged ----

check "the packages are removed" apt remove miniclass libminiclass0
check "no program is left" not has /usr/bin/mc-server
check "the settings are" has /etc/miniclass/miniclass.conf
must "installed again" install_packages "$next"
must "the servers start with the old settings" start_servers
check "and the old data" read_again
check "they end well, at last" stop_servers
check "the packages are purged" apt purge miniclass libminiclass0
check "nothing of them is left" nothing_left
check "what people wrote is" inside postgres psql -d miniclass -Atc "SELECT 1 FROM mc.post"

# ---- Without PostgreSQL, which comes later ----

check "PostgreSQL is purged" apt purge 'postgresql*'
check "without it the packages can be installed, and say what to do" install_alone
check "PostgreSQL is installed" apt install postgresql
must "which makes the database at once" inside postgres mc-admin health

# ---- With systemd ----

if command -v systemd-nspawn >/dev/null; then
	must "this Debian is booted, with systemd" boot
	check "both servers run" units is-active
	check "the sockets are not enabled by a first start" not inside root systemctl is-enabled mc-server.socket
	check "as confined as their units say" confined
	check "they are ready, and PostgreSQL too" ready
	check "somebody signs up and makes a class" again_class
	check "posts" post_and_read
	check "and hears others in a live class" hear_live
	check "the log is in the journal" journal_has mc-server listening
	check "a reload is understood" reloads
	check "a restart has ended when they listen" restarts_to_listen
	check "a server that was killed comes back" comes_back
	check "a wrong setting is told to who starts it" wrong_setting_is_told

	check "the sockets are enabled, the services stopped" enable_sockets
	check "a connection to each starts its service" connection_starts
	check "restarts under load refuse no connection" under_load restart_often
	check "who comes while a killed server is away is answered" killed_is_waited_for
	check "$next is installed over $version under load, and refuses no connection" under_load install_packages "$next"
	check "the services are $next's" services_are "$next"
	check "the sockets are still open" sockets is-active
	check "the migration is applied" is_migrated
	check "they are ready again" ready
	check "both are still logged in, as before" logged_in
	check "what was posted is still there" read_again
	check "the sockets are disabled again" disable_sockets
	check "a removal with enabled sockets ends all" removed_with_sockets
	must "installed again, with systemd" install_packages "$next"
	check "both servers run again" ready
	check "the first hour's TLS is set, as docs/OPERATING.md says" first_hour
	check "both log in, over IPv6 and IPv4" log_in_over_tls
	check "the teacher posts there" post_and_read
	check "and is heard in a live class" hear_live
	check "the sockets are for the whole network" sockets_for_all
	check "a wrong setting ends one, and is corrected" wrong_setting_ends_socket
	check "both log in by the sockets, over IPv6 and IPv4" log_in_over_tls
	check "the teacher is heard there" hear_live
	check "the sockets are disabled for good" sockets disable --now

	check "they stop well" stops_well
	check "the machine is turned off" power_off
else
	echo "skipped: systemd-nspawn is missing"
fi

finish
