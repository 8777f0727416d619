# SPDX-License-Identifier: GPL-2.0
# How long a bulk transfer stands still, as its receivers see it; sourced after
# lib.sh. Means something under -icount only, where the time of the guest is that
# of its own instructions (tests/run idle).
# shellcheck shell=bash

# answered FILE: how many answers there are
answered()
{
	grep -c gap "$1"
}

# ask: the longest gap at either end since the last time, into up_gap, down_gap
ask()
{
	local n

	n=$(answered "$said")
	kill -USR2 "$client"
	wait_for 60 at_least $((n + 1)) answered "$said" || return
	n=$(answered "$scratch/gaps")
	kill -USR2 "$server"
	wait_for 60 at_least $((n + 1)) answered "$scratch/gaps" || return
	down_gap=$(tail -n 1 "$said") up_gap=$(tail -n 1 "$scratch/gaps")
	down_gap=${down_gap#gap } up_gap=${up_gap#gap }
}

# percentile P FILE: in microseconds
percentile()
{
	sort -n "$2" | awk -v p="$1" '{ v[NR] = $1 }
		END { i = int((NR * p + 99) / 100); print v[i < 1 ? 1 : i] }'
}
