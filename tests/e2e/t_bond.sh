#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's own bonding over two NICs, against a bond of the peer's: LACP,
# balance-xor, active-backup, a VLAN on top, a plain NIC among the members. Each
# connection is down on the member that carries it; what the peer sends by the
# other one is forwarded. A member that loses its link, or leaves, loses nothing.
. "$(dirname "$0")/lib.sh"
. "$e2e_dir/bond.sh"

conns=$(scaled 40 8)

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
check '802.3ad: what came by the other member was forwarded' wait_for 60 \
	at_least 10 toe_stat A total forwarded

lacp_same_member()
{
	local before after

	# bonding itself sends nothing of them: each NIC sends its own
	before=$(toe_stat A total fenced)
	after=$(($(on A ethtool -S toe0 | awk '/toe_tx_segs:/ { print $2 }') + 100))
	wait_for 60 at_least $after eval \
		"on A ethtool -S toe0 | awk '/toe_tx_segs:/ { print \$2 }'"
	exactly "$before" toe_stat A total fenced
}

check '802.3ad: the NICs send' lacp_same_member

lag_object()
{
	on A toectl -j conn show "$(toectl -n A -j conn show |
		jq 'first(.[] | select(.state == "offloaded")).id')" |
	jq -e '[.. | .mids? // empty | .[] | [.object, .dev]] ==
		[["lag", "bond0"]] and
		([.. | .fields? // empty | .[] | select(.name == "active") |
			[.copy, .nic]] == [[1, 1]])'
}
check '802.3ad: the bond is an object of the tree' lag_object

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
wait_for 60 on A ping -q -c 1 -W 1 10.10.0.2
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
