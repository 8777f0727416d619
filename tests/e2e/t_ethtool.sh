#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ethtool, while connections are down: size of the completion ring, interrupt
# moderation, channels, registers, self test, counters per reason. Nothing is lost,
# and what can't be is refused with a reason.
: "${SCALE:=10}"	# percent
. "$(dirname "$0")/lib.sh"

rounds=$(scaled 20 2)
all=7

tool()
{
	local how=$1
	shift

	on A ethtool "$how" toe0 "$@"
}

# What follows does without processes where it can: they are slow under emulation.

# refused PATTERN COMMAND...: fails, and says why
refused()
{
	local pattern=$1 said
	shift

	if said=$("$@" 2>&1); then
		echo "$* worked"
		return 1
	fi
	echo "$said"
	[[ $said =~ $pattern ]]
}

down()
{
	wait_for 60 exactly $all conns A offloaded
}

pair_up stock
on A sysctl -qw net.toe.retry_ms=20
serve
client rr -S "$SEED" -P 4 -s 20000 -i 100 -t 3600 $B4
rr=$client
client bulk -S $((SEED + 1)) -P 2 -i 100 -t 3600 $B6
bulk=$client
client hold -S $((SEED + 2)) -n 1 -t 3600 $B4
check 'offloaded' down

# --- the ring ------------------------------------------------------------------
# ring: entries now; ring max: and at most
ring()
{
	[[ $(tool -g) =~ RX:[[:space:]]+([0-9]+).*RX:[[:space:]]+([0-9]+) ]]
	[[ ${1-} == max ]] && echo "${BASH_REMATCH[1]}" ||
		echo "${BASH_REMATCH[2]}"
}

# goes_on: the NIC completes more than it has
goes_on()
{
	wait_for 60 at_least $(($(estat A toe_completions) + 20)) \
		estat A toe_completions
}

# resize ENTRIES: all come up, none is rebuilt, and down they go again
resize()
{
	local ups

	ups=$(toe_stat A uploaded reload)
	tool -G rx "$1" || return
	exactly "$1" ring || return
	at_least $((ups + all)) toe_stat A uploaded reload || return
	down && goes_on
}

resizes()
{
	local i sizes=(64 32768 128 4096)

	for ((i = 0; i < rounds; i++)); do
		resize "${sizes[i % 4]}" || return
	done
	resize 64
}
check 'the ring has 2048 entries' exactly 2048 ring
check 'it could have more' exactly 32768 ring max
check 'too few are refused' refused 'power of two' tool -G rx 32
check 'an odd number, too' refused 'power of two' tool -G rx 100
check 'too many, too' refused maximum tool -G rx 65536
check 'and a ring that is not there' refused maximum tool -G tx 64
check 'nobody came up for that' exactly 0 toe_stat A uploaded reload
check "$rounds sizes under traffic" resizes
check 'with what the hardware knew: none was rebuilt' \
	exactly 0 toe_stat A total rebuilt
size_again()
{
	local ups

	ups=$(toe_stat A uploaded reload)
	tool -G rx 64
	exactly "$ups" toe_stat A uploaded reload
}
check 'the same size disturbs nobody' size_again
size_stays()
{
	ip -n A link set toe0 down && ip -n A link set toe0 up || return
	exactly 64 ring && down && goes_on
}
check 'it survives the link' size_stays
size_lives()
{
	echo 1 > $fault/toe0/kill
	wait_for 60 at_least 1 toe_stat A uploaded nic-dead || return
	exactly 64 ring && down && goes_on
}
check 'and a death of the NIC' size_lives
sized_when_down()
{
	ip -n A link set toe0 down || return
	tool -G rx 32768 || return
	ip -n A link set toe0 up || return
	exactly 32768 ring && down && goes_on
}
check 'another size while the link is down' sized_when_down

# --- interrupt moderation ----------------------------------------------------------
coalesce()
{
	[[ $(tool -c) =~ $1:[[:space:]]+([0-9]+) ]]
	echo "${BASH_REMATCH[1]-}"
}

held()
{
	estat A toe_irqs_held
}

# irqs SECONDS: how many come in that time
irqs()
{
	local end=$((SECONDS + $1)) before

	before=$(estat A toe_irqs)
	while ((SECONDS < end)); do
		nap
	done
	echo $(($(estat A toe_irqs) - before))
}

at_most()
{
	local most=$1 is
	shift
	is=$("$@")
	echo "$*: $is, at most $most expected"
	((is <= most))
}

check 'nothing is held back at first' exactly 0 coalesce rx-usecs
check 'no interrupt waited' exactly 0 held
check 'too long is refused' refused 'at most 10000' tool -C rx-usecs 10001
check 'too many are refused' refused 'at most 1024' \
	tool -C rx-usecs 10 rx-frames 1025
check 'so is waiting for ever' refused 'needs rx-usecs' tool -C rx-frames 8
check 'and what the NIC has not' refused 'not supported|unsupported' \
	tool -C tx-usecs 10
