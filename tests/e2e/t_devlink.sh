#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# devlink dev reload, under traffic: every connection comes up, the hardware
# starts afresh, and down they go again. Also while the NIC dies, or is removed.
: "${SCALE:=8}"	# percent
. "$(dirname "$0")/lib.sh"

rounds=$(scaled 40 3)
reload()
{
	devlink dev reload "platform/$bus" "$@"
}

bus_of()
{
	bus=$(on A ethtool -i toe0 | awk '/^bus-info/ { print $2 }')
}

pair_up stock
on A sysctl -qw net.toe.retry_ms=20
serve
bus_of
version()
{
	devlink dev info "platform/$bus" | grep -A 2 running: | grep 'fw 1'
}
check 'the running version' version
client rr -S "$SEED" -P 8 -s 20000 -i 5 -t 3600 $B4
rr=$client
client bulk -S $((SEED + 1)) -i 20 -t 3600 $B6
bulk=$client
client hold -S $((SEED + 2)) -n 5 -t 3600 $B4
check 'offloaded' wait_for 60 exactly 14 conns A offloaded

# all of them, the idle ones too
rounds_of()
{
	local i resets

	for ((i = 0; i < rounds; i++)); do
		resets=$(estat A toe_resets)
		case $((i % 2)) in
		0)	reload > /dev/null ;;
		1)	reload action fw_activate > /dev/null ;;
		esac || return
		exactly $((resets + 1)) estat A toe_resets || return
		wait_for 60 exactly 14 conns A offloaded || return
	done
}
check "$rounds reloads under traffic" rounds_of
check 'connections came up for it' at_least $((14 * rounds)) \
	toe_stat A uploaded reload
check 'with what the hardware knew: none was rebuilt' \
	exactly 0 toe_stat A total rebuilt
check 'no other namespace' eval '! reload netns A'
check 'they are still down' exactly 14 conns A offloaded

# at the same time as something else
at_once()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		echo $((RANDOM % 300 + 1)) > $fault/toe0/kill_after
		reload > /dev/null 2>&1
		wait_for 60 exactly 14 conns A offloaded || return
	done
	echo 0 > $fault/toe0/kill_after
}
check "$rounds reloads, the NIC dies" at_once
removed()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		(while reload > /dev/null 2>&1; do :; done) &
		nap
		ip -n A link del toe0 || return
		wait $!
		nic_add A && nic_addr A toe0 && bus_of || return
		wait_for 60 exactly 14 conns A offloaded || return
	done
}
check "$rounds reloads, the NIC is removed" removed
on A pkill -USR1 stream
check 'every byte' join $rr
check 'every byte in bulk' join $bulk
check 'the idle ones live' join
finish
