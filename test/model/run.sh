#!/bin/sh
# run.sh - the model tests against a private PostgreSQL that lives as long as they run.
#
#	sh test/model/run.sh build            all of build/test/model/test_*
#	sh test/model/run.sh build posts      those with "posts" in their name
set -eu

build=${1:?usage: run.sh BUILD [PART-OF-A-NAME]}
wanted=${2:-}
top=$(cd "$(dirname "$0")/../.." && pwd)

MC_VAR=$(mktemp -d /tmp/mc-model-XXXXXX)
chmod 0755 "$MC_VAR"
export MC_VAR
finish() {
	status=$?
	sh "$top/sql/cluster.sh" stop || true
	rm -rf "$MC_VAR"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

sh "$top/sql/cluster.sh" start
MC_DB=$(sh "$top/sql/cluster.sh" url server)
MC_DB_ADMIN=$(sh "$top/sql/cluster.sh" url admin)
MC_DB_SUPERUSER=$(sh "$top/sql/cluster.sh" url superuser)
export MC_DB MC_DB_ADMIN MC_DB_SUPERUSER
"$build/bin/mc-admin" --db "$MC_DB_ADMIN" migrate

failed=0
ran=0
for test in "$build"/test/model/test_*"$wanted"*; do
	[ -f "$test" ] && [ -x "$test" ] || continue
	ran=$((ran + 1))
	"$test" || failed=$((failed + 1))
done
if [ "$ran" = 0 ]; then
	echo "run.sh: $build/test/model: no test there" >&2
	exit 1
fi
[ "$failed" = 0 ] || {
	echo "run.sh: $failed of $ran test programs failed" >&2
	exit 1
}
