"""How good a broadcast may be while the machine is short of CPU: the room comes first. Pure.

It goes down in steps, one at a time, while pictures cannot be made at the pace of the clock or the media worker has to wait for a
core; it comes back, one at a time, after a calm that is longer the sooner the last return had to be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass

from liaison.services.broadcasts import STEPS as NAMES

from .measures import FRAMES_PER_SECOND, SEGMENT_S

TICKS = FRAMES_PER_SECOND * SEGMENT_S
"""Moments of the time line for which there may be a picture, in a segment."""


@dataclass(frozen=True, slots=True)
class Step:
    """``frames`` of a segment's moments have pictures, spread evenly; ``large``: in both sizes, else in the small one alone;
    ``room``: the room is seen, else nothing but who speaks is written down."""

    name: str
    frames: int
    large: bool = True
    room: bool = True


STEPS = (Step(NAMES[0], TICKS), Step(NAMES[1], 10 * SEGMENT_S), Step(NAMES[2], 5 * SEGMENT_S),
         Step(NAMES[3], 10 * SEGMENT_S, large=False), Step(NAMES[4], 1, large=False, room=False))


def drawn(step: Step, number: int) -> bool:
    """Whether there is a picture at a moment of the time line; at a segment's beginning there always is."""
    place = number % TICKS
    return place * step.frames % TICKS < step.frames


def numbers(step: Step, first: int, last: int) -> list[int]:
    """Which pictures to make of the moments that are due, though too late for all but one: every segment's beginning, so that all
    tracks are cut at the same places, else the last that there is."""
    due = [number for number in range(first, last + 1) if drawn(step, number)]
    return [number for number in due if number % TICKS == 0] or due[-1:]


@dataclass(frozen=True, slots=True)
class Load:
    """Of about a second: the share of pictures that could not be made in time, by how much the work came too late at worst, and how
    long the media worker waited for a core each time that it had something to do."""

    missed: float = 0.0
    behind_s: float = 0.0
    waited_ms: float = 0.0

    def over(self, limit: Load) -> bool:
        return self.missed > limit.missed or self.behind_s > limit.behind_s or self.waited_ms > limit.waited_ms


SHORT, CALM = Load(0.2, 0.5, 2.0), Load(0.05, 0.2, 0.7)
"""Over the first it goes down; only under the second it comes back."""
FAR_BEHIND_S = 1.5
"""So late there is no time to look whether it is more than a moment; twice as late, one step is not enough."""
SHORT_S, CALM_S, LONGEST_CALM_S = 2.0, 20.0, 320.0
LOOK_S = 1.0
TAKEN_BACK_S = 60.0
"""A return that does not last for so long was too early: the next one waits twice as long."""


class Shedding:
    """``step``: where it is now, as an index of STEPS."""

    def __init__(self) -> None:
        self.step = 0
        self._short_since: float | None = None
        self._calm_since: float | None = None
        self._returned_at: float | None = None
        self._calm_s = CALM_S

    def look(self, now: float, load: Load) -> Step:
        """Once a second. ``now``: monotonic seconds."""
        short, calm = load.over(SHORT), not load.over(CALM)
        self._short_since = (self._short_since if self._short_since is not None else now) if short else None
        self._calm_since = (self._calm_since if self._calm_since is not None else now) if calm else None
        if self._returned_at is not None and now - self._returned_at > TAKEN_BACK_S:
            self._returned_at, self._calm_s = None, CALM_S
        if load.behind_s > FAR_BEHIND_S:
            self._down(now, int(load.behind_s / FAR_BEHIND_S))
        elif self._short_since is not None and now - self._short_since >= SHORT_S:
            self._down(now)
        elif self._calm_since is not None and now - self._calm_since >= self._calm_s:
            self._up(now)
        return STEPS[self.step]

    def _down(self, now: float, steps: int = 1) -> None:
        if self._returned_at is not None:
            self._calm_s, self._returned_at = min(LONGEST_CALM_S, self._calm_s * 2), None
        self.step = min(self.step + steps, len(STEPS) - 1)
        self._short_since = now  # what it helps is seen before the next

    def _up(self, now: float) -> None:
        if self.step:
            self.step, self._returned_at = self.step - 1, now
        self._calm_since = now


class Effort:
    """What the machine gave, gathered for a look a second. ``step``: how good the broadcast may be from the next segment on."""

    def __init__(self, sheds: bool = True) -> None:
        self.step = STEPS[0]
        self._sheds, self._shedding = sheds, Shedding()
        self._due = self._done = 0
        self._behind_s = self._waited_ms = 0.0
        self._look_at = 0.0

    def waited(self, ms: float) -> None:
        """What the media worker had to wait of late, by whoever asks it."""
        self._waited_ms = ms

    def made(self, due: int, done: int, late_s: float, now: float) -> None:
        """So many pictures were due and so many made; ``late_s``: after their time."""
        self._due, self._done, self._behind_s = self._due + due, self._done + done, max(self._behind_s, late_s)
        if not self._sheds or now < self._look_at:
            return
        self._look_at = now + LOOK_S
        self.step = self._shedding.look(now, Load(1 - self._done / max(1, self._due), self._behind_s, self._waited_ms))
        self._due = self._done = 0
        self._behind_s = 0.0
