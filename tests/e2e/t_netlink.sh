#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Netlink, knobs and toectl against the kernel: what is taken, what is refused
# and with which words, JSON that parses, nonsense that does no harm. KTAP.
# Needs the modules, root, jq and the tools in $TOOLS (build/tools).
set -u

top=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
tools=${TOOLS:-$top/build/tools}
toectl=$tools/toectl
seed=${SEED:-$RANDOM}
ns=nl$$ other=nlo$$
count=0 failed=0
server=''

cleanup()
{
	[ -n "$server" ] && kill "$server" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	ip netns del "$other" 2>/dev/null
}
trap cleanup EXIT

result()	# ok? description
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count $2"
	else
		echo "not ok $count $2"
		failed=$((failed + 1))
	fi
}

tc()
{
	"$toectl" -n "$ns" "$@"
}

# expect CODE PATTERN ARG...: exit status of toectl, and what it says
expect()
{
	local code=$1 pattern=$2 output status
	shift 2
	output=$(tc "$@" 2>&1)
	status=$?
	[ "$status" -eq "$code" ] && [[ $output == *"$pattern"* ]]
	result $? "toectl $*"
	[ "$status" -eq "$code" ] && [[ $output == *"$pattern"* ]] ||
		printf '# exit %d: %s\n' "$status" "$output"
}

# wanted JQ-FILTER ARG...: the filter is true for the JSON of toectl ARG...
wanted()
{
	local filter=$1
	shift
	tc -j "$@" | jq -e "$filter" > /dev/null
	result $? "toectl -j $*: $filter"
}

# knob NAME VALUE ok|no: written and read back, or refused and left alone
knob()
{
	local before now status
	before=$(ip netns exec "$ns" cat "/proc/sys/net/toe/$1")
	# in one write: a shell's printf would send what is long in pieces
	printf '%s\n' "$2" |
		ip netns exec "$ns" dd bs=64K iflag=fullblock conv=notrunc \
			of="/proc/sys/net/toe/$1" 2>/dev/null
	status=$?
	now=$(ip netns exec "$ns" cat "/proc/sys/net/toe/$1")
	if [ "$3" = ok ]; then
		[ $status -eq 0 ] && [ "$now" = "$2" ]
	else
		[ $status -ne 0 ] && [ "$now" = "$before" ]
	fi
	result $? "net.toe.$1 = '${2:0:40}' $3"
}

test_knobs()
{
	local list

	knob enabled 1 ok
	knob enabled 2 no
	knob enabled -1 no
	knob enabled on no
	knob enabled 0 ok
	knob mode off ok
	knob mode explicit ok
	knob mode auto ok
	knob mode automatic no
	knob mode '' no
	for name in min_bytes min_age_ms max_connections; do
		knob $name 0 ok
		knob $name 1000 ok
	done
	for name in min_bytes min_age_ms retry_ms max_connections; do
		knob $name -1 no
		knob $name 4294967296 no
		knob $name 99999999999999999999 no
		knob $name x no
	done
	knob retry_ms 0 no
	knob retry_ms 3600000 ok
	knob retry_ms 3600001 no
	knob max_connections 1048577 no
	knob ports 80,443,5000-5999 ok
	knob ports 0 no
	knob ports 80,,81 no
	knob ports 65536 no
	list=$(seq -s, 1 64)
	knob ports "$list" ok
	knob ports "$list,65" no
	knob ports "$(seq -s, 1 2000)" no
	knob ports '' ok
	knob addresses 10.0.0.0/8,2001:db8::/32 ok
	knob addresses 10.0.0.1/8 no
	knob addresses 10.0.0.0/33 no
	knob addresses '' ok
	knob failback_ms 0 ok
	knob failback_ms 86400001 no
	knob evict_ms 0 ok
	knob evict_ms 3600001 no
	[ "$(ip netns exec "$other" cat /proc/sys/net/toe/retry_ms)" = 1000 ]
	result $? "the other namespace keeps its values"
	wanted ".knobs | keys == [$(cd /proc/sys/net/toe &&
		printf '"%s"\n' * | LC_ALL=C sort | paste -sd,)]" policy
}

