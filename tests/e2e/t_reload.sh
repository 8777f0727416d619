#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Modules leave and return, and NICs are removed, under traffic.
. "$(dirname "$0")/lib.sh"

rounds=$(scaled 20 2)
pair_up stock
serve

# The connections live on toe0's address: while the NIC is away the plain
# interface below it carries them, with the same Ethernet address.
mac=$(ip -n A -j link show toe0 | jq -r '.[0].address')

nic_gone()
{
	ip -n A link set vethA down
	ip -n A link set vethA address "$mac"
	nic_addr A vethA
}

nic_back()
{
	ip -n A addr flush dev vethA
	ip -n A link add link vethA name toe0 address "$mac" type simtoe &&
		nic_addr A toe0
}

reload()
{
	insmod "$TOE_MODDIR/toe.ko" && insmod "$TOE_MODDIR/simtoe_hw.ko" &&
		insmod "$TOE_MODDIR/simtoe.ko" && toe_on A
}

client rr -S "$SEED" -P 8 -s 8000 -t 3600 $B4
check 'offloaded' wait_for 30 at_least 8 conns A offloaded

remove_rounds()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		ip -n A link del toe0 || return
		nic_gone
		exactly 0 conns A offloaded || return
		nic_back || return
		wait_for 30 at_least 4 conns A offloaded ||
			on A toectl conn offload all
		running || return
	done
}
check "$rounds times ip link del" remove_rounds
check 'for that reason' at_least "$rounds" toe_stat A uploaded device-gone

reload_rounds()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		rmmod simtoe || return
		nic_gone
		rmmod simtoe_hw toe || return
		running || return
		reload && nic_back || return
		on A stream rr -S "$SEED" -n 20 $B4 || return
		at_least 1 toe_stat A total offloaded || return
	done
}
check "$rounds times unload and reload" reload_rounds
on A pkill -USR1 stream
check 'no reset, every byte' join

# toe.ko alone, with connections down and the device still there
client rr -S "$SEED" -P 8 -s 8000 -t 3600 $B4
check 'offloaded again' wait_for 30 at_least 8 conns A offloaded
on A pkill -USR1 stream
check 'every byte again' join
finish
