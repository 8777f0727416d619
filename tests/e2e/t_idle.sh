#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Off costs nothing: connections and bytes with the modules loaded and
# net.toe.enabled=0 against those with the modules not loaded, in turn.
# Runs under `tests/vm/run --icount`, where a nanosecond is an instruction of
# the whole machine: a clock would show the load of whoever else uses the host.
. "$(dirname "$0")/lib.sh"

short=300 bytes=8000000 rounds=7 percent=4

grep -qw tsc=reliable /proc/cmdline || {
	note 'needs tests/vm/run --icount'
	exit 1
}
pair_up plain
serve

load()
{
	local m

	for m in toe simtoe_hw simtoe; do
		insmod "$TOE_MODDIR/$m.ko" || return
	done
}

unload()
{
	rmmod simtoe simtoe_hw toe
}

# measure FILE: thousands of instructions for the connections, for the bytes
measure()
{
	on A stream short -n $short $B4 |
		jq '.seconds * 1e6 | floor' >> "$scratch/$1.connections"
	on A stream bulk -u $bytes -d 0 $B4 |
		jq '.seconds * 1e6 | floor' >> "$scratch/$1.bytes"
}

median()
{
	sort -n "$scratch/$1" | sed -n $((rounds / 2 + 1))p
}

# Interrupts, the allocators' caches and the scheduler's choices differ from
# round to round: without the modules single counts lie 3 % apart, with an
# outlier now and then, medians of five differed by 2 %.
within_noise()
{
	local with without

	with=$(median "with.$1")
	without=$(median "without.$1")
	echo "with $with, without $without thousand instructions"
	((with * 100 <= without * (100 + percent)))
}

measure warm
for ((i = 0; i < rounds; i++)); do
	unload
	measure without
	load
	measure with
done
for what in connections bytes; do
	for kind in without with; do
		note "$what $kind: $(sort -n "$scratch/$kind.$what" |
			paste -sd ' ')"
	done
	check "$what as without the modules, by $percent %" within_noise $what
done
check 'nothing was watched' exactly 0 toe_stat A total watched
finish
