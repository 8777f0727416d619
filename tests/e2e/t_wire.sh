#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One owner, seen on the wire: while a connection is down every one of its
# frames comes from the NIC; while it is up none does.
. "$(dirname "$0")/lib.sh"

pair_up stock
serve
client rr -S "$SEED" -s 200 -t 3600 $B4
check 'offloaded' wait_for 30 exactly 1 conns A offloaded

# frames PACKETS: waits for so many frames of A on the wire; prints how many
# of them the NIC says it sent meanwhile, at most
capture()
{
	on A tcpdump -q -n -i vethA -Q out -c "$1" -w "$scratch/pcap" \
		"tcp port 5001" > /dev/null 2>&1
}

nic_sends()
{
	local before after

	before=$(estat A toe_tx_frames)
	capture 200
	after=$(estat A toe_tx_frames)
	echo $((after - before))
}

host_sends()
{
	local before after

	before=$(toe_stat A total fenced)
	capture 200
	after=$(toe_stat A total fenced)
	echo $((after - before))
}

host_tx()
{
	ip -n A -s -j link show toe0 | jq '.[0].stats64.tx.packets'
}

check 'down: the frames are the NIC'"'"'s' at_least 200 nic_sends
check 'down: nothing of the host was stopped at the fence' exactly 0 host_sends
on A sysctl -qw net.toe.mode=explicit
on A toectl conn upload all > /dev/null
check 'up' wait_for 20 exactly 0 conns A offloaded
check 'up: none is the NIC'"'"'s' exactly 0 nic_sends
before=$(host_tx)
capture 200
check 'up: they are the host'"'"'s' at_least $((before + 200)) host_tx
on A pkill -USR1 stream
check 'every byte' join
check 'sequence never stepped back by a second owner' server_content
finish
