"""Addresses of TURN servers: what is taken, and what is refused with which words."""

from __future__ import annotations

import pytest

from liaison.config import ConfigError, load
from liaison.turn import TurnAddress, turn_addresses

SECRET = {"LIAISON_TURN_SECRET": "a secret of sixteen or more"}


@pytest.mark.parametrize(("text", "host", "port", "transport", "tls"), [
    ("turn:relay.example.org", "relay.example.org", 3478, "udp", False),
    ("turn:10.0.0.1:3479?transport=tcp", "10.0.0.1", 3479, "tcp", False),
    ("turns:relay.example.org", "relay.example.org", 5349, "tcp", True),
    ("turns:relay.example.org:443?transport=tcp", "relay.example.org", 443, "tcp", True),
    ("turn:[2001:db8::1]:3478?transport=udp", "2001:db8::1", 3478, "udp", False),
    ("TURN:Relay.example.org?transport=TCP", "Relay.example.org", 3478, "tcp", False),
])
def test_an_address_is_read(text: str, host: str, port: int, transport: str, tls: bool) -> None:
    assert turn_addresses(text) == [TurnAddress(text, host, port, transport, tls)]


def test_several_stand_with_commas() -> None:
    assert [address.url for address in turn_addresses(" turn:a , turns:b:443,, ")] == ["turn:a", "turns:b:443"]


@pytest.mark.parametrize("wrong", [
    "relay.example.org", "turn://relay.example.org", "stun:relay.example.org", "turn:", "turn:a:0", "turn:a:65536", "turn:a?transport=tls",
    "turn:user@relay", "turn:a b", "turn:a/b", "turns:a?transport=udp", "http://relay", "turn:2001:db8::1",
])
def test_others_are_refused_by_name_with_what_to_write(wrong: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({"LIAISON_TURN_URL": f"turn:good.example.org,{wrong}", **SECRET})
    [problem] = caught.value.problems
    assert problem.startswith(f"LIAISON_TURN_URL: {wrong} ")
    assert "turns:host:443?transport=tcp" in problem


def test_address_and_secret_come_together() -> None:
    for lonely in ({"LIAISON_TURN_URL": "turn:relay"}, SECRET):
        with pytest.raises(ConfigError, match="must be set together"):
            load(lonely)
    assert [address.tls for address in load({"LIAISON_TURN_URL": "turn:a, turns:a:443", **SECRET}).turn_servers] == [False, True]
