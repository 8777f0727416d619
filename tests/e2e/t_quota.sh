#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Shares of cgroups: counted for all below, retroactive, kept apart from each other;
# room is made among those that share one. And the memory of the NIC's table.
. "$(dirname "$0")/lib.sh"

root=/sys/fs/cgroup
top=$root/toe-quota
memory=$(scaled 400 200)

clean()
{
	local g

	cleanup
	for g in "$top"/*/ "$top"; do
		[[ -d $g ]] && rmdir "$g"
	done
}
trap clean EXIT

grep -qw memory $root/cgroup.controllers || {
	note "needs cgroup2 with the memory controller at $root"
	exit 1
}
echo +memory > $root/cgroup.subtree_control
mkdir $top
echo +memory > $top/cgroup.subtree_control
mkdir $top/a $top/b
pair_up stock
on A sysctl -qw net.toe.retry_ms=100 net.toe.evict_ms=500
serve

# client_of GROUP ARG...: as client, in a cgroup
client_of()
{
	local group=$1
	shift
	(echo $BASHPID > "$top/$group/cgroup.procs"
	 exec nsenter --net=/run/netns/A stream "$@" \
		> "$scratch/client.$BASHPID" 2>&1) &
	client=$!
	said=$scratch/client.$client
}

held()
{
	grep -q holding "$said"
}

# hold GROUP N: so many idle connections, in $client
hold()
{
	client_of "$1" hold -S "$SEED" -n "$2" -t 3600 $B4
	check "$2 connections of $1" wait_for 120 held
}

release()
{
	kill -USR1 "$1"
	join "$1"
}

quota()
{
	toectl -n A quota "$@"
}

# quota_is GROUP used|limit
quota_is()
{
	toectl -n A -j quota | jq ".[] | select(.cgroup == \"$1\").$2"
}

# says TEXT COMMAND...: fails, and says that
says()
{
	local text=$1 out
	shift
	out=$("$@" 2>&1) && return 1
	echo "$out"
	[[ $out == *"$text"* ]]
}

check 'none at first' [ "$(toectl -n A -j quota)" == '[]' ]
check 'a quota' quota set toe-quota/a 3
check 'as a path of the file system' quota set $top 6
check 'both are listed' [ "$(toectl -n A -j quota | jq length)" == 2 ]
check 'no such cgroup' says 'no such cgroup' quota set toe-quota/none 1
check 'no quota there' says 'has no quota here' quota del toe-quota/b
check 'not without a limit' says 'needs a cgroup and its limit' quota set x

hold a 5; a=$client
check 'three of five are down' wait_for 60 exactly 3 conns A offloaded
check 'with the reason' at_least 2 toe_stat A refused quota
check 'counted' exactly 3 quota_is /toe-quota/a used
hold b 5; b=$client
check 'of another one those that the share above leaves' \
	wait_for 60 exactly 6 conns A offloaded
check 'counted above' exactly 6 quota_is /toe-quota used
check 'and not beside' exactly 3 quota_is /toe-quota/a used

dry()
{
	toectl -n A policy test "$(toectl -n A -j conn |
		jq '[.[] | select(.state == "host")][0].id')"
}
check 'a dry run names it' bash -c "$(declare -f dry); dry | grep 'by quota'"

before=$(toe_stat A uploaded policy)
check 'less' quota set toe-quota/a 1
check 'holds at once' exactly 1 quota_is /toe-quota/a used
check 'what is free above goes to the others' wait_for 30 exactly 6 \
	conns A offloaded
check 'two came up' exactly $((before + 2)) toe_stat A uploaded policy
check 'no more above' quota del toe-quota
check 'the others may go down now' on A toectl conn offload all
check 'all but those of a' exactly 6 conns A offloaded

# A busy one of a takes the place of an idle one of a, although b has idle ones, too
client_of a rr -S "$SEED" -s 20000 -t 3600 $B4
busy=$client
check 'a busy one makes somebody go' wait_for 60 exactly 1 \
	toe_stat A uploaded evicted
check 'and gets in' wait_for 60 exactly 6 conns A offloaded
busy_is_down()
{
	toectl -n A -j conn show | jq -e \
		'max_by(.bytes_sent + .bytes_received).state == "offloaded"'
}
check 'itself' wait_for 60 busy_is_down
check 'its share is as large as before' exactly 1 quota_is /toe-quota/a used
check 'the busy one works' release $busy

# A quota that comes later counts those that are down.
check 'one for b' quota set toe-quota/b 10
check 'counts what is down' exactly 5 quota_is /toe-quota/b used
check 'goes' quota del toe-quota/b
check 'those of a work' release $a
check 'those of b work' release $b
check 'nothing is left' wait_for 60 exactly 0 quota_is /toe-quota/a used

# The table of the NIC is memory of those who use it.
sock_memory()
{
	awk '$1 == "sock" { print $2 }' $top/b/memory.stat
}
grown()
{
	(($(sock_memory) >= charged + $1))
}
shrunk()
{
	! grown "$1"
}
on A sysctl -qw net.toe.mode=explicit
hold b "$memory"
charged=$(sock_memory)
check "$memory are down" bash -c "on() { shift; ip netns exec A \"\$@\"; }
	on A toectl conn offload all"
check 'all of them' wait_for 60 exactly "$memory" conns A offloaded
# a page each, as the kernel charges sockets; it counts by the batch
note "memory of sockets: $charged, $(sock_memory) with $memory down"
check 'are charged for it' wait_for 30 grown $((memory * 4096 / 2))
check 'up' on A toectl conn upload all
check 'what was charged is given back' wait_for 30 shrunk $((memory * 4096 / 2))
check 'those of b work' release "$client"

rmdir $top/a
check 'who is removed takes its quota along' \
	[ "$(toectl -n A -j quota)" == '[]' ]
finish
