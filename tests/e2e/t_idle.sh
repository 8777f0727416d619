#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Off costs nothing: connect rate and throughput with the modules loaded and
# net.toe.enabled=0 against those with the modules not loaded, in turn.
. "$(dirname "$0")/lib.sh"

short=$(scaled 1000 100) bytes=$(scaled 100000000 4000000) rounds=5

pair_up plain
serve
# microseconds for the lot
measure()
{
	on A stream short -n "$short" $B4 | jq '.seconds * 1e6 | floor'
	on A stream bulk -u "$bytes" -d 0 $B4 | jq '.seconds * 1e6 | floor'
}

best_of()
{
	sort -n | head -n 1
}

on A stream short -n "$short" $B4 > /dev/null
for ((i = 0; i < rounds; i++)); do
	rmmod simtoe simtoe_hw toe
	measure > "$scratch/m"
	sed -n 1p "$scratch/m" >> "$scratch/without.rate"
	sed -n 2p "$scratch/m" >> "$scratch/without.bulk"
	insmod "$TOE_MODDIR/toe.ko"
	insmod "$TOE_MODDIR/simtoe_hw.ko"
	insmod "$TOE_MODDIR/simtoe.ko"
	measure > "$scratch/m"
	sed -n 1p "$scratch/m" >> "$scratch/with.rate"
	sed -n 2p "$scratch/m" >> "$scratch/with.bulk"
done

# The clock of an emulated machine is noisy: 25 %, best of five.
within_noise()
{
	local with without

	with=$(best_of < "$scratch/with.$1")
	without=$(best_of < "$scratch/without.$1")
	echo "with $with us, without $without us"
	((with * 100 <= without * 125))
}

for what in rate bulk; do
	check "$what as without the modules" within_noise $what
	note "$what: $(best_of < "$scratch/with.$what") us with," \
	     "$(best_of < "$scratch/without.$what") us without"
done
check 'nothing was watched' exactly 0 toe_stat A total watched
finish
