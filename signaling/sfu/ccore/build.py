"""Build the compiled packet core: ``python -m signaling.sfu.ccore.build``.

Needs a C compiler and Python's headers and prints one line that says what came of it. It never fails an installation:
without the compiled core the Python core serves. ``--must`` makes a failure count.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.machinery
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from cffi import FFI

HERE = Path(__file__).parent
NATIVE = HERE / "native"
MODULE = "signaling.sfu.ccore._native"
BUILT = HERE / "_native.abi3.so"
STRICT = ("-std=c11", "-O2", "-fPIC", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-fvisibility=hidden", "-fstack-protector-strong")
SECONDS = 120

# What C calls; each finds the core by the handle that it was given as owner.
CALLED_BACK = """
extern "Python" {
    void core_stun(void *owner, const uint8_t *data, int length, const uint8_t *address);
    void core_dtls(void *owner, int64_t connection, const uint8_t *data, int length);
    void core_rtcp(void *owner, int64_t connection, const uint8_t *data, int length, double now);
    void core_unknown_stream(void *owner, int64_t connection, const uint8_t *data, int length);
    void core_gap(void *owner, int64_t stream, int first, int count, double now);
    void core_repaired(void *owner, int64_t stream, int sequence);
    void core_switched(void *owner, int64_t slot, int64_t stream, uint32_t timestamp);
    void core_tapped(void *owner, int64_t stream, int marker, int sequence, uint32_t timestamp, const uint8_t *data, int length);
    void core_datagram(void *owner, const uint8_t *address, const uint8_t *data, int length);
}
const char *core_sources(void);
"""


class NotBuilt(Exception):
    """Why there is no compiled core."""


def sources() -> list[Path]:
    """The C files."""
    return sorted(NATIVE.glob("*.c"))


def digest() -> str:
    """Of everything that the compiled core is made of: a module of other sources is not loaded."""
    found = hashlib.sha256(CALLED_BACK.encode())
    for path in [*sources(), *sorted(NATIVE.glob("*.h"))]:
        found.update(path.read_bytes())
    return found.hexdigest()[:32]


def declarations() -> str:
    """api.h as cffi reads it."""
    lines = (NATIVE / "api.h").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("#")) + CALLED_BACK


def _emit(folder: Path) -> Path:
    ffi = FFI()
    ffi.cdef(declarations())
    told = f'#include "api.h"\nstatic const char *core_sources(void) {{ return "{digest()}"; }}'
    ffi.set_source(MODULE, told)
    generated = folder / "generated.c"
    with contextlib.redirect_stdout(io.StringIO()):  # it says what it does
        ffi.emit_c_code(str(generated))
    return generated


def _compiler() -> list[str]:
    named = os.environ.get("CC", "").split()
    found = named or [name for name in ("cc", "gcc", "clang") if shutil.which(name)][:1]
    if not found:
        raise NotBuilt("there is no C compiler")
    headers = Path(sysconfig.get_path("include"))
    if not (headers / "Python.h").exists():
        raise NotBuilt("Python's headers are not installed")
    if ".abi3.so" not in importlib.machinery.EXTENSION_SUFFIXES:
        raise NotBuilt("this Python does not load such modules")
    return [*found, f"-I{headers}", f"-I{NATIVE}"]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise NotBuilt(f"the compiler did not finish: {exc}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise NotBuilt("the compiler refused: " + next((line for line in said if "error" in line), "no reason given"))


def build() -> Path:
    """Compile into this folder; the module. Raises NotBuilt."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            compiler, generated = _compiler(), _emit(folder)
            objects = [folder / f"{path.stem}.o" for path in sources()]
            for path, made in zip(sources(), objects, strict=True):
                _run([*compiler, *STRICT, "-c", str(path), "-o", str(made)])
            linked = folder / BUILT.name
            _run([*compiler, "-O2", "-fPIC", "-shared", str(generated), *map(str, objects), "-o", str(linked)])
            beside = BUILT.with_suffix(f".{os.getpid()}")
            shutil.copy(linked, beside)
            os.replace(beside, BUILT)  # a worker that runs keeps the file it has loaded
        except OSError as exc:
            raise NotBuilt(f"a file could not be written: {exc}") from None
    return BUILT


def stale() -> bool:
    """Whether what is there, if anything, was built from other sources."""
    return not (BUILT.exists() and digest().encode() in BUILT.read_bytes())


def main() -> int:
    """Build what is not there yet."""
    needed = stale()
    try:
        if needed:
            build()
    except NotBuilt as exc:
        print(f"Media: the compiled packet core was not built ({exc}); the Python core serves.")
        return 1 if "--must" in sys.argv[1:] else 0
    print(f"Media: the compiled packet core {'was built' if needed else 'is there already'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
