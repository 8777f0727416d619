#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Where there is no room for all: a busy connection takes the place of an idle one,
# equals don't take turns, and nobody has to go for one that hardly moves. The
# namespace's limit, and the NIC's own table.
. "$(dirname "$0")/lib.sh"

pair_up stock
serve
on A sysctl -qw net.toe.evict_ms=500 net.toe.retry_ms=100
bus=$(on A ethtool -i toe0 | awk '/^bus-info/ { print $2 }')

table()
{
	devlink dev param set "platform/$bus" name tcp_connections value "$1" \
		cmode runtime
}

held()
{
	grep -q holding "$said"
}

# busiest NAME: of the connection with the most payload
busiest()
{
	toectl -n A -j conn show |
		jq -r "max_by(.bytes_sent + .bytes_received).$1"
}

busy_is()
{
	[[ $(busiest state) == "$1" ]]
}

# more_refused REASON N: so many refusals for it from now on
more_refused()
{
	wait_for 60 at_least $(($(toe_stat A refused "$1") + $2)) \
		toe_stat A refused "$1"
}

# makes_room REASON: four idle ones hold all places; a busy one comes
makes_room()
{
	local idle busy evicted before

	before=$(toe_stat A uploaded evicted)
	client hold -S "$SEED" -n 4 -t 3600 $B4
	idle=$client
	check "$1: idle ones" wait_for 60 held
	check "$1: have all places" wait_for 60 exactly 4 conns A offloaded
	client rr -S "$SEED" -s 20000 -t 3600 $B4
	busy=$client
	check "$1: a busy one gets in" wait_for 60 busy_is offloaded
	check "$1: after it was refused" at_least 2 toe_stat A refused "$1"
	# counted a moment after the place was left
	check "$1: in the place of one" wait_for 30 exactly $((before + 1)) \
		toe_stat A uploaded evicted
	check "$1: of four" exactly 4 conns A offloaded
	check "$1: who had to go says why" bash -c "toectl -n A -j conn show |
		jq -e '[.[] | select(.state == \"host\")] | length == 1 and
			.[0].uploads == 1 and .[0].last_upload == \"evicted\"'"
	check "$1: goes through the NIC" at_least \
		$(($(estat A toe_tx_bytes) + 100000)) later_bytes
	kill -USR1 "$idle" "$busy"
	check "$1: the idle ones work" join "$idle"
	check "$1: and so does the busy one" join "$busy"
	evicted=$(toe_stat A uploaded evicted)
	check "$1: one was enough" exactly $((before + 1)) echo "$evicted"
	check "$1: all closed" wait_for 60 exactly 0 estat A toe_offloaded
}

# What the NIC has sent a moment later
later_bytes()
{
	local from

	from=$(estat A toe_tx_bytes)
	wait_for 30 at_least $((from + 100000)) estat A toe_tx_bytes
	estat A toe_tx_bytes
}

on A sysctl -qw net.toe.max_connections=4
makes_room limit
on A sysctl -qw net.toe.max_connections=65536
check 'a small table' table 4
makes_room nic-tcp-entries
check 'a large one' table 16384

# Equals: as many again as there is room for, all at one pace
on A sysctl -qw net.toe.max_connections=4 net.toe.evict_ms=1000
before=$(toe_stat A uploaded evicted)
client rr -S "$SEED" -P 8 -s 4000 -i 20 -t 3600 $B4
check 'equals: four are down' wait_for 60 exactly 4 conns A offloaded
check 'equals: the others ask' more_refused limit 20
check 'equals: nobody has to go' exactly "$before" toe_stat A uploaded evicted
kill -USR1 "$client"
check 'equals: all work' join
check 'equals: all closed' wait_for 60 exactly 0 estat A toe_offloaded

# Nobody has to go where evict_ms is 0, and not for one that hardly moves.
client hold -S "$SEED" -n 4 -t 3600 $B4
idle=$client
check 'idle ones' wait_for 60 held
check 'have all places' wait_for 60 exactly 4 conns A offloaded
on A sysctl -qw net.toe.evict_ms=0
client rr -S "$SEED" -s 20000 -t 3600 $B4
check 'off: the busy one asks' more_refused limit 5
check 'off: and stays in the host' busy_is host
kill -USR1 "$client"
check 'off: where it works' join
on A sysctl -qw net.toe.evict_ms=1000
client rr -S "$SEED" -s 64 -i 200 -t 3600 $B4
check 'a slow one asks' more_refused limit 5
check 'nobody has to go' exactly "$before" toe_stat A uploaded evicted
kill -USR1 "$idle" "$client"
check 'it works' join
check 'and so do the idle ones' join "$idle"
check 'up for nothing else' uploaded_only A close closing evicted
finish
