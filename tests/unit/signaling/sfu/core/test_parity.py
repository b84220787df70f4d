"""Both cores do the same with the same packets: to the byte, in the same order, told with the same words."""

from __future__ import annotations

import collections

import pytest

from tests.unit.signaling.sfu.core.script import Script
from tests.unit.signaling.sfu.rig import CORES

SEEDS, STEPS = range(40), 400


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cores_agree(seed: int) -> None:
    expected = Script("python", seed).play(STEPS)
    for other in CORES[1:]:
        found = Script(other, seed).play(STEPS)
        for number, (wanted, got) in enumerate(zip(expected, found, strict=False)):
            assert wanted == got, f"step {number} of {other}"
        assert len(expected) == len(found)


def test_the_scripts_reach_what_matters() -> None:
    """A script in which nothing happens would prove nothing."""
    kinds: collections.Counter[str] = collections.Counter()
    totals: collections.Counter[str] = collections.Counter()
    for seed in SEEDS[:6]:
        for entry in Script(CORES[-1], seed).play(STEPS):
            kinds[entry[0]] += 1
            if entry[0] == "counters":
                totals.update(entry[1])
            kinds["thinned"] += entry[0] == "slot" and entry[2].temporal < 3
            kinds["padding"] += entry[0] == "sent" and entry[2][:1] in b"\xa0\xb0" and entry[2][1:2] == b"\x60"
    told = ("stun", "dtls", "rtcp", "unknown_stream", "gap", "repaired", "switched", "tapped")
    seen = {"sent", "resent", "level", *(f"on_{name}" for name in told)}
    assert all(kinds[kind] > 10 for kind in seen), kinds
    assert kinds["thinned"] and kinds["padding"], kinds
    wanted = {"received", "sent", "unknown_address", "malformed", "refused_stream", "retransmitted"}
    assert all(totals[name] > 5 for name in wanted), totals
