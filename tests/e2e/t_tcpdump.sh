#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tcpdump on the NIC shows the segments of offloaded connections, both directions,
# as the wire below does; while nobody looks, nothing is copied.
: "${SCALE:=10}"	# percent
. "$(dirname "$0")/lib.sh"

# what the host has sent by the hand-over is less than a tenth of the least
bytes=$(scaled $((40 << 20)) $((4 << 20)))

# The frames of both captures, with their tags, and how often each is there
same()
{
	python3 - "$scratch/toe0.pcap" "$scratch/vethA.pcap" <<'EOP'
import collections, sys

from segments import ETHERNET, records


def frames(name):
    with open(name, 'rb') as f:
        return collections.Counter(data for _, data in records(f, ETHERNET))


nic, wire = map(frames, sys.argv[1:])
print(f'{nic.total()} frames on the NIC, {wire.total()} on the wire')
for what, left in ('the wire', wire - nic), ('the NIC', nic - wire):
    if left:
        print(f'{left.total()} on {what} alone, the first one:')
        print(next(iter(left)).hex())
sys.exit(nic != wire or not nic)
EOP
}

by_nic()	# CONNECTIONS SENT RECEIVED
{
	at_least "$1" toe_stat A total offloaded &&
		at_least "$2" estat A toe_tx_bytes &&
		at_least "$3" estat A toe_rx_bytes
}

# seen_by_both ADDRESS: offloaded, bytes both ways, a tap on the NIC and on the wire
seen_by_both()
{
	local addr=$1 shown tx rx downs most=$((bytes * 9 / 10))

	shown=$(estat A toe_mirrored)
	tx=$(estat A toe_tx_bytes) rx=$(estat A toe_rx_bytes)
	downs=$(toe_stat A total offloaded)
	tap A toe0
	tap A vethA
	client bulk -S "$SEED" -u "$bytes" -d "$bytes" "$addr"
	check "$addr: every byte" join
	check "$addr: the captures are whole" untap
	check "$addr: the NIC carried it" by_nic $((downs + 1)) \
		$((tx + most)) $((rx + most))
	check "$addr: the NIC shows what is on the wire" same
	# the largest frame has 64 KiB
	check "$addr: as the NIC's own frames" at_least \
		$((shown + bytes * 2 / 65536)) estat A toe_mirrored
	check "$addr: all of them" exactly 0 estat A toe_mirror_drops
}

pair_up stock
for h in 'A toe0 1' 'B vethB 2'; do
	read -r host dev n <<< "$h"
	ip -n "$host" link add link "$dev" name v10 type vlan id 10
	ip -n "$host" addr add "10.10.0.$n/24" dev v10
	ip -n "$host" link set v10 up
done
serve
seen_by_both $B4
seen_by_both $B6
seen_by_both 10.10.0.2

# --- nobody looks -----------------------------------------------------------------
client rr -S "$SEED" -s 3000 -i 20 -t 3600 $B4
check 'offloaded' wait_for 30 exactly 1 conns A offloaded
# not at once: nobody says when a packet socket is closed
still()
{
	local shown segs

	shown=$(estat A toe_mirrored) segs=$(estat A toe_tx_segs)
	wait_for 30 at_least $((segs + 20)) estat A toe_tx_segs || return
	exactly "$shown" estat A toe_mirrored
}
check 'nobody looks: nothing is copied' wait_for 60 still

# --- without promiscuous mode, and one direction -------------------------------------
# look ARG...: 20 frames
look()
{
	on A timeout "$(patience 60)" tcpdump -n -c 20 -i toe0 "$@" tcp port 5001 \
		> "$scratch/look" 2> /dev/null
}
there()	{ grep -q '> 10.9.0.2.5001' "$scratch/look"; }
back()	{ grep -q '10.9.0.2.5001 >' "$scratch/look"; }
check 'tcpdump -p' look -p
check 'both directions' eval 'there && back'
check 'tcpdump -Q in' look -Q in
check 'what arrives, and nothing else' eval 'back && ! there'
check 'tcpdump -Q out' look -Q out
check 'what leaves, and nothing else' eval 'there && ! back'

on A ethtool --set-priv-flags toe0 mirror off
tap A toe0
check 'mirror off: nothing is copied' wait_for 60 still
check 'still offloaded' exactly 1 conns A offloaded
on A ethtool --set-priv-flags toe0 mirror on
check 'mirror on: it is' wait_for 30 eval '! still'

# --- the NIC goes while somebody looks -------------------------------------------------
resets=$(estat A toe_resets)
echo 1 > $fault/toe0/kill
check 'the NIC dies' wait_for 30 at_least $((resets + 1)) estat A toe_resets
check 'down again' wait_for 60 exactly 1 conns A offloaded
check 'the NIC is removed' ip -n A link del toe0
looks()	{ kill -0 "${taps[toe0]}"; }
check 'tcpdump has ended' wait_for 60 eval '! looks'
nic_add A
nic_addr A toe0
check 'it is back' wait_for 60 exactly 1 conns A offloaded
on A pkill -USR1 stream
check 'went on throughout' join
finish
