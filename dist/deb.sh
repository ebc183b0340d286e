#!/bin/sh
# deb.sh - builds the Debian packages from a copy of the tree.
#
#	sh dist/deb.sh build/deb [0.1.0]
#
# Another version than debian/changelog's is for trying upgrades.
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
