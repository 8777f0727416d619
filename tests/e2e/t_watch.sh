#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What changes in the host reaches connections that are down, most of them
# idle: an update where that is enough, an upload with its reason where it is
# not, and nothing at all where nothing concerns them.
. "$(dirname "$0")/lib.sh"

many=$(scaled 1000 50)
trap 'cleanup' EXIT

pair_up stock
ip -n B addr add 10.9.0.3/24 dev vethB
ip -n B addr add 10.8.0.2/32 dev lo
ip -n A route add 10.8.0.0/24 via 10.9.0.2
on A sysctl -qw net.toe.retry_ms=100
serve
client hold -S "$SEED" -n "$many" -t 3600 10.8.0.2
held()
{
	grep -q holding "$said"
}
wait_for 120 held
(exec ip netns exec A stream rr -t 3600 -i 20 -s 3000 -S "$((SEED + 1))" \
	10.8.0.2 > "$scratch/rr" 2>&1) &
rr=$!
all=$((many + 1))

all_down()
{
	wait_for 60 exactly "$all" conns A offloaded
}

# ups: how many came up so far; up_for REASON
ups()
{
	echo $(($(toe_stat A total uploaded) + $(toe_stat A total rebuilt)))
}

up_for()
{
	toe_stat A uploaded "$1"
}

goes_on()
{
	local before

	before=$(estat A toe_tx_bytes)
	wait_for 30 at_least $((before + 100000)) estat A toe_tx_bytes
}

check "$all offloaded" all_down
note "$(ups) uploads before it begins"

# --- nothing that concerns them ------------------------------------------------
before=$(ups)
ip -n A route add 10.77.0.0/16 via 10.9.0.3
ip -n A addr add 10.66.0.1/24 dev toe0
ip -n A route del 10.77.0.0/16
ip -n A addr del 10.66.0.1/24 dev toe0
check 'another route, another address: they go on' goes_on
check 'and none came up' exactly "$before" ups

# --- the next hop has another address: one update ---------------------------------
updates()
{
	estat A toe_mbox_updates
}

mac=02:00:00:00:99:01
before=$(ups) told=$(updates)
ip -n B link set vethB address $mac
ip -n A neigh replace 10.9.0.2 lladdr $mac dev toe0 nud reachable
check "the next hop's MAC changes: they go on" goes_on
check "one update for $all connections" exactly $((told + 1)) updates
check 'none came up' exactly "$before" ups
to_new_mac()
{
	on A timeout "$(patience 30)" tcpdump -e -n -i vethA -Q out -c 20 'tcp' \
		> "$scratch/wire" 2>/dev/null
	exactly 20 grep -c "> $mac" "$scratch/wire"
}
check 'seen on the wire' to_new_mac

# --- reachability: progress in the NIC confirms the entry -----------------------------
no_arp()
{
	local state

	on A sysctl -qw net.ipv4.neigh.toe0.base_reachable_time_ms=1000 \
		net.ipv4.neigh.toe0.delay_first_probe_time=1
	ip -n A neigh change 10.9.0.2 lladdr $mac dev toe0 nud reachable
	# five times as long as an entry lives that nobody confirms
	on A timeout 6 tcpdump -n -i vethA -c 1 arp > "$scratch/arp" 2>/dev/null
	cat "$scratch/arp"
	state=$(ip -n A -j neigh show 10.9.0.2 | jq -r '.[0].state[0]')
	echo "state $state"
	! grep -q ARP "$scratch/arp" && [[ $state == REACHABLE ]]
}
check 'reachable without an ARP while the NIC makes progress' no_arp

# --- MTU of the path -------------------------------------------------------------------
mss_is()
{
	exactly 0 eval "on A ss -Htin dst 10.8.0.2 |
		grep -o ' mss:[0-9]*' | grep -vc ' mss:$1\$' || true"
}
small_frames()
{
	on A timeout "$(patience 30)" tcpdump -n -i vethA -Q out -c 20 \
		"tcp and greater 1215" > "$scratch/wire" 2>/dev/null
	exactly 0 eval "grep -c . < $scratch/wire || true"
}
before=$(ups)
ip -n A route replace 10.8.0.0/24 via 10.9.0.2 mtu 1200
check 'MTU of the route falls: every MSS follows' wait_for 60 mss_is 1148
check 'MTU: none came up' exactly "$before" ups
on A ethtool -K vethA tso off gso off > /dev/null
check 'MTU: on the wire' eval '! on A timeout 5 tcpdump -n -i vethA -Q out \
	-c 1 "tcp and greater 1215" > /dev/null 2>&1'
