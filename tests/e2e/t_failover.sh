#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A bond loses the NIC that carries everything, in each way in which that can
# happen, and the next one has room for half: exactly half of the connections
# move there, the others run in the host and go down when room comes. A plain NIC
# is a link and nothing more.
. "$(dirname "$0")/lib.sh"
. "$e2e_dir/bond.sh"

conns=$(($(scaled 40 8) / 2 * 2))
half=$((conns / 2))

# room NIC N: entries in its connection table
room()
{
	local bus

	bus=$(on A ethtool -i "$1" | awk '/^bus-info/ { print $2 }')
	devlink dev param set "platform/$bus" name tcp_connections \
		value "$2" cmode runtime
}

start()
{
	client rr -S "$SEED" -P "$conns" -s 3000 -i 20 -t 3600 $B4
}

stop()
{
	on A pkill -USR1 stream
	check "$1: no reset, no error, every byte" join
}

# state HOST DOWN: so many in the host, so many down on toe2
split()
{
	exactly "$1" conns A host && exactly "$2" on_nic toe2
}

# Those in the host try again and again; none may take another's place.
stays_split()
{
	local before

	before=$(toe_stat A refused nic-tcp-entries)
	wait_for 60 at_least $((before + 2 * half)) \
		toe_stat A refused nic-tcp-entries &&
		split $half $half && exactly "$moves" moved
}

moved()
{
	toe_stat A total moved
}

lose_dead()	{ echo Y > $fault/toe0/broken; echo 1 > $fault/toe0/kill; }
gain_dead()	{ echo N > $fault/toe0/broken; }
lose_hang()	{ echo Y > $fault/toe0/broken; echo 1 > $fault/toe0/hang; }
gain_hang()	{ echo N > $fault/toe0/broken; }
lose_link()	{ ip -n B link set vethB0 down; }
gain_link()	{ ip -n B link set vethB0 up; }
lose_member()	{ ip -n A link set toe0 nomaster; }
gain_member()
{
	ip -n A link set toe0 down && ip -n A link set toe0 master bond0
}

# lost WAY REASON: it happens, and is repaired
lost()
{
	local way=$1 reason=$2 before displaced

	before=$(toe_stat A uploaded "$reason")
	displaced=$(toe_stat A total displaced)
	moves=$(($(moved) + half))
	check "$way: a table with room for half" room toe2 $half
	"lose_$way"
	check "$way: half of them move, half run in the host" \
		wait_for 30 split $half $half
	check "$way: each came up once" exactly $((before + conns)) \
		toe_stat A uploaded "$reason"
	check "$way: and was displaced" exactly $((displaced + conns)) \
		toe_stat A total displaced
	check "$way: exactly half moved" exactly $moves moved
	check "$way: and it stays like that, for want of room" stays_split
	check "$way: room comes" room toe2 "$conns"
	check "$way: the others follow" wait_for 30 split 0 "$conns"
	check "$way: all have moved" exactly $((moves + half)) moved
	"gain_$way"
	wait_for 30 back_in_bond
	ip -n A link set bond0 type bond active_slave toe0
	check "$way: repaired, all are back" wait_for 60 \
		exactly "$conns" on_nic toe0
}

back_in_bond()
{
	[[ $(ip -n A -d link show toe0) == *"bond_slave state"*"mii_status UP"* ]]
}

two_up nic mode active-backup
start
check 'all down on the active member' wait_for 60 exactly "$conns" on_nic toe0
lost dead nic-dead
lost hang nic-dead
lost link member
lost member member
stop 'room for half'

# --- balance: those of the dead NIC only, beside the others -----------------
two_up nic mode 802.3ad xmit_hash_policy layer3+4 lacp_rate fast
# so many that the ports don't all lead to one member
conns=24
start
both_used()
{
	at_least 2 on_nic toe0 && at_least 1 on_nic toe2 &&
		exactly "$conns" both
}
check '802.3ad: on both NICs' wait_for 60 both_used
on0=$(on_nic toe0) on2=$(on_nic toe2)
displaced=$(toe_stat A total displaced)
check "802.3ad: room for half of $on0 beside $on2" \
	room toe2 $((on2 + on0 / 2))
lose_dead
check '802.3ad: exactly those move' wait_for 30 \
	split $((on0 - on0 / 2)) $((on2 + on0 / 2))
check '802.3ad: each of the dead NIC came up, no other' \
	exactly $((displaced + on0)) toe_stat A total displaced
check '802.3ad: room comes' room toe2 "$conns"
check '802.3ad: the others follow' wait_for 30 split 0 "$conns"
gain_dead
check '802.3ad: the NIC is back, they follow bonding' wait_for 60 both_used
stop '802.3ad'

# --- short-lived connections, in batches ---------------------------------------
# sent_by NIC: payload
sent_by()
{
	on A ethtool -S "$1" | awk '$1 == "toe_tx_bytes:" { print $2 }'
}

two_up nic mode active-backup
on A sysctl -qw net.toe.batch_max=64 net.toe.batch_ms=20
client short -S "$SEED" -P 30 -s 5000 -t 3600 $B4
check 'batches: by the active member' wait_for 60 at_least 500000 sent_by toe0
fails=$(toe_stat A total dev-fails)
echo Y > $fault/toe0/broken
echo $((RANDOM % 100 + 1)) > $fault/toe0/kill_after
check 'batches: the NIC dies in the middle of one' \
	wait_for 30 at_least $((fails + 1)) toe_stat A total dev-fails
batches=$(toe_stat A total batches)
check 'batches: the others go to the other NIC' \
	wait_for 60 at_least $((batches + 5)) toe_stat A total batches
check 'batches: which sends' wait_for 60 at_least 500000 sent_by toe2
gain_dead
stop 'batches'

# --- a plain NIC takes the link ------------------------------------------------
two_up plain mode active-backup
start
check 'plain: all down on the NIC' wait_for 60 exactly "$conns" on_nic toe0
lose_dead
in_host()
{
	exactly "$conns" conns A host && at_least "$1" toe_stat A refused device
}
check 'plain: the NIC dies, all run in the host by the plain one' \
	wait_for 30 in_host "$conns"
check 'plain: none moved' exactly 0 moved
sent_plain()
{
	ip -n A -j -s link show vethA1 | jq '.[0].stats64.tx.packets'
}
sent=$(sent_plain)
check 'plain: its link carries them' wait_for 30 at_least $((sent + 200)) \
	sent_plain
gain_dead
wait_for 30 back_in_bond
ip -n A link set bond0 type bond active_slave toe0
check 'plain: the NIC is back, all are down' wait_for 60 \
	exactly "$conns" on_nic toe0
stop 'plain'
finish
