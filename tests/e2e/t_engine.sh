#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The NIC's TCP against the stock kernel's, judged by what passes on the wire
# (tools/wiretcp): options, ACKs, ECN, keepalive, window probes, closing, and a
# router that takes less than before. Every connection stays down until it
# closes.
: "${SCALE:=20}"	# percent
. "$(dirname "$0")/lib.sh"

bytes=$(scaled 5000000 300000)
check 'the analyzer finds what is planted' \
	"$e2e_dir/tools/wiretcp" --self-test

# Both ends in one program, so that one thing happens after the other.
cat > "$scratch/talk.py" <<'EOP'
import ctypes, socket, subprocess, sys, threading, time

from toesock import OFFLOADED, state

libc = ctypes.CDLL(None, use_errno=True)


class Netns:
    def __init__(self, name):
        self.path = f'/run/netns/{name}'

    def __enter__(self):
        self.old = open('/proc/self/ns/net')
        self.move(open(self.path))

    def __exit__(self, *_):
        self.move(self.old)

    def move(self, f):
        if libc.setns(f.fileno(), 0):
            sys.exit(f'setns: {ctypes.get_errno()}')
        f.close()


def connect(addr, rcvbuf=0):
    with Netns('B'):
        listener = socket.socket()
        if rcvbuf:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((addr, 5001))
        listener.listen()
    with Netns('A'):
        us = socket.create_connection((addr, 5001), timeout=60)
    peer = listener.accept()[0]
    peer.settimeout(60)
    listener.close()
    for _ in range(200):
        move(us, peer, 100)
        if state(us) == OFFLOADED:
            return us, peer
        time.sleep(0.02)
    sys.exit('not offloaded')


def take(s, n):
    got = 0
    while got < n:
        data = s.recv(65536)
        if not data:
            sys.exit(f'{n - got} bytes are missing')
        got += len(data)


def move(a, b, n):
    t = threading.Thread(target=take, args=(b, n))
    t.start()
    a.sendall(bytes(n))
    t.join()


def eof(s):
    if s.recv(1):
        sys.exit('more than was sent')


def still_down(us):
    if state(us) != OFFLOADED:
        sys.exit(f'in state {state(us)}')


def close(a, b):
    a.close()
    eof(b)
    b.close()


def up(us, peer, n):
    move(us, peer, n)
    still_down(us)
    close(us, peer)


def both_ways(us, peer, n):
    move(us, peer, n)
    move(peer, us, n)
    still_down(us)
    close(us, peer)


def trickle(us, peer, n):
    """much, then little at a time"""
    move(peer, us, n)
    for _ in range(8):
        time.sleep(0.3)
        move(peer, us, 100)
    still_down(us)
    close(us, peer)


def silence(us, peer, n):
    us.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    us.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    us.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    move(us, peer, 1000)
    time.sleep(6)
    still_down(us)
    close(us, peer)


def deaf(us, peer, n):
    """the peer does not read until probes have backed off"""
    t = threading.Thread(target=us.sendall, args=(bytes(300000),))
    t.start()
    time.sleep(9)
    still_down(us)
    take(peer, 300000)
    t.join()
    close(us, peer)


def half(a, b):
    """@a has no more to say, @b goes on"""
    move(a, b, 10000)
    a.shutdown(socket.SHUT_WR)
    eof(b)
    move(b, a, 50000)
    b.close()
    eof(a)
    a.close()


def half_us(us, peer, n):
    half(us, peer)


def half_peer(us, peer, n):
    half(peer, us)


def at_once(us, peer, n):
    move(us, peer, 10000)
    still_down(us)
    us.shutdown(socket.SHUT_WR)
    peer.shutdown(socket.SHUT_WR)
    eof(us)
    eof(peer)
    us.close()
    peer.close()


def narrower(us, peer, n):
    """the router's next link gets a smaller MTU"""
    move(us, peer, n)
    subprocess.check_call('ip -n R link set next mtu 1300'.split())
    up(us, peer, n)


case, addr, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
globals()[case](*connect(addr, 20000 if case == 'deaf' else 0), n)
EOP

talk()	# SCENARIO [ADDRESS]
{
	timeout 120 python3 "$scratch/talk.py" "$1" "${2:-$B4}" "$bytes"
}

# One processor takes in all frames of a device, as for a flow of a real NIC.
# veth's go to whichever sent them, and come out of order when one of an
# emulated machine's is held up.
in_order()	# HOST DEVICE
{
	ip netns exec "$1" sh -c \
		"echo 1 > /sys/class/net/$2/queues/rx-0/rps_cpus"
}

# Wire segments one by one: so they are counted and netem marks them
one_by_one()
{
	local h d

	for h in A B; do
		in_order $h veth$h
		for d in veth$h "${nic[$h]}"; do
			ip -n $h link show "$d" > /dev/null 2>&1 || continue
			ip -n $h link set "$d" gso_max_size 1600 gso_max_segs 1
		done
	done
}

