#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The host stays sovereign: a stateful firewall does not keep connections from the
# NIC, counts what the NIC carries, and its connection tracking follows. A rule, a
# queueing discipline, a filter, a BPF program or an IPsec policy added in
# mid-flow has its effect on an offloaded connection within 100 ms.
: "${SCALE:=10}"	# percent
. "$(dirname "$0")/lib.sh"

bytes=$(scaled $((100 << 20)) $((10 << 20)))
trips=$(scaled 100 10)
events=/sys/kernel/tracing

nft()
{
	on A nft "$@"
}

# bytes of the counters in the rules of a chain: invalid, then what passed
counted()	# sent|received|invalid
{
	local -A chains=([sent]=out [received]=in [invalid]=in)
	local index=1

	[[ $1 == invalid ]] && index=0
	nft -j list chain inet fw "${chains[$1]}" |
		jq "[.nftables[].rule.expr[]?.counter.bytes // empty][$index]"
}

refused()
{
	toe_stat A refused "$1"
}

# Every socket from here on is of this control group
cgroup=$(mktemp -d)
mount -t cgroup2 cgroup2 "$cgroup" && mkdir "$cgroup/firewall" &&
	echo $$ > "$cgroup/firewall/cgroup.procs"
leave()
{
	cleanup
	echo $$ > "$cgroup/cgroup.procs"
	rmdir "$cgroup/firewall"
	umount "$cgroup" && rmdir "$cgroup"
}
trap leave EXIT

pair_up stock
on A sysctl -qw net.toe.retry_ms=50
nft 'table inet fw {
	chain in {
		type filter hook input priority filter; policy drop
		ct state invalid counter drop
		tcp sport 5001 counter
		ct state established,related accept
		meta l4proto { icmp, icmpv6 } accept
	}
	chain out {
		type filter hook output priority filter
		ct state invalid counter drop
		tcp dport 5001 counter
	}
}'
serve

# --- a stateful firewall ----------------------------------------------------------
for to in $B4 $B6; do
	downs=$(toe_stat A total offloaded)
	sent=$(counted sent) received=$(counted received)
	check "$to: $bytes bytes each way" on A stream bulk -S "$SEED" \
		-u "$bytes" -d "$bytes" "$to"
	check "$to: offloaded" at_least $((downs + 1)) toe_stat A total offloaded
	check "$to: what was sent is counted" at_least $((sent + bytes)) \
		counted sent
	check "$to: and what was received" at_least $((received + bytes)) \
		counted received
	# headers and all: no more than a tenth
	check "$to: once" eval \
		"! at_least $((sent + bytes * 11 / 10)) counted sent"
done
check 'for nothing else did they come up' uploaded_only A close closing
check 'by summaries' at_least 10 toe_stat A total summaries

client rr -S "$SEED" -P 3 -s 20000 -i 20 -t 3600 $B4
trip()
{
	local i

	for ((i = 0; i < trips; i++)); do
		on A toectl conn upload all && on A toectl conn offload all ||
			return
		wait_for 30 exactly 3 conns A offloaded || return
	done
}
check 'offloaded' wait_for 30 exactly 3 conns A offloaded
check "$trips times up and down" trip
on A pkill -USR1 stream
check 'went on throughout' join
check 'connection tracking follows: nothing is invalid' exactly 0 counted invalid

# --- what is added in mid-flow ------------------------------------------------------
client rr -S "$SEED" -P 3 -s 20000 -i 5 -t 3600 $B4
check 'offloaded' wait_for 30 exactly 3 conns A offloaded
echo mono > $events/trace_clock
echo 1 > $events/events/toe/toe_upload/enable

# late: ms from the mark to the last upload, 0 = before it
late()
{
	awk '{ sub(/:$/, "", $4) }
		/tracing_mark_write:/ { mark = $4 }
		/toe_upload:/ { last = $4 }
		END { if (!mark || !last) exit 1
		      printf "%d", last < mark ? 0 : (last - mark) * 1000
		}' $events/trace
}

# Takes effect within 100 ms, but for a machine that does something else as well
quick()	# ADD REMOVE REASON
{
	local i ms

	for ((i = 0; i < 5; i++)); do
		echo > $events/trace
		$1 || return
		echo 'in force' > $events/trace_marker
		wait_for 60 exactly 0 conns A offloaded || return
		ms=$(late) || return
		$2 || return
		wait_for 30 exactly 3 conns A offloaded || return
		echo "$ms ms"
		((ms < 100)) && return
	done
	return 1
}

