#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# devlink, under traffic. Reload: every connection comes up, the hardware starts
# afresh, and down they go again. Also while the NIC dies, or is removed. The size
# of the connection table. Health: each death is told, dumped and recovered.
: "${SCALE:=5}"	# percent
. "$(dirname "$0")/lib.sh"

rounds=$(scaled 40 2)
reload()
{
	devlink dev reload "platform/$bus" "$@"
}

bus_of()
{
	bus=$(on A ethtool -i toe0 | awk '/^bus-info/ { print $2 }')
}

pair_up stock
on A sysctl -qw net.toe.retry_ms=20
serve
bus_of
version()
{
	devlink dev info "platform/$bus" | grep -A 2 running: | grep 'fw 1'
}
check 'the running version' version
client rr -S "$SEED" -P 8 -s 20000 -i 5 -t 3600 $B4
rr=$client
client bulk -S $((SEED + 1)) -i 20 -t 3600 $B6
bulk=$client
client hold -S $((SEED + 2)) -n 5 -t 3600 $B4
check 'offloaded' wait_for 60 exactly 14 conns A offloaded

# all of them, the idle ones too
rounds_of()
{
	local i resets

	for ((i = 0; i < rounds; i++)); do
		resets=$(estat A toe_resets)
		case $((i % 2)) in
		0)	reload > /dev/null ;;
		1)	reload action fw_activate > /dev/null ;;
		esac || return
		exactly $((resets + 1)) estat A toe_resets || return
		wait_for 60 exactly 14 conns A offloaded || return
	done
}
check "$rounds reloads under traffic" rounds_of
check 'connections came up for it' at_least $((14 * rounds)) \
	toe_stat A uploaded reload
check 'with what the hardware knew: none was rebuilt' \
	exactly 0 toe_stat A total rebuilt
check 'no other namespace' eval '! reload netns A'
check 'they are still down' exactly 14 conns A offloaded

