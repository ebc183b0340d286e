#!/bin/sh
# embed.sh - prints the migrations of a directory, and ../roles.sql beside it, as a C file.
#
#	sh sql/embed.sh sql/migrations >build/migrations.c
set -eu

directory=${1:?usage: embed.sh DIRECTORY}

# A C string a line.  Octal escapes keep anything but plain printing ASCII out of the literal.
as_literal() {
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/?/\\?/g' -e 's/^/	"/' -e 's/$/\\n"/' "$1"
}

printf '/* Made by sql/embed.sh. */\n\n#include "libminiclass/db/migrate.h"\n\n'

# Longer than the 4,095 characters that C17, 5.2.4.1 promises; gcc and clang take any length.
printf '#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n'

printf 'const char mc_roles_sql[] =\n'
as_literal "$directory/../roles.sql"
printf '\t"";\n\nconst struct mc_migration mc_migrations[] = {\n'

expected=1
for file in "$directory"/[0-9][0-9][0-9][0-9]_*.sql; do
	name=$(basename "$file" .sql)
	number=$(echo "${name%%_*}" | sed 's/^0*//')
	if [ "$number" != "$expected" ]; then
		echo "embed.sh: $file: number $expected is missing" >&2
		exit 1
	fi
	expected=$((expected + 1))
	printf '\t{ %s, "%s",\n' "$number" "$name"
	as_literal "$file"
	printf '\t"" },\n'
done
printf '};\n\nconst size_t mc_migrations_count = MC_COUNT(mc_migrations);\n'
