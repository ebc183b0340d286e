#!/bin/sh
# run.sh - the Debian packages in a clean Debian: installed, used with the terminal tools, backed up and restored,
# upgraded, removed, installed again, purged; and PostgreSQL that comes after them.
#
#	sh test/deb/run.sh build/deb
#
# It needs root, namespaces, and Debian's mirror. No systemd runs in the clean Debian: the servers are started by
# hand, as the user and with the command that their units name. Everything happens in namespaces of its own, without
# a network but its loopback once all is downloaded, and ends with them. The root as it was made and what was
# downloaded stay in DIRECTORY for the next time.
set -eu

old=0.0.9 # the same source with a smaller number stands for the version before
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/test/deb/steps.sh"

if [ "$(id -u)" != 0 ]; then
	echo "check-deb: skipped: it needs root" >&2
	exit 0
fi
mkdir -p "${1:?usage: run.sh DIRECTORY}"
out=$(cd "$1" && pwd)
if [ -z "${IN_NAMESPACES:-}" ]; then
	unshare --mount --net --pid --fork true || {
		echo "check-deb: skipped: namespaces are not to be had here" >&2
		exit 0
	}
	IN_NAMESPACES=yes exec unshare --mount --pid --fork --kill-child --mount-proc sh "$0" "$out"
fi

# ---- The packages, and a clean Debian ----

begin "$out/check.log"
version=$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)
architecture=$(dpkg --print-architecture)
must "the version before is built" sh "$top/dist/deb.sh" "$out" "$old"
must "this version is built" sh "$top/dist/deb.sh" "$out" "$version"
check "lintian finds no error" lintian --allow-root --fail-on error "$out/miniclass_${version}_$architecture.changes"

# A day old at most, so that it fits the mirror.
[ -n "$(find "$out/base.tar" -mmin -1440 2>/dev/null)" ] ||
	must "a clean Debian 12 is made" mmdebstrap --mode=root --variant=minbase bookworm "$out/base.tar"
root=$out/root
make_root
must "what the packages depend on is downloaded" download
leave_network

# ---- Installed, with PostgreSQL in the same go ----

must "$old is installed, and PostgreSQL with it" install_packages "$old"
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
must "$version is installed over $old" install_packages "$version"
check "the programs are $version" is_version "$version"
check "the settings that were changed stay" grep -qx 'log_level = debug' "$root/etc/miniclass/miniclass.conf"
check "the servers of $old go on until they are restarted" post_and_read
check "they end well" stop_servers
must "those of $version start" start_servers
check "both are still logged in; what was posted is there" read_again

# ---- The backup brings back what was lost ----

check "they end well, again" stop_servers
check "the database is lost" inside postgres dropdb miniclass
check "the backup is restored, as docs/OPERATING.md says" restore
must "the servers start" start_servers
check "what was posted before the backup is there" read_again
check "they end well, once more" stop_servers

# ---- Removed, installed again, purged ----

check "the packages are removed" apt remove miniclass libminiclass0
check "no program is left" not has /usr/bin/mc-server
check "the settings are" has /etc/miniclass/miniclass.conf
must "installed again" install_packages "$version"
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
	check "a server that was killed comes back" comes_back
	check "they stop well" stops_well
	check "the machine is turned off" power_off
else
	echo "skipped: systemd-nspawn is missing"
fi

finish
