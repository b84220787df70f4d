"""The links that are tried, and what is asked of those behind them and of the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.links.figures import Seen
from tests.support.link_model import Way

DISTANCE_S = 0.02  # each way: any link has some
GOOD = Way(delay_s=DISTANCE_S)


@dataclass(frozen=True)
class Outcome:
    """One run: what the bad one receives of the others, they of each other, and they of the bad one."""

    bad: Seen
    others: Seen
    of_bad: Seen
    delay_ms: float  # of the others' pictures of each other, while the link was bad
    quiet_delay_ms: float  # the same in the same session, before and after
    back_s: float | None  # from the end of the trouble to sound from everybody at the bad one
    heard_again_s: float | None  # and of the bad one at everybody


@dataclass(frozen=True)
class Target:
    """What a run must reach, in words, measured, and whether it does."""

    words: str
    measured: Callable[[Outcome], str]
    met: Callable[[Outcome], bool]


@dataclass(frozen=True)
class Scenario:
    """A link both ways: from when (seconds), how; ``over_s``: when the trouble ends; pictures are counted from ``settled_s`` on.

    ``joins`` is how it is when its person joins (the page has been opened before, as by a browser that knows it).
    """

    name: str
    title: str
    acts: tuple[tuple[float, Way], ...]
    seconds: float = 30.0
    over_s: float | None = None
    settled_s: float = 0.0
    targets: tuple[Target, ...] = ()
    joins: Way = GOOD


def _concealed_under(percent: float) -> Target:
    return Target(f"bad link: concealed sound under {percent:g} %", lambda o: f"{o.bad.concealed:.2%}",
                  lambda o: o.bad.concealed < percent / 100)  # fmt: skip


def _seconds(value: float | None) -> str:
    return "not at all" if value is None else f"{value:.1f} s"


BACK = (
    Target("bad link: sound back within 3 s", lambda o: _seconds(o.back_s), lambda o: o.back_s is not None and o.back_s <= 3),
    Target("the others hear the bad link again within 3 s", lambda o: _seconds(o.heard_again_s),
           lambda o: o.heard_again_s is not None and o.heard_again_s <= 3),
)  # fmt: skip
THIN = (
    Target("bad link: sound unbroken", lambda o: f"{o.bad.broken_s:.1f} s broken, {o.bad.concealed:.2%} concealed",
           lambda o: o.bad.broken_s == 0),
    Target("bad link: a picture of at least 5 frames/s", lambda o: f"{o.bad.frames_per_second:.1f}",
           lambda o: o.bad.frames_per_second >= 5),
)  # fmt: skip

MOUNTAIN = Way(kbit_s=300, delay_s=0.15)
BASELINE = Scenario("baseline", "no bad link", ((0, GOOD),))
SCENARIOS = (
    BASELINE,
    Scenario("thin", "300 kbit/s, 150 ms each way", ((0, MOUNTAIN),), targets=THIN, joins=MOUNTAIN),
    Scenario("narrowing", "the same, but only from the middle of the session on", ((0, MOUNTAIN),), settled_s=10),
    Scenario("loss5", "5 % random loss", ((0, Way(loss=0.05, delay_s=DISTANCE_S)),), targets=(_concealed_under(5),)),
    Scenario("loss10", "10 % random loss", ((0, Way(loss=0.10, delay_s=DISTANCE_S)),), targets=(_concealed_under(10),)),
    Scenario("burst", "30 % loss in runs of 3 for 5 s", ((0, GOOD), (3, Way(loss=0.3, run=3, delay_s=DISTANCE_S)), (8, GOOD)), 20,
             over_s=8, targets=BACK),
    Scenario("cut", "gone for 8 s", ((0, GOOD), (3, Way(cut=True)), (11, GOOD)), 25, over_s=11, targets=BACK),
)  # fmt: skip


def others_targets(baseline: Outcome | None) -> tuple[Target, ...]:
    """What the people on good links must not notice; without a run that had no bad link nothing freezes in it."""
    freezes = baseline.others.freezes if baseline is not None else 0
    return (
        Target("the others: no extra freeze", lambda o: f"{o.others.freezes} (without a bad link {freezes})",
               lambda o: o.others.freezes <= freezes),
        Target("the others: concealed sound under 0.5 %", lambda o: f"{o.others.concealed:.2%}", lambda o: o.others.concealed < 0.005),
        Target("the others: median delay at most +20 %", lambda o: f"{o.delay_ms:.0f} ms (before and after {o.quiet_delay_ms:.0f})",
               lambda o: 0 < o.delay_ms <= o.quiet_delay_ms * 1.2),
    )  # fmt: skip
