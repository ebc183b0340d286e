# fill.awk - a manual page with the parts that its tool's own table writes.
#
#	mc-post --completion mdoc | awk -f docs/man/fill.awk - docs/man/mc-post.1.in
#
# A line @options@ of the page becomes what stands behind .\" options in the tool's words.

NR == FNR && /^\.\\" / { part = $2; next }
NR == FNR { text[part] = text[part] $0 "\n"; next }
/^@[a-z]+@$/ {
	part = substr($0, 2, length($0) - 2)
	if (!(part in text)) {
		printf "%s:%d: no part %s\n", FILENAME, FNR, part >"/dev/stderr"
		exit 1
	}
	printf "%s", text[part]
	next
}
{ print }
