#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# VLANs over the NIC, all at once: 802.1Q, another one over IPv6 that lives in
# a namespace of its own with addresses that exist in the first one as well,
# 802.1ad with 802.1Q inside. The peer is the kernel's own stack. The NIC puts
# the tags on, with the priority of the socket, and takes them off.
. "$(dirname "$0")/lib.sh"

pair_up stock
ip netns add C
sets=(A C)
trap 'kill_all; ip netns del C; cleanup' EXIT

kill_all()
{
	local p

	for p in $(ip netns pids C); do
		kill "$p" 2>/dev/null
	done
}

# vlan HOST LINK NAME PROTO ID
vlan()
{
	ip -n "$1" link add link "$2" name "$3" type vlan proto "$4" id "$5"
	ip -n "$1" link set "$3" up
}

# ends of VLAN 10, 20 and 100.30; NET of VLAN 20 is that of VLAN 10
tags()
{
	vlan "$1" "$2" v10 802.1Q 10
	vlan "$1" "$2" v20 802.1Q 20
	vlan "$1" "$2" v100 802.1ad 100
	vlan "$1" v100 v100.30 802.1Q 30
	ip -n "$1" addr add "10.10.0.$3/24" dev v10
	ip -n "$1" addr add "fd10::$3/64" dev v10 nodad
	ip -n "$1" addr add "10.30.0.$3/24" dev v100.30
}

tags A toe0 1
tags B vethB 2
ip -n A link set v10 type vlan egress-qos-map 0:1 6:5
ip -n A link set v100.30 type vlan egress-qos-map 0:2
ip -n A link set v100 type vlan egress-qos-map 0:3
# VLAN 20: the addresses of VLAN 10 once more, elsewhere
ip -n A link set v20 netns C
ip -n C link set v20 up
ip -n C addr add 10.10.0.1/24 dev v20
ip -n C addr add fd10::1/64 dev v20 nodad
ip netns add D
ip -n B link set v20 netns D
ip -n D link set v20 up
ip -n D addr add 10.10.0.2/24 dev v20
ip -n D addr add fd10::2/64 dev v20 nodad
toe_on C
trap 'kill_all; ip netns del C; ip netns del D; cleanup' EXIT

serve
(exec ip netns exec D stream server 2>> "$scratch/server") &
server_d=$!
wait_for 30 listening D 5001
on A ping -q -c 1 -W 10 10.10.0.2 > /dev/null
on A ping -q -c 1 -W 10 10.30.0.2 > /dev/null
on C ping -q -c 1 -W 10 fd10::2 > /dev/null
on C ping -q -c 1 -W 10 10.10.0.2 > /dev/null

declare -A pids
# start NAME NAMESPACE ARG...
start()
{
	local name=$1 ns=$2
	shift 2
	(exec ip netns exec "$ns" stream rr -t 3600 -s 3000 -i 20 "$@" \
		> "$scratch/client.$name" 2>&1) &
	pids[$name]=$!
}

start plain A -S "$SEED" $B4
start v10 A -S "$((SEED + 1))" -P 4 -k 6 10.10.0.2
start v10six A -S "$((SEED + 2))" -P 4 fd10::2
start qinq A -S "$((SEED + 3))" -P 4 10.30.0.2
start v20 C -S "$((SEED + 4))" -P 4 10.10.0.2
start v20six C -S "$((SEED + 5))" -P 4 fd10::2

all_down()
{
	exactly 13 conns A offloaded && exactly 8 conns C offloaded
}

check 'all of them offloaded at once, on one NIC' wait_for 60 all_down
check 'the NIC holds them all' exactly 21 estat A toe_offloaded

# --- tags on the wire --------------------------------------------------------
# wire FILTER PATTERN: of 40 frames that A sends, all look like it
wire()
{
	on A timeout "$(patience 60)" tcpdump -e -n -i vethA -Q out -c 40 "$1" \
		> "$scratch/wire" 2>/dev/null
	tail -n 2 "$scratch/wire"
	exactly 40 grep -cE "$2" "$scratch/wire"
}

