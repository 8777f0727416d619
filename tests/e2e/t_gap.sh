#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How long a bulk transfer stands still when its NIC dies, as its receiver sees
# it, in both directions: the host's stack goes on through the port as soon as
# the NIC has been reset, without waiting for a time-out. Under -icount, where the
# time of the guest is that of its own instructions (tests/run idle).
: "${SCALE:=20}"	# percent
. "$(dirname "$0")/lib.sh"
. "$e2e_dir/gap.sh"

deaths=$(scaled 100 8)
pair_up stock
serve
on A sysctl -qw net.toe.retry_ms=20
# paced: what is measured is the hand-over, not how busy the emulator is
client bulk -S "$SEED" -i 5 -t 3600 $B4

down_and_busy()
{
	exactly 1 estat A toe_offloaded && at_least "$1" estat A toe_tx_bytes
}

rounds()
{
	local i sent

	for ((i = 0; i < deaths; i++)); do
		sent=$(estat A toe_tx_bytes)
		wait_for 30 down_and_busy $((sent + 300000)) || return
		ask
		echo $((i % 2 + 1)) > $fault/toe0/kill
		wait_for 30 at_least $((i + 1)) estat A toe_resets || return
		sent=$(estat A toe_tx_bytes)
		wait_for 30 down_and_busy $((sent + 200000)) || return
		ask || return
		echo "$up_gap" >> "$scratch/up"
		echo "$down_gap" >> "$scratch/down"
	done
}

check "$deaths deaths under a bulk transfer" rounds
# 200 ms is the least that TCP's time-out may be under Linux. What the NIC had not
# acknowledged the peer sends again: its probe (RFC 8985) may meet the dead NIC,
# then it waits for a time-out of its own, of which we can't relieve it.
declare -A limit=([up]=200000 [down]=400000)
for way in up down; do
	p50=$(percentile 50 "$scratch/$way") p99=$(percentile 99 "$scratch/$way")
	note "$way: gap p50 $p50 us, p99 $p99 us"
	check "$way: half of the gaps shorter than 20 ms" test "$p50" -lt 20000
	check "$way: none longer than a time-out" test "$p99" -lt "${limit[$way]}"
done
kill -USR1 "$client"
check 'no reset, no error, every byte' join
finish
