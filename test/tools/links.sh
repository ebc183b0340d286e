#!/bin/sh
# links.sh - every link between the documents leads to a file that is there, and to a heading that it has.
set -eu
cd "$(dirname "$0")/../.."

# What GitHub makes of a heading: small letters, no marks, "-" for a blank.
anchors() {
	sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9_ -]//g; s/ /-/g'
}

failed=0
for page in README.md docs/*.md mininet/*.md; do
	for link in $(grep -o '](\([^)]*\))' "$page" | sed 's/^](//; s/)$//' | sort -u); do
		case $link in
		*://*) continue ;;
		\#*) file=$page ;;
		*) file=$(dirname "$page")/${link%%#*} ;;
		esac
		if [ ! -e "$file" ]; then
			echo "$page: $link: no such file" >&2
			failed=1
			continue
		fi
		case $link in
		*#*) anchors "$file" | grep -qxF -e "${link#*#}" || {
			echo "$page: $link: no such heading" >&2
			failed=1
		} ;;
		esac
	done
done
exit $failed
