#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One owner, seen on the wire: every frame is captured where the host's stack
# hands it to the NIC and where it leaves the NIC. While a connection is down
# each one comes from the engine, while it is up none does; and sequence
# numbers, window, timestamps and IP ID go on without a step (tools/wirecheck).
: "${SCALE:=20}"	# percent
. "$(dirname "$0")/lib.sh"

rounds=$(scaled 100 10)
events=/sys/kernel/tracing
pair_up stock
serve
check 'the analyzer finds what is planted' \
	"$e2e_dir/tools/wirecheck" --self-test

echo tai > $events/trace_clock
echo 16384 > $events/buffer_size_kb
echo > $events/trace
echo 1 > $events/events/toe/toe_conn_state/enable
ifindex()
{
	ip -n A -j link show "$1" | jq '.[0].ifindex'
}
# Loss towards B behind the tap, by the receiving end; towards A by netem.
on B nft "add table netdev lossy
add chain netdev lossy in {
	type filter hook ingress device vethB priority 0; }
add rule netdev lossy in numgen random mod 50 0 counter drop"
on B tc qdisc add dev vethB root netem limit 20000 loss 1%
# What is on toe0 is the host's: without the NIC's own frames
on A ethtool --set-priv-flags toe0 mirror off
(exec nsenter --net=/run/netns/A tcpdump -i any -y LINUX_SLL2 -Q out -s 160 \
	-B 65536 --time-stamp-precision=nano -w "$scratch/pcap" \
	'tcp port 5001' 2> "$scratch/tcpdump") &
tcpdump=$!
# What the host's stack sends while the NIC's interface is down ends in a queue
# or a route that discards it. What netfilter is told of the NIC's own segments
# (firewall.c) has no time stamps, nor any other option.
on A nft "add table inet spent
add chain inet spent out { type filter hook output priority 0; }
add rule inet spent out tcp dport 5001 tcp doff != 5 log group 5 snaplen 160"
(exec nsenter --net=/run/netns/A tcpdump -i nflog:5 -B 65536 \
	-w "$scratch/spent" 2> "$scratch/nflog") &
nflog=$!
wait_for 30 grep -q listening "$scratch/tcpdump"
wait_for 30 grep -q listening "$scratch/nflog"

client rr -S "$SEED" -P 3 -s 30000 -i 20 -t 3600 $B4
client4=$client
client rr -S $((SEED + 1)) -P 3 -s 30000 -i 20 -t 3600 $B6
check 'offloaded' wait_for 30 exactly 6 conns A offloaded

# Up and down by every way that there is, and dead
round()
{
	case $1 in
	0)	on A toectl conn upload all && on A toectl conn offload all ;;
	1)	ip -n A link set toe0 down && ip -n A link set toe0 up ;;
	2)	echo '-1 requested' > $fault/toe0/upload ;;
	3)	echo $((RANDOM % 200 + 1)) > $fault/toe0/kill_after
		wait_for 30 at_least $((resets + 1)) estat A toe_resets ;;
	esac
}

rounds_of()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		resets=$(estat A toe_resets)
		round $((i % 4)) > /dev/null || return
		wait_for 30 exactly 6 estat A toe_offloaded || return
		nap
	done
}
on A sysctl -qw net.toe.retry_ms=20
check "$rounds times up and down" rounds_of
on A toectl conn upload all > /dev/null
check 'all up' wait_for 60 exactly 0 conns A offloaded
nap
on A pkill -USR1 stream
check 'every byte' join
check 'every byte of the others' join "$client4"

echo 0 > $events/events/toe/toe_conn_state/enable
kill $tcpdump $nflog
wait $tcpdump $nflog
cat $events/trace > "$scratch/events"
note "$(grep 'dropped by kernel' "$scratch/tcpdump")"
check 'the capture is whole' \
	grep -q '^0 packets dropped by kernel' "$scratch/tcpdump"
wire()
{
	"$e2e_dir/tools/wirecheck" "$scratch/pcap" "$scratch/spent" \
		"$scratch/events" "$(ifindex toe0)" "$(ifindex vethA)" |
		tee "$scratch/wire"
	((PIPESTATUS[0])) || return 0
	mkdir -p "$tools/../logs"
	cp "$scratch/pcap" "$scratch/spent" "$scratch/events" "$tools/../logs"
	return 1
}

of_wire()
{
	jq ".$1" "$scratch/wire"
}
# lost: frames to B and to A, the smaller number
lost()
{
	local to_b to_a

	[[ $(on B nft list ruleset) =~ counter\ packets\ ([0-9]+) ]]
	to_b=${BASH_REMATCH[1]-0}
	to_a=$(on B tc -s -j qdisc show dev vethB |
		jq '[.[] | select(.kind == "netem") | .drops] | add')
	echo $((to_a < to_b ? to_a : to_b))
}
check 'frames were lost both ways' at_least 1 lost
check 'one owner, no step' wire
note "$(jq -c 'del(.errors)' "$scratch/wire")"
check 'both owners, in turns' at_least $((rounds * 6)) of_wire switches
check 'frames of the NIC' at_least $((rounds * 20)) of_wire nic
check 'frames of the host' at_least $((rounds * 12)) of_wire host
finish
