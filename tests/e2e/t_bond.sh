#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's own bonding over two NICs, against a bond of the peer's: LACP,
# balance-xor, active-backup, a VLAN on top, a plain NIC among the members. Each
# connection is down on the member that carries it; what the peer sends by the
# other one is forwarded. A member that loses its link, or leaves, loses nothing.
. "$(dirname "$0")/lib.sh"

conns=$(scaled 40 8)
trap 'cleanup' EXIT

# bond HOST MODE-ARG...: over links 0 and 1
bond()
{
	local h=$1 link
	shift
	ip -n "$h" link add bond0 type bond "$@" miimon 50
	for link in "${links[@]}"; do
		ip -n "$h" link set "$link" down
		ip -n "$h" link set "$link" master bond0
	done
	ip -n "$h" link set bond0 up
}

# two_up NIC1 MODE-ARG...: hosts A and B with two wires; in A NICs over both, or
# with NIC1 = plain over the first one only
two_up()
{
	local second=$1 i
	shift
	pair_down
	ip netns add A
	ip netns add B
	for i in 0 1; do
		ip link add "vethA$i" netns A type veth peer name "vethB$i" \
			netns B
		ip -n A link set "vethA$i" up
		ip -n B link set "vethB$i" up
	done
	ip -n A link set lo up
	ip -n B link set lo up
	ip -n A link add link vethA0 name toe0 type simtoe
	links=(toe0 vethA1)
	if [[ $second != plain ]]; then
		ip -n A link add link vethA1 name toe2 type simtoe
		links=(toe0 toe2)
	fi
	bond A "$@"
	links=(vethB0 vethB1)
	# the peer sends all of it by one member, whoever we chose
	bond B "${@/layer3+4/layer2}"
	nic_addr A bond0
	nic_addr B bond0
	on A sysctl -qw net.toe.retry_ms=50 net.toe.failback_ms=500
	toe_on A
	wait_for 30 on A ping -q -c 1 -W 1 $B4
	wait_for 30 on A ping -q -c 1 -W 1 $B6
	serve
}

# on_nic NIC: connections down on it
on_nic()
{
	on A ethtool -S "$1" 2>/dev/null |
		awk '$1 == "toe_offloaded:" { print $2 }'
}

both()
{
	echo $(($(on_nic toe0) + $(on_nic toe2)))
}

spread()
{
	at_least 1 on_nic toe0 && at_least 1 on_nic toe2 &&
		exactly "$conns" both
}

start()
{
	client rr -S "$SEED" -P "$conns" -s 3000 -i 20 -t 3600 "${1:-$B4}"
}

stop()
{
	on A pkill -USR1 stream
	check "$1: no reset, no error, every byte" join
}

# --- 802.3ad ------------------------------------------------------------------
two_up nic mode 802.3ad xmit_hash_policy layer3+4 lacp_rate fast
start
check '802.3ad: all down, on both NICs' wait_for 60 spread
check '802.3ad: what came by the other member was forwarded' wait_for 20 \
	at_least 10 toe_stat A total forwarded

lacp_same_member()
{
	local before after

	# bonding itself sends nothing of them: each NIC sends its own
	before=$(toe_stat A total fenced)
	after=$(($(on A ethtool -S toe0 | awk '/toe_tx_segs:/ { print $2 }') + 100))
	wait_for 20 at_least $after eval \
		"on A ethtool -S toe0 | awk '/toe_tx_segs:/ { print \$2 }'"
	exactly "$before" toe_stat A total fenced
}

check '802.3ad: the NICs send' lacp_same_member

ip -n B link set vethB0 down
check '802.3ad, link lost: all on the other NIC' wait_for 30 \
	exactly "$conns" on_nic toe2
check 'counted as displaced' at_least 1 toe_stat A total displaced
check 'and as moved' at_least 1 toe_stat A total moved
check 'with the reason' at_least 1 toe_stat A uploaded member
moved=$(toe_stat A total moved)
ip -n B link set vethB0 up
check 'link back: they follow bonding' wait_for 60 spread
check 'counted as moved' at_least $((moved + 1)) toe_stat A total moved

ip -n A link set toe2 nomaster
check 'member removed: all on the other NIC' wait_for 30 \
	exactly "$conns" on_nic toe0
ip -n A link set toe2 down
ip -n A link set toe2 master bond0
check 'member returns: they follow bonding' wait_for 60 spread
echo 1 > $fault/toe0/kill
check 'a NIC dies: all down again' wait_for 60 spread
stop '802.3ad'

# --- VLAN over the bond ---------------------------------------------------------
for h in A B; do
	ip -n $h link add link bond0 name bond0.10 type vlan id 10
	ip -n $h link set bond0.10 up
done
ip -n A addr add 10.10.0.1/24 dev bond0.10
ip -n B addr add 10.10.0.2/24 dev bond0.10
wait_for 20 on A ping -q -c 1 -W 1 10.10.0.2
start 10.10.0.2
check 'VLAN over bond: all down' wait_for 60 spread
ip -n B link set vethB1 down
check 'VLAN over bond, link lost' wait_for 30 exactly "$conns" on_nic toe0
ip -n B link set vethB1 up
check 'VLAN over bond, link back' wait_for 60 spread
ip -n A link set bond0.10 down
check 'VLAN down' exactly 0 both
ip -n A link set bond0.10 up
check 'VLAN up' wait_for 60 spread
ip -n A link set bond0 down
check 'bond down' exactly 0 both
ip -n A link set bond0 up
ip -n A addr replace fd09::1/64 dev bond0 nodad
check 'bond up' wait_for 60 spread
stop 'VLAN over bond'

# --- active-backup ----------------------------------------------------------------
two_up nic mode active-backup
start $B6
check 'active-backup: on the active member' wait_for 60 \
	exactly "$conns" on_nic toe0
check 'active-backup: none on the other' exactly 0 on_nic toe2
ip -n A link set bond0 type bond active_slave toe2
check 'active member changed' wait_for 30 exactly "$conns" on_nic toe2
ip -n B link set vethB1 down
check 'link of the active one lost' wait_for 30 exactly "$conns" on_nic toe0
stop 'active-backup'

# --- balance-xor, a plain NIC among the members -------------------------------------
two_up plain mode balance-xor xmit_hash_policy layer3+4
start
check 'balance-xor with a plain NIC: the other one takes all' wait_for 60 \
	exactly "$conns" on_nic toe0
ip -n B link set vethB0 down
check 'only the plain NIC is left: the host has them' wait_for 30 \
	exactly 0 on_nic toe0
check 'with the reason' wait_for 30 at_least 1 toe_stat A refused device
ip -n B link set vethB0 up
check 'the NIC is back' wait_for 60 exactly "$conns" on_nic toe0
stop 'balance-xor'

# --- a mode that can't be followed -----------------------------------------------------
two_up nic mode balance-rr
start
check 'balance-rr: refused' wait_for 30 at_least "$conns" \
	toe_stat A refused bond
check 'balance-rr: none is down' exactly 0 both
stop 'balance-rr'
finish
