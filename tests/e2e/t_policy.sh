#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A changed policy takes back what no longer matches, and nothing else; what
# matches again goes down again. The dry run says so beforehand and does nothing.
. "$(dirname "$0")/lib.sh"

pair_up stock
serve
on A sysctl -qw net.toe.retry_ms=20
client hold -n 6 $B4
check 'six are down' wait_for 60 exactly 6 conns A offloaded

# the N-th in the order in which they were opened
id_of()
{
	on A toectl -j conn | jq "sort_by(.id)[$1].id"
}
first=$(id_of 0)
second=$(id_of 1)
lport=$(on A toectl -j conn show "$second" | jq -r .tcp.local)
lport=${lport##*:}
new=(local 10.9.0.1 lport 7 remote "$B4" rport 5001)

# says ANSWER ARG...: the dry run
says()
{
	local due=$1 is
	shift

	is=$(on A toectl policy test "$@")
	echo "$is, expected $due"
	[[ $is == "$due" ]]
}

policy()
{
	on A toectl policy "$@"
}

# taken N COMMAND...: takes N back, for this reason, before it returns
taken()
{
	local n=$1 before down
	shift

	before=$(toe_stat A uploaded policy) down=$(conns A offloaded)
	"$@" || return
	exactly $((before + n)) toe_stat A uploaded policy || return
	exactly $((down - n)) conns A offloaded
}

# returns COMMAND...: after it all six go down
returns()
{
	"$@" && wait_for 60 exactly 6 conns A offloaded
}

# --- a dry run -----------------------------------------------------------------
tried=$(toe_stat A total tried)
check 'one that is down' says 'allow  by default' "$first"
check 'one to come' says 'allow  by default' "${new[@]}"
check 'on this device' says 'allow  by default' "${new[@]}" dev toe0
check 'on another one' says 'deny  refusal device' "${new[@]}" dev vethA
check 'did nothing' exactly "$tried" toe_stat A total tried

# --- rules ---------------------------------------------------------------------
check 'a rule against all takes all' taken 6 policy add deny rport 5001
check 'and says so' says 'deny  by rule 1' "$first"
check 'also of one to come' says 'deny  by rule 1' "${new[@]}"
check 'of others it does not' says 'allow  by default' local 10.9.0.1 lport 7 \
	remote $B4 rport 80
check 'an exception before it' returns policy add allow remote $B4 at 1
check 'is the one that decides' says 'allow  by rule 1' "$first"
check 'without it they come up' taken 6 policy del 1
check 'no rules' returns policy flush
check 'a rule against one takes one' taken 1 policy add deny lport "$lport"
check 'that one' says 'deny  by rule 1' "$second"
check 'no other' says 'allow  by default' "$(id_of 2)"
check 'another permission changes nothing' taken 0 policy add allow rport 5001
check 'no rules again' returns policy flush

# --- lists ---------------------------------------------------------------------
check 'a list of ports' taken 6 policy set ports 80,443
check 'says which knob' says 'deny  by ports' "$first"
check 'the port is in it' returns policy set ports 80,5001
check 'and decides' says 'allow  by ports' "${new[@]}"
check 'a list of addresses' taken 6 policy set addresses 10.8.0.0/16
check 'says which knob, too' says 'deny  by addresses' "${new[@]}"
check 'any port' policy set ports ''
check 'any address' returns policy set addresses ''

# --- max_connections ------------------------------------------------------------
youngest()
{
	on A toectl -j conn | jq -e 'sort_by(.id) | map(.state) ==
		["offloaded", "offloaded", "offloaded", "offloaded",
		 "host", "host"]'
}
check 'room for four' taken 2 policy set max_connections 4
check 'the youngest came up' youngest
check 'and wait' says 'wait  by max-connections  refusal limit' "$(id_of 5)"
check 'as would one to come' says 'wait  by max-connections  refusal limit' \
	"${new[@]}"
check 'they may try' wait_for 60 at_least 2 toe_stat A refused limit
check 'four stay down' exactly 4 conns A offloaded
check 'room for none' taken 4 policy set max_connections 0
check 'room for all' returns policy set max_connections 65536

# --- mode ----------------------------------------------------------------------
check 'one by hand' on A toectl conn upload "$first"
check 'stays in the host' says 'deny  by admin' "$first"
check 'until' on A toectl conn offload "$first"
check 'explicit takes the others' taken 5 policy set mode explicit
check 'as they did not ask' says 'deny  by mode' "$second"
check 'as would not one to come' says 'deny  by mode' "${new[@]}"
check 'not the one by hand' says 'allow  by admin' "$first"
check 'off takes it, too' taken 1 policy set mode off
check 'whoever asks' says 'deny  by mode  refusal policy' "$first"
check 'auto' returns policy set mode auto

# --- by hand, against a rule -----------------------------------------------------
check 'a rule against all' taken 6 policy add deny remote $B4
check 'one by hand all the same' on A toectl conn offload "$first"
check 'stays, whatever else changes' taken 0 policy set min_age_ms 1
check 'and the others stay in the host' exactly 1 conns A offloaded
check 'without the rule all go' returns policy flush
check 'a new rule takes that one, too' taken 6 policy add deny remote $B4
check 'and back' returns policy flush

# --- not yet -------------------------------------------------------------------
check 'thresholds take nothing back' taken 0 policy set min_bytes 1000000
check 'nor does age' taken 0 policy set min_age_ms 86400000
hold=$client
client hold -n 1 $B4
check 'a new one' wait_for 60 exactly 1 conns A host
check 'waits for bytes' says 'wait  by min-bytes' "$(id_of 6)"
check 'no bytes' policy set min_bytes 0
check 'waits for its time' says 'wait  by min-age-ms' "$(id_of 6)"
check 'which has come' policy set min_age_ms 0
check 'goes down' wait_for 60 exactly 7 conns A offloaded

# --- the device, the namespace -----------------------------------------------------
check 'the device is switched off' on A ethtool --set-priv-flags toe0 \
	tcp-offload off
check 'of a connection' says 'deny  refusal device-off' "$first"
check 'of one to come' says 'deny  refusal device-off' "${new[@]}" dev toe0
check 'the device is switched on' on A ethtool --set-priv-flags toe0 \
	tcp-offload on
check 'all seven' wait_for 60 exactly 7 conns A offloaded
check 'the namespace is switched off' policy set enabled 0
check 'says who' says 'deny  by enabled  refusal policy' "${new[@]}"
on A pkill -USR1 stream
check 'all of them lived through it' join "$hold"
check 'the last one, too' join
finish
