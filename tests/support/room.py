"""A live session on a real server, and people of different colours in it, through the real room page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Error as PlaywrightError

from liaison.config import load
from liaison.domain.actor import SYSTEM
from liaison.domain.errors import IllegalState
from liaison.house import House, open_house
from liaison.services import join, lifecycle, sessions
from tests.support.chromium import Participant, colour_rgb
from tests.support.people import plan
from tests.support.ports import wait_until
from tests.support.server import LiaisonServer

# Installed in a room page: every so many milliseconds, compares the colour under each name with the colour of that point's camera.
# A picture that is covered by its placeholder says nothing and is not counted.
WATCH_LABELS = """
([expected, everyMs]) => {
  const state = (window.__labels = { wrong: [], right: {}, samples: 0 });
  const look = (host, video, label) => {
    if (!host.classList.contains("is-live") || !(label in expected)) return;
    const seen = __probe.colour(video);
    if (!seen) return;
    const far = seen.some((part, i) => Math.abs(part - expected[label][i]) > 48);
    if (far) state.wrong.push({ label, seen, at: performance.now() });
    else state.right[label] = (state.right[label] ?? 0) + 1;
  };
  setInterval(() => {
    state.samples += 1;
    const stage = document.getElementById("stage-picture");
    look(stage, stage.querySelector("video"), document.getElementById("stage-name").textContent);
    for (const tile of document.querySelectorAll("button.tile"))
      look(tile.querySelector(".picture"), tile.querySelector("video"), tile.querySelector(".nameplate strong").textContent);
  }, everyMs);
}
"""
LOOK_EVERY_MS = 250


@dataclass
class Scene:
    """One booked session and the people who joined it; ``colours`` by the point's English name.

    As a context manager it ends the session and lets everybody go, whatever happened: its service is others' too.
    """

    server: LiaisonServer
    house: House
    session: str
    names: dict[str, str]
    colours: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    people: list[Participant] = field(default_factory=list)

    def token(self, role: str, point: str | None, name: str = "") -> str:
        token: str = join.issue_token(self.house, SYSTEM, self.session, role=role, point=point, name=name)["token"]
        return token

    def address(self, role: str, point: str | None, more: str = "", camera: str = "320x180@10") -> str:
        return f"/room/{self.session}?token={self.token(role, point)}&camera={camera}{more}"

    def enter(self, participant: Participant, point: str | None, role: str = "point", more: str = "",
              camera: str = "320x180@10") -> Participant:
        """Open the page, press Join, and wait until the room or the lobby is there."""
        if point in self.names and not more:
            self.colours[self.names[point]] = colour_rgb(participant.colour)
        participant.page.goto(self.address(role, point, more, camera))
        participant.page.click("#entry-join")
        participant.page.wait_for_function("() => window.liaisonRoom?.state().signal === 'joined'")
        self.people.append(participant)
        return participant

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()
        for person in self.people:
            person.context.close()

    def end(self) -> None:
        """Close the session when it is still live, cancel one that has not begun: then its points are free again."""
        for end in (lifecycle.close_session, sessions.cancel_session, lifecycle.close_session):  # it may open in between
            with suppress(IllegalState):
                end(self.house, SYSTEM, self.session)

    def watch_labels(self, every_ms: int = LOOK_EVERY_MS) -> None:
        """From now on every page compares names and colours by itself; see :meth:`labels`."""
        for person in self.people:
            person.page.evaluate(WATCH_LABELS, [{name: list(rgb) for name, rgb in self.colours.items()}, every_ms])


def labels(person: Participant) -> dict[str, Any]:
    """``{wrong: [...], right: {label: times}, samples}`` since ``watch_labels``."""
    found: dict[str, Any] = person.page.evaluate("() => window.__labels")
    return found


def book(server: LiaisonServer, *points: str, starts_in_s: float = 1.0, **fields: Any) -> Scene:
    """A session of these points (slugs) that opens by itself soon."""
    house = open_house(load(server.env))
    starts_at = datetime.now(UTC) + timedelta(seconds=starts_in_s)
    view = sessions.book_session(house, SYSTEM, plan(*points, starts_at=starts_at, **fields))
    names = {point.slug: point.name["en"] for point in view.points}
    return Scene(server, house, view.id, names)


def state(person: Participant) -> dict[str, Any]:
    """The page's own account of itself; empty while it is loading."""
    with suppress(PlaywrightError):
        found: dict[str, Any] = person.page.evaluate("() => window.liaisonRoom?.state() ?? {}")
        return found
    return {}


def frames_by_point(person: Participant) -> dict[str, int]:
    """Frames decoded so far, by the slug of the point that the slot carries."""
    rows = person.page.evaluate("() => window.liaisonRoom.stats()")
    return {row["point"]: row["framesDecoded"] for row in rows if row["kind"] == "video" and row["point"]}


def sees(person: Participant, points: set[str], per_second: float = 5.0, seconds: float = 2.0) -> bool:
    """Whether the page decodes every one of these points at this rate now."""
    return all_see([(person, points)], per_second, seconds)


def all_see(wanted: list[tuple[Participant, set[str]]], per_second: float = 5.0, seconds: float = 1.0) -> bool:
    """Whether each of these pages decodes all its points at this rate, in the same seconds."""
    try:
        before = [frames_by_point(person) for person, _ in wanted]
        time.sleep(seconds)
        after = [frames_by_point(person) for person, _ in wanted]
    except PlaywrightError:  # a page is being loaded anew
        return False
    return all(now.get(point, 0) - was.get(point, now.get(point, 0)) >= per_second * seconds
               for was, now, (_, points) in zip(before, after, wanted, strict=True) for point in points)


def see_each_other(people: Iterable[Participant], points: set[str], per_second: float = 5.0, seconds: float = 1.0) -> bool:
    """The same of these points' own pages: each sees all the others."""
    return all_see([(person, points - {state(person).get("me", {}).get("point")}) for person in people], per_second, seconds)


def looked_at(viewer: Participant, before: dict[str, int], names: list[str]) -> bool:
    """Whether each of these has been seen in its own colour for some looks more than before."""
    now = labels(viewer)["right"]
    return all(now.get(name, 0) > before.get(name, 0) + 3 for name in names)


def seconds_until(condition: Callable[[], bool], limit: float, what: str) -> float:
    """Wait for it; how long it took."""
    began = time.monotonic()
    wait_until(condition, limit, what)
    return time.monotonic() - began
