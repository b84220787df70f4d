"""A viewer behind a line, packet by packet: what passes tests/support/link_model.py reaches a receiver that answers as Chromium does.

What the worker makes of the answers is the real thing: signaling/sfu/links.py on a connection with a slot for each stream. Time
is simulated and chance is seeded: the same course each time.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean
from types import SimpleNamespace
from typing import Any

from signaling.sfu import links
from signaling.sfu.core import rtcp
from signaling.sfu.core.bandwidth import START, UPDATE_SECONDS, Budget, Repairs, Waiting
from signaling.sfu.core.selection import LARGE, SMALL, Demand, Option, Rung, first_cost, wished, within_budget
from tests.support.link_model import Line, Way

VOICE_OCTETS, VOICE_SECONDS = 100, 0.02  # 60 octets of sound
PLAYOUT_SECONDS = 0.04  # what a receiver keeps of a voice before it plays it
FRAME_SECONDS, TEMPORAL = 0.1, (0, 2, 1, 2)
RATES = (55_000, 80_000, 120_000)  # bit/s up to each temporal layer
FRAME_OCTETS = (2750, 1250, 1000)  # of each temporal layer
KEY_OCTETS, KEY_SECONDS = 4000, 0.15
PACKET_OCTETS, HEADERS = 1100, 64
MISSED_SECONDS = 1.2  # a picture that is not whole by then never will be
LOOK_SECONDS, TICK_SECONDS = 0.25, 0.05
OVERUSE_SECONDS, OVERUSE_PAUSE = 0.02, 0.2


class Estimator:
    """REMB (draft-ietf-rmcat-gcc, receiver side): 0.85 × what arrives while the delay rises, else a little more each second."""

    def __init__(self) -> None:
        self.estimate: float | None = None
        self._came: deque[tuple[float, int]] = deque()  # when, octets; of the last second
        self._delays: deque[tuple[float, float]] = deque()  # of the last 0.3 s
        self._began: float | None = None
        self._at, self._fell_at = 0.0, -1.0

    def take(self, now: float, sent: float, octets: int) -> None:
        self._began = now if self._began is None else self._began
        self._came.append((now, octets))
        self._delays.append((now, now - sent))

    def step(self, now: float) -> bool:
        """Whether the estimate fell, which is told at once."""
        for kept, seconds in ((self._came, 1.0), (self._delays, 0.3)):
            while kept and now - kept[0][0] > seconds:
                kept.popleft()
        elapsed, self._at = now - self._at, now
        if self._began is None or now - self._began < 1 or not self._came:
            return False
        rate, before = sum(octets for _, octets in self._came) * 8.0, self.estimate
        if not self._rises():
            self.estimate = min(rate * 1.5 + 10_000, (before or rate) * (1 + 0.08 * elapsed))
        elif now - self._fell_at > OVERUSE_PAUSE:
            self._fell_at, self.estimate = now, min(before or rate, rate * 0.85)
            return self.estimate < (before or rate) * 0.97
        return False

    def _rises(self) -> bool:
        delays = [delay for _, delay in self._delays]
        half = len(delays) // 2
        return half > 1 and fmean(delays[half:]) - fmean(delays[:half]) > OVERUSE_SECONDS


@dataclass
class Picture:
    """One picture: what the viewer has of it, and when a key frame was asked for."""

    frames: list[float]
    broken: bool = True
    key_asked: float | None = None


class ThinLine:
    """Time runs with ``go``; ``becomes`` changes the line."""

    def __init__(self, way: Way, pictures: int = 3, voices: int = 3, link: str = "normal") -> None:
        self.line, self.now = Line(way, seed=3), 0.0
        self._turns = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        option = Option(180, RATES)
        self.demands = [*(Demand((option,), 180, SMALL) for _ in range(pictures - 1)), Demand((option,), 360, LARGE)]
        self.hub: Any = SimpleNamespace(wall=lambda: self.now, monotonic=lambda: self.now, touch=lambda room: self._choose())
        self.connection: Any = connection(Budget(START[link]), pictures, voices)
        self.estimator = Estimator()
        self.pictures = [Picture([]) for _ in range(pictures)]
        self.voices: list[list[float | None]] = [[] for _ in range(voices)]  # when each packet came
        self.chosen: list[Rung | None] = [None] * pictures
        self._sent: dict[str, int] = {}
        self._received: dict[str, tuple[int, int]] = {}  # packets and the highest number
        self._choose()
        for number in range(voices):
            self._at(0.003 * number, lambda n=number: self._voice(n))
        for number in range(pictures):
            self._at(0.031 * number, lambda n=number: self._picture(n, 0))
        self._at(UPDATE_SECONDS, self._update)
        self._at(TICK_SECONDS, self._tick)
        self._at(0.8, self._report_pictures)
        self._at(1.7, self._report_voices)

    def _at(self, when: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._turns), what))

    def go(self, seconds: float) -> None:
        until = self.now + seconds
        while self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            what()
        self.now = until

    def becomes(self, way: Way) -> None:
        self.line.way = way

    # ------------------------------------------------------------------ sending
    def _send(self, name: str, octets: int, arrives: Callable[[], None]) -> None:
        number = self._sent[name] = self._sent.get(name, -1) + 1
        sent, out = self.now, self.line.datagram(octets, self.now)

        def arrive() -> None:
            packets, highest = self._received.get(name, (0, 0))
            self._received[name] = (packets + 1, max(highest, number))
            if name[0] == "v":
                self.estimator.take(self.now, sent, octets)
            arrives()

        if out is not None:
            self._at(out, arrive)

    def _voice(self, number: int) -> None:
        self._at(self.now + VOICE_SECONDS, lambda: self._voice(number))
        voice = self.voices[number]
        place = len(voice)
        voice.append(None)
        self._send(f"a{number}", VOICE_OCTETS, lambda: voice.__setitem__(place, self.now))

    def _picture(self, number: int, count: int) -> None:
        self._at(self.now + FRAME_SECONDS, lambda: self._picture(number, count + 1))
        rung, tid, picture = self.chosen[number], TEMPORAL[count % len(TEMPORAL)], self.pictures[number]
        key = picture.key_asked is not None and self.now - picture.key_asked > KEY_SECONDS
        if rung is None or (not key and rung.temporal is not None and tid > rung.temporal):
            return
        octets = KEY_OCTETS if key else FRAME_OCTETS[tid]
        picture.key_asked = None if key else picture.key_asked
        parts = -(-octets // PACKET_OCTETS)
        came: list[float] = []

        def part() -> None:
            came.append(self.now)
            if len(came) == parts:
                self._whole(picture, key)

        for _ in range(parts):
            self._send(f"v{number}", octets // parts + HEADERS, part)
        if tid < max(TEMPORAL) or key:
            self._at(self.now + MISSED_SECONDS, lambda: None if len(came) == parts else self._miss(picture))

    def _whole(self, picture: Picture, key: bool) -> None:
        picture.broken = picture.broken and not key
        if not picture.broken:
            picture.frames.append(self.now)

    def _miss(self, picture: Picture) -> None:
        """Others need what never came: it stands still until a key frame."""
        picture.broken = True
        picture.key_asked = self.now + self.line.way.delay_s if picture.key_asked is None else picture.key_asked

    # ------------------------------------------------------------------ reporting
    def _tick(self) -> None:
        self._at(self.now + TICK_SECONDS, self._tick)
        fell = self.estimator.step(self.now)
        if self.estimator.estimate is not None and (fell or round(self.now / TICK_SECONDS) % 20 == 0):
            told = int(self.estimator.estimate)
            self._at(self.now + self.line.way.delay_s, lambda: links.take_estimate(self.hub, self.connection, told, self.now))

    def _report_pictures(self) -> None:
        self._at(self.now + 1.0, self._report_pictures)
        self._report("v")

    def _report_voices(self) -> None:
        self._at(self.now + 5.0, self._report_voices)
        self._report("a")

    def _report(self, kind: str) -> None:
        """Receiver reports, as if a sender report had come just before."""
        sent = self.now - (self.line.wait(self.now) + self.line.way.delay_s)
        for name, (packets, highest) in self._received.items():
            if name[0] == kind:
                block = rtcp.ReportBlock(1, 0.0, highest + 1 - packets, highest, 0, rtcp.ntp_time(sent) >> 16 & 0xFFFFFFFF, 0)
                self._at(self.now + self.line.way.delay_s, lambda n=name, b=block: self._heard(n, b))

    def _heard(self, name: str, block: rtcp.ReportBlock) -> None:
        links.take_report(self.hub, self.connection, self.connection.slots[name], block, self.now)

    # ------------------------------------------------------------------ the worker
    def _update(self) -> None:
        self._at(self.now + UPDATE_SECONDS, self._update)
        links.update(self.hub, self.connection, self.now)
        self._choose()

    def _choose(self) -> None:
        self.connection.wanted, self.connection.least = wished(self.demands), first_cost(self.demands)
        demands = [replace(demand, shown=rung is not None) for demand, rung in zip(self.demands, self.chosen, strict=True)]
        before, self.chosen = self.chosen, within_budget(demands, self.connection.budget.limit)
        for number, (old, new) in enumerate(zip(before, self.chosen, strict=True)):
            self.connection.slots[f"v{number}"].rate = 0 if new is None else RATES[-1 if new.temporal is None else new.temporal]
            if old is None and new is not None:
                self.pictures[number].broken, self.pictures[number].key_asked = True, self.now

    # ------------------------------------------------------------------ figures
    def frames_per_second(self, since: float, until: float) -> float:
        """Of the best picture."""
        return max(sum(since < at <= until for at in picture.frames) for picture in self.pictures) / (until - since)

    def missing(self, since: float, until: float) -> list[float]:
        """Of each look the share of the worst voice that could not be played: lost, or waited for."""
        looks = [[self._share(gone, since + n * LOOK_SECONDS) for n in range(round((until - since) / LOOK_SECONDS))]
                 for gone in map(played, self.voices)]  # fmt: skip
        return [max(shares) for shares in zip(*looks, strict=True)]

    @staticmethod
    def _share(gone: list[tuple[float, bool]], since: float) -> float:
        look = [missed for at, missed in gone if since < at <= since + LOOK_SECONDS]
        return fmean(look) if look else 1.0


def played(voice: list[float | None]) -> list[tuple[float, bool]]:
    """When each 20 ms of a voice were played, and whether they were made up; the voice is played later when it comes later."""
    behind, made = 0.0, []
    for number, came in enumerate(voice):
        sent = number * VOICE_SECONDS
        behind = behind or (came - sent + PLAYOUT_SECONDS if came is not None else 0.0)
        while came is not None and came > sent + behind:
            made.append((sent + behind, True))
            behind += VOICE_SECONDS
        made.append((sent + behind, came is None))
    return made


def connection(budget: Budget, pictures: int, voices: int) -> Any:
    """As much of a connection as its link's side looks at."""

    def slot(kind: str, bitrate: int) -> Any:
        layer = SimpleNamespace(source=SimpleNamespace(video=kind == "video"), bitrate=bitrate)
        return SimpleNamespace(kind=kind, heard=(0, 0, 0), heard_at=None, rate=0, layer=layer)

    slots = {f"v{n}": slot("video", 0) for n in range(pictures)}
    slots |= {f"a{n}": slot("audio", 24_000) for n in range(voices)}
    return SimpleNamespace(
        budget=budget, waiting=Waiting(), repairs=Repairs(), estimate=None, estimate_at=-1e9, loss=0.0, loss_is_old=False, expected=0,
        missed=0, wanted=0, least=0, repaired=0, repairing=0.0, looked_at=-1e9, round_trip_ms=None, room=None, slots=slots)  # fmt: skip
