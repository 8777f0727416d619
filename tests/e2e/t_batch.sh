#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Many connections in one initiate call.
. "$(dirname "$0")/lib.sh"

many=200
pair_up nic
serve
on A sysctl -qw net.toe.batch_max=64 net.toe.batch_ms=200
client rr -S "$SEED" -P $many -s 500 -t 3600 $B4
check "$many offloaded" wait_for 120 at_least $many conns A offloaded
batches=$(toe_stat A total batches)
tried=$(toe_stat A total tried)
note "$tried connections in $batches calls"
check 'several in one call' at_least $((batches * 4)) echo "$tried"
check 'the sizes add up' exactly "$(toe_stat A total batches)" \
	bash -c "ip netns exec A toectl -j stats show all |
		jq '.\"batch-size\" | add'"
check 'back' on A toectl conn upload all
check 'for that reason' exactly $many toe_stat A uploaded admin
check 'none is left on the NIC' wait_for 30 exactly 0 conns A offloaded
check 'and down in batches' on A toectl conn offload all
check "$many offloaded again" wait_for 120 at_least $many conns A offloaded

# Unload and link down while batches are on their way
on A toectl conn upload all > /dev/null
on A toectl conn offload all > /dev/null
check 'link down meets a batch' ip -n A link set toe0 down
check 'nothing stays behind' wait_for 30 exactly 0 conns A offloaded
check 'for that reason' at_least 1 toe_stat A uploaded link-down
ip -n A link set toe0 up
on A pkill -USR1 stream
check 'every byte' join

# The host's stack takes in an ACK while the batch waits, and the first thing to
# be posted is a FIN alone.
cat > "$scratch/half.py" <<'EOP'
import socket, sys, time

from toesock import OFFLOADED, OFFLOADING, WANT, state, unacked, wish


def until(is_so):
    end = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > end:
            sys.exit('waited in vain')
        time.sleep(0.01)


def met(s):
    """the batch while it waits: a byte is out, acknowledged, and FIN follows"""
    s.sendall(b'x')
    wish(s, WANT)
    if state(s) != OFFLOADING or not unacked(s):
        return False
    until(lambda: not unacked(s))
    s.shutdown(socket.SHUT_WR)
    return state(s) == OFFLOADING


for _ in range(50):
    with socket.create_connection((sys.argv[1], 5003)) as s:
        s.settimeout(60)
        if met(s):
            until(lambda: state(s) == OFFLOADED)
            assert s.recv(100) == b'x bye' and s.recv(100) == b''
            sys.exit()
sys.exit('the batch was always too early')
EOP
cat > "$scratch/answer.py" <<'EOP'
import socket

listener = socket.create_server(('', 5003))
while True:
    conn = listener.accept()[0]
    got = b''
    while more := conn.recv(100):
        got += more
    conn.sendall(got + b' bye')
    conn.close()
EOP
on A sysctl -qw net.toe.mode=explicit net.toe.batch_ms=1000
(exec nsenter --net=/run/netns/B python3 "$scratch/answer.py") &
wait_for 30 listening B 5003
on B tc qdisc add dev vethB root netem delay 100ms
check 'a FIN alone after an ACK' on A python3 "$scratch/half.py" $B4
finish
