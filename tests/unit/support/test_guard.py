"""The guard refuses other machines and lets this one through."""

from __future__ import annotations

import socket

import pytest

from tests.support.guard import NetworkRefused, is_local, only_loopback

ELSEWHERE = ("192.0.2.1", 9)  # TEST-NET-1, RFC 5737: nobody is there


def test_a_connection_elsewhere_is_refused() -> None:
    with socket.socket() as probe, pytest.raises(NetworkRefused):
        probe.connect(ELSEWHERE)


def test_a_datagram_elsewhere_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, pytest.raises(NetworkRefused):
        probe.sendto(b"hello", ELSEWHERE)


def test_a_name_elsewhere_is_not_even_looked_up() -> None:
    with pytest.raises(NetworkRefused):
        socket.getaddrinfo("mail.example.org", 25)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_blocks_may_stand_in_one_another() -> None:
    with only_loopback():
        pass
    with socket.socket() as probe, pytest.raises(NetworkRefused):
        probe.connect(ELSEWHERE)


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), (None, True), ("10.0.0.1", False), ("example.org", False)],
)
def test_what_is_local(host: str | None, local: bool) -> None:
    assert is_local(host) is local
