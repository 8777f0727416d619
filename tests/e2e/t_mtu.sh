#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# MTU 576 to 9000.
. "$(dirname "$0")/lib.sh"

bytes=$(scaled 20000000 400000)
for peer in nic stock; do
	pair_up $peer
	ip -n A link set vethA mtu 9000
	ip -n B link set vethB mtu 9000
	serve
	for mtu in 9000 4000 1500 1280 576; do
		to=$B6
		if ((mtu < 1280)); then
			to=$B4
		fi
		ip -n A link set toe0 mtu $mtu
		[[ $peer == nic ]] && ip -n B link set toe1 mtu $mtu
		before=$(toe_stat A total offloaded)
		sent=$(estat A toe_tx_bytes)
		check "mtu $mtu, $peer peer, $to" on A stream bulk -S "$SEED" \
			-u "$bytes" -d "$bytes" "$to"
		check "mtu $mtu: offloaded" at_least $((before + 1)) \
			toe_stat A total offloaded
		check "mtu $mtu: by the NIC" at_least $((sent + bytes * 9 / 10)) \
			estat A toe_tx_bytes
	done
	check 'uploaded to close and for nothing else' \
		uploaded_only A close closing
done
finish
