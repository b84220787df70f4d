"""Short slices for the media worker: it works for some tens of microseconds and must do so at once.

A process that wakes may only interrupt another of the same weight when it has asked for shorter slices than that one (sched(7),
sched_setattr(2); Linux since 6.12 takes the runtime of ordinary processes as their slice). Without it a packet waits until whoever
has the core, an encoder or a web process, has used up its own.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

SLICE_NS = 100_000  # the kernel's least
CALLS = {"x86_64": (314, 315), "aarch64": (274, 275)}  # sched_setattr, sched_getattr
ATTRIBUTES = struct.Struct("=IIQiIQQQ")  # size, policy, flags, nice, priority, runtime, deadline, period: the structure's first version


def ask_for_short_slices() -> bool:
    """For the calling thread, whose niceness stays; whether the kernel knows of it."""
    calls = CALLS.get(platform.machine())
    if calls is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = ATTRIBUTES.pack(ATTRIBUTES.size, os.SCHED_OTHER, 0, os.getpriority(os.PRIO_PROCESS, 0), 0, SLICE_NS, 0, 0)
    if libc.syscall(calls[0], 0, ctypes.create_string_buffer(wanted), 0) != 0:
        return False
    return slice_ns() == SLICE_NS


def slice_ns() -> int:
    """The calling thread's slice as the kernel tells it; 0 where it does not."""
    found = ctypes.create_string_buffer(ATTRIBUTES.size)
    calls = CALLS.get(platform.machine())
    if calls is None or ctypes.CDLL(None).syscall(calls[1], 0, found, ATTRIBUTES.size, 0) != 0:
        return 0
    return int(ATTRIBUTES.unpack(found.raw)[5])
