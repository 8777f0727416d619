#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Everything that can happen to a NIC, its links and the routes above it, at
# random moments and several at a time, under connections of every kind on an
# 802.3ad bond over two NICs, with a VLAN on top and a route behind a gateway.
# Not one byte may be lost and nothing may stay. `make torture`; the schedule
# follows from the seed, its moments from the machine.
#
#   TOE_MINUTES (10), TOE_CONNS (500), SEED
. "$(dirname "$0")/lib.sh"
. "$e2e_dir/bond.sh"

minutes=${TOE_MINUTES:-10}
conns=${TOE_CONNS:-500}
schedule=$scratch/schedule

# percent of the connections, at least one
part()
{
	local n=$((conns * $1 / 100))

	echo $((n < 1 ? 1 : n))
}

# What the kernel uses when nobody does anything, KiB
memory()
{
	sync
	echo 3 > /proc/sys/vm/drop_caches
	awk '/^(Slab|VmallocUsed|Percpu|PageTables):/ { n += $2 }
		END { print n }' /proc/meminfo
}

# --- the two hosts -------------------------------------------------------------
# What a new toe.ko forgets
knobs()
{
	on A sysctl -qw net.toe.retry_ms=50 net.toe.failback_ms=500
	toe_on A
}

torture_up()
{
	local h dev

	two_up nic mode 802.3ad xmit_hash_policy layer3+4 lacp_rate fast
	for h in A B; do
		ip -n $h link add link bond0 name bond0.10 type vlan id 10
		ip -n $h link set bond0.10 up
		# who has a new MAC address says so
		on $h sysctl -qw net.ipv4.conf.all.arp_notify=1 \
			net.ipv4.conf.bond0.arp_notify=1 \
			net.ipv4.conf.bond0/10.arp_notify=1 \
			net.ipv6.conf.bond0.ndisc_notify=1 \
			net.ipv6.conf.all.keep_addr_on_down=1 \
			net.ipv6.conf.bond0.keep_addr_on_down=1
		# when that is lost on the way, the peer finds out in seconds
		for dev in bond0 bond0/10; do
			on $h sysctl -qw \
				net.ipv4.neigh.$dev.base_reachable_time_ms=3000 \
				net.ipv4.neigh.$dev.delay_first_probe_time=1 \
				net.ipv6.neigh.$dev.base_reachable_time_ms=3000 \
				net.ipv6.neigh.$dev.delay_first_probe_time=1
		done
	done
	ip -n A addr add 10.10.0.1/24 dev bond0.10
	ip -n B addr add 10.10.0.2/24 dev bond0.10
	ip -n B addr add 10.9.0.3/24 dev bond0
	ip -n B addr add 10.8.0.2/32 dev lo
	gateway=10.9.0.2
	route_back
	wait_for 30 on A ping -q -c 1 -W 1 10.10.0.2
	wait_for 30 on A ping -q -c 1 -W 1 10.8.0.2
	on A ping -q -c 1 -W 1 10.9.0.3
}

# --- the connections -------------------------------------------------------------
clients=()
# kind NAME ARG...
kind()
{
	local name=$1
	shift
	client "$@"
	clients+=("$client")
	names[$client]=$name
}

load()
{
	kind 'bulk' bulk -S "$SEED" -P "$(part 4)" -i 200 -t 36000 $B4
	kind 'bulk, VLAN' bulk -S $((SEED + 1)) -P "$(part 2)" -i 200 \
		-t 36000 10.10.0.2
	kind 'slow readers' bulk -S $((SEED + 2)) -P "$(part 4)" -i 50 -r 150 \
		-t 36000 $B4
	kind 'half closed' half -c -S $((SEED + 3)) -P "$(part 6)" -u 3000 \
		-d 2000000 -i 200 -t 36000 $B4
	kind 'short' short -c -S $((SEED + 4)) -P "$(part 4)" -s 3000 -t 36000 $B4
	kind 'rr' rr -S $((SEED + 5)) -P "$(part 15)" -s 3000 -i 400 -t 36000 $B4
	kind 'rr, IPv6' rr -S $((SEED + 6)) -P "$(part 15)" -s 3000 -i 400 \
		-t 36000 $B6
	kind 'rr, VLAN' rr -S $((SEED + 7)) -P "$(part 15)" -s 3000 -i 400 \
		-t 36000 10.10.0.2
	kind 'rr, gateway' rr -S $((SEED + 8)) -P "$(part 15)" -s 3000 -i 400 \
		-t 36000 10.8.0.2
	kind 'idle' hold -S $((SEED + 9)) -n "$(part 20)" -t 36000 10.8.0.2
}

# --- what happens: break_WHAT and, later, heal_WHAT ----------------------------------
nics=(toe0 toe2)

