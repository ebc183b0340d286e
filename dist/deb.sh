#!/bin/sh
# deb.sh - builds the Debian packages from a copy of the tree.
#
#	sh dist/deb.sh build/deb [0.1.0 [MIGRATION.sql]]
#
# Another version than debian/changelog's, and a migration after the last one, are for trying upgrades.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
written=$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)
version=${2:-$written}
copy=$out/miniclass-$version

rm -rf "$copy"
mkdir "$copy"
trap 'rm -rf "$copy"' EXIT
# Whatever is built here already stays here.
(cd "$top" && tar -c --exclude=./build --exclude=./var --exclude=./.git --exclude=__pycache__ .) | tar -x -C "$copy"
[ "$version" = "$written" ] || sed -i "1s/($written)/($version)/" "$copy/debian/changelog"

if [ $# = 3 ]; then
	last=$(basename "$(find "$copy/sql/migrations" -name '[0-9]*.sql' | sort | tail -n 1)")
	# The 1 in front keeps 0009 from being octal.
	next=$((1${last%%_*} + 1))
	cp "$3" "$copy/sql/migrations/${next#1}_next.sql"
fi

echo "deb.sh: building $version; all that is said stands in $out/build-$version.log" >&2
cd "$copy"
# What make was told out there is not for this build.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES BUILD DESTDIR PREFIX LIBDIR SYSCONFDIR SAN CC CFLAGS LDFLAGS || true
dpkg-buildpackage -b -us -uc >"$out/build-$version.log" 2>&1 || {
	tail -n 30 "$out/build-$version.log" >&2
	exit 1
}
cd "$out"
ls miniclass_"$version"_*.deb libminiclass0_"$version"_*.deb libminiclass-dev_"$version"_*.deb