test_rules()
{
	local i

	expect 0 '' policy add allow remote 10.0.0.0/8 rport 80-90
	expect 0 '' policy add deny local 2001:db8::/32 at 1
	expect 2 'beyond its prefix length' policy add deny remote 10.0.0.1/8
	expect 2 'of one family' policy add deny remote 10.0.0.0/8 local ::/0
	expect 2 'beyond the end' policy add deny at 9
	expect 2 'no rule at this position' policy del 3
	wanted '.rules | length == 2' policy
	wanted '.rules[0] | .action == "deny" and .local == "2001:db8::/32"' \
		policy
	wanted '.rules[1] | .remote == "10.0.0.0/8" and .rport == "80-90"' \
		policy
	expect 0 '' policy del 1
	wanted '.rules | length == 1 and .[0].action == "allow"' policy
	for ((i = 1; i < 50; i++)); do
		tc policy add deny lport $i || break
	done
	wanted '.rules | length == 50' policy
	wanted '.rules[49].lport == "49"' policy
	expect 0 '' policy flush
	wanted '.rules == []' policy
}

test_criteria()
{
	local group=/sys/fs/cgroup/nl$$

	expect 0 '' policy add allow dev toe0 direction in uid 1000-1999 \
		mark 0x10/0xf0 bytes 64k age-ms 1000- rate 1M-2G \
		rtt-us 0-5000 canary 25
	wanted '.rules[0] | .dev == "toe0" and .direction == "in" and
		.uid == "1000-1999" and .mark == "0x10/0xf0" and
		.bytes == "64000-" and .age_ms == "1000-" and
		.rate == "1000000-2000000000" and .rtt_us == "0-5000" and
		.canary == 25 and .cgroup == "any"' policy
	expect 0 '' policy add deny mark 7 uid 0
	wanted '.rules[1] | .mark == "0x7" and .uid == "0" and
		.dev == "any" and .direction == "any" and .bytes == "any" and
		.canary == 100' policy
	expect 2 'beyond its mask' policy add allow mark 0x11/0xf0
	expect 2 'mask 0 looks at no bit' policy add allow mark 0/0
	expect 2 'use it with allow' policy add deny canary 10
	expect 0 '' policy add deny canary 100
	expect 2 'no interface can have this name' policy add allow dev a/b
	expect 2 'no interface can have this name' policy add allow dev ..
	expect 2 'not a directory of cgroup v2' policy add allow cgroup /proc
	mkdir "$group"
	expect 0 '' policy add allow cgroup "$group"
	wanted '.rules[3].cgroup == "/nl'$$'"' policy
	expect 0 '' policy add allow cgroup "/nl$$"
	rmdir "$group"
	# who is gone is nobody's
	wanted '.rules[3].cgroup | startswith("id ")' policy
	expect 2 'not a directory of cgroup v2' policy add allow cgroup "$group"
	wanted '.rules | length == 5' policy
	expect 0 '' policy flush
	"$tools/nlrule" "$ns"
	result $? "what only netlink itself can say"
	wanted '.rules == []' policy
}

test_asked()
{
	local ends=(local 10.0.0.1 lport 1 remote 10.0.0.2 rport 2)

	tc policy set enabled 1
	expect 0 '' policy add allow uid 1000 bytes 1k
	expect 2 'asks for the uid' policy test "${ends[@]}"
	expect 0 'deny  by default' policy test "${ends[@]}" uid 1
	expect 0 'wait  by rule 1  lacks bytes' policy test "${ends[@]}" uid 1000
	expect 0 'allow  by rule 1' policy test "${ends[@]}" uid 1000 bytes 1000
	wanted '.answer == "wait" and .rule == 1 and .lacks == "bytes"' \
		policy test "${ends[@]}" uid 1000 bytes 999
	expect 0 '' policy flush
	expect 0 'wait  by min-bytes' policy test "${ends[@]}" bytes 1
	tc policy set min_bytes 0
	expect 0 'allow  by default' policy test "${ends[@]}" bytes 1
	expect 0 '' policy add allow mark 1
	expect 2 'asks for the mark' policy test "${ends[@]}"
	expect 0 '' policy flush
	expect 0 '' policy add allow direction in
	expect 2 'asks for the direction' policy test "${ends[@]}"
	expect 0 '' policy flush
	expect 0 '' policy add allow cgroup /sys/fs/cgroup
	expect 2 'asks for the cgroup' policy test "${ends[@]}"
	expect 0 'allow  by rule 1' policy test "${ends[@]}" cgroup /sys/fs/cgroup
	expect 0 '' policy flush
	expect 0 '' policy add allow dev toe0
	expect 2 'asks for the device' policy test "${ends[@]}"
	expect 0 '' policy flush
	expect 0 '' policy add allow canary 1
	wanted '(.answer == "deny" and .by == "canary" and .rule == 1) or
		.answer == "allow"' policy test "${ends[@]}"
	expect 0 '' policy flush
	tc policy set enabled 0
}

