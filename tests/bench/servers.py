"""The servers that are measured, each started fresh on the server's core and ended again: ``with product(folder, ip) as running``."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from tests.support.databases import clean_environment
from tests.support.ports import LOOPBACK, die_with_parent, free_port, free_udp_ports
from tests.support.server import LiaisonServer

SERVER_CORE, GENERATOR_CORE = 0, 1
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
JANUS_URL = "http://127.0.0.1:8188/janus"
JANUS_PLUGINS = "/usr/lib/*/janus/plugins"
START_SECONDS = 30.0
END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server under measurement: its main process and what sfu_load needs to reach it."""

    pid: int
    where: list[str]
    media: int = 0  # the media worker's process, of the product


def on_core(core: int, *command: object) -> list[str]:
    """The command, kept on one core."""
    return ["taskset", "-c", str(core), *map(str, command)]


def end(process: subprocess.Popen[Any]) -> None:
    """Ask it to end, then make it."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# ---------------------------------------------------------------------- Janus
def _configure_janus(folder: Path, ip: str, event_loops: int) -> None:
    plugins = next(iter(sorted(Path("/").glob(JANUS_PLUGINS.lstrip("/")))), None)
    if plugins is None:
        raise RuntimeError("Janus is not installed (Debian package janus)")
    words = {"@CONF@": folder, "@IP@": ip, "@LOOPS@": event_loops, "@LIB@": plugins.parent}
    for source in (HERE / "janus").glob("*.jcfg"):
        text = source.read_text()
        for word, value in words.items():
            text = text.replace(word, str(value))
        (folder / source.name).write_text(text)


def _janus_answers() -> bool:
    try:
        with urllib.request.urlopen(f"{JANUS_URL}/info", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def janus(folder: Path, ip: str, event_loops: int = 2) -> Iterator[Running]:
    """Debian's Janus with one video room; it gathers no loopback candidate, hence ``ip``."""
    _configure_janus(folder, ip, event_loops)
    with (folder / "janus.log").open("wb") as log:
        command = on_core(SERVER_CORE, "janus", "-F", folder, "-C", folder / "janus.jcfg")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _janus_answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Janus did not start: " + (folder / "janus.log").read_text(errors="replace")[-500:])
            time.sleep(0.2)
        yield Running(process.pid, ["--target", "janus", "--url", JANUS_URL])
    finally:
        end(process)


# ---------------------------------------------------------------------- the media worker alone
@contextmanager
def worker(folder: Path, ip: str, core: str = "auto") -> Iterator[Running]:
    """One media worker behind a small HTTP shim that is not measured, with one packet core."""
    http = free_port()
    command = on_core(GENERATOR_CORE, sys.executable, "-m", "tests.bench.shim", folder, http, free_udp_ports(), SERVER_CORE, ip)
    made = subprocess.Popen(command, cwd=ROOT, env=clean_environment() | {"LIAISON_MEDIA_CORE": core},
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)  # fmt: skip
    assert made.stdin is not None and made.stdout is not None
    try:
        line = made.stdout.readline()
        if not line.strip().isdigit():
            raise RuntimeError("the media worker did not start")
        base = f"http://{LOOPBACK}:{http}"
        yield Running(int(line), ["--target", "whip", "--url", f"{base}/whip/{{i}}", "--whep-url", f"{base}/whep/{{i}}"], int(line))
    finally:
        made.stdin.close()  # its sign to end
        try:
            made.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            end(made)


# ---------------------------------------------------------------------- the whole product
def point_slugs() -> list[str]:
    """Every point of the network, the Big Hall first."""
    with (ROOT / "liaison" / "data" / "points.csv").open(encoding="utf-8") as table:
        return [row["slug"] for row in csv.DictReader(table)]


def book(server: LiaisonServer, points: list[str], kind: str = "technical", **more: Any) -> tuple[str, str]:
    """A session that opens in a few seconds: (its id, an organiser's API token)."""
    server.create_user("bench-organiser", "organiser")
    bearer = server.token("bench-organiser")
    with server.client(bearer) as client:
        start = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
        body: dict[str, Any] = {"title": {"en": "Load"}, "kind": kind, "starts_at": start, "duration_minutes": 180, "points": points}
        body |= more
        made = client.post("/api/v1/sessions", json=body)
        made.raise_for_status()
        return str(made.json()["id"]), bearer


def await_open(server: LiaisonServer, bearer: str, session: str) -> None:
    """The scheduler, which starts last, opens the session."""
    deadline = time.monotonic() + START_SECONDS
    with server.client(bearer) as client:
        while client.get(f"/api/v1/sessions/{session}").json()["status"] != "live":
            if time.monotonic() > deadline:
                raise RuntimeError("the session did not open")
            time.sleep(0.2)


def way_in(server: LiaisonServer, bearer: str, session: str, point: str | None, role: str) -> str:
    """A join token."""
    with server.client(bearer) as client:
        asked = {"role": role, "name": "Bench"} | ({"point": point} if point else {})
        made = client.post(f"/api/v1/sessions/{session}/join-tokens", json=asked)
        made.raise_for_status()
        return str(made.json()["token"])


def pin(server: LiaisonServer, media_alone: bool = False) -> int:
    """All processes of the product on the server's core, or only its media workers; the supervisor's process id."""
    assert server.process is not None
    supervisor = psutil.Process(server.process.pid)
    media = [psutil.Process(pid) for role, pid in server.pids().items() if role.startswith("media")]
    for process in media if media_alone else [supervisor, *supervisor.children(recursive=True)]:
        for thread in process.threads():
            psutil.Process(thread.id).cpu_affinity([SERVER_CORE])
    return supervisor.pid


@contextmanager
def product(folder: Path, ip: str, **settings: object) -> Iterator[Running]:
    """Everything that ``liaison serve`` starts, with a session that is open: then every process has come up."""
    with LiaisonServer(folder, media_bind=ip, media_host=ip, **settings) as server:
        session, bearer = book(server, ["big-hall", "osh-oblast"])
        token = way_in(server, bearer, session, "big-hall", "chair")
        pid = pin(server)
        await_open(server, bearer, session)
        base = server.url
        where = ["--target", "whip", "--url", f"{base}/whip/{session}", "--whep-url", f"{base}/whep/{session}", "--token", token]
        yield Running(pid, where, server.pids()["media"])


# ---------------------------------------------------------------------- the floor
@contextmanager
def floor(ip: str, publishers: int, viewers: int) -> Iterator[Running]:
    """The bare loop (floor.py) for so many clients."""
    command = on_core(SERVER_CORE, sys.executable, "-m", "tests.bench.floor", ip, publishers, viewers)
    made = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
    try:
        assert made.stdout is not None
        port = made.stdout.readline().strip()
        if not port.isdigit():
            raise RuntimeError("the floor did not start")
        yield Running(made.pid, ["--target", "floor", "--url", f"{ip}:{port}"])
    finally:
        end(made)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of a server's own."""
    with tempfile.TemporaryDirectory(prefix="liaison-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def must_be_root() -> None:
    """Network namespaces need it."""
    if os.geteuid() != 0:
        raise SystemExit("This benchmark makes a network namespace: run it as root (sudo make …).")
