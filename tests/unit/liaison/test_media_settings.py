"""Settings of the media workers: their ports, their control API, and where a machine finds its own workers."""

from __future__ import annotations

import pytest
from aioice import ice

from liaison.config import ConfigError, load
from liaison.demo.whip import Door


@pytest.mark.parametrize(("settings", "said"), [
    ({"MEDIA_PORT": "65535", "MEDIA_WORKERS": "2"}, "no room for the ports"),
    ({"MEDIA_CONTROL": "media.example.org:8790"}, "needs LIAISON_MEDIA_TOKEN"),
    ({"MEDIA_CONTROL": "8790", "MEDIA_TOKEN": "x"}, "must look like host:port"),
    ({"MEDIA_CONTROL": "media.example.org:high", "MEDIA_TOKEN": "x"}, "must look like host:port"),
    ({"MEDIA_CONTROL": "media.example.org:70000", "MEDIA_TOKEN": "x"}, "must look like host:port"),
])
def test_what_cannot_be_is_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load({f"LIAISON_{name}": value for name, value in settings.items()})


def test_each_worker_has_a_control_port_of_its_own() -> None:
    settings = load({"LIAISON_MEDIA_CONTROL": "[::1]:8790", "LIAISON_MEDIA_TOKEN": "x"})
    assert [settings.media_control_address(n) for n in range(2)] == [("::1", 8790), ("::1", 8791)]


@pytest.mark.parametrize(("host", "announced", "own"), [
    ("", 8803, 8803), ("203.0.113.10", 8802, 8802), ("203.0.113.10:18801", 18803, 8803), ("10.0.0.1, 203.0.113.10:18801", 8802, 8802),
    ("[2001:db8::1]:9000", 9001, 8802), ("203.0.113.10:18801", 5, 8801),
])
def test_a_machine_finds_its_own_workers_behind_what_is_announced(host: str, announced: int, own: int,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "get_host_addresses", ice.get_host_addresses)  # a door sets it, for its whole process
    settings = load({"LIAISON_MEDIA_WORKERS": "3", "LIAISON_MEDIA_HOST": host})
    assert Door(settings, "").own_port(announced) == own
