"""Fixtures of the media worker's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.signaling.sfu.rig import CORES, Rig
from tests.unit.signaling.sfu.world import ALLOWED, Trio, World


@pytest.fixture(scope="module", params=CORES)
def packet_core(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every test that uses this runs once with each packet core."""
    Rig.made_of = request.param
    yield request.param
    Rig.made_of = "python"


@pytest.fixture
def world(packet_core: str) -> Iterator[World]:
    made = World()
    yield made
    made.loop.close()


@pytest.fixture
def trio(world: World) -> Trio:
    """Anna and Bob publish, Eve looks."""
    world.room(anna=ALLOWED, bob=ALLOWED, eve=ALLOWED)
    anna, bob = world.publish("anna"), world.publish("bob")
    eve = world.subscribe("eve")
    for person in (anna, bob):
        world.send(person, "microphone", "q", "h", "f")
    return world, anna, bob, eve
