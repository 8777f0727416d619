#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Somebody on the wire who knows addresses and ports sends what no TCP would:
# counted by reason, answered by a challenge ACK at most, and the connection
# goes on where it is, down in the NIC.
: "${SCALE:=20}"	# percent
. "$(dirname "$0")/lib.sh"

times=$(scaled 500 20)

cat > "$scratch/garbage.py" <<'EOP'
import ctypes, json, random, re, socket, struct, subprocess, sys, time

from segments import ACK, FIN, PSH, RST, SYN
from toesock import OFFLOADED, state

TS = b'\1\1\10\12'
libc = ctypes.CDLL(None, use_errno=True)
addr, times, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)


def enter(name):
    with open(f'/run/netns/{name}') as ns:
        if libc.setns(ns.fileno(), 0):
            sys.exit(f'setns: {ctypes.get_errno()}')


def counters():
    text = subprocess.check_output('nsenter --net=/run/netns/A '
                                   'ethtool -S toe0'.split(), text=True)
    return {k: int(v) for k, v in
            re.findall(r'toe_(drop_\w+|rx_csum_bad): (\d+)', text)}


def move(a, b, n):
    data = random.randbytes(n)
    a.sendall(data)
    got = b''
    while len(got) < n:
        part = b.recv(n - len(got))
        if not part:
            sys.exit('closed')
        got += part
    if got != data:
        sys.exit('bytes differ')


def csum(data):
    data += b'\0' * (len(data) % 2)
    n = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff


class Peer:
    """What the peer's end is like, learnt from a segment of its own"""

    def __init__(self, raw, us, peer):
        raw.setblocking(False)
        try:
            while raw.recv(2000):
                pass
        except BlockingIOError:
            raw.settimeout(60)
        move(peer, us, 100)
        port = struct.pack('>H', peer.getsockname()[1])
        for _ in range(100):
            frame = raw.recv(2000)
            tcp = frame[34:]
            if frame[12:14] == b'\x08\0' and tcp[:2] == port and \
                    len(frame) >= 14 + 20 + 32 + 100:
                break
        else:
            sys.exit('nothing seen')
        self.raw, self.eth, self.ips = raw, frame[:14], frame[26:34]
        self.ports = tcp[:4]
        self.seq, self.ack = struct.unpack('>II', tcp[4:12])
        self.seq += 100
        if tcp[20:24] != TS:
            sys.exit('no time stamp')
        self.ts, self.echo = struct.unpack('>II', tcp[24:32])

    def send(self, seq=0, flags=ACK, ack=0, size=50, ts=0, opts=None, bad=0):
        if opts is None:
            opts = TS + struct.pack('>II', (self.ts + ts) % 2**32, self.echo)
        opts += b'\0' * (-len(opts) % 4)
        tcp = self.ports + struct.pack(
            '>IIBBHHH', (self.seq + seq) % 2**32, (self.ack + ack) % 2**32,
            (20 + len(opts)) << 2, flags, 500, 0, 0) + opts + b'x' * size
        sum = csum(self.ips + struct.pack('>HH', 6, len(tcp)) + tcp)
        tcp = tcp[:16] + struct.pack('>H', sum ^ bad) + tcp[18:]
        ip = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(tcp), 7, 0, 64, 6, 0)
        ip = ip[:10] + struct.pack('>H', csum(ip + self.ips)) + self.ips
        self.raw.send(self.eth + ip + tcp)


FAR = 0x20000000
CASES = {
    'drop_old': dict(seq=-100),
    'drop_window': dict(seq=FAR),
    'drop_paws': dict(ts=-100000),
    'drop_reset': dict(seq=1, flags=RST, size=0),
    'drop_syn': dict(flags=SYN),
    'drop_no_ack': dict(flags=PSH),
    'drop_ack': dict(ack=FAR),
    'drop_options': dict(opts=b'\1\x1e\0\1'),
    'rx_csum_bad': dict(bad=1),
}


def anything(peer):
    """Nothing that a TCP may take for data, a close or a reset"""
    flags = random.randrange(256) & ~(RST | FIN)
    opts = random.randbytes(random.randrange(41))
    if flags & ACK:
        peer.send(seq=random.randrange(FAR, 3 * FAR), flags=flags, opts=opts)
    else:
        peer.send(seq=random.randrange(-FAR, FAR), flags=flags, opts=opts,
                  ack=random.randrange(2**32), size=random.randrange(1000))


def grown(before, what, least):
    for _ in range(300):
        n = sum(v - before[k] for k, v in counters().items() if what in k)
        if n >= least:
            break
        time.sleep(0.1)
    return n


enter('B')
listener = socket.create_server((addr, 5001))
enter('A')
us = socket.create_connection((addr, 5001), timeout=60)
peer = listener.accept()[0]
for _ in range(200):
    move(us, peer, 100)
    if state(us) == OFFLOADED:
        break
    time.sleep(0.02)
enter('B')
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
raw.bind(('vethB', 3))
told = {}
for what, case in CASES.items():
    end = Peer(raw, us, peer)
    before = counters()
    for _ in range(times):
        end.send(**case)
    told[what] = grown(before, what, times)
    move(us, peer, 1000)
end = Peer(raw, us, peer)
before = counters()
for _ in range(10 * times):
    anything(end)
told['anything'] = grown(before, '', 10 * times)
move(us, peer, 100000)
move(peer, us, 100000)
told['down'] = int(state(us) == OFFLOADED)
print(json.dumps(told))
EOP

counted()	# WHAT LEAST
{
	at_least "$2" jq ".\"$1\"" "$scratch/told"
}

garbage()
{
	timeout 300 python3 "$scratch/garbage.py" $B4 "$times" "$SEED" \
		> "$scratch/told"
}

pair_up stock
check 'every byte, whatever else comes' garbage
note "$(cat "$scratch/told")"
for what in drop_{old,window,paws,reset,syn,no_ack,ack,options} rx_csum_bad; do
	check "toe_$what: each one is counted" counted "$what" "$times"
done
check 'anything: each one has a reason' counted anything $((10 * times))
check 'down all the time' counted down 1
check 'went down once' exactly 1 toe_stat A total offloaded
check 'challenge ACKs are few' \
	bash -c "(($(estat A toe_tx_acks) < 12 * $times))"
finish
