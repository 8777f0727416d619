#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The host's copy of a connection's state beside the NIC's own figures: they
# agree, at once where the host decides, within a round trip where the NIC does.
# And its history: what became of it, by whose decision.
# And those who show them together with other things: toectl report, toectl top.
. "$(dirname "$0")/lib.sh"

pair_up stock
serve
on A sysctl -qw net.toe.retry_ms=20

the_id()
{
	on A toectl -j conn show | jq 'map(select(.state == "offloaded"))[0].id'
}

show()
{
	on A toectl -j conn show "$id"
}

# agree FILTER: fields chosen by FILTER have the same value on both sides
agree()
{
	show | jq -e "[.fields[] | select($1)] |
		length > 0 and all(.copy == .nic)" && return
	show | jq -c ".fields[] | select($1) | select(.copy != .nic)"
	return 1
}

# --- at rest -------------------------------------------------------------------
client hold -n 1 $B4
wait_for 60 exactly 1 conns A offloaded
id=$(the_id)
check 'const and cached parts are as they were pushed' agree \
	'.class != "delegated"'
check 'there are fields of three objects and classes' bash -c "
	ip netns exec A toectl -j conn show $id | jq -e '[.fields[] |
		.object + .class] | unique | length >= 7'"
# shellcheck disable=SC2016 # jq's
check 'what the NIC reports agrees with what it has' wait_for 60 agree \
	'.name as $n | ["snd_una", "snd_nxt", "snd_wnd", "rcv_nxt", "srtt_us",
		"rttvar_us", "ts_recent", "state"] | index($n)'
