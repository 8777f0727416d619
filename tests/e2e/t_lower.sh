#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Over NICs with drivers: one end of the wire is a virtio-net, the other an
# e1000 (tests/vm/run joins the two). Offloaded at both ends.
: "${SCALE:=25}"	# percent
. "$(dirname "$0")/lib.sh"

bytes=$(scaled $((64 << 20)) $((1 << 20)))

# by_driver NAME: its interface
by_driver()
{
	local dev

	for dev in /sys/class/net/*; do
		[[ $(readlink "$dev/device/driver") == */$1 ]] || continue
		echo "${dev##*/}"
		return
	done
	return 1
}

pair_wire()
{
	modprobe -a virtio_net e1000 || return
	wait_for 30 by_driver virtio_net
	wait_for 30 by_driver e1000
	ip link set "$(by_driver virtio_net)" netns A name vethA
	ip link set "$(by_driver e1000)" netns B name vethB
}

check 'a wire between two NICs' pair_up nic
note "A: $(on A ethtool -i vethA | head -n 1), B: $(on B ethtool -i vethB |
	head -n 1)"
serve
for host in $B4 $B6; do
	client bulk -S "$SEED" -u "$bytes" -d "$bytes" "$host"
	check "$host: offloaded at both ends" wait_for 30 at_least 1 \
		toe_stat B total offloaded
	check "$host: every byte" join
done
assert_offloaded A 2 $((2 * bytes))
assert_offloaded B 2 $((2 * bytes))

# The wire goes down under it and comes back
client bulk -S "$SEED" -t 3600 $B4
check 'offloaded' wait_for 30 exactly 1 conns A offloaded
ip -n A link set vethA down
check 'link-down: uploaded' wait_for 30 exactly 1 \
	toe_stat A uploaded link-down
check 'the wire and the NIC up' eval \
	'ip -n A link set vethA up && ip -n A link set toe0 up'
check 'down again' wait_for 90 exactly 1 conns A offloaded
on A pkill -USR1 stream
check 'went on throughout' join
finish
