#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Ten times as many connections: what concerns all of them takes ten times as
# long and no longer. Taken back from a live NIC, rebuilt after a dead one, and
# changes of the host that reach all of them.
: "${SCALE:=20}"	# percent
. "$(dirname "$0")/lib.sh"

pair_up stock
ip -n B addr add 10.9.0.3/24 dev vethB
ip -n B addr add 10.8.0.2/32 dev lo
ip -n A route add 10.8.0.0/24 via 10.9.0.2
on A ping -q -c 1 -W 10 10.9.0.3 > /dev/null
# nothing but what is asked for
on A sysctl -qw net.toe.retry_ms=600000 net.toe.batch_max=64
serve
clients=()

held()
{
	grep -q holding "$said"
}

down()
{
	on A toectl conn offload all > /dev/null
	wait_for 60 exactly "$1" estat A toe_offloaded
}

all_down()
{
	wait_for 120 down "$1"
}

now_ms()
{
	local now

	read -r now _ < /proc/uptime
	echo $((${now/./} * 10))
}

# reached N GROUP NAME: the counter, fast
reached()
{
	local json

	json=$(toectl -n A -j stats show all)
	[[ $json =~ \"$2\":\{[^}]*\"$3\":([0-9]+) ]]
	((BASH_REMATCH[1] >= $1))
}

# took N GROUP NAME COMMAND...: sets ms to the time until the counter has grown
# by N, with the time of looking
took()
{
	local n=$1 group=$2 name=$3 before start
	shift 3

	before=$(toe_stat A "$group" "$name")
	start=$(now_ms)
	"$@" || return
	until reached $((before + n)) "$group" "$name"; do
		(($(now_ms) < start + 100000)) || return
	done
	ms=$(($(now_ms) - start + 1))
}

flag_off()	{ on A ethtool --set-priv-flags toe0 tcp-offload off; }
kill_nic()	{ echo 2 > $fault/toe0/kill; }
other_gateway()	{ ip -n A route replace 10.8.0.0/24 via 10.9.0.3; }
no_route()	{ ip -n A route del 10.8.0.0/24; }

declare -A rate
found=()
# check has the output of what it runs: for afterwards
keep()
{
	found+=("$*")
}

# measure N
measure()
{
	local n=$1 told mac

	printf -v mac 02:00:00:%02x:%02x:01 $((n / 256 % 256)) $((n % 256))

	took "$n" uploaded flag flag_off || return
	keep "$n: live NIC: up in $ms ms, $((n * 1000 / ms)) per second"
	rate[live.$n]=$((n * 1000 / ms))
	on A ethtool --set-priv-flags toe0 tcp-offload on
	all_down "$n" || return
	took "$n" uploaded nic-dead kill_nic || return
	keep "$n: dead NIC: rebuilt in $ms ms, $((n * 1000 / ms)) per second"
	rate[dead.$n]=$((n * 1000 / ms))
	all_down "$n" || return

	told=$(estat A toe_mbox_updates)
	ip -n B link set vethB address "$mac"
	ms=$(now_ms)
	ip -n A neigh replace 10.9.0.2 lladdr "$mac" dev toe0 \
		nud reachable
	ms=$(($(now_ms) - ms))
	exactly $((told + 1)) estat A toe_mbox_updates || return
	keep "$n: MAC address of the next hop: one update, $ms ms"
	ip -n A neigh replace 10.9.0.3 lladdr "$mac" dev toe0 \
		nud reachable
	took 1 total relinked other_gateway || return
	keep "$n: another gateway: relinked after $ms ms"
	took "$n" uploaded route no_route || return
	keep "$n: route gone: up in $ms ms, $((n * 1000 / ms)) per second"
	rate[route.$n]=$((n * 1000 / ms))
	ip -n A route add 10.8.0.0/24 via 10.9.0.2
}

# linear WHAT SMALL LARGE: at ten times the number not less than half the rate
linear()
{
	echo "$1: ${rate[$1.$2]} per second at $2, ${rate[$1.$3]} at $3"
	((rate[$1.$3] * 2 >= rate[$1.$2]))
}

large=$(scaled 10000 1000) small=$((large / 10)) have=0
for n in $small $large; do
	client hold -S "$SEED" -n $((n - have)) -t 36000 10.8.0.2
	clients+=("$client")
	check "$n connections" wait_for 900 held
	have=$n
	check "$n are down" all_down "$n"
	found=()
	check "$n: up and down" measure "$n"
	for line in "${found[@]}"; do
		note "$line"
	done
	check "$n: down again" all_down "$n"
done
for what in live dead route; do
	check "linear: $what" linear "$what" "$small" "$large"
done
on A pkill -USR1 stream
for pid in "${clients[@]}"; do
	check 'no error' join "$pid"
done
finish
