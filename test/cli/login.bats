# Who is logged in, where, and for how long.

load people

password() { echo "$1 has a long password"; }
tokens() { echo "$SEATS/$1/miniclass/tokens.json"; }

@test "a sign-up logs in, and says so in one line" {
	run --separate-stderr as ada mc-login --signup --name "Ada Lovelace" --password-stdin \
		"ada.$TAG@example.org" <<<"long enough"
	[ "$status" = 0 ]
	[ "$output" = "Ada Lovelace	ada.$TAG@example.org	$MC_SERVER" ]
	well as ada mc-login --status
	[ "$output" = "Ada Lovelace	ada.$TAG@example.org	$MC_SERVER" ]
}

@test "the token is in a file that only its owner can read" {
	umask 000
	enrol ada
	[ "$(stat -c %a "$(tokens ada)")" = 600 ]
	[ "$(stat -c %a "$SEATS/ada/miniclass")" = 700 ]
}

@test "a file that others may read is refused, and the next log-in mends it" {
	enrol ada
	chmod 644 "$(tokens ada)"
	fails 4 as ada mc-class
	[[ $stderr == *chmod* ]]
	password ada | as ada mc-login --password-stdin "ada.$TAG@example.org"
	[ "$(stat -c %a "$(tokens ada)")" = 600 ]
	well as ada mc-class
}

@test "a link in place of the file is not followed" {
	enrol ada
	mv "$(tokens ada)" "$SEATS/elsewhere"
	ln -s "$SEATS/elsewhere" "$(tokens ada)"
	fails 4 as ada mc-class
	password ada | as ada mc-login --password-stdin "ada.$TAG@example.org"
	[ ! -L "$(tokens ada)" ]
	well as ada mc-class
}

@test "a damaged file is said to be damaged" {
	enrol ada
	echo '{"last":' >"$(tokens ada)"
	fails 4 as ada mc-class
	[[ $stderr == *damaged* ]]
}

@test "two servers side by side: each has its token, the last one is meant without --server" {
	enrol ada
	other=${MC_SERVER/127.0.0.1/localhost}
	password ada | as ada mc-login --server "$other" --password-stdin "ada.$TAG@example.org"
	well as ada env -u MC_SERVER mc-login --status
	[[ $output == *"$other" ]]
	well as ada mc-login --status --server "$MC_SERVER"
	[[ $output == *"$MC_SERVER" ]]
	as ada mc-login --logout --server "$other"
	fails 4 as ada mc-class --server "$other"
	well as ada mc-class --server "$MC_SERVER"
}