p10='ethertype 802.1Q \(0x8100\), length [0-9]+: vlan 10, p 5, ethertype IPv4'
p10six='802.1Q \(0x8100\), length [0-9]+: vlan 10, p 1, ethertype IPv6'
pq='802.1Q-QinQ \(0x88a8\), length [0-9]+: vlan 100, p 3, ethertype 802.1Q'
pq+=' \(0x8100\), vlan 30, p 2, ethertype IPv4'
p20='802.1Q \(0x8100\), length [0-9]+: vlan 20, p 0, ethertype IPv4'
check 'VLAN 10, priority by the socket' wire 'vlan 10 and ip and tcp' "$p10"
check 'VLAN 10, IPv6' wire 'vlan 10 and ip6 and tcp' "$p10six"
check 'QinQ' wire 'vlan 100 and vlan 30 and tcp' "$pq"
check 'VLAN 20' wire 'vlan 20 and ip and tcp' "$p20"
check 'untagged' wire 'ip and tcp' 'ethertype IPv4 \(0x0800\)'

# the host's stack has sent none of it
nic_only()
{
	local before after

	before=$(toe_stat A total fenced)
	after=$(estat A toe_tx_frames)
	wait_for 60 at_least $((after + 500)) estat A toe_tx_frames
	exactly "$before" toe_stat A total fenced
}

check 'the NIC sends and receives them' nic_only
check 'received by the NIC as well: no strays' at_least 500 \
	estat A toe_rx_segs

# the tree
tree()
{
	local id

	id=$(on A toectl -j conn show |
		jq '[.. | objects | select(.rport? == 5001 and
		    .raddr? == "10.30.0.2")][0].id')
	on A toectl conn show "$id"
	on A toectl -j conn show "$id" | jq -e '
		(.. | .mids? // empty | map(.dev)) == ["v100", "v100.30"] and
		([.. | .mids? // empty | .[].nic] | all(. > 0)) and
		([.. | .fields? // empty | .[] | select(.name == "vid") |
			[.dev, .copy, .nic]] ==
			[["v100", 100, 100], ["v100.30", 30, 30]])'
}

check 'the tree has both tags, and the NIC says the same' tree

# --- an egress map changes while they are down --------------------------------
ip -n A link set v10 type vlan egress-qos-map 6:7
check 'a changed egress map' wait_for 60 wire 'vlan 10 and ip and tcp' \
	'vlan 10, p 7, ethertype IPv4'
check 'without an upload' all_down

# --- VLAN down: its connections only -------------------------------------------
before=$(toe_stat A total uploaded)
ip -n A link set v10 down
check 'VLAN 10 down: its connections are back at once' \
	exactly 5 conns A offloaded
check 'with the reason' exactly 8 toe_stat A uploaded link-down
check 'and no other was touched' exactly $((before + 8)) \
	toe_stat A total uploaded
check 'nor in the other namespace' exactly 0 toe_stat C total uploaded
ip -n A link set v10 up
ip -n A addr replace fd10::1/64 dev v10 nodad
check 'up again, down again' wait_for 60 all_down

# --- the NIC dies ---------------------------------------------------------------
echo 1 > $fault/toe0/kill
check 'the NIC dies under all of them' wait_for 30 at_least 13 \
	toe_stat A total rebuilt
check 'the other namespace as well' at_least 8 toe_stat C total rebuilt
check 'and takes them again' wait_for 60 all_down

# --- no object stays --------------------------------------------------------------
on A toectl conn upload all > /dev/null
on C toectl conn upload all > /dev/null
check 'nothing left on the NIC' wait_for 60 exactly 0 estat A toe_offloaded
check 'nor an object of any kind' wait_for 60 exactly 0 estat A toe_objects

for ns in "${sets[@]}"; do
	on "$ns" pkill -USR1 stream
done
for name in "${!pids[@]}"; do
	check "$name: no error, every byte" wait "${pids[$name]}"
done
kill $server_d
finish
