#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The connection table: many at once, and one more than there is room for.
: "${SCALE:=20}"	# percent
. "$(dirname "$0")/lib.sh"

many=$(scaled 10000 200)
pair_up stock
serve

# Ports are few: several addresses.
on A sysctl -qw net.toe.max_connections=5
client hold -S "$SEED" -n 8 -t 3600 $B4
held()
{
	grep -q holding "$said"
}
wait_for 60 held
check 'no more than max_connections' wait_for 60 exactly 5 conns A offloaded
check 'with the reason' at_least 3 toe_stat A refused limit
on A pkill -USR1 stream
check 'all of them work' join

on A sysctl -qw net.toe.max_connections=1048576
before=$(toe_stat A total offloaded)
client hold -S "$SEED" -n "$many" -t 3600 $B4
check "$many connections" wait_for 600 held
all_down()
{
	wait_for 5 exactly "$many" estat A toe_offloaded && return
	# A few had data on its way when they were looked at, and are idle now.
	on A toectl conn offload all
	wait_for 30 exactly "$many" estat A toe_offloaded
}
check "$many offloaded at once" all_down
check 'the table agrees' exactly "$many" estat A toe_table_used
received=$(estat A toe_rx_segs)
on A pkill -USR1 stream
check 'all of them work' join
check 'through the NIC' at_least $((received + many)) estat A toe_rx_segs
check 'and went up to close' at_least $((before + many)) \
	toe_stat A total uploaded
check 'none is left' wait_for 120 exactly 0 estat A toe_offloaded
finish
