"""A computer that tried itself out, for pages that show it."""

from __future__ import annotations

from typing import Any

from liaison.domain.actor import Actor
from liaison.domain.self_test import Camera, Device, Direction, Echo, Heard, Loop, Loudspeaker, Measured, Microphone, TriedWay, Way
from liaison.house import House
from liaison.services.self_tests import SelfTester, keep_test

UP, DOWN = Direction(720_000, 0.034, 22), Direction(1_840_000, 0.002, 6)
FIGURES: dict[str, Any] = {
    "browser": "Chrome 156", "camera": {"state": "ok", "label": "", "width": 1280, "height": 720, "fps": 29.7},
    "microphone": {"state": "ok", "label": "", "level": 0.17},
    "ways": [{"way": "udp", "works": False, "took_ms": 0}, {"way": "turn-tls", "works": True, "took_ms": 412}],
    "loop": {"up": vars(UP), "down": vars(DOWN), "rtt_ms": 96}}


def tried(house: House, actor: Actor, point: str = "osh-oblast") -> str:
    """Its id: usable, with a few things to do."""
    found = Measured(True, True, Camera(Device.OK, 1280, 720, 29.7), Microphone(Device.OK, 0.17), Loudspeaker(Heard.YES, True, Echo.NONE),
                     (TriedWay(Way.UDP, False), TriedWay(Way.TURN_TLS, True, 412)), Loop(UP, DOWN, 96))
    return keep_test(house, SelfTester(actor), point, found, FIGURES).id