# --- the connection table ------------------------------------------------------
# resource KEY: of the table
resource()
{
	[[ $(devlink -j resource show "platform/$bus") =~ \"$1\":([0-9]+) ]]
	echo "${BASH_REMATCH[1]-}"
}

resize()
{
	devlink resource set "platform/$bus" path tcp_connections size "$1"
}

param()
{
	[[ $(devlink -j dev param show "platform/$bus" name tcp_connections) =~ \
		\"value\":([0-9]+) ]]
	echo "${BASH_REMATCH[1]-}"
}
check 'the size of the table' exactly 16384 resource size
check 'and what is in it' exactly 14 resource occ
check 'too large a table is refused' eval '! resize 1048576'
check 'a table of 10, with the next reload' resize 10
check 'not before' exactly 16384 param
check 'reload' reload
check 'as the parameter says, too' exactly 10 param
check 'resource and parameter agree' exactly 10 resource size
check 'ten go down' wait_for 60 exactly 10 conns A offloaded
check 'the table is full' exactly 10 resource occ
check 'the rest is refused by the NIC' wait_for 60 at_least 4 \
	toe_stat A refused nic-tcp-entries
check 'room again, at once' devlink dev param set "platform/$bus" \
	name tcp_connections value 100 cmode runtime
check 'the resource knows' exactly 100 resource size
check 'all go down' wait_for 60 exactly 14 conns A offloaded

# --- health --------------------------------------------------------------------
# health KEY: of the reporter
health()
{
	[[ $(devlink -j health show "platform/$bus" reporter fw) =~ \
		\"$1\":\"?([a-z0-9]+) ]]
	echo "${BASH_REMATCH[1]-}"
}

fw()
{
	local what=$1
	shift

	devlink health "$what" "platform/$bus" reporter fw "$@"
}

is()
{
	local due=$1
	shift

	echo "$*: $("$@"), $due expected"
	[[ $("$@") == "$due" ]]
}

# told_of DEATH: one error more, one recovery more, and down they go again
told_of()
{
	local errors recovers resets

	errors=$(health error) recovers=$(health recover)
	resets=$(estat A toe_resets)
	"$@" || return
	wait_for 60 exactly $((recovers + 1)) health recover || return
	exactly $((errors + 1)) health error || return
	wait_for 60 is healthy health state || return
	exactly $((resets + 1)) estat A toe_resets || return
	wait_for 60 exactly 14 conns A offloaded
}

fault()
{
	echo "$2" > "$fault/toe0/$1"
}

# of the hang: what the registers said, not what a dead device's say
dumped()
{
	local dump

	dump=$(devlink -j health dump show "platform/$bus" reporter fw)
	echo "$dump"
	[[ $dump =~ \"cause\":\"(hung|dead)[^\"]*\" ]] || return
	[[ $dump =~ \"heartbeat\":([0-9]+) ]] || return
	((BASH_REMATCH[1] && BASH_REMATCH[1] != 0xffffffff)) || return
	[[ $dump =~ \"tcp_used\":14[,}] && $dump =~ \"connections\":14[,}] &&
		$dump =~ \"prod\":[0-9] && $dump =~ \"toe_doorbells\":[1-9] ]]
}
check 'healthy' is healthy health state
check 'no dump yet, or none any more' devlink health dump clear \
	"platform/$bus" reporter fw
check 'a hang is told and recovered' told_of fault hang 1
check 'the dump has what it left' dumped
check 'so is a silent death' told_of fault kill 1
check 'and a lie about a connection' told_of fault lie 2
diagnosed()
{
	fw diagnose | grep -q "$1"
}
check 'diagnose says that it works' diagnosed working
check 'nobody recovers by itself' fw set auto_recover false
left_alone()
{
	local errors resets

	errors=$(health error) resets=$(estat A toe_resets)
	fault kill 1
	wait_for 60 exactly $((errors + 1)) health error || return
	wait_for 60 exactly 14 conns A host || return
	is error health state && diagnosed failed &&
		exactly "$resets" estat A toe_resets
}
check 'a death that nobody recovers: all are in the host' left_alone
recovers=$(health recover)
check 'recovered by hand' fw recover
check 'counted' exactly $((recovers + 1)) health recover
check 'healthy again' is healthy health state
check 'and down they go' wait_for 60 exactly 14 conns A offloaded
check 'by itself again' fw set auto_recover true
stays_dead()
{
	local errors

	errors=$(health error)
	fault broken Y
	fault kill 1
	wait_for 60 exactly $((errors + 1)) health error || return
	wait_for 60 exactly 14 conns A host || return
	is error health state && ! fw recover
}
check 'one that stays dead: not by hand either' stays_dead
recovers=$(health recover)
fault broken N
check 'but as soon as it can' wait_for 60 exactly $((recovers + 1)) \
	health recover
check 'all down' wait_for 60 exactly 14 conns A offloaded
check 'healthy at last' wait_for 60 is healthy health state

# at the same time as something else
at_once()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		echo $((RANDOM % 300 + 1)) > $fault/toe0/kill_after
		reload > /dev/null 2>&1
		wait_for 60 exactly 14 conns A offloaded || return
	done
	echo 0 > $fault/toe0/kill_after
}
check "$rounds reloads, the NIC dies" at_once
removed()
{
	local i

	for ((i = 0; i < rounds; i++)); do
		(while reload > /dev/null 2>&1; do :; done) &
		nap
		# every other time in the middle of its recovery
		((i % 2)) || fault kill 1
		ip -n A link del toe0 || return
		wait $!
		nic_add A && nic_addr A toe0 && bus_of || return
		wait_for 60 exactly 14 conns A offloaded || return
	done
}
check "$rounds reloads, the NIC is removed" removed
on A pkill -USR1 stream
check 'every byte' join $rr
check 'every byte in bulk' join $bulk
check 'the idle ones live' join
finish
