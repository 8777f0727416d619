# SPDX-License-Identifier: GPL-2.0
# The library of the end-to-end tests; sourced. Two hosts, A and B, are network
# namespaces joined by a veth pair; each has a simulated NIC over its end, toe0
# in A and toe1 in B (different names, so that debugfs/simtoe/NAME is plain).
# shellcheck shell=bash

e2e_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
tools=${TOOLS:-$(readlink -f "$e2e_dir/../../build/tools")}
PATH=$tools:$PATH
export PYTHONPATH=$e2e_dir/tools PYTHONDONTWRITEBYTECODE=1
SCALE=${SCALE:-100}
SEED=${SEED:-$RANDOM}
RANDOM=$SEED
scratch=$(mktemp -d)

B4=10.9.0.2 B6=fd09::2
declare -A nic=([A]=toe0 [B]=toe1)
e2e_count=0
# shellcheck disable=SC2034 # for the tests
fault=/sys/kernel/debug/simtoe

# --- KTAP -------------------------------------------------------------------
# check DESCRIPTION COMMAND...
check()
{
	local what=$1 start=$SECONDS
	shift
	e2e_count=$((e2e_count + 1))
	if "$@" > "$scratch/check" 2>&1; then
		echo "ok $e2e_count $what # $((SECONDS - start)) s"
	else
		echo "not ok $e2e_count $what # $((SECONDS - start)) s"
		sed 's/^/# /' "$scratch/check" | tail -n 40
		diagnose
		return 1
	fi
}

note()
{
	echo "# $*"
}

# What one wants to know after a failure
diagnose()
{
	local h

	for h in A B; do
		ip netns list | grep -qw "$h" || continue
		on $h toectl conn 2>/dev/null | head -n 5
		on $h toectl stats show all 2>/dev/null | awk '$NF > 0'
		on $h ethtool -S "${nic[$h]}" 2>/dev/null | awk '$NF > 0'
		on $h ss -tinm 2>/dev/null | head -n 8
	done 2>&1 | sed 's/^/# /' | head -n 90
	tail -qn 3 "$scratch"/client.* "$scratch/server" 2>/dev/null |
		sed 's/^/# said: /'
	dmesg | tail -n 5 | sed 's/^/# dmesg: /'
}

# scaled FULL [LEAST]: the size of a test; SCALE is in percent
scaled()
{
	local n=$(($1 * SCALE / 100))

	((n < ${2:-1})) && n=${2:-1}
	echo "$n"
}

# --- hosts ------------------------------------------------------------------
# on HOST COMMAND...
on()
{
	local host=$1
	shift
	nsenter --net="/run/netns/$host" "$@"
}

nic_add()
{
	ip -n "$1" link add link "veth$1" name "${nic[$1]}" type simtoe
}

nic_addr()
{
	local n
	n=$([[ $1 == A ]] && echo 1 || echo 2)

	ip -n "$1" addr add "10.9.0.$n/24" dev "$2"
	ip -n "$1" addr add "fd09::$n/64" dev "$2" nodad
	ip -n "$1" link set "$2" up
}

toe_on()
{
	on "$1" sysctl -qw net.toe.min_bytes=0 net.toe.min_age_ms=0 \
		net.toe.mode=auto net.toe.enabled=1
}

# A test with another wire than this one has a function of its own. Made from within
# A: names have to be free where the request comes from, and hardware of a
# namespace that ends comes back to the first one with its name (t_lower).
pair_wire()
{
	ip -n A link add vethA type veth peer name vethB netns B
}

# pair_up nic|stock|plain: stock: B is a host without the NIC; plain: A too
pair_up()
{
	local h

	pair_down
	ip netns add A
	ip netns add B
	pair_wire
	for h in A B; do
		ip -n $h link set lo up
		ip -n $h link set "veth$h" up
		on $h sysctl -qw net.ipv4.tcp_rmem='4096 131072 6291456' \
			net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.all.keep_addr_on_down=1 \
			net.core.somaxconn=8192 \
			net.ipv4.ip_local_port_range='1024 65000' \
			net.ipv4.tcp_max_syn_backlog=16384
		if [[ $1 == plain || ($1 == stock && $h == B) ]]; then
			nic_addr $h "veth$h"
			continue
		fi
		nic_add $h
		nic_addr $h "${nic[$h]}"
		toe_on $h
	done
	on A ping -q -c 1 -W 10 $B4 > /dev/null
	on A ping -q -c 1 -W 10 $B6 > /dev/null
}

pair_down()
{
	local h p

	for h in A B; do
		ip netns list | grep -qw $h || continue
		for p in $(ip netns pids $h); do
			kill "$p" 2>/dev/null
		done
		ip netns del $h
	done
	wait 2>/dev/null
	# a namespace goes in its own time, and its NICs' fault files with it
	wait_for 30 no_faults
}

no_faults()
{
	[[ -z $(ls $fault 2> /dev/null) ]]
}

cleanup()
{
	pair_down
	rm -rf "$scratch"
}
trap cleanup EXIT

# --- waiting: on conditions, never for a time --------------------------------
# patience SECONDS: they are generous for an idle machine, others take some times
# as long (TOE_PATIENCE)
patience()
{
	echo $(($1 * ${TOE_PATIENCE:-3}))
}

