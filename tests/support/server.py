"""The real service, started as a person starts it: ``liaison serve`` with a data folder and ports of its own."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any

import httpx
import psutil

from liaison.config import load
from liaison.domain.actor import SYSTEM
from liaison.domain.words import AccountRole
from tests.support.databases import clean_environment, database_of_first_start
from tests.support.ports import LOOPBACK, die_with_parent, end_processes, free_port, free_udp_ports, wait_until

if TYPE_CHECKING:
    from liaison.house import House

ROOT = Path(__file__).resolve().parents[2]
LIAISON = Path(sys.executable).parent / "liaison"
PASSWORD = "correct horse battery staple"  # the one that create_user gives everybody
START_SECONDS = 60.0


class LiaisonServer:
    """A running service. Use it as a context manager, or through the fixtures in ``tests/conftest.py``.

    ``url`` is its address, ``env`` the environment of every process of it, ``data`` its folder. ``settings`` are
    given as keywords without the prefix: ``LiaisonServer(tmp_path, smtp_url=sink.url, media_workers=2)``.
    It finds the database of a first start, which takes seconds of CPU to make; with ``empty`` it makes its own.
    """

    running: list[LiaisonServer] = []  # whose logs a failed test's report shows
    command = "serve"  # or "demo"

    def __init__(self, data: Path, empty: bool = False, **settings: object) -> None:
        self.data = data
        self.empty = empty or "database_url" in settings
        self.log_file = data / "serve.log"
        workers = int(str(settings.get("media_workers", 1)))
        defaults: dict[str, object] = {
            "http_host": LOOPBACK,
            "http_port": free_port(),
            "media_bind": LOOPBACK,
            "media_host": LOOPBACK,
            "media_port": free_udp_ports(workers),
            "data": data,
            "log_level": "info",
            "web_standby": False,  # what kills the web process has it
            "recording_ports": 0,
            "broadcasts": 0,  # whoever wants one says so: its encoder takes a second of CPU to load
            "broadcast_shedding": False,  # tests run beside others on busy machines
        }
        chosen = defaults | settings
        self.http_port = int(str(chosen["http_port"]))
        self.media_port = int(str(chosen["media_port"]))
        scheme = "https" if chosen.get("tls_cert") else "http"
        self.url = f"{scheme}://{LOOPBACK}:{self.http_port}"
        chosen.setdefault("public_url", self.url)
        self.env = clean_environment() | {f"LIAISON_{name.upper()}": str(value) for name, value in chosen.items()}
        self.process: subprocess.Popen[bytes] | None = None
        self._seen: dict[int, psutil.Process] = {}

    # ------------------------------------------------------------ life

    def __enter__(self) -> LiaisonServer:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until ``/healthz`` answers and every process is there; RuntimeError with the log when it does not come up."""
        self.data.mkdir(parents=True, exist_ok=True)
        if not self.empty and not (self.data / "liaison.db").exists():
            copyfile(database_of_first_start(), self.data / "liaison.db")
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [LIAISON, self.command],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )
        LiaisonServer.running.append(self)
        try:
            wait_until(self._up, START_SECONDS, "liaison serve to answer")
        except (TimeoutError, RuntimeError) as error:
            self.stop()
            raise RuntimeError(f"liaison serve did not come up: {error}\n{self.log()}") from error

    def stop(self, grace_seconds: float = 15.0) -> None:
        """End the supervisor and, should any remain, the processes that it started."""
        if self.process is None:
            return
        self._remember()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(grace_seconds)
        end_processes([p for p in self._seen.values() if p.is_running()])
        self.process.wait()
        self.process = None
        LiaisonServer.running.remove(self)

    def restart(self) -> None:
        """Stop and start again on the same data and ports."""
        self.stop()
        self.start()

    def healthy(self) -> bool:
        """Whether ``/healthz`` answers 200 now."""
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2, verify=False).status_code == 200
        except httpx.HTTPError:
            return False

    def _up(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"it ended with status {self.process.returncode}")
        return self.healthy() and {"web", "media", "scheduler"} <= set(self.pids())

    def log(self, characters: int = 20_000) -> str:
        """The end of what the service has written."""
        return self.log_file.read_text(errors="replace")[-characters:] if self.log_file.exists() else ""

    # ------------------------------------------------------------ processes

    def _remember(self) -> None:
        """Note every process started so far, so that stop() ends them even when their parent is dead."""
        if self.process is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            supervisor = psutil.Process(self.process.pid)
            for process in [supervisor, *supervisor.children(recursive=True)]:
                self._seen[process.pid] = process

    def pids(self) -> dict[str, int]:
        """The supervisor's children by role: ``web``, ``scheduler``, ``media`` (``media-1`` … for further workers)."""
        self._remember()
        assert self.process is not None
        found = {}
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    role = _role(child.cmdline())
                    if role and not ("--standby" in child.cmdline() and not child.children()):  # it only waits
                        found[role] = child.pid
        return found

    def family(self, role: str) -> list[int]:
        """A role's process and whatever it started itself (gunicorn's worker)."""
        main = self.pids()[role]
        with contextlib.suppress(psutil.NoSuchProcess):
            return [main, *(child.pid for child in psutil.Process(main).children(recursive=True))]
        return [main]

    def kill(self, role: str, alone: bool = False) -> int:
        """SIGKILL one role: its process and at once whatever it started (gunicorn's worker); returns the main pid.

        ``alone`` kills only the main process: its own children must notice by themselves.
        """
        family = self.family(role)
        for pid in family[:1] if alone else family:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()
        return family[0]

    def wait_for_new(self, role: str, old_pid: int, seconds: float = 20.0) -> int:
        """The pid of the process that replaced a killed one."""
        wait_until(lambda: self.pids().get(role, old_pid) != old_pid, seconds, f"a new {role} process")
        return self.pids()[role]

    # ------------------------------------------------------------ use

    def cli(
        self, *arguments: str, text_input: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run ``liaison ARGUMENTS`` with the service's settings; with ``check`` a failure is an AssertionError."""
        done = subprocess.run(
            [LIAISON, *arguments],
            cwd=ROOT,
            env=self.env,
            input=text_input or "",
            capture_output=True,
            text=True,
            timeout=60,
        )
        if check and done.returncode:
            raise AssertionError(f"liaison {' '.join(arguments)}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    @contextlib.contextmanager
    def house(self) -> Iterator[House]:
        """The service's house in this process, as its commands open it."""
        from liaison.house import open_house

        opened = open_house(load(self.env))
        yield opened
        opened.db.close()

    def create_user(self, name: str, role: str, point: str | None = None, password: str = PASSWORD) -> None:
        """Make an account whose password is ``password`` and address ``NAME@example.org``."""
        from liaison.services.people import create_user

        with self.house() as house:
            create_user(house, SYSTEM, name=name, role=AccountRole(role), points=[point] if point else [],
                        email=f"{name}@example.org", password=password)

    def token(self, user: str) -> str:
        """A new API token with the rights of ``user``."""
        from liaison.services.tokens import create_token

        with self.house() as house:
            return create_token(house, SYSTEM, user=user)

    def client(self, token: str | None = None, language: str = "en") -> httpx.Client:
        """An HTTP client for this service, close it or use it in a ``with`` block."""
        headers = {"Accept-Language": language}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=False)


def _role(command: list[str]) -> str | None:
    """Which role a process of the service plays, by its command line."""
    for position, word in enumerate(command):
        if word in ("web", "media", "scheduler", "broadcast", "record") and position:
            worker = command[command.index("--worker") + 1] if "--worker" in command else "0"
            return word if worker == "0" else f"{word}-{worker}"
    return None


def fetch_json(url: str) -> Any:
    """GET a JSON document without any client of ours (for what outsiders see)."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def gone(pids: list[int], seconds: float = 5.0) -> bool:
    """Whether all these processes have ended within the time."""
    deadline = time.monotonic() + seconds
    while any(_alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextlib.contextmanager
def liaison_serving(data: Path, **settings: object) -> Iterator[LiaisonServer]:
    """``with liaison_serving(tmp_path) as server: ...``"""
    server = LiaisonServer(data, **settings)
    with server:
        yield server
