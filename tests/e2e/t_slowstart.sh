#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A connection goes down in the middle of slow start: the NIC begins with the window
# that the host had, no threshold, and grows it on; then the host with the NIC's. By
# the tracepoints of both, since a window doubles faster than one can ask. Reno,
# which leaves slow start for a loss only, over a wire of a third of a second.
. "$(dirname "$0")/lib.sh"

events=/sys/kernel/tracing
probes='tcp/tcp_probe toe/toe_event toe/toe_conn_state'
# tracing 0|1: of the probes; that of others works on
tracing()
{
	local e

	for e in $probes; do
		echo "$1" > "$events/events/$e/enable"
	done
	echo 1 > $events/tracing_on
}
trap 'tracing 0; echo 0 > $events/events/tcp/tcp_probe/filter; cleanup' EXIT

pair_up stock
serve
on A sysctl -qw net.toe.min_bytes=60000 net.ipv4.tcp_congestion_control=reno
on A tc qdisc replace dev vethA root netem limit 20000 delay 300ms
echo 16384 > $events/buffer_size_kb
echo 'dport == 5001' > $events/events/tcp/tcp_probe/filter
echo > $events/trace
tracing 1

# cwnd: in segments
cwnd()
{
	[[ $(on A ss -tinH 'dport = :5001') =~ \ cwnd:([0-9]+) ]]
	echo "${BASH_REMATCH[1]-}"
}

client bulk -S "$SEED" -t 3600 $B4
check 'down by policy' wait_for 60 exactly 1 conns A offloaded
check 'a large window' wait_for 60 at_least 200 cwnd
check 'the NIC has it' exactly 1 conns A offloaded
large=$(cwnd)
check 'up by hand' on A toectl conn upload all
on A sysctl -qw net.toe.mode=off
check 'a larger window' wait_for 60 at_least $((large + 20)) cwnd
echo 0 > $events/tracing_on
check 'the host has it' exactly 0 conns A offloaded
check 'the NIC sent nothing again' exactly 0 estat A toe_tx_retrans

# windows: OWNER FIRST LAST for each owner in turn, in bytes; fails where the window
# shrinks or a threshold appears. A segment that crosses the hand-over may still be
# looked at by the host.
windows()
{
	awk '
	function value(name)
	{
		match($0, name "=[0-9]+")
		return substr($0, RSTART + length(name) + 1,
			      RLENGTH - length(name) - 1) + 0
	}
	function see(window)
	{
		if (value("ssthresh") < 2147483647)
			bad = bad ", threshold " value("ssthresh")
		if (window < last)
			bad = bad ", from " last " to " window
		if (!first)
			first = window
		last = window
	}
	function over_to(next_owner)
	{
		if (first)
			print owner, first, last
		owner = next_owner
		first = 0
	}
	BEGIN { owner = "host" }
	/ toe_conn_state: .* -> offloaded / { over_to("nic") }
	/ toe_conn_state: .* -> host / { over_to("host") }
	/ tcp_probe: / && owner == "host" { see(value("snd_cwnd") * 1448) }
	/ toe_event: / && owner == "nic" { see(value(" cwnd")) }
	END {
		over_to("")
		if (bad) {
			print "spoilt" bad
			exit 1
		}
	}' $events/trace
}

check 'never smaller, all the time in slow start' windows
mapfile -t phase < <(windows)
note "${phase[@]}"
check 'host, NIC, host' test "${phase[*]%% *}" = 'host nic host'
read -r _ _ host_last <<< "${phase[0]}"
read -r _ nic_first nic_last <<< "${phase[1]}"
read -r _ host_first _ <<< "${phase[2]}"
check 'the NIC begins with what the host had' \
	test "$nic_first" -lt $((2 * host_last + 14480))
check 'and makes four times as much of it' \
	test "$nic_last" -gt $((4 * host_last))
check 'the host begins with what the NIC had' \
	test "$host_first" -lt $((2 * nic_last))
kill -USR1 "$client"
check 'no reset, no error, every byte' join
finish
