#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Explicit congestion notification against the kernel's own stack: the wire
# marks what would have been lost.
: "${SCALE:=10}"	# percent
. "$(dirname "$0")/lib.sh"

bytes=$(scaled 20000000 6000000)

# mib HOST NAME: a counter of /proc/net/netstat
mib()
{
	# shellcheck disable=SC2016 # awk's
	on "$1" awk -v name="$2" '
		{ group = $1 }
		group != last { split($0, names); last = group; next }
		{ for (i = 2; i <= NF; i++)
			if (names[i] == name) print $i
		  last = "" }' /proc/net/netstat
}

pair_up stock
for h in A B; do
	# netem loses what can't be marked, a SYN as well
	on $h sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_ecn_fallback=0
	on $h tc qdisc replace dev "veth$h" root netem limit 20000 \
		delay 1ms loss 10% ecn
done
serve
before=$(toe_stat A total offloaded)
check "transfer with marks" on A stream bulk -S "$SEED" -u "$bytes" \
	-d "$bytes" $B4
check "offloaded" at_least $((before + 1)) toe_stat A total offloaded
check "the NIC sends packets that can be marked" at_least 1 mib B InCEPkts
check "the NIC echoes marks" at_least 1 mib B TCPDeliveredCE
finish
