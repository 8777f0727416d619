#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The contract by another driver: looptoe, whose device is memory. Both ends of a
# connection go down to it, and then nothing of it passes the wire. They come up and
# go down in mid-transfer, and the driver is unloaded under traffic.
: "${SCALE:=10}"	# percent
. "$(dirname "$0")/lib.sh"

bytes=$(scaled $((40 << 20)) $((4 << 20))) rounds=$(scaled 40 3)
loop=/sys/kernel/debug/looptoe

unloaded()
{
	! grep -q '^looptoe ' /proc/modules || rmmod looptoe
}

loop_cleanup()
{
	cleanup
	unloaded
}
trap loop_cleanup EXIT

# By a shell in the namespace of the host
attach()
{
	on "$1" bash -c "echo $2 > $loop/attach"
}

devices()
{
	toectl -n "$1" -j dev | grep -o '"dev":"veth[AB]"' | wc -l
}

handed_over()
{
	cat $loop/bytes
}

wire()
{
	# shellcheck disable=SC2016 # awk's
	on A awk '$1 == "vethA:" { print $2 + $10 }' /proc/net/dev
}

below()
{
	local most=$1 is
	shift
	is=$("$@")
	echo "$*: $is, less than $most expected"
	((is < most))
}

pair_up plain
insmod "$TOE_MODDIR/looptoe.ko" || exit
check 'only interfaces' eval '! attach A nosuchdev'
for h in A B; do
	check "an interface of $h" attach $h "veth$h"
	check 'is a TOE device' exactly 1 devices $h
	check 'once only' eval "! attach $h veth$h"
	toe_on $h
	on $h sysctl -qw net.toe.retry_ms=20
done
serve

# --- data -------------------------------------------------------------------------
# carried ADDRESS: both ends down, the bytes by the device and not by the wire
carried()
{
	local addr=$1 ups down

	down=$(toe_stat A total offloaded)
	ups=$(toe_stat B total offloaded)
	over=$(handed_over)
	was=$(wire)
	check "$addr: every byte" on A stream bulk -S "$SEED" -u "$bytes" \
		-d "$bytes" "$addr"
	check "$addr: A's end was down" at_least $((down + 1)) \
		toe_stat A total offloaded
	check "$addr: so was B's" at_least $((ups + 1)) \
		toe_stat B total offloaded
	check "$addr: the device carried it" at_least \
		$((over + bytes * 2 * 9 / 10)) handed_over
	check "$addr: the wire did not" below $((was + bytes * 2 / 5)) wire
}
carried $B4
carried $B6
check 'requests and responses' on A stream rr -S "$SEED" -n 200 $B4
check 'a half close' on A stream half -S "$SEED" -u 100000 -d 100000 $B4
check 'short ones' on A stream short -S "$SEED" -n 10 -P 2 $B6
check 'nothing was rebuilt in A' exactly 0 toe_stat A total rebuilt
check 'nor in B' exactly 0 toe_stat B total rebuilt

# --- moves --------------------------------------------------------------------------
client bulk -S $((SEED + 1)) -P 2 -i 20 -t 3600 $B4
check 'both ends of two connections are down' wait_for 60 exactly 2 \
	conns A offloaded
moved()
{
	local i h hosts=(A B) over

	for ((i = 0; i < rounds; i++)); do
		h=${hosts[i % 2]}
		toectl -n "$h" conn upload all > /dev/null || return
		exactly 0 conns "$h" offloaded || return
		toectl -n "$h" conn offload all > /dev/null
		wait_for 60 exactly 2 conns A offloaded || return
		over=$(handed_over)
		wait_for 60 at_least $((over + 100000)) handed_over || return
	done
}
check "$rounds times up and down in mid-transfer" moved
check 'their other ends came up by the wish of the device' at_least 1 \
	toe_stat A uploaded requested
check 'unloaded under traffic' rmmod looptoe
check 'all are in the host' exactly 0 conns A offloaded
check 'by the removal' at_least 2 toe_stat A uploaded device-gone
on A pkill -USR1 stream
check 'every byte' join
check 'nothing was rebuilt at all' exactly 0 toe_stat A total rebuilt
finish