on A ethtool -K vethA tso on gso on > /dev/null
ip -n A route replace 10.8.0.0/24 via 10.9.0.2
check 'MTU rises again' wait_for 60 mss_is 1448

# --- another next hop ----------------------------------------------------------------------
# ms COMMAND...: how long until none of the old reason is missing
came_up()
{
	local due=$1 reason=$2 start=$3 now

	wait_for 30 at_least "$due" up_for "$reason" || return
	read -r now _ < /proc/uptime
	echo "$due for $reason"
	note "$reason: $due connections in $(awk "BEGIN { print \
		($now - $start) * 1000 }") ms, with the time of looking"
}

# expect REASON COMMAND...: all of them come up for it, and go down again
expect()
{
	local reason=$1 before start
	shift
	before=$(up_for "$reason")
	read -r start _ < /proc/uptime
	"$@" || return
	came_up $((before + all)) "$reason" "$start" && all_down
}

relinked()
{
	toe_stat A total relinked
}
# Back and forth: all of them look at the same time, and none may come up because
# another one was faster.
relinks()
{
	local i before hops=(10.9.0.2 10.9.0.3)

	# one that isn't resolved can't be told to the NIC
	on A ping -q -c 1 -W 10 10.9.0.3
	for ((i = 1; i < 8; i++)); do
		before=$(relinked)
		ip -n A route replace 10.8.0.0/24 via "${hops[i % 2]}"
		wait_for 60 at_least $((before + 1)) relinked || return
	done
}
before=$(ups)
check 'another next hop: one relink' relinks
check 'they go on' goes_on
check 'and none came up' exactly "$before" ups
check 'the next hop fails' expect neighbour \
	ip -n A neigh del 10.9.0.3 dev toe0

gone_and_back()
{
	ip -n A route del 10.8.0.0/24
	wait_for 30 exactly 0 conns A offloaded || return
	ip -n A route add 10.8.0.0/24 via 10.9.0.2
}
check 'the route is removed, and comes back' expect route gone_and_back

new_mac()
{
	ip -n A link set toe0 address 02:00:00:00:99:02
}
check "the NIC's MAC changes" expect address new_mac

no_address()
{
	ip -n A addr del 10.9.0.1/24 dev toe0
	ip -n A addr add 10.9.0.1/24 dev toe0
	ip -n A route add 10.8.0.0/24 via 10.9.0.2
}
check 'the local address goes and comes back' expect address no_address

link_down()
{
	ip -n A link set toe0 down
	ip -n A link set toe0 up
	ip -n A route add 10.8.0.0/24 via 10.9.0.2
}
check 'the link goes down and up' expect link-down link_down

# --- a part of the tree ---------------------------------------------------------------------
# part path|neigh: up and down again, what stands on that of some connection
part()
{
	local h

	h=$(on A toectl -j conn show "$(on A toectl -j conn show |
		jq '[.. | objects | select(.state? == "offloaded")][0].id')" |
		jq "first(.. | objects | .$1? | objects | .nic? // .handle?)")
	echo "$1 $h"
	on A toectl conn upload "$1" "$h" dev toe0 &&
		exactly 0 conns A offloaded &&
		on A toectl conn offload all && all_down
}
check "upload of one path's" part path
check "upload of one next hop's" part neigh
check 'a handle that names nothing' eval \
	'! on A toectl conn upload path 4294967295 dev toe0'
on A pkill -USR1 stream
check 'the idle ones: no error, every byte' join
check 'the busy one: no error, every byte' wait $rr
check 'no object is left' wait_for 60 exactly 0 estat A toe_objects
finish
