#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every reason why a NIC gives a connection back: for cause, as measured by the
# device or as the peer does it, and each once more by the fault knob. No
# program notices any of it.
. "$(dirname "$0")/lib.sh"

pair_up stock
serve
on A sysctl -qw net.toe.retry_ms=100
bus=$(on A ethtool -i toe0 | awk '/^bus-info/ { print $2 }')

limit()
{
	devlink dev param set "platform/$bus" name "upload_$1" value "$2" \
		cmode runtime
}

# uploaded REASON: counted, and seen where a user looks
uploaded()
{
	check "$1: uploaded" wait_for 90 at_least "${2:-1}" \
		toe_stat A uploaded "$1"
}

down_again()
{
	check "$1: down again" wait_for 90 at_least 1 conns A offloaded
}

# --- limits ------------------------------------------------------------------
check 'a share above 1000 is refused' bash -c "! devlink dev param set \
	platform/$bus name upload_high_loss value 1001 cmode runtime"
for name in high_loss high_reorder fragments low_activity small_io; do
	check "$name is off" exactly 0 bash -c "devlink -j dev param show \
		platform/$bus name upload_$name | jq '.. | .value? // empty'"
done

# --- loss, reordering ----------------------------------------------------------
client bulk -S "$SEED" -t 3600 $B4
down_again 'bulk'
limit high_loss 30
on A tc qdisc replace dev vethA root netem limit 20000 loss 10%
uploaded high-loss
limit high_loss 0
on A tc qdisc del dev vethA root
down_again high-loss
limit high_reorder 20
on B tc qdisc replace dev vethB root netem limit 20000 delay 2ms reorder 75% 50%
uploaded high-reorder
limit high_reorder 0
on B tc qdisc del dev vethB root
down_again high-reorder

# --- time-out: the wire is cut until R1 is reached ---------------------------
on A tc qdisc replace dev vethA root netem loss 100%
uploaded timeout
on A tc qdisc del dev vethA root

# --- administrative ----------------------------------------------------------
down_again timeout
check 'toectl uploads' on A toectl conn upload all
uploaded admin
check 'toectl says why' bash -c "ip netns exec A toectl -j conn show |
	grep -q '\"last_upload\":\"admin\"'"
on A pkill -USR1 stream
check 'bulk went on throughout' join

# --- low activity: stays in the host until it is used --------------------------
limit low_activity 300
client hold -n 3 $B4
uploaded low-activity 3
before=$(toe_stat A total offloaded)
for _ in {1..20}; do
	conns A host > /dev/null
done
check 'the idle ones stay in the host' exactly "$before" \
	toe_stat A total offloaded
limit low_activity 0
on A pkill -USR1 stream
check 'they work when they wake up' join

# --- small reads and writes; the pause doubles each time --------------------------
limit small_io 512
start=$(date +%s%N)
client rr -S "$SEED" -s 100 -t 3600 $B4
uploaded small-io 6
took=$((($(date +%s%N) - start) / 1000000))
check "not bounced: six times in $took ms" test "$took" -ge 3000
on A pkill -USR1 stream
check 'requests and responses went on' join

# --- the peer's doing ----------------------------------------------------------
cat > "$scratch/peer.py" <<'EOP'
import socket, struct, sys

# server: echo; then as the last byte of a request says
s = socket.create_server(('0.0.0.0', 5003))
while True:
    c, _ = s.accept()
    while True:
        d = c.recv(65536)
        if not d:
            break
        if d.endswith(b'u'):
            c.send(b'!', socket.MSG_OOB)
        elif d.endswith(b'r'):
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                         struct.pack('ii', 1, 0))
            break
        c.sendall(d)
    c.close()
EOP
cat > "$scratch/prog.py" <<'EOP'
import select, socket, sys, time

from toesock import OFFLOADED, WANT, state, wish

s = socket.create_connection((sys.argv[1], 5003))
wish(s, WANT)


def echo(d):
    s.sendall(d)
    got = b''
    while len(got) < len(d):
        got += s.recv(65536)
    assert got == d, got


