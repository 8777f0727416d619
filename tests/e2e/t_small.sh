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
	assert_offloaded A 2
	check "$short short connections, $peer peer" \
		on A stream short -S "$SEED" -n $((short / 4)) -P 4 $B4
	check "64 streams, $peer peer" \
		on A stream bulk -S "$SEED" -P 64 -u "$bytes" -d "$bytes" $B4
	assert_offloaded A 60
done
finish
