# SPDX-License-Identifier: GPL-2.0
"""The socket option of include/uapi/linux/toe.h, for the tests' programs"""
import fcntl
import struct
import termios

SOL_TOE, TOE_OFFLOAD, TOE_STATE = 0x746f, 1, 2
NEVER, POLICY, WANT = range(3)
HOST, OFFLOADING, OFFLOADED, UPLOADING = range(4)


def state(sock):
    return sock.getsockopt(SOL_TOE, TOE_STATE)


def wish(sock, value):
    sock.setsockopt(SOL_TOE, TOE_OFFLOAD, value)


def unacked(sock):
    """bytes that the peer has not acknowledged"""
    return struct.unpack('i', fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0]
