#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Command lines of toectl that need no module: TOECTL [PATH]; KTAP
set -u

toectl=${1:-./toectl}
here=$(dirname "$(readlink -f "$0")")
count=0 failed=0

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

# expect CODE PATTERN ARG...: exit status, and what one of the streams says
expect()
{
	local code=$1 pattern=$2 output status
	shift 2
	output=$("$toectl" "$@" 2>&1)
	status=$?
	if [ "$status" -eq "$code" ] && [[ $output == *"$pattern"* ]]; then
		result 0 "toectl $*"
	else
		result 1 "toectl $*"
		echo "# exit $status, wanted $code; wanted \"$pattern\" in:"
		printf '%s\n' "$output" | sed 's/^/#   /'
	fi
}

echo "TAP version 14"

expect 0 'Usage: toectl' help
expect 0 'Usage: toectl' -h
expect 0 'Usage: toectl' --help
expect 0 'version' -V
expect 1 'Usage: toectl'
expect 1 'unknown option "-x"' -x
expect 1 'needs a name' -n
expect 1 'unknown object "device"' device
expect 1 'unknown object "de"' de
expect 1 'unknown command "dev list"' dev list
expect 1 'too much: "toe0"' dev show toe0
expect 1 'unknown command "conn list"' conn list
expect 1 'not the id' conn show x
expect 1 'not the id' conn show -1
expect 1 'not the id' conn show 4294967296
expect 1 'too much' conn show 1 2
expect 1 'which connection' conn offload
expect 1 'neither the id' conn offload some
expect 1 'too much' conn offload all dev
expect 1 'too much' conn upload 5 dev
expect 1 'only "dev DEV"' conn upload all dev
expect 1 'only "dev DEV"' conn upload all on toe0
expect 2 'no device "nosuchdev"' conn upload all dev nosuchdev
expect 1 'unknown command "quota list"' quota list
expect 1 'too much: "x"' quota show x
expect 1 'needs a cgroup and its limit' quota set x
expect 1 'not a number of connections' quota set x -1
expect 1 'not a number of connections' quota set x 1048577
expect 1 'needs a cgroup' quota del
expect 1 'begins with' policy add
expect 1 'begins with' policy add permit
expect 1 'needs a value' policy add allow remote
expect 1 'not an address' policy add allow remote 10.0.0
expect 1 'not an address' policy add allow remote 10.0.0.0/33
expect 1 'not an address' policy add allow remote 10.0.0.0/
expect 1 'not an address' policy add allow local 2001:db8::/129
expect 1 'not an address' policy add allow src host.example
expect 1 'not a port' policy add allow lport http
expect 1 'not a port' policy add allow lport 65536
expect 1 'not a port' policy add allow rport 90-80
expect 1 'not a port' policy add allow rport 80-
expect 1 'not the number' policy add allow at 0
expect 1 'twice' policy add allow lport 80 lport 81
expect 1 'not the name of an interface' policy add allow dev ''
expect 1 'not the name of an interface' policy add allow dev sixteencharacter
expect 1 '"out" or "in", not "up"' policy add allow direction up
expect 2 'not a directory of cgroup v2' policy add allow cgroup /proc
expect 2 'not a directory of cgroup v2' policy add allow cgroup /nosuchgroup
expect 1 'not a uid' policy add allow uid root
expect 1 'not a uid' policy add allow uid 2-1
expect 1 'not a uid' policy add allow uid 4294967296
expect 1 'not a mark' policy add allow mark x
expect 1 'not a mark' policy add allow mark 0x100000000
expect 1 'not a mark' policy add allow mark 1/
expect 1 'not a range; as' policy add allow bytes -5
expect 1 'not a range; as' policy add allow bytes 5-4
expect 1 'not a range; as' policy add allow bytes 5KB
expect 1 'not a range; as' policy add allow age-ms soon
expect 1 'not a range; as' policy add allow rate 99999999999999999999
expect 1 'not a range; as' policy add allow rate 18446744073709551615k
expect 1 'not a range; as' policy add allow rtt-us ''
expect 1 'not a share in percent' policy add allow canary 0
expect 1 'not a share in percent' policy add allow canary 101
expect 1 'unknown word "from"' policy add deny from 10.0.0.1
expect 1 'needs the number' policy del
expect 1 'not the number' policy del first
expect 1 'too much' policy flush all
expect 1 'needs the id' policy test
expect 1 'too much: "2"' policy test 1 2
expect 1 'needs a value' policy test local
expect 1 'not an address' policy test local 10.0.0.0/8 lport 1
expect 1 'not an address' policy test remote host.example
expect 1 'not a port' policy test lport 80-90
expect 1 'not a port' policy test rport 65536
expect 1 'twice' policy test lport 80 lport 81
expect 1 '"out" or "in"' policy test direction both
expect 2 'not a directory of cgroup v2' policy test cgroup /proc
expect 1 'not a uid' policy test uid 1-2
expect 1 'not a mark' policy test mark 1/1
expect 1 'not a number; as' policy test bytes 5-
expect 1 'not a number; as' policy test age-ms x
expect 1 'not a number; as' policy test rate -1
expect 1 'not a number; as' policy test rtt-us ''
expect 1 'unknown word "canary"' policy test canary 5
expect 1 'unknown word "at"' policy test at 1
expect 2 'no device "nosuchdev"' policy test dev nosuchdev
expect 1 'unknown command' policy clear
expect 1 'needs a knob' policy set
expect 1 'needs a knob' policy set mode
expect 1 'unknown knob "speed"' policy set speed 9
expect 1 'unknown command' stats reset
expect 1 'unknown word' stats show some
expect 1 'too much' monitor conn
expect 1 'unknown word "conn"' top conn
expect 1 'needs a number' top -d
expect 1 'needs a number' top -d 1 -n
expect 1 'number of seconds' top -d 0
expect 1 'number of seconds' top -d 0.05
expect 1 'number of seconds' top -d 3601
expect 1 'number of seconds' top -d 1.2.3
expect 1 'number of seconds' top -d .
expect 1 'number of seconds' top -d -1
expect 1 'number of seconds' top -d inf
expect 1 'number of seconds' top -d ''
expect 1 'number of refreshes' top -n 0
expect 1 'number of refreshes' top -n 1.5
expect 1 'number of refreshes' top -n 4294967296
expect 1 'unknown word "some"' report some
expect 1 'too much' report all all
expect 2 'nosuchnetns' -n nosuchnetns dev

