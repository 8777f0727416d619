#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The NIC dies at random moments under 50 live connections; the host's stack
# carries on, the driver resets the NIC and it takes them again.
. "$(dirname "$0")/lib.sh"

kills=$(scaled 100 4)
pair_up nic
serve
on A sysctl -qw net.toe.retry_ms=20
client rr -S "$SEED" -P 50 -s 16000 -t 3600 $B4
wait_for 60 at_least 40 conns A offloaded

rebuilt_after()
{
	at_least $(($1 + 1)) toe_stat A total rebuilt
}

kill_rounds()
{
	local i before

	for ((i = 0; i < kills; i++)); do
		before=$(toe_stat A total rebuilt)
		if ((RANDOM % 3)); then
			echo $((RANDOM % 500 + 1)) > $fault/toe0/kill_after
		else
			echo $((RANDOM % 2 + 1)) > $fault/toe0/kill
		fi
		wait_for 30 rebuilt_after "$before" || {
			echo "kill $i: nothing rebuilt"
			return 1
		}
		running || { echo "transfer ended, kill $i"; return 1; }
		wait_for 60 at_least 25 conns A offloaded || {
			echo "kill $i: not down again"
			return 1
		}
	done
}

check "$kills kills under 50 connections" kill_rounds
on A pkill -USR1 stream
check 'no reset, no error, every byte' join
check 'rebuilt from host memory' at_least "$kills" toe_stat A total rebuilt
check 'counted as dead' at_least "$kills" toe_stat A uploaded nic-dead
check 'no failed connection' exactly 0 jq .errors "$scratch/client"
finish
