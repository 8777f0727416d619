#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Modules leave and return, and NICs are removed, under traffic.
: "${SCALE:=20}"	# percent: 20 rounds take some minutes
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

load()
{
	local m

	for m in "$@"; do
		insmod "$TOE_MODDIR/$m.ko" || return
	done
}

client rr -S "$SEED" -P 8 -s 8000 -i 20 -t 3600 $B4
check 'offloaded' wait_for 30 at_least 8 conns A offloaded

# again N: down again, N at least
again()
{
	wait_for 5 at_least "$1" estat A toe_offloaded && return
	on A toectl conn offload all
	wait_for 30 at_least "$1" estat A toe_offloaded
}

remove_rounds()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		ip -n A link del toe0 || return
		nic_gone
		exactly 0 conns A offloaded || return
		nic_back || return
		again 8 || return
		running || return
	done
}
check "$rounds times ip link del" remove_rounds
check 'for that reason' at_least $((rounds * 8)) toe_stat A uploaded device-gone

on A pkill -USR1 stream
check 'no reset, every byte' join

# Modules leave in every order that their use of each other allows; the others
# refuse. Each round brings its own connections, which then live on in the host:
# nobody watches those that were there before toe.ko.
clients=()
reload_rounds()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		client rr -S $((SEED + i)) -P 4 -s 8000 -i 200 -t 3600 $B4
		clients+=("$client")
		wait_for 30 at_least 4 estat A toe_offloaded || return
		rmmod simtoe_hw && { echo 'simtoe_hw left simtoe'; return 1; }
		rmmod toe && { echo 'toe left simtoe'; return 1; }
		rmmod simtoe || return
		nic_gone
		exactly 0 conns A offloaded || return
		if ((i & 1)); then
			rmmod toe simtoe_hw
		else
			rmmod simtoe_hw toe
		fi || return
		load toe simtoe_hw simtoe && toe_on A && nic_back || return
	done
}

all_running()
{
	kill -0 "${clients[@]}"
}

all_join()
{
	local pid status=0

	for pid in "${clients[@]}"; do
		join "$pid" || status=1
	done
	return $status
}

check "$rounds times unload and reload" reload_rounds
check 'all connections live' all_running
check 'offloaded once more' on A stream rr -S "$SEED" -n 20 $B4
check 'by the NIC' at_least 1 toe_stat A total offloaded
on A pkill -USR1 stream
check 'no reset, every byte of all' all_join
finish