test_empty()
{
	expect 2 'no connection with this id' conn show 4294967295
	expect 2 'net.toe.enabled' conn offload all
	expect 2 'net.toe.enabled' conn offload 1
	expect 0 '0 uploaded' conn upload all
	expect 2 'not a TOE device' conn upload all dev lo
	expect 2 'no connection with this id' policy test 4294967295
	expect 2 'what is to be tested' policy test local 10.0.0.1
	expect 2 'of one family' policy test local 10.0.0.1 lport 1 remote ::1 \
		rport 1
	expect 0 'deny  by enabled' policy test local 10.0.0.1 lport 1 \
		remote 10.0.0.2 rport 1
	wanted '.answer == "deny" and .by == "enabled" and
		.refusal == "policy"' policy test local ::1 lport 1 remote ::2 \
		rport 1
	wanted '. == []' conn
	wanted '. == []' dev
	wanted '.total.offloaded == 0' stats
	wanted '.refused | length > 20' stats
	wanted '.uploaded["nic-dead"] == 0' stats
}

test_permissions()
{
	local as=(nsenter --net="/var/run/netns/$ns"
		  setpriv --reuid 65534 --clear-groups)

	"${as[@]}" "$toectl" policy > /dev/null
	result $? "anyone may read"
	"${as[@]}" "$toectl" policy flush 2>&1 | grep -q CAP_NET_ADMIN
	result $? "changes of rules need CAP_NET_ADMIN"
	"${as[@]}" "$toectl" conn upload all 2>&1 | grep -q CAP_NET_ADMIN
	result $? "uploads need CAP_NET_ADMIN"
	"${as[@]}" "$toectl" policy set mode off 2>&1 | grep -q CAP_NET_ADMIN
	result $? "knobs need CAP_NET_ADMIN"
	"${as[@]}" "$toectl" quota > /dev/null
	result $? "anyone may read quotas"
	"${as[@]}" "$toectl" quota set / 1 2>&1 | grep -q CAP_NET_ADMIN
	result $? "changes of quotas need CAP_NET_ADMIN"
}

# Nonsense in the middle of changes of everything
test_fuzz()
{
	local pids=() pid bad=0 i

	echo "# SEED=$seed"
	for i in 1 2; do
		ip netns exec "$ns" "$tools/nlfuzz" $((seed + i)) \
			"${FUZZ:-20000}" > /dev/null &
		pids+=($!)
	done
	for ((i = 0; i < 20; i++)); do
		tc policy set enabled $((i & 1))
		tc policy add allow lport $((i + 1)) 2> /dev/null
		tc -j policy | jq -e . > /dev/null || bad=1
		tc -j conn | jq -e . > /dev/null || bad=1
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || bad=1
	done
	result $bad "nonsense does no harm"
	expect 0 '' policy flush
	wanted '.rules == []' policy
	tc policy set enabled 0
}

echo "TAP version 14"
[ -e /proc/sys/net/toe ] || { echo "Bail out! no toe.ko"; exit 1; }
ip netns add "$ns" && ip netns add "$other" || exit 1
ip -n "$ns" link set lo up
test_knobs
test_rules
test_criteria
test_asked
test_empty
test_permissions
test_fuzz
echo "1..$count"
echo "$((count - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
