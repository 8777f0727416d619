# SPDX-License-Identifier: GPL-2.0
# Shared by the scripts in this directory; sourced, never run.
# shellcheck shell=bash

vm_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck disable=SC2034 # used by those who source this
toe_root=$(readlink -f "$vm_dir/../..")

# say TEXT...: progress, on stderr, so that stdout stays the caller's own.
say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "${0##*/}: $*"
	exit 125
}

# Everything that costs minutes to make and outlives a clone.
cache_dir()
{
	echo "${OPENTOE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/opentoe}"
}

# find_kernel NAME: sets kernel_image, kernel_release, kernel_build (what
# modules build against) and kernel_modroot (empty: the modules are the
# host's own, below /).
# shellcheck disable=SC2034 # used by those who source this
find_kernel()
{
	local dir

	if [[ $1 == stock ]]; then
		kernel_image=$(printf '%s\n' /boot/vmlinuz-*-amd64 |
			sort -V | tail -n 1)
		kernel_release=${kernel_image#*vmlinuz-}
		kernel_build=/lib/modules/$kernel_release/build
		kernel_modroot=
		[[ -r $kernel_image && -e $kernel_build/Makefile ]] ||
			die "no stock kernel with headers: make deps"
		return
	fi
	if [[ $1 == debian13 ]]; then
		dir=$("$vm_dir/kernel-fetch") || exit 125
	else
		dir=$("$vm_dir/kernel-build" "$1") || exit 125
	fi
	kernel_image=$dir/bzImage
	kernel_release=$(cat "$dir/release")
	kernel_build=$dir/build
	kernel_modroot=$dir/root
}