check 'the neighbour was heard of' bash -c "
	ip netns exec A toectl -j conn show $id | jq -e '.fields[] |
		select(.name == \"nic_reach_ms\") | .nic < 600000'"
check 'nothing is kept at rest' exactly 0 \
	bash -c "ip netns exec A toectl -j conn show $id | jq .held_bytes"
check 'text has the same' bash -c "
	ip netns exec A toectl conn show $id | grep -Eq '^tcp +delegated +snd_una'"
check 'not for everybody' bash -c "
	ip netns exec A setpriv --reuid=65534 --clear-groups \
		toectl -j conn show $id | jq -e '.fields | length == 0'"

# --- history -------------------------------------------------------------------
# last FILTER: of the newest move
last()
{
	show | jq -e ".history | last | $1" || { show | jq -c .history; false; }
}

check 'it went down, as nothing forbids it' last '.move == "down" and
	.by == "default" and .rule == null and .dev == "toe0"'
check 'once' exactly 1 bash -c \
	"ip netns exec A toectl -j conn show $id | jq '.history | length'"
check 'taken up by hand' on A toectl conn upload "$id"
check 'it came up by hand' last '.move == "up" and .by == "admin" and
	.reason == "admin" and .dev == "toe0"'
echo 10 > $fault/toe0/refuse
refused()
{
	! on A toectl conn offload "$id"
}
check 'the NIC refuses' refused
check 'it was refused' last '.move == "refused" and .times >= 1 and
	.reason == "nic-rejected"'
echo 0 > $fault/toe0/refuse
check 'down by hand' on A toectl conn offload "$id"
check 'it went down by hand' last '.move == "down" and .by == "admin"'
on A toectl policy add deny rport 1
on A toectl policy add deny remote $B4
check 'a rule takes it back' last '.move == "up" and .by == "rule" and
	.rule == 2 and .reason == "policy"'
on A toectl policy add allow remote $B4 at 1
check 'a rule lets it go again' wait_for 60 last '.move == "down" and
	.by == "rule" and .rule == 1'
on A toectl policy flush
many_moves()
{
	local i

	for ((i = 0; i < 5; i++)); do
		on A toectl conn upload "$id" && on A toectl conn offload "$id" ||
			return
	done
}
check 'ten moves more' many_moves
# shellcheck disable=SC2016 # jq's
check 'the last eight are kept, in their order' bash -c "
	ip netns exec A toectl -j conn show $id | jq -e '.history |
		length == 8 and ([.[].time_us] | . == sort) and
		([.[].move] | unique == [\"down\", \"up\"]) and
		last.move == \"down\"'"
check 'text has it' bash -c "ip netns exec A toectl conn show $id |
	grep -Eq '^[0-9-]{10} [0-9:.]{15} +up +1 +admin +- +admin +toe0'"
on A pkill -USR1 stream
check 'hold' join

# --- under load ----------------------------------------------------------------
on A tc qdisc replace dev vethA root netem limit 20000 delay 10ms
client bulk -S "$SEED" -t 3600 $B4
wait_for 60 exactly 1 conns A offloaded
id=$(the_id)

# What the NIC said once, the copy has one round trip later.
caught_up()
{
	local i late

	for ((i = 0; i < 10; i++)); do
		show > "$scratch/1" && show > "$scratch/2" || return
		late=$(jq -nr --slurpfile before "$scratch/1" \
			--slurpfile after "$scratch/2" '
			def of($report; $name):
				$report[0].fields[] | select(.name == $name);
			"snd_una", "rcv_nxt", "segs_in" | . as $name |
			of($before; $name).nic as $nic |
			of($after; $name).copy as $copy |
			select(($copy - $nic + 4294967296) % 4294967296 >=
				2147483648) |
			"\($name): NIC \($nic), then copy \($copy)"') || return
		[[ ! $late ]] && continue
		echo "$late"
		return 1
	done
}

kept()
{
	show | jq -e '.held_packets > 0 and .held_bytes > 0'
}

# reported FILTER [COMMAND...]: true for what toectl reports, run by COMMAND
reported()
{
	local filter=$1
	shift
	on A "$@" toectl -j report all > "$scratch/report" || return
	jq -e "$filter" < "$scratch/report" && return
	jq -c '.missing, (.trace | length), (.log | length), .nics,
		.devlink_versions' < "$scratch/report"
	return 1
}

# busiest FILTER: true for the first connection of a refresh
busiest()
{
	on A toectl -j top -d 0.5 -n 2 > "$scratch/top" || return
	jq -se "length == 2 and (.[1] | .watched == 1 and .offloaded == 1 and
		(.connections | length == 1) and
		.tx_rate == .connections[0].tx_rate and
		(.connections[0] | $1))" < "$scratch/top" && return
	cat "$scratch/top"
	return 1
}

check 'the copy follows the NIC' caught_up
check 'packets are kept until acknowledged' wait_for 60 kept
check 'top: both directions move' wait_for 60 busiest \
	'.tx_rate > 0 and .rx_rate > 0 and .srtt_us > 0 and .cwnd > 0'
check 'top as text' bash -c "
	ip netns exec A toectl top -n 1 | grep -Eq '^ *$id +offloaded +toe0 '"
check 'top on a terminal' bash -c "
	ip netns exec A script -qec 'toectl top -n 1' /dev/null |
		grep -q \$'\\e\\[H.*connections 1  offloaded 1'"
check 'top until interrupted' on A timeout --preserve-status -s TERM 2 \
	toectl top -d 0.2
echo 1 > /sys/kernel/tracing/events/toe/enable
check 'report: nothing is missing' wait_for 60 reported '.missing == [] and
	([.modules[].module] | contains(["toe", "simtoe", "simtoe_hw"])) and
	(.trace | length > 0) and (.log | length > 0)'
echo 0 > /sys/kernel/tracing/events/toe/enable
check 'report: the NIC, by ethtool and devlink' reported '
	.devices[0].dev == "toe0" and
	(.nics[0] | .driver == "simtoe" and .flags["tcp-offload"] and
		.stats.toe_offloaded == 1) and
	(.devlink_versions[0] | .dev == "toe0" and .kind == "running") and
	([.devlink_params[].name] | contains(["tcp_connections"]))'
check 'report: the connection, with what the NIC says' reported '
	.policy.knobs.enabled == 1 and .stats.total.offloaded >= 2 and
	.connections[0].state == "offloaded" and .details_complete and
	([.details[0].fields[] | select(.name == "snd_una")][0].nic > 0)'
check 'report: for everybody, but for secrets' reported '
	([.missing[].part] | contains(["trace"])) and
	.details[0].fields == [] and .nics[0].stats.toe_offloaded == 1' \
	setpriv --reuid=65534 --clear-groups
check 'report as text' bash -c "
	ip netns exec A toectl report | grep -Eq '^    toe_offloaded: 1$'"
echo 1 > $fault/toe0/kill
check 'NIC dead: the copy goes on' wait_for 30 at_least 1 \
	toe_stat A total rebuilt
on A pkill -USR1 stream
check 'every byte' join
finish
