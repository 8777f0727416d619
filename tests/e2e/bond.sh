# SPDX-License-Identifier: GPL-2.0
# Two hosts joined by two wires, a bond at one end or both; sourced after lib.sh.
# shellcheck shell=bash

# bond HOST MODE-ARG...: over links 0 and 1
bond()
{
	local h=$1 link
	shift
	ip -n "$h" link add bond0 type bond "$@" miimon 50
	for link in "${links[@]}"; do
		ip -n "$h" link set "$link" down
		ip -n "$h" link set "$link" master bond0
	done
	ip -n "$h" link set bond0 up
}

# bridge HOST: links 0 and 1 as ports of a switch, which is what an active-backup
# bond is meant for
bridge()
{
	local link

	ip -n "$1" link add bond0 type bridge
	for link in "${links[@]}"; do
		ip -n "$1" link set "$link" master bond0
	done
	ip -n "$1" link set bond0 up
}

# two_up NIC1 MODE-ARG...: hosts A and B with two wires; in A NICs over both, or
# with NIC1 = plain over the first one only
two_up()
{
	local second=$1 i
	shift
	pair_down
	ip netns add A
	ip netns add B
	for i in 0 1; do
		ip link add "vethA$i" netns A type veth peer name "vethB$i" \
			netns B
		ip -n A link set "vethA$i" up
		ip -n B link set "vethB$i" up
	done
	ip -n A link set lo up
	ip -n B link set lo up
	ip -n A link add link vethA0 name toe0 type simtoe
	links=(toe0 vethA1)
	if [[ $second != plain ]]; then
		ip -n A link add link vethA1 name toe2 type simtoe
		links=(toe0 toe2)
	fi
	bond A "$@"
	links=(vethB0 vethB1)
	# the peer sends all of it by one member, whoever we chose
	if [[ "$*" == *active-backup* ]]; then
		bridge B
		ip -n A link set bond0 type bond active_slave toe0
	else
		bond B "${@/layer3+4/layer2}"
	fi
	nic_addr A bond0
	nic_addr B bond0
	on A sysctl -qw net.toe.retry_ms=50 net.toe.failback_ms=500
	toe_on A
	wait_for 30 on A ping -q -c 1 -W 1 "$B4"
	wait_for 30 on A ping -q -c 1 -W 1 "$B6"
	serve
}

# on_nic NIC: connections down on it
on_nic()
{
	on A ethtool -S "$1" 2>/dev/null |
		awk '$1 == "toe_offloaded:" { print $2 }'
}

both()
{
	echo $(($(on_nic toe0) + $(on_nic toe2)))
}
