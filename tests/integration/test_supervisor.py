"""``liaison serve`` as a supervisor: a dead child comes back, its own death ends everything, SIGHUP starts everything anew."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path
from shutil import copyfile

import psutil
import pytest

from liaison.standby import WORD
from tests.support.databases import database_of_first_start
from tests.support.ports import LOOPBACK, listening, wait_until
from tests.support.server import LIAISON, LiaisonServer, gone

pytestmark = pytest.mark.timeout(240)


def udp_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def everything(server: LiaisonServer) -> list[int]:
    """Every process below the supervisor."""
    assert server.process is not None
    return [process.pid for process in psutil.Process(server.process.pid).children(recursive=True)]


def test_a_killed_child_comes_back_and_the_log_says_so(shared_server: LiaisonServer) -> None:
    server = shared_server
    for role in ("scheduler", "media", "web"):
        old = server.kill(role)
        server.wait_for_new(role, old, 30)
        assert "died; restarting" in server.log() and f"child={role}" in server.log()
    wait_until(server.healthy, 60, "the pages")


def test_a_worker_whose_server_process_died_gives_the_port_back(shared_server: LiaisonServer) -> None:
    server = shared_server
    main, *workers = server.family("web")
    assert workers
    server.kill("web", alone=True)
    assert gone(workers, 5), "gunicorn's worker outlived its arbiter"
    server.wait_for_new("web", main, 30)
    wait_until(server.healthy, 60, "the pages")


def test_sighup_starts_every_process_anew(shared_server: LiaisonServer) -> None:
    server = shared_server
    wait_until(lambda: len(server.pids()) == 3, 20, "three processes")
    old = server.pids()
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(server.pids()) == 3 and not set(server.pids().values()) & set(old.values()), 40, "new processes")
    wait_until(server.healthy, 60, "the pages")


def test_a_web_process_that_stands_by_serves_when_it_is_told_to(tmp_path: Path) -> None:
    server = LiaisonServer(tmp_path)  # for its settings alone
    copyfile(database_of_first_start(), tmp_path / "liaison.db")
    with subprocess.Popen([LIAISON, "web", "--standby"], env=server.env, stdin=subprocess.PIPE) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(WORD)
            process.stdin.close()
            wait_until(server.healthy, 60, "the pages")
        finally:
            process.terminate()
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_its_end_ends_its_children_and_frees_the_ports(shared_server: LiaisonServer, number: signal.Signals) -> None:
    server = shared_server
    if number == signal.SIGTERM:
        server.restart()  # after the other signal
    wait_until(lambda: len(server.pids()) == 3, 20, "three processes")
    family = everything(server)
    assert len(family) >= 4, "web and its worker, media, scheduler"
    assert server.process is not None
    server.process.send_signal(number)
    server.process.wait(20)
    assert gone(family, 5), "a child outlived its supervisor"
    # a process counts as dead when its first thread is; its sockets close with the last one
    wait_until(lambda: not listening(server.http_port) and udp_free(server.media_port), 5, "the ports")
