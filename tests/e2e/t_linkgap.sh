#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How long a bulk transfer stands still when the link of a bond's active member is
# lost: offloaded no longer than the host's own stack over the same bond. Under
# -icount: TOE_TEST_TIMEOUT=1000000 tests/vm/run --icount -- tests/e2e/run linkgap
: "${SCALE:=20}"	# percent
. "$(dirname "$0")/lib.sh"
. "$e2e_dir/bond.sh"
. "$e2e_dir/gap.sh"

losses=$(scaled 50 8)
two_up nic mode active-backup
# paced: what is measured is the hand-over, not how busy the emulator is
client bulk -S "$SEED" -i 5 -t 36000 $B4

# active: the bond's member that carries
active()
{
	ip -n A -d -j link show bond0 |
		jq -r '.[0].linkinfo.info_data.active_slave'
}

# received: bytes that arrived at the bonds of both hosts; the smaller number
received()
{
	local a b

	a=$(on A cat /proc/net/dev | awk '$1 == "bond0:" { print $2 }')
	b=$(on B cat /proc/net/dev |
		awk '$1 ~ /^vethB/ { n += $2 } END { print n }')
	echo $((a < b ? a : b))
}

# flows BYTES: so many each way from now on, by the owner that it is to have
flows()
{
	local due

	due=$(($(received) + $1))
	wait_for 60 at_least $due received && wait_for 60 owned
}

# Offloaded is what both ends of the wire carried by the NIC.
owned()
{
	exactly "$owner" both
}

usable()
{
	ip -n A -d -j link show | jq -e '[.[] | select(.master == "bond0") |
		.linkinfo.info_slave_data.mii_status] == ["UP", "UP"]'
}

declare -A peer=([toe0]=vethB0 [toe2]=vethB1)
# lose FILE: the active member's link goes, and comes back
lose()
{
	local was

	was=$(active)
	ask || return
	ip -n B link set "${peer[$was]}" down
	flows 300000 || return
	[[ $(active) != "$was" ]] || return
	ask || return
	echo $((up_gap > down_gap ? up_gap : down_gap)) >> "$scratch/$1"
	ip -n B link set "${peer[$was]}" up
	wait_for 60 usable
}

rounds()
{
	local i

	for ((i = 0; i < losses; i++)); do
		on A sysctl -qw net.toe.mode=off
		on A toectl conn upload all
		owner=0
		flows 300000 && lose host || return
		on A sysctl -qw net.toe.mode=auto
		on A toectl conn offload all > /dev/null
		owner=1
		flows 300000 && lose offload || return
	done
}

check "$losses times each way" rounds
for p in 50 99; do
	host=$(percentile $p "$scratch/host")
	offload=$(percentile $p "$scratch/offload")
	note "p$p: host's stack $host us, offloaded $offload us"
	# miimon looks every 50 ms: by so much two losses differ
	check "p$p: no longer than the host's stack" \
		test "$offload" -le $((host + 50000))
done
check 'the NICs were lost with their link' \
	at_least "$losses" toe_stat A total displaced
kill -USR1 "$client"
check 'no reset, no error, every byte' join
finish