for _ in range(200):
    echo(b'x' * 100)
    if state(s) == OFFLOADED:
        break
    time.sleep(0.05)
else:
    sys.exit('not offloaded')
if sys.argv[2] == 'urgent':
    s.sendall(b'yu')
    assert select.select([], [], [s], 10)[2], 'no urgent data'
    assert s.recv(1, socket.MSG_OOB) == b'!'
    assert s.recv(2, socket.MSG_WAITALL) == b'yu'
elif sys.argv[2] == 'reset':
    s.sendall(b'r')
    try:
        s.recv(1)
        sys.exit('no reset')
    except ConnectionResetError:
        pass
else:
    end = time.time() + 3
    while time.time() < end:
        echo(b'x' * 100)
    assert state(s) == OFFLOADED, 'bounced'
EOP
(exec ip netns exec B python3 "$scratch/peer.py") &
wait_for 30 listening B 5003
check 'who opted in keeps the NIC' on A python3 "$scratch/prog.py" $B4 want
check 'the wishes were declined' at_least 1 toe_stat A total wishes-declined
limit small_io 0
check 'urgent data arrives' on A python3 "$scratch/prog.py" $B4 urgent
uploaded urgent
check 'a reset arrives' on A python3 "$scratch/prog.py" $B4 reset
uploaded peer-reset
uploaded closing

# --- fragments: a router on the way makes them -----------------------------------
router()
{
	ip netns add R
	ip link add r0 netns R type veth peer name vethR netns B
	ip -n R link set r0 up
	ip -n R addr add 10.9.1.1/24 dev r0
	ip -n B addr add 10.9.1.2/24 dev vethR
	ip -n B link set vethR up
	ip -n A link add vethR type veth peer name r1 netns R
	ip -n A link set vethR up
	ip -n A link add link vethR name toe2 type simtoe
	ip -n A addr add 10.9.2.1/24 dev toe2
	ip -n A link set toe2 up
	ip -n R addr add 10.9.2.2/24 dev r1
	ip -n R link set r1 mtu 600 up
	on R sysctl -qw net.ipv4.ip_forward=1
	on B sysctl -qw net.ipv4.ip_no_pmtu_disc=1
	ip -n A route add 10.9.1.0/24 via 10.9.2.2 mtu 600 advmss 1460
	ip -n B route add 10.9.2.0/24 via 10.9.1.1
	on A ping -q -c 1 -W 10 10.9.1.2
}

check 'a router between two links' router
nic[A]=toe2
bus=$(on A ethtool -i toe2 | awk '/^bus-info/ { print $2 }')
check 'a limit for fragments' limit fragments 300
# a server whose packets may be fragmented: a socket decides when it is made
(exec ip netns exec B stream server -p 5004 2>> "$scratch/server") &
wait_for 30 listening B 5004
forwarded=$(toe_stat A total forwarded)
client bulk -p 5004 -S "$SEED" -t 3600 10.9.1.2
uploaded fragments
check 'put together by the host, forwarded to the NIC' at_least \
	$((forwarded + 30)) toe_stat A total forwarded
limit fragments 0
# in the host to the end: this test is about the reason
on A sysctl -qw net.toe.mode=off
on A pkill -USR1 stream
check 'fragments did no harm' join
on A sysctl -qw net.toe.mode=auto
ip netns del R
nic[A]=toe0

# --- each by the fault knob ----------------------------------------------------
client rr -S "$SEED" -s 16000 -t 3600 $B4
for reason in hardware invalid-state urgent timeout peer-reset closing \
	segment requested high-loss high-reorder fragments low-activity \
	small-io; do
	wait_for 60 at_least 1 conns A offloaded
	before=$(toe_stat A uploaded $reason)
	# an optional one may be declined at first
	force()
	{
		echo "-1 $reason" > $fault/toe0/upload
		at_least $((before + 1)) toe_stat A uploaded "$reason"
	}
	check "$reason forced" wait_for 60 force
done
on A pkill -USR1 stream
check 'went on throughout' join
finish
