#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The NIC's own table: connection N + 1 stays in the host, undisturbed, with
# the reason counted, and goes down when there is room.
. "$(dirname "$0")/lib.sh"

pair_up stock
serve
on A sysctl -qw net.toe.retry_ms=20
bus=$(on A ethtool -i toe0 | awk '/^bus-info/ { print $2 }')

table()
{
	devlink dev param set "platform/$bus" name tcp_connections value "$1" \
		cmode runtime
}

check 'devlink shows the table' \
	bash -c "devlink dev param show platform/$bus name tcp_connections |
		grep -q 'value 16384'"
check 'too large a table is refused' bash -c "! devlink dev param set \
	platform/$bus name tcp_connections value 4000000 cmode runtime"
check 'a small table' table 10
check 'toectl shows its size' exactly 10 bash -c \
	"ip netns exec A toectl -j dev | jq '.. | .tcp_entries? // empty'"
client rr -S "$SEED" -P 15 -s 4000 -t 3600 $B4
check 'ten go down' wait_for 60 exactly 10 conns A offloaded
check 'the rest is refused by the NIC' wait_for 60 at_least 5 \
	toe_stat A refused nic-tcp-entries
check 'the table agrees' exactly 10 estat A toe_table_used
check 'room again' table 100
check 'all go down' wait_for 60 exactly 15 conns A offloaded
on A pkill -USR1 stream
check 'all of them worked throughout' join
finish
