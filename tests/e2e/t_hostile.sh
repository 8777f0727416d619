#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A device that lies, a device that refuses, wild knob values, nonsense over
# netlink: an error or an upload, never a splat, never a lost connection.
: "${SCALE:=10}"	# percent of the nonsense over netlink
. "$(dirname "$0")/lib.sh"

pair_up stock
serve
on A sysctl -qw net.toe.retry_ms=20
client rr -S "$SEED" -P 8 -s 8000 -i 20 -t 3600 $B4
check 'offloaded' wait_for 30 exactly 8 conns A offloaded

again()
{
	ip -n A link set toe0 down
	ip -n A link set toe0 up
	wait_for 5 exactly 8 estat A toe_offloaded && return
	on A toectl conn offload all
	wait_for 30 exactly 8 estat A toe_offloaded
}

# 0 handle, 1 cookie, 2 seq, 3 len, 4 snd_una, 5 rcv_nxt, 6 flags, 7 no buffer,
# 8 producer
taken()
{
	[[ $(($(cat $fault/toe0/lie))) == 0 ]]
}

lie()
{
	echo $((1 << $1)) > $fault/toe0/lie
	wait_for 30 taken
}

noticed()
{
	local n

	n=$(on A ethtool -S toe0 |
		awk '$1 ~ /^toe_bad_(ring|cookie|handle|flags|buf|len):/ {
			n += $2 } END { print n }')
	echo $((n + $(toe_stat A total bad-events) +
		$(toe_stat A uploaded nic-lied)))
}

# A false state that a later, true completion overtakes on its way to the socket
# did no harm and is not seen: tell it again.
told_and_noticed()
{
	local before try

	before=$(noticed)
	for try in 1 2 3 4 5 6 7 8; do
		lie "$1" || return
		wait_for 3 at_least $((before + 1)) noticed && return
		echo "lie $1 was not noticed, try $try"
	done
	return 1
}

for kind in 0 1 2 3 4 5 6 7 8; do
	check "lie $kind is noticed" told_and_noticed $kind
	check "lie $kind: still running" running
	check "lie $kind: down again" again
done

for reason in requested hardware segment; do
	before=$(toe_stat A total uploaded)
	echo "-1 $reason" > $fault/toe0/upload
	check "wish: $reason" wait_for 60 at_least $((before + 1)) \
		toe_stat A total uploaded
	on A toectl conn offload all > /dev/null
done

for knob in enabled=2 enabled=-1 mode=wild min_bytes=-1 min_bytes=4294967296 \
	    min_age_ms=99999999999 max_connections=-5 \
	    ports=0-70000 ports=1,x addresses=10.0.0.0/99 addresses=x; do
	check "net.toe.$knob is refused" \
		bash -c "! ip netns exec A sysctl -qw 'net.toe.$knob' 2>/dev/null"
done

on A pkill -USR1 stream
check 'no reset, every byte' join
check 'nonsense over netlink' on A nlfuzz "$SEED" "$(scaled 20000 1000)"
finish
