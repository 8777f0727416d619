#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Many connections in one initiate call.
. "$(dirname "$0")/lib.sh"

many=200
pair_up nic
serve
on A sysctl -qw net.toe.batch_max=64 net.toe.batch_ms=200
client rr -S "$SEED" -P $many -s 500 -t 3600 $B4
check "$many offloaded" wait_for 120 at_least $many conns A offloaded
batches=$(toe_stat A total batches)
tried=$(toe_stat A total tried)
note "$tried connections in $batches calls"
check 'several in one call' at_least $((batches * 4)) echo "$tried"
check 'the sizes add up' exactly "$(toe_stat A total batches)" \
	bash -c "ip netns exec A toectl -j stats show all |
		jq '.\"batch-size\" | add'"
check 'back' on A toectl conn upload all
check 'for that reason' exactly $many toe_stat A uploaded admin
check 'none is left on the NIC' wait_for 30 exactly 0 conns A offloaded
check 'and down in batches' on A toectl conn offload all
check "$many offloaded again" wait_for 120 at_least $many conns A offloaded

# Unload and link down while batches are on their way
on A toectl conn upload all > /dev/null
on A toectl conn offload all > /dev/null
check 'link down meets a batch' ip -n A link set toe0 down
check 'nothing stays behind' wait_for 30 exactly 0 conns A offloaded
check 'for that reason' at_least 1 toe_stat A uploaded link-down
ip -n A link set toe0 up
on A pkill -USR1 stream
check 'every byte' join
finish
