#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Down and up again, at random moments of one live transfer: by toectl, by the
# ethtool flag, by the link, by the sysctl, by the NIC's wish.
: "${SCALE:=25}"	# percent: a round trip costs two seconds
. "$(dirname "$0")/lib.sh"

rounds=$(scaled 200 10)
# On the debug kernel a transfer at full speed leaves nothing for the tools.
pause=$((SCALE < 10 ? 50 : 5))
pair_up nic
serve
on A sysctl -qw net.toe.retry_ms=20
client bulk -S "$SEED" -i $pause -t 3600 $B4
wait_for 30 exactly 1 conns A offloaded

host_has_it()
{
	exactly 0 estat A toe_offloaded
}

nic_has_it()
{
	exactly 1 estat A toe_offloaded
}

up_and_down()
{
	case $1 in
	0)	on A toectl conn upload all && on A toectl conn offload all ;;
	1)	on A ethtool --set-priv-flags toe0 tcp-offload off &&
		wait_for 60 host_has_it &&
		on A ethtool --set-priv-flags toe0 tcp-offload on ;;
	2)	ip -n A link set toe0 down && ip -n A link set toe0 up ;;
	3)	on A sysctl -qw net.toe.mode=off &&
		wait_for 60 host_has_it &&
		on A sysctl -qw net.toe.mode=auto ;;
	4)	echo '-1 requested' > $fault/toe0/upload ;;
	esac
}

rounds_of()
{
	local i way

	for ((i = 0; i < rounds; i++)); do
		way=$((RANDOM % 5))
		# Mostly by the tool: it's the quickest.
		((RANDOM % 2)) && way=0
		up_and_down $way || { echo "way $way failed"; return 1; }
		wait_for 3 nic_has_it || on A toectl conn offload all
		wait_for 30 nic_has_it || {
			echo "round $i, way $way: not down again"
			return 1
		}
		read -rt 0.0$((RANDOM % 10)) -u "$never"
		running || { echo "transfer ended, round $i"; return 1; }
	done
}

check "$rounds round trips" rounds_of
on A pkill -USR1 stream
check 'every byte' join
check 'as many uploads' at_least "$rounds" toe_stat A total uploaded
check 'by the tool' at_least 1 toe_stat A uploaded admin

# What the NIC holds out of order goes up as well
on B tc qdisc replace dev vethB root netem delay 5ms loss 3% limit 20000
client bulk -S "$SEED" -i $((pause / 10)) -t 3600 $B4
wait_for 30 exactly 1 conns A offloaded
rounds=$(scaled 50 10)
check "$rounds round trips over a bad wire" rounds_of
# A slow machine seldom has some just when it is asked.
returned()
{
	local i

	rounds=1
	for ((i = 0; i < 60; i++)); do
		at_least 1 estat A toe_rx_ooo_returned > /dev/null && return
		rounds_of || return
	done
	return 1
}
check 'segments that the NIC held were returned' returned
on A pkill -USR1 stream
check 'every byte' join
finish