check 'they changed nothing' exactly 0 coalesce rx-usecs
check 'an interrupt waits 10 ms' tool -C rx-usecs 10000 rx-frames 0
check 'it says so' exactly 10000 coalesce rx-usecs
# a second and a half of slack for slow processes, and one for the clock
check 'not more than 100 in a second' at_most 450 irqs 2
check 'they were held back' wait_for 60 at_least 100 held
check 'nothing stands still' goes_on
took_longer()
{
	local start=${EPOCHREALTIME/./} took

	on A stream rr -S "$SEED" -n 100 $B4 || return
	took=$((${EPOCHREALTIME/./} - start))
	echo "100 exchanges took $took us"
	((took > 500000))
}
check 'a response waits for the interrupt' took_longer
check 'two of them at most' tool -C rx-usecs 10000 rx-frames 2
# every second one is raised: more than one held per interrupt can't be
every_second()
{
	local re='toe_irqs: ([0-9]+).*toe_irqs_held: ([0-9]+)' irqs held

	# both at one moment
	[[ $(tool -S) =~ $re ]]
	irqs=${BASH_REMATCH[1]} held=${BASH_REMATCH[2]}
	goes_on || return
	[[ $(tool -S) =~ $re ]]
	irqs=$((BASH_REMATCH[1] - irqs)) held=$((BASH_REMATCH[2] - held))
	echo "$irqs interrupts, $held held back"
	((held > 0 && held <= irqs + 10))
}
check 'every second one is raised' every_second
small_rings()
{
	tool -C rx-frames 0 && resize 64
}
check 'a small ring rings before it is full' small_rings
no_cqe=$(estat A toe_rx_no_cqe)
note "dropped for want of room: $no_cqe"
check 'at once again' tool -C rx-usecs 0 rx-frames 0
was=$(held)
check 'it goes on' goes_on
check 'and nothing waits' exactly "$was" held
check 'the ring as it was' resize 2048

# --- channels and registers ----------------------------------------------------
channels()
{
	local n='Combined:[[:space:]]+([0-9]+)'

	[[ $(tool -l) =~ $n.*$n ]]
	echo "${BASH_REMATCH[1]-}${BASH_REMATCH[2]-}"
}
check 'one channel, one at most' exactly 11 channels
check 'two are refused' refused maximum tool -L combined 2
check 'none is refused, too' refused . tool -L combined 0
# identification, and the third one: connections down
registers()
{
	local said

	said=$(tool -d hex on)
	echo "$said"
	[[ $said =~ 0x0000:[[:space:]]+45\ 4f\ 54\ 53\ .{11}\ 07\ 00\ 00\ 00 ]]
}
check 'the registers' registers

# --- self test -------------------------------------------------------------------
# test_says TEST RESULT [HOW]: of one test; TEST all: of everything
test_says()
{
	said=$(tool -t "${3:-online}")
	echo "$said"
	says "$1" "$2"
}

# says TEST RESULT: of the last one
says()
{
	if [[ $1 == all ]]; then
		[[ $said == *"test result is $2"* ]]
	else
		[[ $said =~ $1\ +\([a-z]*\)[[:space:]]+$2([[:space:]]|$) ]]
	fi
}

tested()
{
	local ups

	ups=$(toe_stat A uploaded reload)
	test_says all PASS online && exactly "$ups" toe_stat A uploaded reload &&
		exactly $all conns A offloaded
}

tested_offline()
{
	local ups resets

	ups=$(toe_stat A uploaded reload) resets=$(estat A toe_resets)
	test_says all PASS offline || return
	at_least $((ups + all)) toe_stat A uploaded reload &&
		exactly $((resets + 1)) estat A toe_resets && down && goes_on
}
check 'online, beside the connections' tested
check 'offline: they come up for it' tested_offline
rebuilt=$(toe_stat A total rebuilt)
ring_fails()
{
	echo 1 > $fault/toe0/cq_full
	test_says ring 1 && says all FAIL && says engine 0
	local status=$?

	echo 0 > $fault/toe0/cq_full
	return $status
}
check 'a ring without room is found' ring_fails
refused_object()
{
	echo 10 > $fault/toe0/refuse
	test_says connection 1 offline && down
}
check 'so is a table that takes nothing' refused_object
check 'a test is no death' exactly "$rebuilt" toe_stat A total rebuilt
dead_fails()
{
	local t

	echo Y > $fault/toe0/broken
	echo 1 > $fault/toe0/kill
	wait_for 60 exactly $all conns A host || return
	test_says all FAIL
	for t in registers mailbox ring engine link; do
		says $t 1 || return
	done
}
check 'a dead one fails' dead_fails
echo N > $fault/toe0/broken
check 'and passes when it is back' eval 'down && test_says all PASS'

# --- per reason ------------------------------------------------------------------
check 'it asked for nothing' exactly 0 estat A toe_asked_high_reorder
echo '-1 high-reorder' > $fault/toe0/upload
check 'what it asked for, by reason' wait_for 60 at_least $all \
	estat A toe_asked_high_reorder
check 'and by no other' exactly 0 estat A toe_asked_high_loss
refuses()
{
	echo 10 > $fault/toe0/refuse
	on A ethtool --set-priv-flags toe0 tcp-offload off
	on A ethtool --set-priv-flags toe0 tcp-offload on
	wait_for 60 at_least $all estat A toe_refused_rejected
	local status=$?

	echo 0 > $fault/toe0/refuse
	return $status
}
check 'what it refused, by reason' refuses
check 'the framework counts them, too' at_least $all \
	toe_stat A refused nic-rejected
check 'all are down at the end' down

on A pkill -USR1 stream
check 'every byte' join $rr
check 'every byte in bulk' join $bulk
check 'the idle one lives' join
finish
