#!/bin/sh
# install.sh - what `make install` writes everybody may read, whatever the umask, and it runs from there; `make
# uninstall` leaves the settings and nothing else.
#
#	sh test/tools/install.sh build
set -eu
build=$1
cd "$(dirname "$0")/../.."

# What the make around this was told is not for those in here.
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR PREFIX LIBDIR SYSTEMDDIR ZSHDIR || true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
	echo "$*" >&2
	failed=1
}

call() { # call TARGET PREFIX
	(umask 077 && make -s "$1" BUILD="$build" DESTDIR="$work/root" PREFIX="$2" SYSCONFDIR=/etc) >"$work/said" 2>&1 || {
		cat "$work/said" >&2
		exit 1
	}
}

for prefix in /usr/local /usr; do
	mkdir -m 755 "$work/root"
	call install "$prefix"
	hidden=$(find "$work/root" ! -type l ! -perm -o=r)
	[ -z "$hidden" ] || complain "make install PREFIX=$prefix: not for everybody to read: $hidden"
	for program in mc-server mc-chatd mc-admin mc-login mc-class mc-post mc-chat; do
		"$work/root$prefix/bin/$program" --version >/dev/null || complain "$prefix/bin/$program does not run"
	done
	echo '# mine' >>"$work/root/etc/miniclass/miniclass.conf"
	call install "$prefix"
	call uninstall "$prefix"
	left=$(cd "$work/root" && find . ! -type d)
	[ "$left" = ./etc/miniclass/miniclass.conf ] || complain "make uninstall PREFIX=$prefix leaves: $left"
	grep -qx '# mine' "$work/root/etc/miniclass/miniclass.conf" || complain "make install writes over settings"
	rm -rf "$work/root"
done
exit $failed
