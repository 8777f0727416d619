#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A NIC whose firmware stops: noticed by its heartbeat, recovered from host
# memory. Then NICs that die or hang in the middle of a batch on its way down.
: "${SCALE:=10}"	# percent
. "$(dirname "$0")/lib.sh"

deaths=$(scaled 100 4)
pair_up nic
serve
on A sysctl -qw net.toe.retry_ms=20

# Nobody calls the NIC: the watchdog has to see it, within 300 ms by design. The
# rest is for an emulated machine that does something else as well, which gets
# more than one chance.
hang()
{
	local fails hangs start

	fails=$(toe_stat A total dev-fails) hangs=$(estat A toe_hangs)
	start=$(date +%s%N)
	echo 1 > $fault/toe0/hang
	wait_for 60 at_least $((fails + 1)) toe_stat A total dev-fails || return
	took=$((($(date +%s%N) - start) / 1000000))
	at_least $((hangs + 1)) estat A toe_hangs || return
	wait_for 60 exactly 5 conns A offloaded
}
in_time()
{
	local i

	for ((i = 0; i < 4 && took >= 3000; i++)); do
		hang || return
	done
	((took < 3000))
}
client hold -n 5 $B4
check 'idle connections are down' wait_for 60 exactly 5 conns A offloaded
check 'a hung NIC is noticed by its heartbeat' hang
check "in bounded time, after $took ms" in_time
on A pkill -USR1 stream
check 'idle connections work on' join

# A batch on its way down, its NIC dead or hung in the middle of the command
batches()
{
	local i before ways=(kill_after hang_after)

	for ((i = 0; i < deaths; i++)); do
		before=$(toe_stat A total dev-fails)
		echo $((RANDOM % 100 + 1)) > \
			"$fault/toe0/${ways[RANDOM % 2]}"
		wait_for 30 at_least $((before + 1)) \
			toe_stat A total dev-fails || return
		running || { echo "transfer ended, death $i"; return 1; }
	done
}

on A sysctl -qw net.toe.batch_max=64 net.toe.batch_ms=20
client short -S "$SEED" -P 30 -s 5000 -t 3600 $B4
before=$(toe_stat A total batches)
check "$deaths deaths under batches" batches
check 'there were batches' at_least $((before + 2)) toe_stat A total batches
check 'refused by a dead NIC' at_least 1 toe_stat A refused nic-dead
on A pkill -USR1 stream
check 'no short connection failed' join
finish