# In force on the connections themselves, and gone again
effect()	# WHAT ADD REMOVE REASON REFUSAL
{
	local what=$1 add=$2 remove=$3 reason=$4 refusal=$5 was

	was=$(toe_stat A uploaded "$reason")
	check "$what: they come up" eval \
		"$add && wait_for 60 exactly 0 conns A offloaded"
	check "$what: for that reason" at_least $((was + 3)) \
		toe_stat A uploaded "$reason"
	# one that nothing passes is in recovery, which is found out first
	was=$(refused "$refusal")
	check "$what: and stay there" eval \
		'on A toectl conn offload all | grep "^0 offloaded, refused 3"'
	[[ $refusal == loss ]] ||
		check "$what: for that reason, too" wait_for 30 at_least \
			$((was + 3)) refused "$refusal"
	check "$what: until it is gone" eval \
		"$remove && wait_for 60 exactly 3 conns A offloaded"
	check "$what: within 100 ms" quick "$add" "$remove"
	note "$(cat "$scratch/check")"
}

drop()		{ nft add rule inet fw out tcp dport 5001 drop; }
drop_in()	{ nft insert rule inet fw in tcp sport 5001 drop; }
dscp()		{ nft add rule inet fw out tcp dport 5001 ip dscp set cs1; }
pop()	# CHAIN INDEX
{
	nft delete rule inet fw "$1" handle "$(nft -j list chain inet fw "$1" |
		jq "[.nftables[].rule.handle // empty][$2]")"
}
undrop()	{ pop out -1; }
undrop_in()	{ pop in 0; }
shape()		{ on A tc qdisc add dev toe0 root tbf rate 1gbit burst 1m limit 1m; }
unshape()	{ on A tc qdisc del dev toe0 root; }
filter()
{
	on A tc qdisc add dev toe0 clsact &&
		on A tc filter add dev toe0 egress matchall action ok
}
unfilter()	{ on A tc qdisc del dev toe0 clsact; }
ipsec()
{
	ip -n A xfrm policy add src 10.9.0.1 dst $B4 dir out \
		tmpl proto esp mode transport
}
unipsec()	{ ip -n A xfrm policy flush; }
# bpf on|off: a program that lets everything leave
bpf()
{
	python3 - "$cgroup/firewall" "$1" <<'EOP'
import ctypes, os, struct, sys

BPF, LOAD, ATTACH, DETACH = 321, 5, 8, 9        # x86-64; enum bpf_cmd
CGROUP_SKB, INET_EGRESS = 8, 1                  # its types of program and place
libc = ctypes.CDLL(None, use_errno=True)


def bpf(cmd, attr):
    attr = ctypes.create_string_buffer(attr.ljust(128, b'\0'), 128)
    fd = libc.syscall(BPF, cmd, attr, 128)
    if fd < 0:
        sys.exit(f'bpf: {os.strerror(ctypes.get_errno())}')
    return fd


group = os.open(sys.argv[1], os.O_RDONLY)
if sys.argv[2] == 'off':
    bpf(DETACH, struct.pack('III', group, 0, INET_EGRESS))
    sys.exit()
code = ctypes.create_string_buffer(
    struct.pack('<BBhiBBhi', 0xb7, 0, 0, 1, 0x95, 0, 0, 0))    # return 1
licence = ctypes.create_string_buffer(b'GPL')
prog = bpf(LOAD, struct.pack('IIQQ', CGROUP_SKB, 2, ctypes.addressof(code),
                             ctypes.addressof(licence)))
bpf(ATTACH, struct.pack('III', group, prog, INET_EGRESS))
EOP
}
program()	{ bpf on; }
unprogram()	{ bpf off; }

effect 'drop' drop undrop firewall loss
effect 'drop what arrives' drop_in undrop_in firewall loss
effect 'change of a header' dscp undrop firewall firewall
effect 'qdisc' shape unshape qdisc qdisc
effect 'filter' filter unfilter qdisc qdisc
effect 'BPF' program unprogram unsupported bpf
# without a key there is no route
effect 'IPsec' ipsec unipsec route loss
on A pkill -USR1 stream
check 'went on throughout' join

# --- address translation: the NIC would send to the wrong port --------------------
nft 'table ip fwnat {
	chain out {
		type nat hook output priority -100
		tcp dport 5077 dnat to 10.9.0.2:5001
	}
}'
was=$(refused firewall)
downs=$(toe_stat A total offloaded)
check 'translated: works' on A stream rr -S "$SEED" -n 300 -s 3000 \
	-p 5077 $B4
check 'translated: refused' at_least $((was + 1)) refused firewall
check 'translated: never went down' exactly "$downs" toe_stat A total offloaded
finish