# without the module every question has the same answer
if [ ! -e /proc/sys/net/toe ]; then
	for object in dev conn policy stats monitor 'top -n 1' report \
		      'conn offload all' 'policy flush' 'policy test 1'; do
		# shellcheck disable=SC2086 # words
		expect 2 'modprobe toe' $object
	done
	expect 2 'modprobe toe' policy set enabled 1
	# what there is besides the module is reported all the same
	expect 2 "$(uname -r)" report
	expect 2 '"devices":null' -j report
	expect 2 '"part":"framework"' -j report
fi

# completes WANTED WORD...: to what bash completes the last word
completes()
{
	local wanted=$1 COMPREPLY=()
	shift
	# shellcheck disable=SC2034 # for the completion
	local COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_toectl
	[[ ${COMPREPLY[*]} == "$wanted" ]]
	result $? "completion of \"$*\": ${COMPREPLY[*]}"
}

# shellcheck source=toectl.bash-completion
. "$here/toectl.bash-completion"
completes policy toectl po
completes 'offload' toectl -j conn of
completes 'allow deny' toectl -n ns policy add ''
completes 'cgroup canary' toectl policy add allow c
completes 'age-ms at' toectl policy add allow uid 1 a
completes 'in' toectl policy add allow direction i
completes 'mark' toectl policy test local ::1 m
completes '-d -n' toectl top ''
completes '' toectl top -n ''
completes '-d -n' toectl top -n 3 ''
completes all toectl report ''

# each word of the grammar is in the man page and in the completion
for word in $("$toectl" help | grep -o '[a-z_]\{3,\}' | sort -u |
	      grep -vxE 'toectl|sage|son|where|another|word|for|help|json|retty|etns|ersion|src'); do
	grep -qw -- "$word" "$here/toectl.8"
	result $? "man page has $word"
	grep -qw -- "$word" "$here/toectl.bash-completion"
	result $? "completion has $word"
done

# what the NIC can be told is in its man page
driver=$here/../../drivers/net/simtoe
for word in $(grep -ohP '(SIMTOE_PARAM\([A-Z_]+, |\.name\s*= )"\K[a-z_]+' \
		"$driver"/{devlink,health}.c) \
	    $(sed -n '/simtoe_priv_flags\[\]/,/};/s/.*"\(.*\)".*/\1/p' \
		"$driver/ethtool.c"); do
	grep -qw -- "$word" "$here/simtoe.4"
	result $? "simtoe(4) has $word"
done
for page in toectl.8 simtoe.4; do
	command -v man > /dev/null || { echo '# no man(1): pages not formatted'; break; }
	! man --warnings -l "$here/$page" 2>&1 > /dev/null | grep -q .
	result $? "$page is well-formed"
done

echo "1..$count"
echo "$((count - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
