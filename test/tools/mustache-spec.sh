#!/bin/sh
# Fetches the published Mustache specification's cases out of Debian's archive and prints their folder.
#
#	test/tools/mustache-spec.sh build/mustache-spec
#
# Nothing is installed: r-cran-whisker carries the specification's JSON files.
set -eu

folder=$1
specs=$folder/usr/lib/R/site-library/whisker/specs

if [ ! -s "$specs/sections.json" ]; then
	rm -rf "$folder"
	mkdir -p "$folder"
	cd "$folder"
	# Only who finds no list of packages, or an old one, has to fetch it.
	as_root=
	[ "$(id -u)" = 0 ] || as_root=sudo
	apt-get download r-cran-whisker >download.log 2>&1 ||
		{ $as_root apt-get update && apt-get download r-cran-whisker; } >>download.log 2>&1 || {
		cat download.log >&2
		exit 1
	}
	dpkg -x r-cran-whisker_*.deb .
	cd - >/dev/null
fi
cd "$specs"
pwd
