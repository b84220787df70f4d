"""``liaison scheduler`` as a child of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from liaison.house import House
from tests.support.databases import clean_environment

LIAISON = Path(sys.executable).parent / "liaison"


class Scheduler:
    """One process with its log. ``settings`` are further LIAISON_… variables by their lower-case names."""

    def __init__(self, house: House, smtp_url: str, log: Path, **settings: str) -> None:
        self.log_file = log
        environment = {"LIAISON_DATA": house.settings.data, "LIAISON_DATABASE_URL": house.settings.database,
                       "LIAISON_SMTP_URL": smtp_url, "LIAISON_PUBLIC_URL": "http://sessions.example.org",
                       "LIAISON_SUPERVISED": os.getpid()}
        environment |= {f"LIAISON_{name.upper()}": value for name, value in settings.items()}
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [LIAISON, "scheduler"], stdout=out, stderr=out,
                env=clean_environment() | {name: str(value) for name, value in environment.items()})

    def log(self) -> str:
        return self.log_file.read_text()

    def leads(self) -> bool:
        return "leading" in self.log()

    def works(self) -> bool:
        """Whether it sends by now, leading or standing by."""
        return self.leads() or "standing by" in self.log()

    def freeze(self) -> None:
        """Stop it where it is: it does nothing more, and nobody takes it for dead yet."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
