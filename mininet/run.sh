#!/bin/sh
# run.sh - a class day and its accidents on a network of this machine's own (root).
#
#	sh mininet/run.sh [--namespaces] [--brief] [--build DIR] [--out DIR]
#
# Everything happens in a network, process and mount namespace made for it: whatever way it ends, Ctrl-C and kill -9
# too, its bridges, links, hosts, processes and files end with it, and no other network of the machine is touched.
set -eu
cd "$(dirname "$0")/.."

[ "$(id -u)" = 0 ] || {
	echo "mininet/run.sh: hosts and links of its own need root: sudo make mininet" >&2
	exit 77
}
unshare --net --pid --fork --kill-child --mount-proc true 2>/dev/null || {
	echo "mininet/run.sh: this system allows no namespaces (a container without the right to?)" >&2
	exit 77
}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
# The shell inside is process 1: it takes in orphans, as PostgreSQL's postmaster is one.  Its /mnt is memory.
# shellcheck disable=SC2016
exec unshare --net --pid --fork --kill-child --mount-proc sh -c '
	mount -t tmpfs -o mode=0755,size=2g mc-network /mnt || exit 77
	/usr/bin/python3 mininet/main.py "$@"
	exit $?' sh "$@"
