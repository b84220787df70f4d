"""The virus scanner: a command that is given a file on its standard input, if the office has one (``LIAISON_FILE_SCAN``).

It answers by its exit status as ClamAV's programs do: 0 nothing found, 1 something found, all else: it could not look.
"""

from __future__ import annotations

import shlex
import subprocess

from ..config import Settings
from ..domain.errors import Invalid, Unavailable
from ..process import get_logger

PATIENCE_S = 60.0
FOUND = 1

log = get_logger("liaison.files")


class Infected(Invalid):
    code = "infected"
    message = "The virus scanner has found something in this file; it was not kept."
    remedy = "Check the computer that the file comes from, and send another file."


class ScannerSilent(Unavailable):
    code = "scanner_silent"
    message = "The virus scanner cannot be asked now, and no file is taken without it."
    remedy = "Try again in a few minutes; call the help desk if it lasts."


def require_clean(settings: Settings, sent: bytes) -> None:
    """Nothing without a scanner. Raises Infected, ScannerSilent."""
    command = shlex.split(settings.file_scan)
    if not command:
        return
    try:
        done = subprocess.run(command, input=sent, capture_output=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("the virus scanner cannot be asked", error=str(error))
        raise ScannerSilent() from None
    said = (done.stdout + done.stderr)[-500:].decode(errors="replace").strip()
    if done.returncode == FOUND:
        log.warning("the virus scanner has found something", said=said)
        raise Infected()
    if done.returncode:
        log.error("the virus scanner could not look", status=done.returncode, said=said)
        raise ScannerSilent()
