"""The generator and the floor in C (``native/``): compiled into a temporary folder when first asked for, and loaded.

libsrtp is the one inside pylibsrtp, which the product uses too; its functions are handed over by address.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pylibsrtp
from cffi import FFI

from signaling.sfu import dtls

NATIVE = Path(__file__).parent / "native"
STRICT = ("-std=c11", "-O2", "-fPIC", "-shared", "-pthread", "-Wall", "-Wextra", "-Wshadow", "-Werror")

ffi = FFI()


def _declarations() -> str:
    lines = (NATIVE / "loadgen.h").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


@cache
def library() -> Any:
    """The compiled library. RuntimeError with the compiler's words when it cannot be made."""
    folder = Path(tempfile.mkdtemp(prefix="liaison-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = folder / "loadgen.so"
    command = ["cc", *STRICT, "-o", str(made), *map(str, sorted(NATIVE.glob("*.c")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load generator could not be compiled: {done.stderr.strip()}")
    ffi.cdef(_declarations())
    return ffi.dlopen(str(made))


def functions() -> Any:
    """libsrtp's protect, unprotect, and the same for RTCP, as the C code takes them."""
    library()
    return ffi.new("lg_crypt[4]", [ffi.cast("lg_crypt", address) for address in dtls.srtp_addresses()])


def session(context: pylibsrtp.Session) -> Any:
    """The address of a session's context; the session itself must be kept alive."""
    return ffi.cast("void *", dtls.pointer(context._srtp[0]))
