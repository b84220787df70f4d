"""One broadcast as it runs: what the taps bring is put together at the pace of the clock, encoded, and laid on the shelf."""

from __future__ import annotations

import logging
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from . import canvas as drawing
from .canvas import Canvas, Planes
from .encoders import BLOCK
from .measures import FRAMES_PER_SECOND
from .mixing import Mixer
from .renditions import Renditions
from .scene import DOORS_CLOSED, Scene
from .shedding import TICKS, Effort, Step, drawn, numbers
from .sources import Stream, Taken, Tap

DELAY_S = 1.0
"""What is shown was taken so long ago: late packets and repairs have come by then, and picture and sound lie on one clock."""
GONE_S = 4.0
"""A picture older than this is shown no more."""
TOO_LATE_S = 2 * DELAY_S
"""A picture that has waited so long to be read is none that will be shown."""
SWITCH_S = 2.5
"""So long the one before stays while the next has not sent a picture."""
STEPPED_S = 1.0
"""By so much the machine's clock may be off the loop's before it is taken for set anew."""
MOST_BEHIND = FRAMES_PER_SECOND * 4

log = logging.getLogger("liaison.broadcast")


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the picture. ``slates``: lines by slate; ``names``: by peer; ``items``: the agenda; ``citizen``: who gave no name."""

    session: str
    slates: dict[str, list[str]]
    names: dict[str, str] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    citizen: str = ""

    def speaker(self, scene: Scene) -> str:
        """Who speaks: a citizen as he or she wished, and from where."""
        point, citizen = self.names.get(scene.speaker or "", ""), scene.citizen
        if citizen is None:
            return point
        return " · ".join(word for word in (citizen.name or self.citizen, citizen.place, point) if word)

    def about(self, scene: Scene) -> str:
        """The question that is being answered, else the agenda item."""
        if scene.asked is not None:
            who = ", ".join(word for word in (scene.asked.name, scene.asked.place) if word and scene.citizen is None)
            return f"№ {scene.asked.number}{f' · {who}' if who else ''}: {' '.join(scene.asked.text.split())}"
        return self.items[scene.item] if scene.item is not None and scene.item < len(self.items) else ""


class Frames:
    """The decoded pictures of one source, waiting for their time."""

    def __init__(self) -> None:
        self._waiting: deque[Taken] = deque(maxlen=60)
        self._shown: Taken | None = None

    def add(self, taken: Taken) -> None:
        self._waiting.append(taken)

    def at(self, moment: float) -> Any | None:
        """The newest taken before a moment, unless it is too old."""
        while self._waiting and self._waiting[0].at <= moment:
            self._shown = self._waiting.popleft()
        if self._shown is None or moment - self._shown.at > GONE_S:
            return None
        return self._shown.frame


class Studio:
    """``scene`` and ``words`` are set by whoever follows the room; ``taps`` by source (None: all sound) likewise."""

    def __init__(self, renditions: Renditions, languages: tuple[str, ...], words: Words, effort: Effort,
                 wall: Callable[[], float] = time.time) -> None:
        self.scene = Scene(slate="soon")
        self.words = words
        self.effort = effort
        self._wall = wall
        self._renditions, self._canvas, self._mixer = renditions, Canvas(), Mixer(languages)
        self._frames: dict[str, Frames] = {}
        self._taps: dict[str | None, Tap] = {}
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._shut = True
        self._on_stage: tuple[Any, ...] = ()
        self._drawn: tuple[Any, ...] = ()
        self._large: tuple[str | None, float] = (None, 0.0)
        self._made: dict[tuple[Any, ...], Planes] = {}
        self._offset = 0.0

    @property
    def step(self) -> Step:
        """How good the broadcast is now."""
        return self._renditions.step

    # ---------------------------------------------------------------- taps, by whoever follows the room

    def connect(self, source: str | None, path: str) -> None:
        """Read a tap from now on. Raises OSError."""
        tap = Tap(path, self._heard, self._close_doors)
        with self._lock:
            self._taps[source] = tap
            self._selector.register(tap, selectors.EVENT_READ, (source, tap))

    def read(self) -> set[str | None]:
        """Whose taps are read now."""
        with self._lock:
            return {source for source, tap in self._taps.items() if not tap.ended}

    def leave(self, source: str | None, comes_again: bool = False) -> None:
        """What is still to be shown of it is dropped, unless another tap of the same comes at once."""
        with self._lock:
            tap = self._taps.pop(source, None)
            if tap is not None and not tap.ended:
                self._selector.unregister(tap)
                tap.close()
            if source is not None and not comes_again:
                self._frames.pop(source, None)

    def _close_doors(self) -> None:
        """The room lets nobody read: what is still here of it is neither seen nor heard any more."""
        self._shut = True
        self._frames.clear()
        self._mixer.clear()

    def _heard(self, stream: Stream, taken: Taken) -> None:
        self._shut = False
        if stream.video:
            self._frames.setdefault(stream.source, Frames()).add(taken)
            return
        self._mixer.add(stream.source, stream.channel, taken.at, taken.frame)

    # ---------------------------------------------------------------- the loop

    def run(self, stop: threading.Event) -> None:
        """Until stopped; then what has been begun is laid on the shelf too."""
        began, wall = time.monotonic(), self._wall()
        self._offset = wall - began
        self._renditions.begin(datetime.fromtimestamp(wall - DELAY_S, UTC))
        tick = 0
        while not stop.is_set():
            self._wait(began + tick / FRAMES_PER_SECOND)
            late = time.monotonic() - began - tick / FRAMES_PER_SECOND
            behind = max(0, int(late * FRAMES_PER_SECOND))
            if behind > MOST_BEHIND:
                raise RuntimeError(f"the encoder is {late:.0f} s behind the clock")
            self._catch_up(began, tick, tick + behind, late)
            tick += behind + 1
        self._renditions.finish()

    def _catch_up(self, began: float, first: int, last: int, late: float) -> None:
        """What is due of the time line: sound has no gaps; of pictures few are worth the work."""
        due = numbers(self.step, first, last)
        for number in range(first, last + 1):
            at = began + number / FRAMES_PER_SECOND
            self._sound(at)
            if number % TICKS == 0:
                self._renditions.settle(self.effort.step, number)
            if number in due:
                self._picture(number, at)
        self.effort.made(sum(drawn(self.step, number) for number in range(first, last + 1)), len(due), late, time.monotonic())

    def _wait(self, until: float) -> None:
        """Read the taps until it is time."""
        while True:
            left = until - time.monotonic()
            ready = self._selector.select(max(0.0, left))
            with self._lock:
                for key, _ in ready:
                    self._read(*key.data)
            if left <= 0:
                break
        drift = self._wall() - time.monotonic() - self._offset
        if abs(drift) > STEPPED_S:
            log.warning("the clock was set by %.1f s", drift)
            self._offset += drift
            self._mixer.clear()

    def _read(self, source: str | None, tap: Tap) -> None:
        if self._taps.get(source) is not tap:
            return
        tap.read_from(self._wall() - TOO_LATE_S, time.monotonic())
        if tap.ended:
            self._selector.unregister(tap)
            tap.close()

    @property
    def _dark(self) -> bool:
        return self.scene.slate is not None or self._shut

    def _sound(self, at: float) -> None:
        tracks = self._mixer.take(at + self._offset - DELAY_S, BLOCK, self.scene.channels)
        self._renditions.sound({language: block * 0 for language, block in tracks.items()} if self._dark else tracks)

    def _picture(self, number: int, at: float) -> None:
        self._draw(at + self._offset - DELAY_S, at)
        self._renditions.picture(self._canvas.frame(), number)

    # ---------------------------------------------------------------- drawing

    def _draw(self, moment: float, now: float) -> None:
        scene, words = self.scene, self.words
        if self._dark and scene.slate is not None:
            self._slate(scene.slate)
            return
        if self._shut and any(tap.opened is False and not tap.ended for tap in self._taps.values()):
            self._slate(DOORS_CLOSED)
            return
        large = self._chosen(scene.large, moment, now)
        shown = {"large": large, "second": scene.second if scene.second != large else None, "sign": scene.sign}
        frames = {place: frame for place, source in shown.items() if source and (frame := self._seen(source, moment)) is not None}
        where = drawing.places("large" in frames, "second" in frames, scene.even and len(frames) > 1,
                               bool(large and large.endswith(":screen")) and "second" in frames, "sign" in frames)
        if (tuple(sorted(where.items(), key=str)), None) != self._on_stage:
            self._canvas.clear()
            self._on_stage = (tuple(sorted(where.items(), key=str)), None)
            self._drawn = ()
        if "large" not in frames:
            self._paste(("name", words.speaker(scene)), lambda: drawing.slate([words.speaker(scene)], words.session))
        for name in ("large", "second", "sign"):
            if name in frames:
                self._canvas.put(frames[name], where[name])
        self._strip(scene, words)

    def _slate(self, slate: str) -> None:
        if self._on_stage != ("slate", slate):
            self._paste(("slate", slate), lambda: drawing.slate(self.words.slates[slate], self.words.session))
            self._on_stage = ("slate", slate)

    def _chosen(self, wanted: str | None, moment: float, now: float) -> str | None:
        """The one before stays until the next has a picture, but not for long."""
        current, since = self._large
        if wanted == current:
            return wanted
        ready = wanted is None or self._seen(wanted, moment) is not None
        if not ready and current is not None and now - since < SWITCH_S and self._seen(current, moment) is not None:
            return current
        self._large = (wanted, now) if ready else (current, since)
        return wanted

    def _seen(self, source: str, moment: float) -> Any | None:
        frames = self._frames.get(source) if self.step.room else None
        return frames.at(moment) if frames else None

    def _strip(self, scene: Scene, words: Words) -> None:
        name, item = words.speaker(scene), words.about(scene)
        self._paste(("strip", name, item), lambda: drawing.strip(name, item, words.session), drawing.HEIGHT - drawing.STRIP)

    def _paste(self, key: tuple[Any, ...], make: Callable[[], Planes], y: int = 0) -> None:
        if key not in self._made:
            if len(self._made) > 200:
                self._made.clear()
            self._made[key] = make()
        self._canvas.paste(self._made[key], 0, y)
