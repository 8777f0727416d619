#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What rules may ask for besides addresses and ports: whose socket, its mark and
# cgroup, who opened it, the device, what is measured of it, a canary share. Who
# went down, by which rule, and who was taken back when the rules changed.
. "$(dirname "$0")/lib.sh"

pair_up stock
on A sysctl -qw net.toe.retry_ms=20
serve
group=/sys/fs/cgroup/toe$$
mkdir "$group" "$group/inner"
declare -A id pid

# shellcheck disable=SC2317 # by trap
leave()
{
	cleanup
	rmdir "$group/inner" "$group"
}
trap leave EXIT

policy()
{
	on A toectl policy "$@"
}

newest()
{
	on A toectl -j conn | jq -r 'map(.id) | max // 0'
}

# after ID: a younger one has spoken and got its answer
after()
{
	on A toectl -j conn | jq -e "map(select(.id > $1 and
		.bytes_received > 0)) | length > 0"
}

# one NAME COMMAND...: COMMAND opens a connection, ${id[NAME]} from now on
one()
{
	local name=$1 last
	shift

	last=$(newest)
	("$@" > "$scratch/client.$BASHPID" 2>&1) &
	pid[$name]=$!
	wait_for 60 after "$last" || return
	id[$name]=$(newest)
}

in_a()
{
	exec nsenter --net=/run/netns/A "$@"
}

in_group()
{
	echo "$BASHPID" > "$group/inner/cgroup.procs"
	in_a stream hold -n 1 $B4
}

# says ANSWER ARG...: the dry run
says()
{
	local due=$1 is
	shift

	is=$(on A toectl policy test "$@" 2>&1)
	echo "$is, expected $due"
	[[ $is == "$due" ]]
}

# last NAME MOVE BY RULE: what became of it in the end, and who decided
last()
{
	local due="$2 $3 $4" is

	is=$(on A toectl -j conn show "${id[$1]}" |
		jq -r '.history[-1] | "\(.move) \(.by) \(.rule)"')
	echo "$1: $is, expected $due"
	[[ $is == "$due" ]]
}

