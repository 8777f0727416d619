#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The connection table: many at once, and one more than there is room for.
. "$(dirname "$0")/lib.sh"

many=$(scaled 10000 200)
pair_up stock
serve

# Ports are few: several addresses.
on A sysctl -qw net.toe.max_connections=5
client hold -S "$SEED" -n 8 -t 3600 $B4
held()
{
	grep -q holding "$scratch/client"
}
wait_for 60 held
check 'no more than max_connections' wait_for 20 exactly 5 conns A offloaded
check 'with the reason' at_least 3 toe_stat A refused limit
on A pkill -USR1 stream
check 'all of them work' join

on A sysctl -qw net.toe.max_connections=0
on A sysctl -qw net.toe.max_connections=1048576
client hold -S "$SEED" -n "$many" -t 3600 $B4
check "$many connections" wait_for 300 held
check "$many offloaded at once" wait_for 120 at_least $((many - many / 50)) \
	conns A offloaded
check 'the NIC agrees' at_least $((many - many / 50)) estat A toe_offloaded
on A pkill -USR1 stream
check 'all of them work, up and down' join
check 'and all are gone' wait_for 120 exactly 0 conns A offloaded
finish
