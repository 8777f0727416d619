#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A bad wire in both directions.
: "${SCALE:=10}"	# percent: losses make it slow
. "$(dirname "$0")/lib.sh"

bytes=$(scaled 20000000 400000)
wire()
{
	local h

	for h in A B; do
		on $h tc qdisc replace dev "veth$h" root netem limit 20000 "$@"
	done
}

for peer in nic stock; do
	pair_up $peer
	serve
	while read -r conditions; do
		before=$(toe_stat A total offloaded)
		# shellcheck disable=SC2086 # words
		wire $conditions
		check "$conditions, $peer peer" on A stream bulk -S "$SEED" \
			-u "$bytes" -d "$bytes" $B4
		check "$conditions: offloaded" at_least $((before + 1)) \
			toe_stat A total offloaded
	done <<-EOF
		loss 1%
		loss 5%
		delay 2ms reorder 75% 50%
		duplicate 5%
		corrupt 1%
		delay 50ms
	EOF
	wire delay 1ms
	check "retransmitted by the NIC, $peer peer" at_least 1 \
		estat A toe_tx_retrans
done
finish