one_nic()
{
	n=${nics[RANDOM % 2]}
	[[ -d $fault/$n ]]
}

do_dead()
{
	case $((RANDOM % 3)) in
	0)	one_nic && echo 1 > "$fault/$n/kill" ;;
	1)	one_nic && echo 2 > "$fault/$n/kill" ;;
	2)	one_nic && echo $((RANDOM % 500 + 1)) > "$fault/$n/kill_after" ;;
	esac
}

do_hung()
{
	one_nic || return
	if ((RANDOM % 2)); then
		echo 1 > "$fault/$n/hang"
	else
		echo $((RANDOM % 500 + 1)) > "$fault/$n/hang_after"
	fi
}

# It stays dead for a while.
break_nic()
{
	one_nic && echo Y > "$fault/$n/broken" && echo 1 > "$fault/$n/kill"
}
heal_nic()
{
	for n in "${nics[@]}"; do
		echo N > "$fault/$n/broken"
	done
}

break_link()	{ ip -n B link set "vethB$((RANDOM % 2))" down; }
heal_link()	{ ip -n B link set vethB0 up; ip -n B link set vethB1 up; }

break_member()
{
	one_nic && ip -n A link set "$n" nomaster
}
heal_member()
{
	local n

	for n in "${nics[@]}"; do
		# gone, or in the bond
		[[ $(ip -n A link show "$n" 2>/dev/null) == *"master bond0"* ||
		   ! -d $fault/$n ]] && continue
		ip -n A link set "$n" down &&
			ip -n A link set "$n" master bond0
	done
}

# A MAC address: ours, or that of the peer
do_mac()
{
	local h=A

	((RANDOM % 2)) && h=B
	ip -n $h link set bond0 address "$(printf 02:00:00:%02x:%02x:%02x \
		$((RANDOM % 256)) $((RANDOM % 256)) $((RANDOM % 256)))"
}
route_back()
{
	ip -n A route replace 10.8.0.0/24 via "$gateway"
}

break_route()
{
	case $((RANDOM % 3)) in
	0)	gateway=10.9.0.2 ;;
	1)	gateway=10.9.0.3 ;;
	2)	ip -n A route del 10.8.0.0/24; return 0 ;;
	esac
	route_back
}
heal_route()	{ route_back; }

break_vlan()	{ ip -n A link set bond0.10 down; }
heal_vlan()	{ ip -n A link set bond0.10 up; }

break_bond()	{ ip -n A link set bond0 down; }
heal_bond()	{ ip -n A link set bond0 up; route_back; }

break_mtu()
{
	case $((RANDOM % 2)) in
	0)	ip -n A link set bond0 mtu $((1300 + RANDOM % 200)) ;;
	1)	ip -n A route replace 10.8.0.0/24 via "$gateway" \
			mtu $((1000 + RANDOM % 400)) ;;
	esac
}
heal_mtu()	{ ip -n A link set bond0 mtu 1500; route_back; }

# A bond without members forgets its address and takes that of the next one.
drivers_out()
{
	mac=$(ip -n A -j link show bond0 | jq -r '.[0].address')
	rmmod simtoe
}

drivers_in()
{
	insmod "$TOE_MODDIR/simtoe_hw.ko" && insmod "$TOE_MODDIR/simtoe.ko" &&
	ip -n A link add link vethA0 name toe0 address "$mac" type simtoe &&
	ip -n A link add link vethA1 name toe2 type simtoe && heal_member
}

do_unload()
{
	drivers_out && rmmod simtoe_hw && drivers_in
}

break_policy()
{
	case $((RANDOM % 5)) in
	0)	on A sysctl -qw net.toe.mode=off ;;
	1)	on A sysctl -qw net.toe.max_connections=5 ;;
	2)	on A toectl policy add deny rport 5001 ;;
	3)	on A toectl conn upload all ;;
	4)	one_nic && on A ethtool --set-priv-flags "$n" tcp-offload off ;;
	esac
}
heal_policy()
{
	local n

	on A sysctl -qw net.toe.mode=auto net.toe.max_connections=65536 \
		net.toe.batch_max=$((1 + RANDOM % 2 * 31))
	on A toectl policy flush
	on A toectl conn offload all > /dev/null 2>&1
	for n in "${nics[@]}"; do
		[[ -d $fault/$n ]] &&
			on A ethtool --set-priv-flags "$n" tcp-offload on
	done
	true
}

do_wish()
{
	one_nic && echo '-1 requested' > "$fault/$n/upload"
}

# --- the schedule ----------------------------------------------------------------
# Those at the front have nothing to heal
kinds=(dead dead dead hung mac wish unload
	nic link link member route route vlan bond mtu mtu policy policy)