# down NAME...: these are down and no others
down()
{
	local name due is

	due=$(for name; do echo "${id[$name]}"; done | sort -n | paste -sd' ')
	is=$(on A toectl -j conn | jq -r '.[] |
		select(.state == "offloaded").id' | sort -n | paste -sd' ')
	echo "down: $is, expected $due"
	[[ $is == "$due" ]]
}

# taken N COMMAND...: takes N back, for this reason, before it returns
taken()
{
	local n=$1 before
	shift

	before=$(toe_stat A uploaded policy)
	"$@" && exactly $((before + n)) toe_stat A uploaded policy
}

# --- whose, marked how, opened by whom, by which device ---------------------------
policy add deny uid 2000-2999
policy add allow uid 1000 rport 5001
policy add allow mark 0x10/0xf0
policy add allow cgroup "$group"
policy add allow direction in
policy add allow dev lo
check 'rules as they were given' eval "on A toectl -j policy | jq -e '
	.rules[0].uid == \"2000-2999\" and .rules[1].uid == \"1000\" and
	.rules[2].mark == \"0x10/0xf0\" and
	.rules[3].cgroup == \"/toe$$\" and .rules[4].direction == \"in\" and
	.rules[5].dev == \"lo\" and (.rules | all(.canary == 100 and
	.bytes == \"any\" and .rtt_us == \"any\"))'"

(exec nsenter --net=/run/netns/A stream server > /dev/null 2>&1) &
check 'a server in A' wait_for 30 listening A 5001
check 'of uid 1000' one user in_a setpriv --reuid 1000 --clear-groups \
	stream hold -n 1 $B4
check 'of uid 2000' one stranger in_a setpriv --reuid 2000 --clear-groups \
	stream hold -n 1 $B4
check 'marked' one marked in_a stream hold -n 1 -m 0x1f $B4
check 'marked otherwise' one other in_a stream hold -n 1 -m 0x2f $B4
check 'in the cgroup below' one member in_group
check 'opened by the peer' one served \
	nsenter --net=/run/netns/B stream hold -n 1 10.9.0.1
check 'plain' one plain in_a stream hold -n 1 $B4
check 'four are down' wait_for 60 down user marked member served
check 'four went down' exactly 4 toe_stat A total offloaded
check 'by the rule of the uid' last user down rule 2
check 'by the rule of the mark' last marked down rule 3
check 'by the rule of the cgroup' last member down rule 4
check 'by the rule of the direction' last served down rule 5
check 'the stranger is denied' says 'deny  by rule 1' "${id[stranger]}"
check 'the other mark by no rule' says 'deny  by default' "${id[other]}"
check 'nor the plain one' says 'deny  by default' "${id[plain]}"

# --- one to come ------------------------------------------------------------------
new=(local 10.9.0.1 lport 7 remote "$B4" rport 5001)
check 'whose would it be?' says \
	'toectl: a rule asks for the uid: say whose socket it would be' \
	"${new[@]}"
new+=(uid 0)
check 'how marked?' says \
	"toectl: a rule asks for the mark: say what the socket's would be" \
	"${new[@]}"
check 'of uid 2500' says 'deny  by rule 1' "${new[@]::8}" uid 2500
check 'of uid 1000' says 'allow  by rule 2' "${new[@]::8}" uid 1000
check 'of this mark' says 'allow  by rule 3' "${new[@]}" mark 0x17
new+=(mark 0)
check 'in this cgroup' says 'allow  by rule 4' "${new[@]}" \
	cgroup "$group/inner"
new+=(cgroup /sys/fs/cgroup)
check 'this way' says 'allow  by rule 5' "${new[@]}" direction in
new+=(direction out)
check 'which device?' says \
	'toectl: a rule asks for the device: say which the route would name' \
	"${new[@]}"
check 'by none of them' says 'deny  by default' "${new[@]}" dev toe0

# --- a changed rule takes back its own, and nobody else -----------------------------
check 'without the rule of the mark' taken 1 policy del 3
check 'three stay' down user member served
check 'it says who' last marked up default null
check 'by device all may' taken 0 policy add allow dev toe0
check 'but the stranger' wait_for 60 down user member served marked other plain
check 'by the rule of the device' last plain down rule 6
check 'denied by their mark' taken 1 policy add deny mark 0x20/0xf0 at 1
check 'the one' last other up rule 1
check 'denied by their cgroup' taken 1 policy add deny cgroup "$group/inner" at 1
check 'that one' last member up rule 1
check 'what the peer opened' taken 1 policy add deny direction in at 1
check 'the served one' last served up rule 1
check 'the device' taken 3 policy add deny dev toe0 at 1
check 'all' last user up rule 1
for name in user stranger marked other member served plain; do
	kill -USR1 "$(pgrep -P "${pid[$name]}" || echo "${pid[$name]}")"
	check "$name lived through it" wait "${pid[$name]}"
done

# --- what is measured ---------------------------------------------------------------
policy flush
gone()
{
	exactly 0 eval "on A toectl -j conn | jq length"
}
check 'all have gone' wait_for 60 gone
policy add allow rate 100G
policy add allow bytes 2M
# one of its own: nobody minds how its only connection ends
(exec nsenter --net=/run/netns/B stream server -p 5002 > /dev/null 2>&1) &
check 'another server' wait_for 30 listening B 5002
check 'one that goes on' one steady in_a stream rr -p 5002 -n 1000000 -s 4000 \
	-i 20 -t 3600 $B4
check 'it waits for its rate first' says 'wait  by rule 1  lacks rate' \
	"${id[steady]}"
check 'and goes down' wait_for 60 down steady
check 'for its bytes' last steady down rule 2
carried()
{
	on A toectl -j conn show "${id[steady]}" |
		jq -e '.tcp.bytes_sent + .tcp.bytes_received >= 2000000'
}
check 'which it had carried' carried
check 'as one would that has' says 'allow  by rule 2' "${new[@]}" \
	bytes 2M
check 'and one would not that has not' says 'wait  by rule 1  lacks rate' \
	"${new[@]}" bytes 1999k
check 'more bytes than it has' taken 1 policy add deny bytes 0-1G at 1
check 'took it back' last steady up rule 1
policy set min_bytes 2000000000
policy flush
policy add allow rtt-us 0-1
check 'its round trip takes longer' says 'wait  by rule 1  lacks rtt-us' \
	"${id[steady]}"
policy add allow bytes 1 rate 1 rtt-us 1- at 1
check 'measured all, whatever min_bytes says' wait_for 60 down steady
check 'by the new rule' last steady down rule 1
check 'a change of something else takes nothing back' taken 0 policy set retry_ms 21
policy add allow age-ms 86400000 at 1
check 'nor does a rule for others' down steady
check 'without its own it comes back' taken 1 policy del 2
check 'and waits' says 'wait  by rule 1  lacks age-ms' "${id[steady]}"
# a rule that asks for age alone leaves bytes to the knob
policy set min_bytes 0
age=$(on A toectl -j conn show "${id[steady]}" | jq .age_ms)
policy add allow age-ms $((age + 4000))
check 'for its time' says 'wait  by rule 1  lacks age-ms' "${id[steady]}"
check 'which comes' wait_for 60 down steady
aged()
{
	on A toectl -j conn show "${id[steady]}" |
		jq -e ".age_ms - .state_age_ms >= $age + 4000"
}
check 'and not before' aged
check 'that one ends' kill "${pid[steady]}"

# --- a canary share -------------------------------------------------------------------
n=60
policy flush
check 'it has gone' wait_for 60 gone
policy add allow canary 50
client hold -n $n $B4
there()
{
	exactly $n eval "on A toectl -j conn |
		jq 'map(select(.bytes_received > 0)) | length'"
}
check "$n connections" wait_for 120 there

# drawn: who is down, after each has had its chance
knob=21
drawn()
{
	policy set retry_ms $((knob ^= 1)) &&
		on A toectl -j conn | jq -r '.[] |
			select(.state == "offloaded").id' | sort > "$scratch/$1"
}
# within SHARE LOW HIGH: so many, give or take four deviations
within()
{
	local is

	is=$(wc -l < "$scratch/$1")
	echo "$is of $n, from $2 to $3"
	((is >= $2 && is <= $3))
}
inside()
{
	[[ -z $(comm -23 "$scratch/$1" "$scratch/$2") ]]
}
drawn 50
check 'about half of them' within 50 15 45
check 'counted' exactly "$(wc -l < "$scratch/50")" conns A offloaded
check 'the others by the same rule' says 'deny  by canary 1' \
	"$(on A toectl -j conn | jq -r '[.[] | select(.state == "host").id][0]')"
check 'a larger share takes none back' taken 0 policy add allow canary 80 at 1
drawn 80
check 'is larger' within 80 36 60
check 'and has those that were down' inside 50 80
before=$(toe_stat A uploaded policy)
check 'a smaller share' policy add allow canary 20 at 1
drawn 20
check 'is smaller' within 20 1 25
check 'has none that were not' inside 20 50
check 'and takes back the others' exactly \
	$((before + $(wc -l < "$scratch/80") - $(wc -l < "$scratch/20"))) \
	toe_stat A uploaded policy
check 'all' policy flush
check 'go down' wait_for 60 exactly $n conns A offloaded
on A pkill -USR1 stream
check 'all of them lived through it' join
finish
