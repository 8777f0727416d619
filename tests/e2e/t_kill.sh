#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The NIC dies or hangs at random moments under 50 live connections; the host's
# stack carries on, the driver resets the NIC and it takes them again.
: "${SCALE:=20}"	# percent: a kill costs two seconds
. "$(dirname "$0")/lib.sh"

kills=$(scaled 100 4)
pair_up nic
serve
on A sysctl -qw net.toe.retry_ms=20
# Pauses, so that the machine has time for the recovery: with both processors
# busy a round takes ten times as long and shows no more.
client rr -S "$SEED" -P 50 -s 8000 -i 100 -t 3600 $B4
check '50 offloaded' wait_for 60 exactly 50 conns A offloaded

# What a death leaves un-ACKed the host sends again.
retransmitted()
{
	[[ $(on A nstat -asz TcpRetransSegs) =~ TcpRetransSegs\ +([0-9]+) ]]
	echo "${BASH_REMATCH[1]}"
}

hits=0
kill_rounds()
{
	local i sent

	for ((i = 0; i < kills; i++)); do
		sent=$(retransmitted)
		case $((RANDOM % 6)) in
		0|1)	echo $((RANDOM % 500 + 1)) > $fault/toe0/kill_after ;;
		2|3)	echo $((RANDOM % 500 + 1)) > $fault/toe0/hang_after ;;
		4)	echo $((RANDOM % 2 + 1)) > $fault/toe0/kill ;;
		5)	echo 1 > $fault/toe0/hang ;;
		esac
		wait_for 30 at_least $((i + 1)) estat A toe_resets || {
			echo "kill $i: no reset"
			return 1
		}
		running || { echo "transfer ended, kill $i"; return 1; }
		wait_for 60 at_least 40 estat A toe_offloaded || {
			echo "kill $i: not down again"
			return 1
		}
		(($(retransmitted) > sent)) && hits=$((hits + 1))
	done
}

check "$kills deaths under 50 connections" kill_rounds
check 'most of them met data on its way' at_least $((kills / 2)) echo $hits
on A pkill -USR1 stream
check 'no reset, no error, every byte' join
check 'rebuilt from host memory' at_least $((kills * 25)) \
	toe_stat A total rebuilt
check 'counted as dead' at_least $((kills * 25)) toe_stat A uploaded nic-dead
check 'the device failed each time' exactly "$kills" toe_stat A total dev-fails
check 'no failed connection' exactly 0 jq .errors "$said"
finish
