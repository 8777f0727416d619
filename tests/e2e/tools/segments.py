# SPDX-License-Identifier: GPL-2.0
"""Captures and TCP's arithmetic, for the tools that look at the wire"""
import struct
import sys

ETHERNET, NFLOG, SLL2 = 1, 239, 276     # link types
TICK = {b'\x4d\x3c\xb2\xa1': 1, b'\xd4\xc3\xb2\xa1': 1000}  # ns
FIN, SYN, RST, PSH, ACK, ECE, CWR = 1, 2, 4, 8, 16, 64, 128
OPT_MSS, OPT_WSCALE, OPT_SACK_OK, OPT_SACK, OPT_TS = 2, 3, 4, 5, 8


def diff(a, b):
    """a - b in sequence space"""
    return (a - b + 2**31) % 2**32 - 2**31


def records(f, want, coarse=False):
    """(nanoseconds, bytes) of each packet of a capture of link type want;
    coarse: it may have microseconds only"""
    head = f.read(24)
    tick = TICK.get(head[:4], 0)
    if (not tick or (tick > 1 and not coarse) or
            struct.unpack_from('<I', head, 20)[0] != want):
        sys.exit(f'{f.name}: not a capture of link type {want} with '
                 f'{"micro" if coarse else "nano"}seconds')
    while len(rec := f.read(16)) == 16:
        sec, part, have, _ = struct.unpack('<IIII', rec)
        yield sec * 1000000000 + part * tick, f.read(have)


def options(opts):
    """of a TCP header, as kind: value"""
    found = {}
    while opts and opts[0]:
        size = 1 if opts[0] == 1 else opts[1] if len(opts) > 1 else 0
        if not size or (opts[0] > 1 and size < 2):
            break
        if opts[0] > 1:
            found[opts[0]] = opts[2:size]
        opts = opts[size:]
    return found
