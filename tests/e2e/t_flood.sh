#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A flood of SYNs, of segments of no connection, or of handshakes that carry nothing
# takes no room in the NIC, and those who are down go on.
: "${SCALE:=20}"	# percent
. "$(dirname "$0")/lib.sh"

many=$(scaled 200000 2000)
idle=$(scaled 500 50)
A4=10.9.0.1

pair_up stock
# To a listener of A. Answers go back to where the flood comes from, and end there.
ip -n A route add 10.10.0.0/16 via $B4
on A sysctl -qw net.ipv4.tcp_syncookies=1
(exec nsenter --net=/run/netns/A stream server -p 5002 2>> "$scratch/server") &
wait_for 30 listening A 5002
(exec nsenter --net=/run/netns/B stream rr -S "$SEED" -P 4 -s 2000 -i 5 -t 3600 \
	-p 5002 $A4 > "$scratch/rr" 2>&1) &
rr=$!
check 'four are down' wait_for 60 exactly 4 conns A offloaded

# flood ARG...: the most places that were taken at any moment of it
flood()
{
	local pid most=0 n

	on B synflood -n "$many" "$@" $A4 &
	pid=$!
	while kill -0 $pid 2> /dev/null; do
		n=$(estat A toe_table_used)
		((n > most)) && most=$n
	done
	wait $pid || return
	echo "$most"
}

# costs_nothing WHAT ARG...
costs_nothing()
{
	local what=$1 tried watched sent most
	shift
	tried=$(toe_stat A total tried)
	watched=$(toe_stat A total watched)
	sent=$(estat A toe_tx_bytes)
	most=$(flood "$@")
	check "$what: the flood took no place" exactly 4 echo "$most"
	check "$what: nothing was tried" exactly "$tried" toe_stat A total tried
	check "$what: nothing is watched" exactly "$watched" \
		toe_stat A total watched
	check "$what: the others went on through the NIC" \
		at_least $((sent + 20000)) estat A toe_tx_bytes
}

counted()
{
	on A nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'
}

costs_nothing SYNs
check 'SYNs: it was a flood' at_least $((many / 10)) counted TcpExtSyncookiesSent
before=$(counted TcpOutRsts)
costs_nothing ACKs -a
check 'ACKs: they were answered' at_least $((before + many / 10)) \
	counted TcpOutRsts

# Real handshakes: whoever has not moved min_bytes is the host's.
on A sysctl -qw net.toe.min_bytes=16384
cat > "$scratch/idle.py" <<'EOP'
import socket, sys
held = [socket.create_connection((sys.argv[1], 5002)) for _ in
        range(int(sys.argv[2]))]
print('held', flush=True)
sys.stdin.read()
EOP
mkfifo "$scratch/end"
(exec nsenter --net=/run/netns/B python3 "$scratch/idle.py" $A4 "$idle" \
	< "$scratch/end" > "$scratch/idle") &
exec {end}> "$scratch/end"
check "$idle handshakes" wait_for 120 grep -q held "$scratch/idle"
check 'are watched' at_least "$idle" conns A host
check 'and take no place' exactly 4 estat A toe_table_used
exec {end}>&-
kill -USR1 $rr
check 'those who were down worked throughout' wait $rr
check 'up to close only' uploaded_only A close closing
# The idle ones ended without a word; it complains about nobody else.
complaints()
{
	grep -c "connection failed" "$scratch/server"
}
check 'the server saw every byte' wait_for 30 exactly "$idle" complaints
echo "1..$e2e_count"
