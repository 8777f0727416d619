#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Memory runs out. First at every single allocation, in turn, of every way in
# from user space; then at random in what must not sleep: segments, events,
# hand-overs. An error that says so or an upload, never a splat, a leak or a
# lost byte.
# Needs the debug kernel: tests/vm/run --kernel debug.
: "${SCALE:=2}"
. "$(dirname "$0")/lib.sh"

debug=/sys/kernel/debug
[[ -e /proc/self/fail-nth && -d $debug/failslab ]] || {
	note 'this kernel has no fault injection'
	exit 1
}
export SEED

# percent N [ATOMIC]: that many allocations fail, of those that must not sleep
# if ATOMIC is 1. Each would fill the serial line with what it has to say.
percent()
{
	local d

	for d in failslab fail_page_alloc; do
		echo "${2-0}" > $debug/$d/ignore-gfp-wait
		echo "$1" > $debug/$d/probability
		echo -1 > $debug/$d/times
		echo 0 > $debug/$d/verbose
	done
	echo 0 > $debug/fail_page_alloc/min-order
}

# every CALL STEP UNDO COMMAND...: as failnth, in A. At full size each allocation
# fails in turn, else the first ones and about one in STEP of the others.
exec {out}>&1
every()
{
	local call=$1 step=$2 undo=$3 said status
	shift 3

	((SCALE >= 100)) && step=1
	# shellcheck disable=SC2086 # UNDO is words
	said=$(on A failnth "$call" "$step" $undo -- "$@" 2>&1 > /dev/null |
		sed -u 's/^/# /' | tee /dev/fd/$out; exit "${PIPESTATUS[0]}")
	status=$?
	# No faults would mean that nothing was tried.
	((status == 0)) && [[ $said =~ ([0-9]+)\ faults\ up\ to ]] &&
		((BASH_REMATCH[1]))
}

six_down()
{
	check "$1: all down" wait_for 30 exactly 6 conns A offloaded
}

pair_up stock
serve
percent 0
on A toectl policy set enabled 0
check 'enable' every write 1 'toectl policy set enabled 0' \
	toectl policy set enabled 1
on A sysctl -qw net.toe.retry_ms=20
ip -n A link add veth8 type veth peer veth9
ip -n A link set veth8 up
ip -n A link set veth9 up
client rr -S "$SEED" -P 6 -s 4000 -i 500 -t 3600 $B4
six_down 'before'

# --- each allocation in turn -------------------------------------------------
check 'create a NIC' every sendmsg 60 'ip link del toe8' \
	ip link add link veth8 name toe8 index 88 type simtoe
check 'power it up' every sendmsg 30 'ip link set toe8 down' \
	ip link set toe8 up
check 'remove it' every sendmsg 30 \
	'ip link add link veth8 name toe8 index 88 type simtoe' \
	ip link del toe8
check 'list connections' every sendmsg 1 '' toectl conn
check 'show a connection' every sendmsg 1 '' toectl conn show 1
check 'list devices' every sendmsg 1 '' toectl dev
check 'read counters' every sendmsg 1 '' toectl stats show all
check 'add a rule' every sendmsg 1 'toectl policy flush' \
	toectl policy add deny lport 1 remote 10.1.0.0/16
check 'drop the rule' every sendmsg 1 \
	'toectl policy add deny lport 1 remote 10.1.0.0/16' toectl policy del 1
for knob in 'ports 1-65535' 'addresses 10.9.0.0/24,fd09::/64' 'mode auto'; do
	# shellcheck disable=SC2086 # two words
	check "set $knob" every write 1 '' toectl policy set $knob
done
six_down 'knobs'
check 'upload all' every sendmsg 1 'toectl conn offload all' \
	toectl conn upload all
check 'offload all' every sendmsg 1 'toectl conn upload all' \
	toectl conn offload all
six_down 'offload all'
check 'link down' every sendmsg 20 'ip link set toe0 up' ip link set toe0 down
check 'link up' every sendmsg 30 'ip link set toe0 down' ip link set toe0 up
six_down 'link up'
check 'still running' running

# --- at random ---------------------------------------------------------------
# What may sleep succeeds, or this shell would not survive.
tries()
{
	local i failed=0

	for ((i = 0; i < $(scaled 200 12); i++)); do
		case $((i % 6)) in
		0)	toectl -n A conn upload all
			toectl -n A conn offload all ;;
		1)	ip -n A link set toe0 down
			ip -n A link set toe0 up ;;
		2)	echo $((RANDOM % 300 + 1)) > $fault/toe0/kill_after ;;
		3)	echo '-1 24' > $fault/toe0/upload ;;
		4)	on A sysctl -qw net.toe.batch_max=$((RANDOM % 8 + 1)) ;;
		5)	on A timeout 20 stream short -n 3 $B4 ||
				failed=$((failed + 1)) ;;
		esac
		running || return
		nap
	done > /dev/null 2>&1
	echo "$failed short runs gave up"
}

offloads=$(toe_stat A total offloaded)
percent 5 1
check 'live through 5 % of failed allocations' tries
percent 0
echo 0 > $fault/toe0/kill_after
check 'went down meanwhile' at_least $((offloads + 6)) \
	toe_stat A total offloaded
six_down 'after all'
on A pkill -USR1 stream
check 'no reset, every byte' join
pair_down

# --- modules -----------------------------------------------------------------
ip netns add A
for m in simtoe simtoe_hw toe; do
	check "unload $m" every delete_module 100 "insmod $TOE_MODDIR/$m.ko" \
		rmmod $m
done
for m in toe simtoe_hw simtoe; do
	check "load $m" every finit_module 100 "rmmod $m" \
		insmod "$TOE_MODDIR/$m.ko"
done
pair_up stock
serve
check 'works' on A stream rr -S "$SEED" -n 20 $B4
check 'offloaded' at_least 1 toe_stat A total offloaded
finish
