#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A socket stays a socket: the suite in tests/parity, one line of KTAP for each
# case in each variant. TOE_PARITY picks cases by patterns, `calls.*'; -v shows
# what they note.
. "$(dirname "$0")/lib.sh"

pair_up stock
# Down by the program's wish only. Once up, up: what is down at the end of a case
# was down all the time.
on A sysctl -qw net.toe.mode=explicit net.toe.retry_ms=3600000
# Of the tls case, whose time is not for loading modules; built in, or a generic
# one comes in their place
modprobe -aq tls aesni_intel
# shellcheck disable=SC2086 # patterns, several
set -f -- ${TOE_PARITY-}
parity "$@"
