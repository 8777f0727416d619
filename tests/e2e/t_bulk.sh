#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Bulk in both directions at once, byte-exact: 1 GB each way in all.
. "$(dirname "$0")/lib.sh"

# What the host has sent by the hand-over is less than a tenth of the least
bytes=$(scaled 250000000 25000000)
for peer in nic stock; do
	pair_up $peer
	serve
	for to in $B4 $B6; do
		check "$bytes bytes each way, $peer peer, $to" \
			on A stream bulk -S "$SEED" -u "$bytes" -d "$bytes" "$to"
	done
	assert_offloaded A 2 $((bytes * 2))
	[[ $peer == nic ]] && assert_offloaded B 2 $((bytes * 2))
done
finish
