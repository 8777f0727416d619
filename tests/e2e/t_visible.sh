#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What ordinary tools say of a transfer that the NIC carried: nstat, ip -s link,
# /proc/net/dev, ss, tracepoints; the events of toectl monitor; and the keys of
# toectl's JSON, on which others build.
: "${SCALE:=10}"	# percent
. "$(dirname "$0")/lib.sh"

bytes=$(scaled $((40 << 20)) $((4 << 20)))
least=$((bytes * 9 / 10))
events=/sys/kernel/tracing

# snmp HOST NAME: of the namespace, since it is there
snmp()
{
	[[ $(on "$1" nstat -asz "$2") =~ $2\ +([0-9]+) ]]
	echo "${BASH_REMATCH[1]-}"
}

# link KEY: rx or tx bytes or packets of toe0, by ip; proc COLUMN: by /proc
link()
{
	ip -n A -j -s link show toe0 | jq ".[0].stats64.${1%_*}.${1#*_}"
}

proc()
{
	# shellcheck disable=SC2016 # awk's
	on A awk -v n="$1" '$1 == "toe0:" { print $n }' /proc/net/dev
}

# between LOW HIGH COMMAND...
between()
{
	local low=$1 high=$2 is
	shift 2
	is=$("$@")
	echo "$*: $is, $low to $high expected"
	((is >= low && is <= high))
}

pair_up stock
serve

# --- events and tracepoints, from the beginning ------------------------------------
(exec nsenter --net=/run/netns/A toectl -j monitor > "$scratch/events") &
monitor=$!
# it does when it tells of something
listens()
{
	ip -n A link set toe0 down
	ip -n A link set toe0 up
	[[ -s $scratch/events ]]
}
check 'somebody listens' wait_for 30 listens
echo > $events/trace
echo 1 > $events/events/toe/enable
declare -A was
for name in TcpInSegs TcpOutSegs TcpRetransSegs; do
	was[$name]=$(snmp A $name)
done
was[rx]=$(link rx_bytes) was[tx]=$(link tx_bytes)
client bulk -S "$SEED" -u "$bytes" -d "$bytes" $B4
check 'every byte' join
check 'taken up for its end and for nothing else' \
	uploaded_only A close closing
check 'the NIC sent them' at_least $least estat A toe_tx_bytes
check 'the NIC received them' at_least $least estat A toe_rx_bytes
echo 0 > $events/events/toe/enable

# --- counters ------------------------------------------------------------------
# The host's stack sent and received the first and the last segments, and those of
# ping and of its handshake; the NIC counts wire segments.
gone()
{
	exactly 0 conns A offloaded
}
check 'it is over' wait_for 30 gone
rx=$(estat A toe_rx_segs) tx=$(estat A toe_tx_segs)
again=$(estat A toe_tx_retrans)
slack=$((bytes / 10 / 1000 + 100))
note "the NIC: $rx segments in, $tx out, $again of them again"
check 'nstat counts what the NIC received' between \
	$((was[TcpInSegs] + rx)) $((was[TcpInSegs] + rx + slack)) \
	snmp A TcpInSegs
check 'and what it sent' between \
	$((was[TcpOutSegs] + tx - again)) \
	$((was[TcpOutSegs] + tx - again + slack)) snmp A TcpOutSegs
check 'and what it sent again' between \
	$((was[TcpRetransSegs] + again)) $((was[TcpRetransSegs] + again + 20)) \
	snmp A TcpRetransSegs
check 'ip counts the bytes in' at_least $((was[rx] + bytes)) link rx_bytes
check 'and out' at_least $((was[tx] + bytes)) link tx_bytes
check 'so does /proc/net/dev' at_least $((was[rx] + bytes)) proc 2
check 'both ways' at_least $((was[tx] + bytes)) proc 10

# --- the same in events and traces --------------------------------------------------
# happened FILTER: an event of the connection
happened()
{
	jq -se "map(select($1)) | length > 0" "$scratch/events" ||
		{ tail -n 3 "$scratch/events"; false; }
}
check 'event: it goes down' wait_for 30 happened '.object == "conn" and
	.from == "offloading" and .to == "offloaded" and .dev == "toe0"'
check 'event: it comes up' wait_for 30 happened '.object == "conn" and
	.from == "uploading" and .to == "host" and
	(.reason == "close" or .reason == "closing")'
check 'event: addresses, in words' happened \
	'.remote == "10.9.0.2:5001" and (.local | startswith("10.9.0.1:"))'
ip -n A link set toe0 down
ip -n A link set toe0 up
check 'event: the device pauses' wait_for 30 happened \
	'.object == "dev" and .dev == "toe0" and .event == "paused"'
check 'event: and resumes' wait_for 30 happened \
	'.object == "dev" and .event == "resumed"'
