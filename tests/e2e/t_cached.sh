#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the host owns and the NIC only uses (cached state): hop limit, type of
# service and Nagle's algorithm, changed by the program while the NIC has the
# connection, are on the wire with the next segment, and nothing comes up for it.
. "$(dirname "$0")/lib.sh"

pair_up stock
on A sysctl -qw net.toe.mode=explicit
on A tc qdisc replace dev vethA root netem limit 20000 delay 20ms
cat > "$scratch/echo.py" <<'EOP'
import socket, threading


def serve(c):
    while (data := c.recv(65536)):
        c.sendall(data)
    c.close()


l = socket.create_server(('::', 5002), family=socket.AF_INET6,
                         dualstack_ipv6=True)
while True:
    threading.Thread(target=serve, args=(l.accept()[0],), daemon=True).start()
EOP
# Each state of the socket has a size of payload of its own, by which the capture
# is read.
cat > "$scratch/change.py" <<'EOP'
import socket, sys, time

from toesock import OFFLOADED, WANT, state, wish

ROUNDS = 10
V6 = ':' in sys.argv[1]
HOPS = ((socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if V6 else
        (socket.IPPROTO_IP, socket.IP_TTL))
TOS = ((socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if V6 else
       (socket.IPPROTO_IP, socket.IP_TOS))


def echo(n):
    s.sendall(b'x' * n)
    while n:
        n -= len(s.recv(n))


s = socket.create_connection((sys.argv[1], 5002))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
wish(s, WANT)
for _ in range(200):
    echo(9)
    if state(s) == OFFLOADED:
        break
    time.sleep(0.05)
size = 100
for level, name, value in ((*HOPS, 64), (*HOPS, 37), (*TOS, 0x28), (*HOPS, 99),
                           (*TOS, 0x10)):
    s.setsockopt(level, name, value)
    for _ in range(ROUNDS):
        echo(size)
    size += 1
    assert state(s) == OFFLOADED, 'came up'
# Many small writes within a round trip: each leaves at once, or all but the
# first one wait for its acknowledgement.
for nodelay, n in ((1, 10), (0, 20), (1, 30)):
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, nodelay)
    for _ in range(20):
        s.sendall(b'y' * n)
    got = 0
    while got < 20 * n:
        got += len(s.recv(65536))
    assert state(s) == OFFLOADED, 'came up'
EOP
cat > "$scratch/read.py" <<'EOP'
import collections, struct, sys

from segments import ETHERNET, records

seen = collections.defaultdict(collections.Counter)
for _, frame in records(open(sys.argv[1], 'rb'), ETHERNET):
    kind, ip = struct.unpack_from('>H', frame, 12)[0], frame[14:]
    if kind == 0x0800:
        size = struct.unpack_from('>H', ip, 2)[0] - (ip[0] & 15) * 4
        tos, hops, tcp = ip[1], ip[8], ip[(ip[0] & 15) * 4:]
    elif kind == 0x86dd:
        size = struct.unpack_from('>H', ip, 4)[0]
        tos = struct.unpack_from('>H', ip)[0] >> 4 & 255
        hops, tcp = ip[7], ip[40:]
    else:
        continue
    sport, dport = struct.unpack_from('>HH', tcp)
    if dport == 5002:
        # the low bits are ECN's
        seen[size - (tcp[12] >> 4) * 4][hops, tos & 0xfc] += 1
print(dict(seen))
due = ((64, 0), (37, 0), (37, 0x28), (99, 0x28), (99, 0x10))
for size, values in enumerate(due, 100):
    assert set(seen[size]) == {values}, (size, seen[size])
    assert seen[size][values] >= 10, (size, seen[size])
# sent at once: segments of 10 and of 30 bytes, 20 each; held back: few of 20
count = {n: sum(seen[n].values()) for n in (10, 20, 30)}
assert count[10] >= 10 and count[30] >= 10 and count[20] <= 5, count
EOP

(exec ip netns exec B python3 "$scratch/echo.py") &
wait_for 30 listening B 5002
for host in $B4 $B6; do
	tap A vethA
	check "changes while the NIC has it, $host" \
		on A timeout 300 python3 "$scratch/change.py" "$host"
	check 'all of it was seen' untap
	check "and on the wire, $host" \
		python3 "$scratch/read.py" "$scratch/vethA.pcap"
done
check 'both went down once' exactly 2 toe_stat A total offloaded
check 'uploaded to close and for nothing else' uploaded_only A close closing
check 'the NIC was told' at_least 10 estat A toe_mbox_updates
finish
