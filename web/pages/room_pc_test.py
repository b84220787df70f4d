"""``/room-pc/check``: a room's own PC tries itself out; its cookie says which."""

from __future__ import annotations

from flask import url_for

from liaison.domain.actor import ANONYMOUS
from liaison.domain.errors import Unauthenticated
from liaison.services import room_devices
from liaison.services.self_tests import SelfTester

from .. import context
from ..self_test_views import self_test_blueprint
from .room_pc import known_key


def _who() -> SelfTester:
    device = room_devices.device_of(context.house(), known_key())
    if device is None:
        raise Unauthenticated("This PC is not paired.", remedy="Load the page again.")
    return SelfTester(ANONYMOUS, device)


bp = self_test_blueprint("room_pc_test", "/room-pc/check", _who, lambda: url_for("room_pc.show"))
