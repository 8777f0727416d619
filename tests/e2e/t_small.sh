#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Small things: 10,000 requests on one connection, 2,000 short connections,
# 64 streams at once.
. "$(dirname "$0")/lib.sh"

n=$(scaled 10000 100) short=$(scaled 2000 40) bytes=$(scaled 4000000 100000)
for peer in nic stock; do
	pair_up $peer
	serve
	for to in $B4 $B6; do
		check "$n requests, $peer peer, $to" \
			on A stream rr -S "$SEED" -n "$n" "$to"
	done
	assert_offloaded A 2 $((n * 64 * 2))
	[[ $peer == nic ]] && assert_offloaded B 2 $((n * 64 * 2))
	before=$(toe_stat A total offloaded)
	check "$short short connections, $peer peer" \
		on A stream short -S "$SEED" -n $((short / 4)) -P 4 $B4
	check 'nearly all of them offloaded' \
		at_least $((before + short * 9 / 10)) toe_stat A total offloaded
	before=$(toe_stat A total offloaded)
	sent=$(estat A toe_tx_bytes)
	check "64 streams, $peer peer" \
		on A stream bulk -S "$SEED" -P 64 -u "$bytes" -d "$bytes" $B4
	check 'all of them offloaded' \
		at_least $((before + 64)) toe_stat A total offloaded
	check 'their bytes by the NIC' \
		at_least $((sent + 64 * bytes * 9 / 10)) estat A toe_tx_bytes
done
finish
