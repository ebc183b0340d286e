#!/bin/sh
# layers.sh - includes point down.  Holds the table of layers (docs/ARCHITECTURE.md) and reads every include line.
set -eu
cd "$(dirname "$0")/../.."

# shellcheck disable=SC2016
find libminiclass server chatd cli html -name '*.[ch]' 2>/dev/null | sort | xargs awk '
BEGIN {
	# What a directory may include, besides libminiclass/limits.h and itself.
	may["libminiclass/base"] = ""
	may["libminiclass/crypt"] = "base"
	may["libminiclass/text"] = "base"
	may["libminiclass/http"] = "base crypt text"
	may["libminiclass/ws"] = "base crypt text http"
	may["libminiclass/chat"] = "base crypt text"
	may["libminiclass/net"] = "base crypt text"
	may["libminiclass/service"] = "base crypt text http net"
	may["libminiclass/db"] = "base crypt text"
	may["libminiclass/model"] = "base crypt text db"
	may["libminiclass/client"] = "base crypt text http ws chat net"
	may["server"] = "base crypt text http net service db model"
	may["chatd"] = "base crypt text http ws chat net service db model"
	may["cli"] = "base crypt text http ws chat net client"
	may["cli/mc_admin.c"] = may["cli"] " db model"
	may["cli/admin"] = may["cli/mc_admin.c"]
	# What builds the assets in reads them as the server would.
	may["html"] = "base crypt text server/html_dir.h"

	# Within a directory, bottom first: each file includes what stands before it.
	order["chatd"] = "packet burst settings outage daemon front jobs fair_queue quotas wire rights delivery roster roster_changes occupants stays presence lease open_rooms" \
		" replays appends store auth metrics conn conn_out conn_say hub conn_ask join session command" \
		" wire_framed wire_ws wire_upgrade conn_in conn_life fronts bus main"
	order["server"] = "chat_url settings server front metrics html_dir template_int template template_render" \
		" assets_data assets markdown_cache view ctx router form reply_int reply reply_page reply_problem access handlers routes exchange dispatch" \
		" conn conn_reply ahead workers conn_lanes conn_read conn_life fronts main"

	# Who may name a library; a path is a prefix.
	library["libpq-fe.h"] = "libminiclass/db/"
	# Views are json-c objects.
	library["json-c/"] = "libminiclass/text/json libminiclass/chat/message libminiclass/client/api server/ cli/"
	library["argon2.h"] = "libminiclass/crypt/password"
	library["openssl/"] = "libminiclass/crypt/ libminiclass/net/tls libminiclass/net/stream"
	library["utf8proc.h"] = "libminiclass/base/utf8 cli/common/glyph"
	library["cmark-gfm"] = "libminiclass/text/markdown"
	library["libdeflate.h"] = "html/"
	library["wslay/"] = "libminiclass/ws/"
	library["liburing.h"] = "chatd/burst"

	# Protocols do no I/O and know no thread.
	pure = "libminiclass/http/ libminiclass/ws/ libminiclass/chat/"
	io = "pthread.h threads.h unistd.h fcntl.h poll.h time.h netdb.h sys/socket.h sys/epoll.h sys/uio.h"
}

function complain(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what
	failed = 1
}

function has(list, word,    words, n, i) {
	n = split(list, words, " ")
	for (i = 1; i <= n; i++)
		if (words[i] == word)
			return 1
	return 0
}

function begins(text, list,    words, n, i) {
	n = split(list, words, " ")
	for (i = 1; i <= n; i++)
		if (index(text, words[i]) == 1)
			return 1
	return 0
}

# The row of the table for a file: its own, or its directory.
function row(file,    dir) {
	if (file in may)
		return file
	dir = file
	while (sub("/[^/]*$", "", dir))
		if (dir in may)
			return dir
	return ""
}

# Where a file stands in the order of its directory, a header with its source, a folder as one; 0: nowhere.
function place(file, dir,    words, n) {
	file = substr(file, length(dir) + 2)
	sub("[./].*", "", file)
	for (n = split(order[dir], words, " "); n > 0 && words[n] != file; n--)
		continue
	return n
}

FILENAME == "libminiclass/limits.h" { next }

FNR == 1 {
	here = row(FILENAME)
	if (here == "")
		complain("no layer for this directory")
	if (here in order && !place(FILENAME, here))
		complain("no place for this file in the order of " here)
	first = 1
	own = FILENAME
	sub("\\.c$", ".h", own)
	has_own = FILENAME ~ /\.c$/ && (getline line < own) >= 0
	close(own)
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	name = quoted[2]
	if (first && has_own && name != own)
		complain("the own header comes first, so that it proves to stand alone")
	first = 0
	if (name == "libminiclass/limits.h" || has(may[here], name))
		next
	if (name !~ /\//) {
		complain("\"" name "\" has no path from the top: what layer is it?")
		next
	}
	there = row(name)
	if (there == here && here in order && place(name, here) > place(FILENAME, here))
		complain("\"" name "\" stands above it")
	mine = here
	sub("/mc_admin.c$", "", mine)
	sub("^cli/admin$", "cli", mine)
	if (there == mine || there == here || (FILENAME == "cli/mc_admin.c" && there == "cli/admin"))
		next
	module = there
	if (module !~ /^libminiclass\// || !sub("^libminiclass/", "", module) || !has(may[here], module))
		complain("\"" name "\" is not below " mine)
	if (name ~ /_int\.h$/)
		complain("\"" name "\" is private to its own directory")
	next
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0
	sub("^[^<]*<", "", name)
	sub(">.*", "", name)
	if (first && has_own)
		complain("the own header comes first, so that it proves to stand alone")
	first = 0
	for (prefix in library)
		if (index(name, prefix) == 1 && !begins(FILENAME, library[prefix]))
			complain("<" name "> belongs to " library[prefix])
	if (begins(FILENAME, pure) && has(io, name))
		complain("<" name "> in a layer that does no I/O")
}

END { exit failed }
' || {
	echo "layers.sh: includes must point down (docs/ARCHITECTURE.md)" >&2
	exit 1
}
