#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The socket option: opt in, opt out, and what uploads first.
. "$(dirname "$0")/lib.sh"

pair_up stock
on A sysctl -qw net.toe.mode=explicit
cat > "$scratch/opt.py" <<'EOP'
import socket, struct, sys, time

SOL_TOE, TOE_OFFLOAD, TOE_STATE = 0x746f, 1, 2
NEVER, POLICY, WANT = 0, 1, 2
HOST, OFFLOADED = 0, 2


def echo(s, n):
    s.sendall(b'x' * n)
    got = 0
    while got < n:
        got += len(s.recv(n))


def state(s):
    return s.getsockopt(SOL_TOE, TOE_STATE)


def until(s, want):
    for _ in range(100):
        echo(s, 100)
        if state(s) == want:
            return
        time.sleep(0.05)
    sys.exit(f'state {state(s)} instead of {want}')


s = socket.create_connection((sys.argv[1], 5002))
echo(s, 30000)
assert state(s) == HOST, 'explicit mode took it by itself'
assert s.getsockopt(SOL_TOE, TOE_OFFLOAD) == POLICY
s.setsockopt(SOL_TOE, TOE_OFFLOAD, WANT)
until(s, OFFLOADED)
s.setsockopt(SOL_TOE, TOE_OFFLOAD, NEVER)
assert state(s) == HOST, 'opting out does not bring it up'
echo(s, 5000)
s.setsockopt(SOL_TOE, TOE_OFFLOAD, WANT)
until(s, OFFLOADED)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b'reno')
assert s.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)[:4] == b'reno'
echo(s, 5000)
until(s, OFFLOADED)
for bad in (-1, 3):
    try:
        s.setsockopt(SOL_TOE, TOE_OFFLOAD, bad)
        sys.exit(f'{bad} was accepted')
    except OSError as e:
        assert e.errno == 22
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
s.close()

# half close on the NIC, then the rest of the stream
s = socket.create_connection((sys.argv[1], 5002))
s.setsockopt(SOL_TOE, TOE_OFFLOAD, WANT)
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
    u.getsockopt(SOL_TOE, TOE_STATE)
    sys.exit('an unconnected socket has a state')
except OSError as e:
    assert e.errno in (92, 95)  # the kernel, which knows no such level
EOP
cat > "$scratch/echo.py" <<'EOP'
import socket, threading

l = socket.create_server(('', 5002))


def serve(c):
    try:
        while (data := c.recv(65536)):
            c.sendall(data)
        c.close()
    except ConnectionResetError:
        pass


while True:
    threading.Thread(target=serve, args=(l.accept()[0],), daemon=True).start()
EOP
(exec ip netns exec B python3 "$scratch/echo.py") &
wait_for 30 listening B 5002
check 'opt in, opt out, linger, half close' \
	on A timeout 300 python3 "$scratch/opt.py" $B4
check 'offloaded on demand' at_least 4 toe_stat A total offloaded
check 'uploaded by the option' at_least 1 toe_stat A uploaded sockopt
check 'uploaded for the algorithm' at_least 1 toe_stat A uploaded unsupported
finish