# wait_for SECONDS COMMAND...
wait_for()
{
	local end=$((SECONDS + $(patience "$1")))
	shift
	until "$@" > /dev/null 2>&1; do
		((SECONDS < end)) || return 1
		nap
	done
}

# A tenth of a second without a process: processes are slow under emulation.
nap()
{
	read -rt 0.1 -u "$never" || true
}
exec {never}<> <(:)

listening()
{
	on "$1" ss -Hltn "sport = :$2" | grep -q .
}

# The data tool's server in B, port 5001, as process $server
serve()
{
	(exec nsenter --net=/run/netns/B stream server \
		> "$scratch/gaps" 2>> "$scratch/server") &
	# shellcheck disable=SC2034 # for the tests
	server=$!
	wait_for 30 listening B 5001
}

# The server complains about every connection that went wrong.
server_content()
{
	[[ ! -s $scratch/server ]] || { cat "$scratch/server"; false; }
}

# client ARG...: the data tool in A, in the background, as process $client; it
# says what it has to say in $said
client()
{
	(exec nsenter --net=/run/netns/A stream "$@" \
		> "$scratch/client.$BASHPID" 2>&1) &
	client=$!
	# shellcheck disable=SC2034 # for the tests
	said=$scratch/client.$client
}

running()
{
	kill -0 "$client" 2>/dev/null
}

# join [CLIENT]: waits for it
join()
{
	local pid=${1-$client} status

	wait "$pid"
	status=$?
	cat "$scratch/client.$pid"
	return $status
}

declare -A taps

# tap HOST DEVICE: what passes there, into $scratch/DEVICE.pcap
tap()
{
	(exec nsenter --net="/run/netns/$1" tcpdump -i "$2" -s 160 -B 65536 \
		--time-stamp-precision=nano --immediate-mode -U \
		-w "$scratch/$2.pcap" 'tcp or icmp or (vlan and tcp)' \
		2> "$scratch/$2.said") &
	taps[$2]=$!
	wait_for 30 grep -q listening "$scratch/$2.said"
}

# What was seen last is in the file when nothing more gets there.
settled()
{
	local size=$seen

	seen=$(stat -c %s "$scratch"/*.pcap | paste -sd' ')
	[[ $seen == "$size" ]]
}

# Ends all of them. False: not everything is there.
untap()
{
	local dev whole=0

	seen=
	wait_for 30 settled
	for dev in "${!taps[@]}"; do
		kill "${taps[$dev]}"
		wait "${taps[$dev]}"
		grep -q '^0 packets dropped by kernel' "$scratch/$dev.said" ||
			whole=1
	done
	taps=()
	return $whole
}

# --- counters ---------------------------------------------------------------
# Of the tools' JSON by pattern: jq takes longer to start than all the rest.
# toe_stat HOST GROUP NAME
toe_stat()
{
	local json

	json=$(toectl -n "$1" -j stats show all)
	[[ $json =~ \"$2\":\{[^}]*\"$3\":([0-9]+) ]]
	echo "${BASH_REMATCH[1]-0}"
}

# estat HOST NAME: from ethtool -S
estat()
{
	[[ $(on "$1" ethtool -S "${nic[$1]}") =~ \ $2:\ ([0-9]+) ]]
	echo "${BASH_REMATCH[1]-}"
}

# conns HOST STATE: how many
conns()
{
	toectl -n "$1" -j conn show | grep -o "\"state\":\"$2\"" | wc -l
}

# at_least N COMMAND...: the number that COMMAND prints is N or more
at_least()
{
	local least=$1 is
	shift
	is=$("$@")
	echo "$*: $is, at least $least expected"
	((is >= least))
}

exactly()
{
	local due=$1 is
	shift
	is=$("$@")
	echo "$*: $is, $due expected"
	((is == due))
}

# uploaded_only HOST REASON...: and for nothing else
uploaded_only()
{
	local host=$1 json name n
	shift

	json=$(toectl -n "$host" -j stats show all)
	[[ $json =~ \"uploaded\":\{([^}]*)\} ]] || return
	while IFS='":' read -r _ name _ n; do
		((n == 0)) || [[ " $* " == *" $name "* ]] && continue
		echo "$n uploaded for reason $name"
		return 1
	done < <(tr , '\n' <<< "${BASH_REMATCH[1]}")
}

# assert_offloaded HOST N BYTES: so many went down, stayed there until they
# closed, and BYTES each way through the NIC, but for the first ones
assert_offloaded()
{
	check "$1: $2 or more offloaded" at_least "$2" toe_stat "$1" total offloaded
	check "$1: uploaded to close and for nothing else" \
		uploaded_only "$1" close closing
	check "$1: the NIC sent the bytes" at_least $(($3 * 9 / 10)) \
		estat "$1" toe_tx_bytes
	check "$1: the NIC received the bytes" at_least $(($3 * 9 / 10)) \
		estat "$1" toe_rx_bytes
}

finish()
{
	check 'the server saw every byte' server_content
	echo "1..$e2e_count"
}

echo "# seed $SEED, scale $SCALE %"
