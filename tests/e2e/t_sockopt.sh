#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The socket option: opt in, opt out, and what uploads first.
. "$(dirname "$0")/lib.sh"

pair_up stock
on A sysctl -qw net.toe.mode=explicit
cat > "$scratch/opt.py" <<'EOP'
import socket, struct, sys, time

from toesock import (HOST, NEVER, OFFLOADED, POLICY, SOL_TOE, TOE_OFFLOAD, WANT,
                     state, wish)


def echo(s, n):
    s.sendall(b'x' * n)
    got = 0
    while got < n:
        got += len(s.recv(n))


def until(s, want):
    for _ in range(100):
        echo(s, 100)
        if state(s) == want:
            return
        time.sleep(0.05)
    sys.exit(f'state {state(s)} instead of {want}')


def segments(s):
    """segs_out, segs_in, data_segs_in, data_segs_out of struct tcp_info"""
    info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    return struct.unpack_from('II8xII', info, 136)


def counted(s):
    """TCP_INFO tells segments with payload from those without"""
    was = segments(s)
    for _ in range(50):
        echo(s, 100)
    out, came, data_in, data_out = (b - a for a, b in zip(was, segments(s)))
    assert 50 <= data_in <= 60 and 50 <= data_out <= 60, (data_in, data_out)
    assert out >= data_out and came >= data_in, (out, came)
    was = segments(s)
    echo(s, 1000000)
    out, came, data_in, data_out = (b - a for a, b in zip(was, segments(s)))
    assert data_in >= 600 and data_out >= 600, (data_in, data_out)
    assert out > data_out, 'no ACK without payload'


s = socket.create_connection((sys.argv[1], 5002))
echo(s, 30000)
counted(s)
assert state(s) == HOST, 'explicit mode took it by itself'
assert s.getsockopt(SOL_TOE, TOE_OFFLOAD) == POLICY
wish(s, WANT)
until(s, OFFLOADED)
counted(s)
was = segments(s)
assert state(s) == OFFLOADED
wish(s, NEVER)
assert all(b - a < 10 for a, b in zip(was, segments(s))), 'counts leap'
assert state(s) == HOST, 'opting out does not bring it up'
echo(s, 5000)
wish(s, WANT)
until(s, OFFLOADED)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b'reno')
assert s.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)[:4] == b'reno'
echo(s, 5000)
until(s, OFFLOADED)
for bad in (-1, 3):
    try:
        wish(s, bad)
        sys.exit(f'{bad} was accepted')
    except OSError as e:
        assert e.errno == 22
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
s.close()

# half close on the NIC, then the rest of the stream
s = socket.create_connection((sys.argv[1], 5002))
wish(s, WANT)
until(s, OFFLOADED)
s.sendall(b'y' * 200000)
s.shutdown(socket.SHUT_WR)
got = 0
while True:
    data = s.recv(65536)
    if not data:
        break
    got += len(data)
assert got == 200000, got
u = socket.socket()
try:
    state(u)
    sys.exit('an unconnected socket has a state')
except OSError as e:
    assert e.errno in (92, 95)  # the kernel, which knows no such level
EOP
cat > "$scratch/echo.py" <<'EOP'
import socket, threading



def serve(c, echo):
    try:
        while (data := c.recv(65536)):
            if echo:
                c.sendall(data)
        c.close()
    except ConnectionResetError:
        pass


def listen(port, echo):
    l = socket.create_server(('', port))
    while True:
        threading.Thread(target=serve, args=(l.accept()[0], echo),
                         daemon=True).start()


threading.Thread(target=listen, args=(5003, False), daemon=True).start()
listen(5002, True)
EOP
cat > "$scratch/pace.py" <<'EOP'
import socket, struct, sys, time

from toesock import HOST, OFFLOADED, WANT, state, unacked, wish

SO_MAX_PACING_RATE = 47
SLOW = int(sys.argv[2])     # a timer is so many times as late here


def down(s):
    for _ in range(200):
        s.sendall(b'x')
        if state(s) == OFFLOADED:
            return
        time.sleep(0.05)
    sys.exit('not offloaded')


def ask(s, rate):
    s.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, struct.pack('I', rate))


def drained(s, pause):
    while unacked(s):
        time.sleep(pause)


def sent(s, owner, rate, seconds):
    n = int(rate * seconds)
    drained(s, 0.01)
    start = time.monotonic()
    s.sendall(bytes(n))
    drained(s, 0.001)
    got = n / (time.monotonic() - start)
    print(f'asked for {rate} B/s, got {got:.0f} in state {owner}')
    assert state(s) == owner, 'moved'
    return got


def held(s, host, rate, seconds):
    """never faster; not slower than the rate, or, when the machine is busy with
    other things and its timers are late, than the host's own stack, whose
    departures hold two segments and not one"""
    for _ in range(5):
        got = sent(s, OFFLOADED, rate, seconds)
        # two departures of 1 ms may leave at once
        assert got <= rate * (1 + 0.003 / seconds) + 3000 / seconds, 'too fast'
        if got >= rate * 0.6:
            return
        ask(host, rate)
        if got >= sent(host, HOST, rate, seconds) * 0.4:
            return
    sys.exit('too slow')


host = socket.create_connection((sys.argv[1], 5003))
s = socket.create_connection((sys.argv[1], 5003))
ask(s, 400000)                          # before, and while it is down
wish(s, WANT)
down(s)
for rate in (400000, 1500000, 200000):
    ask(s, rate // SLOW)
    held(s, host, rate // SLOW, 3)
ask(s, 2**32 - 1)                       # none
s.sendall(bytes(1000000))
drained(s, 0.01)
ask(s, 100)                             # slower than the NIC's pacing goes
for _ in range(200):
    if state(s) != OFFLOADED:
        break
    time.sleep(0.05)
else:
    sys.exit('100 B/s did not come up')
for _ in range(20):
    s.sendall(b'x')
    time.sleep(0.05)
EOP
(exec ip netns exec B python3 "$scratch/echo.py") &
wait_for 30 listening B 5002
check 'opt in, opt out, linger, half close' \
	on A timeout 300 python3 "$scratch/opt.py" $B4
check 'offloaded on demand' at_least 4 toe_stat A total offloaded
check 'uploaded by the option' at_least 1 toe_stat A uploaded sockopt
check 'uploaded for the algorithm' at_least 1 toe_stat A uploaded unsupported

down=$(toe_stat A total offloaded)
up=$(toe_stat A uploaded unsupported)
slow=$([[ ${TOE_KERNEL-} == debug ]] && echo 10 || echo 1)
check 'a pacing rate is kept' \
	on A timeout 600 python3 "$scratch/pace.py" $B4 "$slow"
check 'paced by the NIC' [ "$(toe_stat A total offloaded)" = $((down + 1)) ]
check 'too slow a rate is the host'\''s' \
	[ "$(toe_stat A uploaded unsupported)" = $((up + 1)) ]
check 'and refused' at_least 1 toe_stat A refused pacing
finish