keys_of_events()
{
	jq -sc '[.[] | keys[]] | unique' "$scratch/events"
	jq -se '[.[] | keys[]] | unique - ["dev", "event", "from", "id",
		"local", "object", "reason", "refused", "remote", "time",
		"to"] == []' "$scratch/events"
}
check 'events: no other keys' keys_of_events
kill $monitor
wait $monitor 2>/dev/null
for t in toe_conn_state toe_upload toe_post toe_event; do
	check "tracepoint $t" grep -qE " $t: .*conn=[0-9]+" $events/trace
done
check 'tracepoint: with both ends' grep -qE \
	'toe_conn_state: .*10\.9\.0\.1:[0-9]+ -> 10\.9\.0\.2:5001' $events/trace
echo > $events/trace

# --- of one that is down -------------------------------------------------------------
client hold -S "$SEED" -n 1 -t 3600 $B4
check 'one is down' wait_for 60 exactly 1 conns A offloaded
shown()
{
	on A ss -Htieom 'dport = :5001' > "$scratch/ss"
	cat "$scratch/ss"
	grep -q 'tcp-ulp-toe' "$scratch/ss" &&
		grep -qE '\<cwnd:[1-9]' "$scratch/ss" &&
		grep -qE '\<rtt:[0-9.]+/' "$scratch/ss" &&
		grep -qE '\<skmem:\(' "$scratch/ss" &&
		grep -qE '\<bytes_acked:[1-9]' "$scratch/ss" &&
		grep -qE '\<segs_out:[1-9]' "$scratch/ss"
}
check 'ss shows the offload, times, windows, memory, segments' shown

# --- keys of JSON ------------------------------------------------------------------
# Keys may come, none may go. has FILTER KEY...: that part of the JSON has them
has()
{
	local filter=$1
	shift

	jq -ce "$filter | keys as \$is | (\$ARGS.positional - \$is) |
		if . == [] then true else \"missing: \\(.)\", false end" \
		"$scratch/json" --args "$@"
}

# json ARG...: of toectl, for has
json()
{
	on A toectl -j "$@" > "$scratch/json"
}

id=$(on A toectl -j conn show | jq '.[0].id')
check 'dev' json dev
check 'keys of dev' has '.[0]' dev ifindex state enabled paused dead conns \
	tcp_entries max_rcv_wnd
check 'conn' json conn
check 'keys of conn' has '.[0]' id state dev local remote tcp bytes_sent \
	bytes_received offloads uploads
check 'conn show ID' json conn show "$id"
check 'keys of conn show ID' has . id state dev neigh path tcp fields history \
	held_bytes held_packets waiting_packets
check 'keys of a field' has '.fields[0]' object class name copy nic
check 'keys of the history' has '.history[0]' time time_us move times by rule \
	reason dev
check 'policy' json policy
check 'keys of policy' has . knobs rules
on A toectl policy add allow remote 10.9.0.0/24 rport 5001
json policy
check 'keys of a rule' has '.rules[0]' number action local lport remote rport
check 'policy test ID' json policy test "$id"
check 'keys of policy test' has . answer by
check 'stats' json stats show all
check 'keys of stats' has . total refused uploaded
check 'keys of the total' has .total offloaded rebuilt
check 'every reason has its key' jq -e '.uploaded | has("reload") and
	has("nic-dead") and has("firewall")' "$scratch/json"
check 'top' json top -n 1
check 'keys of top' has . time watched offloaded connections
check 'keys of a connection in top' has '.connections[0]' id state dev local \
	remote tcp tx_rate rx_rate bytes_sent bytes_received cwnd srtt_us
check 'report' json report
check 'keys of report' has . time kernel root missing

on A pkill -USR1 stream
check 'the idle one lives' join
check 'the server saw every byte' server_content

# --- as in the README ------------------------------------------------------------------
# From nothing to the first offloaded connection, by what stands there: on a machine
# whose interface is eth0, with the peer behind it.
readme()
{
	local lines

	sed -n '/^By hand/,/^## /s/^\t//p' "$e2e_dir/../../README.md" \
		> "$scratch/readme"
	cat "$scratch/readme"
	lines=$(grep -c . "$scratch/readme")
	((lines > 3 && lines < 10)) && on A bash -e "$scratch/readme"
}

pair_down
ip netns add A
ip netns add B
ip -n A link add eth0 type veth peer name vethB netns B
ip -n A link set eth0 up
ip -n B addr add 192.0.2.2/24 dev vethB
ip -n B link set vethB up
serve
check 'the lines of the README, under ten' readme
check 'a connection' on A stream bulk -S "$SEED" -u 1000000 -d 1000000 192.0.2.2
check 'it was offloaded' exactly 1 toe_stat A total offloaded
check 'the NIC carried it' at_least 900000 estat A toe_rx_bytes
finish
