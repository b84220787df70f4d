"""Fixtures of the packet core's tests."""

from __future__ import annotations

import pytest

from tests.unit.signaling.sfu.rig import HIGH, HIGH_SSRC, LOW, LOW_SSRC, Rig


@pytest.fixture
def rig(packet_core: str) -> Rig:
    """A rig whose publisher sends two layers of a picture."""
    made = Rig()
    made.stream(LOW, LOW_SSRC)
    made.stream(HIGH, HIGH_SSRC)
    return made