@test "the servers are listed, and another one is meant without a log-in" {
	well as ada mc-login --servers
	[ -z "$output" ]
	enrol ada
	other=${MC_SERVER/127.0.0.1/localhost}
	password ada | as ada mc-login --server "$other" --password-stdin "ada.$TAG@example.org"
	well as ada mc-login --servers
	[ "$output" = "$MC_SERVER	no	ada.$TAG@example.org
$other	yes	ada.$TAG@example.org" ]
	well as ada mc-login --use "$MC_SERVER/"
	well as ada env -u MC_SERVER mc-login --status
	[[ $output == *"$MC_SERVER" ]]
	well as ada mc-login --servers --json
	[[ $output == '{"servers":[{"server":"'"$MC_SERVER"'","email":"ada.'"$TAG"'@example.org","default":true},'* ]]
	fails 4 as ada mc-login --use http://127.0.0.1:1
	fails 2 as ada mc-login --use "$other" --logout
	chmod 644 "$(tokens ada)"
	fails 4 as ada mc-login --servers
}

@test "--logout ends the session on the server" {
	enrol ada
	token=$(/usr/bin/python3 -c 'import json, sys; print(*(s["token"] for s in json.load(open(sys.argv[1]))["servers"].values()))' "$(tokens ada)")
	well env MC_TOKEN="$token" mc-class
	well as ada mc-login --logout
	fails 4 env MC_TOKEN="$token" mc-class
	fails 4 as ada mc-class
	# Nothing of it is left but which server it was, and once more is no mistake.
	run ! grep -q "$token" "$(tokens ada)"
	well as ada mc-login --logout
	fails 4 as ada env -u MC_SERVER mc-class
	[[ $stderr == *"$MC_SERVER"* ]]
}

@test "a wrong password and an unknown address are the same refusal" {
	enrol ada
	run --separate-stderr as ada mc-login --password-stdin "ada.$TAG@example.org" <<<"not this one"
	[ "$status" = 4 ]
	first=$stderr
	run --separate-stderr as ada mc-login --password-stdin "nobody.$TAG@example.org" <<<"not this one"
	[[ $status = 4 && $stderr = "$first" ]]
	# The old log-in is still there.
	well as ada mc-class
}

@test "an address that is taken: exit 7" {
	enrol ada
	run --separate-stderr mc-login --signup --name Ada --password-stdin "ada.$TAG@example.org" <<<"long enough"
	[ "$status" = 7 ]
}

@test "what is missing is named when there is nobody to ask" {
	fails 2 as ada mc-login </dev/null
	[[ $stderr == "mc-login: EMAIL: "* ]]
	fails 2 as ada mc-login "ada.$TAG@example.org" </dev/null
	[[ $stderr == "mc-login: --password-stdin: "* ]]
	fails 2 as ada mc-login --signup "ada.$TAG@example.org" </dev/null
	[[ $stderr == "mc-login: --name: "* ]]
}

@test "the password can be changed; other sessions end" {
	enrol ada
	password ada | as ada2 mc-login --password-stdin "ada.$TAG@example.org"
	well as ada2 mc-login --sessions
	[ "${#lines[@]}" = 2 ]
	printf '%s\n%s\n' "$(password ada)" "another long one" | as ada mc-login --password --password-stdin
	well as ada mc-class
	fails 4 as ada2 mc-class
	run as ada2 mc-login --password-stdin "ada.$TAG@example.org" <<<"another long one"
	[ "$status" = 0 ]
}

@test "a one-time code of mc-admin sets a password and logs in, once" {
	enrol ada
	code=$(MC_DB=$(MC_VAR=$SUITE/var sh "$ROOT/sql/cluster.sh" url admin) mc-admin users reset "ada.$TAG@example.org")
	run --separate-stderr as ada2 mc-login --reset --password-stdin "ada.$TAG@example.org" <<<"$code
a new one that is long"
	[ "$status" = 0 ]
	well as ada2 mc-class
	fails 4 as ada mc-class
	run --separate-stderr as ada3 mc-login --reset --password-stdin "ada.$TAG@example.org" <<<"$code
another one that is long"
	[ "$status" = 4 ]
}

@test "a session elsewhere can be ended" {
	enrol ada
	password ada | as ada2 mc-login --password-stdin "ada.$TAG@example.org"
	other=$(as ada mc-login --sessions | awk -F '\t' '$2 == "no" { print $1 }')
	well as ada mc-login --end "$other"
	fails 4 as ada2 mc-class
	well as ada mc-class
	fails 3 as ada mc-login --end "$other"
}

@test "a password is never on a command line: there is no option for it" {
	well mc-login --help
	[[ ! $output =~ --password[\ =][A-Z] ]]
}

@test "where no token can be kept, nothing is asked of the server" {
	local address="late.$TAG@example.org"
	lost() { env -u HOME -u XDG_CONFIG_HOME mc-login --signup --name Late --password-stdin "$address" <<<"long enough"; }
	fails 1 lost
	[[ $stderr == *HOME* ]]
	touch "$SEATS/file"
	fails 1 env XDG_CONFIG_HOME="$SEATS/file" mc-login --signup --name Late --password-stdin "$address" <<<"long enough"
	well as late mc-login --signup --name Late --password-stdin "$address" <<<"long enough"
	well as late mc-login --sessions
	[ "${#lines[@]}" = 1 ]
}

@test "directories on the way to the token are made, for oneself" {
	enrol new/home
	well as new/home mc-login --sessions
	[ "$(stat -c %a "$SEATS/new" "$SEATS/new/home" "$SEATS/new/home/miniclass" | uniq)" = 700 ]
	mkdir "$SEATS/empty"
	well env -u XDG_CONFIG_HOME HOME="$SEATS/empty/later" mc-login --password-stdin "new/home.$TAG@example.org" \
		<<<"new/home has a long password"
	[ "$(stat -c %a "$SEATS/empty/later/.config/miniclass/tokens.json")" = 600 ]
}

@test "an empty MC_TOKEN is none: logging out forgets the token that was used" {
	enrol ada
	well env MC_TOKEN= XDG_CONFIG_HOME="$SEATS/ada" mc-login --logout
	run ! grep -q '"token"' "$SEATS/ada/miniclass/tokens.json"
}

@test "a token file in which no server is kept does no harm" {
	mkdir -p "$SEATS/ada/miniclass"
	umask 077
	for kept in "{\"last\":\"$MC_SERVER\"}" '{"servers":[]}' "{\"servers\":{\"$MC_SERVER\":[]}}"; do
		echo "$kept" >"$(tokens ada)"
		well as ada mc-login --logout
		fails 4 as ada mc-class
	done
	enrol ada
	well as ada mc-class
}

@test "a server that is away is named once, and what to do by who has named none" {
	fails 6 as ada env MC_SERVER=http://127.0.0.1:1 mc-class
	[ "$stderr" = "mc-class: http://127.0.0.1:1: Connection refused" ]
	if (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null; then
		skip "a server is at the usual address"
	fi
	fails 6 as ada env -u MC_SERVER mc-class
	[[ $stderr == "mc-class: http://127.0.0.1:8080: Connection refused; "*"mc-login --server URL" ]]
}
