#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The Debian packages: installed and built by DKMS (tests/deb, on the machine that
# runs the VM), then loaded by alias, used, unloaded and purged here. Without the
# modules of the tree: `make test-deb`.
. "$(dirname "$0")/lib.sh"

packages=(opentoe-dkms opentoe-tools)
modules=/lib/modules/$(uname -r)/updates/dkms

# The package's, not that of the tree
toectl()
{
	/usr/sbin/toectl "$@"
}

loaded()
{
	exactly "$1" grep -cE '^(toe|simtoe|simtoe_hw) ' /proc/modules
}

# Files as they were packed, and no package half configured
intact()
{
	local p

	for p in "${packages[@]}"; do
		[[ $(dpkg-query -W -f '${Status}' "$p") == *' ok installed' ]] ||
			return
	done
	[[ ! $(dpkg --verify "${packages[@]}") ]]
}

built()
{
	dkms status opentoe | grep -F "$(uname -r)" | grep -w installed
}

of_package()
{
	local m

	for m in toe simtoe simtoe_hw; do
		[[ $(modinfo -n $m) == "$modules/$m.ko" ]] || return
		[[ $(modinfo -F srcversion $m) == \
			$(< /sys/module/$m/srcversion) ]] || return
	done
}

# The example is one that the kernel takes.
example()
{
	local file=/usr/share/doc/opentoe-tools/examples/opentoe.conf key value

	on B sysctl -p $file || return
	while IFS=' =' read -r key value; do
		[[ $key == net.* ]] || continue
		[[ $(on B sysctl -n "$key") == "$value" ]] || return
	done < $file
}

unload()
{
	modprobe -r simtoe
}

# dkms's remains are those of every package that uses it.
purge()
{
	local p files=()

	mapfile -t files < <(dpkg -L "${packages[@]}" | grep -E 'toe')
	((${#files[@]} > 100)) || return
	dpkg --no-triggers --purge "${packages[@]}" || return
	for p in "${files[@]}" /var/lib/dkms/opentoe "$modules"/*toe*; do
		[[ ! -e $p ]] || { echo "$p is left"; return 1; }
	done
}

unknown()
{
	! modinfo toe && ! modprobe simtoe &&
		! ip link add link lo name toe9 type simtoe
}

if [[ ! -e $TOE_ROOT/build/deb/installed.tar ]] ||
   ! loaded 0 > /dev/null; then
	echo 'Bail out! this is for make test-deb'
	exit 1
fi
tar -C / -xpf "$TOE_ROOT/build/deb/installed.tar"
check 'installed' intact
check 'DKMS has built and installed it' built
check 'manual page of the tool' test -s /usr/share/man/man8/toectl.8.gz
check 'and of the NIC' test -s /usr/share/man/man4/simtoe.4.gz
check 'completion' bash -n /usr/share/bash-completion/completions/toectl
check 'without the modules toectl says what to do' bash -c \
	'/usr/sbin/toectl dev 2>&1 | grep -q "modprobe toe"'

pair_up stock
check 'a NIC is made, and the modules are loaded by alias' loaded 3
check 'they are those of the package' of_package
check 'the example for sysctl.d' example
serve
check 'a connection' on A stream bulk -S "$SEED" -u 4000000 -d 4000000 $B4
assert_offloaded A 1 4000000
pair_down
check 'unloaded' unload
check 'nothing is loaded' loaded 0
check 'purged' purge
check 'nothing is known' unknown
echo "1..$e2e_count"