judge()	# CASE [NAME=VALUE...]
{
	untap || return
	"$e2e_dir/tools/wiretcp" "$scratch/vethB.pcap" "$@" | tee "$scratch/verdict"
	((PIPESTATUS[0])) || return 0
	mkdir -p "$tools/../logs"
	cp "$scratch/vethB.pcap" "$tools/../logs/engine.$1.pcap"
	return 1
}

# It went down once, its bytes left through the NIC, and it stayed there
by_nic()	# CONNECTIONS BYTES
{
	exactly "$1" toe_stat A total offloaded &&
		at_least "$2" estat A toe_tx_bytes &&
		uploaded_only A close closing
}

# see WHAT SCENARIO CASE [NAME=VALUE...]: seen by the peer
see()
{
	local what=$1 scenario=$2 downs sent
	shift 2

	downs=$(toe_stat A total offloaded)
	sent=$(estat A toe_tx_bytes)
	tap B vethB
	check "$what" talk "$scenario"
	check "$what: $1" judge "$@"
	note "$(jq -c '.connections[]' "$scratch/verdict")"
	check "$what: by the NIC" by_nic $((downs + 1)) $((sent + 100))
}

# number NAME: from the last verdict
number()
{
	jq ".connections[0] | .$1" "$scratch/verdict"
}

pair_up stock
one_by_one
see 'all options' both_ways options
check 'all are used' [ "$(number 'ts and .sack and .wscale')" = true ]
on B sysctl -qw net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0 \
	net.ipv4.tcp_window_scaling=0
see 'no options' both_ways options
check 'none is used' [ "$(number 'ts or .sack or .wscale')" = false ]
on B sysctl -qw net.ipv4.tcp_timestamps=1 net.ipv4.tcp_sack=1 \
	net.ipv4.tcp_window_scaling=1
# A round trip that the emulation's own pauses are short against: a tail loss
# probe is right when an ACK is late
for h in A B; do
	on $h tc qdisc replace dev veth$h root netem limit 20000 delay 20ms
done
see 'no loss' up clean
for h in A B; do
	on $h tc qdisc del dev veth$h root
done
check 'all of it was seen' at_least "$bytes" number bytes

# One ACK for each segment at first, then for two; a lone one after 40 ms
see 'ACKs' trickle acks quick=10 delay=200
check 'two segments each' at_least $((bytes / 1448 / 3)) number pairs
check 'lone ones wait' at_least 5 number delayed

see 'keepalive' silence keepalive least=4 every=1000
see 'closed window' deaf persist least=5
see 'half close' half_us fin first=us
see 'half close by the peer' half_peer fin first=peer
for h in A B; do
	on $h tc qdisc replace dev veth$h root netem delay 100ms
done
see 'simultaneous close' at_once fin first=both

# An algorithm has to be there to be allowed, and allowed for a namespace to set it
modprobe -q tcp_dctcp
sysctl -qw net.ipv4.tcp_allowed_congestion_control='reno cubic dctcp'
for cc in cubic dctcp; do
	for h in A B; do
		# netem loses what can't be marked, a SYN as well
		on $h sysctl -qw net.ipv4.tcp_ecn=1 \
			net.ipv4.tcp_ecn_fallback=0 \
			net.ipv4.tcp_congestion_control=$cc
		on $h tc qdisc replace dev veth$h root netem limit 20000 \
			delay 1ms loss 5% ecn
	done
	see "marks, $cc" both_ways ecn ${cc/cubic/rfc3168}
	check "marks, $cc: came" at_least 1 number marks
	check "marks, $cc: went" at_least 1 number told
done

# A - R - B; the second link is the one that becomes narrower
trap 'ip netns del R 2> /dev/null; cleanup' EXIT
pair_up stock
one_by_one
ip netns add R
ip -n B link set vethB netns R
ip link add next netns R type veth peer name last netns B
ip -n R addr add 10.9.0.254/24 dev vethB
ip -n R addr add 10.10.0.254/24 dev next
ip -n B addr add 10.10.0.2/24 dev last
for d in 'R vethB' 'R next' 'B last' 'R lo'; do
	ip -n "${d% *}" link set "${d#* }" up
done
ip -n R link set vethB gso_max_size 1600 gso_max_segs 1
in_order R vethB
in_order R next
in_order B last
ip -n B route add default via 10.10.0.254
ip -n A route add 10.10.0.0/24 via 10.9.0.254
on R sysctl -qw net.ipv4.ip_forward=1
wait_for 30 on A ping -q -c 1 -W 1 10.10.0.2
tap R vethB
check 'a narrower path' talk narrower 10.10.0.2
check 'a narrower path: pmtu' judge pmtu
note "$(jq -c '.connections[]' "$scratch/verdict")"
check 'a narrower path: by the NIC' by_nic 1 $((bytes * 2))
finish
