"""Requests that are sent by halves, straight to the service without nginx: nobody else notices, and they come to an end."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import socketio

from tests.support.certificates import make_certificate
from tests.support.ports import wait_until
from tests.support.server import LiaisonServer

HALVES = 200
PATIENTLY_S = 45  # a service without limits keeps half requests for ever
SOCKETS = 20  # so that threads are fewer than half requests
HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "
BODY = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname="


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiaisonServer]:
    with LiaisonServer(tmp_path_factory.mktemp("slow"), sockets=SOCKETS) as running:
        yield running


def knock(server: LiaisonServer, said: bytes) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", server.http_port), timeout=10)
    link.sendall(said)
    return link


def ended(link: socket.socket) -> bool:
    """Whether the server has closed its side (whatever it said before)."""
    link.setblocking(False)
    try:
        while link.recv(4096):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def healthy_within(server: LiaisonServer, seconds: float) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{server.url}/healthz", timeout=seconds).status_code == 200
    return False


@pytest.mark.parametrize("said", [HEAD, BODY, b"", b"GET / HTTP/1.0\r\nHost: x\r\n\r\n"], ids=["head", "body", "nothing", "no goodbye"])
def test_two_hundred_halves_do_not_keep_others_waiting(server: LiaisonServer, said: bytes) -> None:
    links = [knock(server, said) for _ in range(HALVES)]
    assert healthy_within(server, PATIENTLY_S)
    wait_until(lambda: all(ended(link) for link in links), PATIENTLY_S, "the end of every half request")
    for link in links:
        link.close()
    assert healthy_within(server, 2)


def test_a_head_that_drips_is_cut(server: LiaisonServer) -> None:
    link, began = knock(server, HEAD), time.monotonic()
    while not ended(link) and time.monotonic() - began < 40:
        with suppress(OSError):
            link.send(b"x")
        time.sleep(0.5)
    assert 10 < time.monotonic() - began < 20


def test_a_quiet_websocket_stays(server: LiaisonServer) -> None:
    """Longer than any half request lives: only heartbeats go to and fro."""
    server.create_user("planner", "organiser")
    with server.client(server.token("planner")) as api:
        now = time.time() + 3600
        session = api.post("/api/v1/sessions", json={
            "title": {"en": "Quiet"}, "kind": "technical", "duration_minutes": 30, "points": ["osh-oblast"],
            "starts_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))}).json()
        way = api.post(f"/api/v1/sessions/{session['id']}/join-tokens", json={"role": "point", "point": "osh-oblast"}).json()
    client = socketio.Client(reconnection=False)
    client.connect(server.url, auth={"token": way["token"]}, transports=["websocket"])
    assert client.call("join", {"token": way["token"]}, timeout=10)["ok"]
    time.sleep(18)
    assert client.connected and client.call("snapshot", {}, timeout=5)["ok"]
    client.disconnect()


def test_half_a_tls_handshake_is_cut_too(make_server: Callable[..., LiaisonServer], tmp_path: Path) -> None:
    server = make_server(sockets=SOCKETS, **make_certificate(tmp_path, 30, "localhost", "127.0.0.1"))
    hello = ssl_hello()
    links = [knock(server, hello[:20]) for _ in range(HALVES)]
    assert httpx.get(f"{server.url}/healthz", timeout=15, verify=False).status_code == 200
    wait_until(lambda: all(ended(link) for link in links), 30, "the end of every half handshake")
    for link in links:
        link.close()


def ssl_hello() -> bytes:
    """What a client says first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()