at_once=7
broken=() since=()
declare -A happened failed

run()
{
	local now

	read -r now _ < /proc/uptime
	echo "$now $1" >> "$schedule"
	"$1" >> "$schedule" 2>&1 && return
	echo 'did not take place' >> "$schedule"
	failed[$1]=1
}

# What was broken first is healed after this many seconds at the latest: if nothing
# passes for a minute even two hosts without NICs lose connections (a SYN-ACK is
# given up, a zero window is).
patience=5

# Half of the time something is healed, if there is anything to heal.
step()
{
	local i=$((RANDOM % ${#kinds[@]})) coin=$((RANDOM % 2)) what

	if ((${#broken[@]} && (coin || SECONDS - since[0] > patience))); then
		what=${broken[0]}
		broken=("${broken[@]:1}")
		since=("${since[@]:1}")
		run "heal_$what"
		return
	fi
	what=${kinds[i]}
	happened[$what]=$((${happened[$what]} + 1))
	if ((i < at_once)); then
		run "do_$what"
	elif [[ " ${broken[*]} " != *" $what "* ]]; then
		broken+=("$what")
		since+=("$SECONDS")
		run "break_$what"
	fi
}

# A NIC first, what stands on it afterwards
heal()
{
	local what

	for what in nic link member bond vlan route mtu policy; do
		run "heal_$what"
	done
	broken=() since=()
}

all_running()
{
	local pid

	for pid in "${clients[@]}"; do
		kill -0 "$pid" 2>/dev/null && continue
		echo "${names[$pid]}: over before its time"
		cat "$scratch/client.$pid"
		return 1
	done
}

torture()
{
	local end=$((SECONDS + minutes * 60))

	while ((SECONDS < end)); do
		step
		all_running || return
		read -rt "0.$((RANDOM % 10))" -u "$never"
	done
	heal
}

# --- what has to hold afterwards ------------------------------------------------
nstat_of()
{
	[[ $(on "$1" nstat -asz "$2") =~ $2\ +([0-9]+) ]]
	echo "${BASH_REMATCH[1]}"
}

no_resets()
{
	local h name bad=0

	for h in A B; do
		# not TcpOutRsts: it counts the answer to a SYN-ACK for which
		# nobody waits any more, either
		for name in TcpEstabResets TcpExtTCPAbortOnTimeout \
			TcpExtTCPAbortOnData TcpExtTCPAbortOnMemory; do
			exactly 0 nstat_of $h $name || bad=1
		done
	done
	return $bad
}

# nic_stat NIC NAME
nic_stat()
{
	on A ethtool -S "$1" | awk -v n="$2:" '$1 == n { print $2 }'
}

nothing_left()
{
	local n name

	exactly 0 eval "toectl -n A -j conn show | grep -o '\"id\":' | wc -l" ||
		return
	for n in "${nics[@]}"; do
		for name in toe_offloaded toe_objects toe_table_used; do
			exactly 0 nic_stat "$n" $name || return
		done
	done
}

framework_out()
{
	drivers_out && rmmod toe && rmmod simtoe_hw
}

framework_in()
{
	insmod "$TOE_MODDIR/toe.ko" && knobs && drivers_in
}

down_again()
{
	at_least $((conns * 6 / 10)) both
}

# ------------------------------------------------------------------------------------
declare -A names
lost=
torture_up
pair_down
before=$(memory)
torture_up
load
note "$conns connections, $minutes minutes"
check 'most of them are down' wait_for 120 down_again
check 'every connection lives through it' torture || lost=1
for what in "${!happened[@]}"; do
	note "$what: ${happened[$what]} times"
done
note "did not take place: ${!failed[*]}"
check 'healed: most of them are down again' wait_for 120 down_again
for reason in link-down nic-dead member route neighbour policy address \
	device-gone; do
	note "uploaded $reason: $(toe_stat A uploaded $reason)"
done
for name in offloaded uploaded rebuilt displaced moved relinked forwarded; do
	note "$name: $(toe_stat A total $name)"
done
check 'NICs died under them' at_least 1 toe_stat A uploaded nic-dead
check 'connections moved' at_least 1 toe_stat A total moved
check 'the framework leaves under load' framework_out
check 'and returns' framework_in
on A pkill -USR1 stream
for pid in "${clients[@]}"; do
	check "${names[$pid]}: no error, every byte" join "$pid" || lost=1
done
[[ $lost ]] && sed 's/^/# /' "$schedule"
check 'no reset on either side' no_resets
check 'no connection and no object is left' wait_for 60 nothing_left
pair_down
after=$(memory)
note "kernel's memory: $before KiB before, $after KiB afterwards"
check 'memory is back' test "$after" -lt $((before + before / 10))
finish
