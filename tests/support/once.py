"""Files that take seconds to make, made once for all processes of test runs: whoever comes first makes one, the others wait."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".pytest_cache" / "made"
KEPT_S = 24 * 3600
MADE_FROM = ("liaison/**/*.py", "liaison/data/**/*", "requirements.txt", "tests/support/*.py")


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The file of this name; ``make`` writes it to the path given. It is made anew when the program has changed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{sources()}-{name}"
    with (FOLDER / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            for old in FOLDER.glob(f"*-{name}"):
                if time.time() - old.stat().st_mtime > KEPT_S:  # a run that began before the change may still use a newer one
                    old.unlink()
            part = FOLDER / f"{name}.part"
            part.unlink(missing_ok=True)
            make(part)
            os.replace(part, file)
    return file


@cache
def sources() -> str:
    """What the program is made of, in a few letters."""
    digest = sha256()
    for pattern in MADE_FROM:
        for file in sorted(ROOT.glob(pattern)):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
