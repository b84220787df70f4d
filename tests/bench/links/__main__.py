"""``make bench-links``: four people in a session through the real pages, one of them behind a bad link, three on good ones.

The link (tests/support/links.py) stands between one browser and the service, for media and for the page's own connection alike.
Each scenario is a session of its own with fresh browsers on one service; the link turns bad once everybody sees everybody.
``--only NAME …`` runs some of them (baseline thin narrowing loss5 loss10 burst cut), ``--notes FILE`` keeps what the pages noted.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser

from tests.bench.links.figures import Notes, Span, back_after, median_delay, seen
from tests.bench.links.scenarios import BASELINE, GOOD, SCENARIOS, Outcome, Scenario, Target, others_targets
from tests.support.chromium import Participant, chromium_browser, new_participant
from tests.support.links import Link
from tests.support.ports import wait_until
from tests.support.room import Scene, book, sees
from tests.support.server import LiaisonServer

PEOPLE = (("osh-oblast", "#d02020", 440.0), ("batken-oblast", "#20b030", 660.0), ("naryn-oblast", "#2040d0", 880.0),
          ("talas-oblast", "#a0a020", 1100.0))  # fmt: skip
POINTS = [point for point, _, _ in PEOPLE]
BAD = POINTS[-1]
NOISE = 40  # the picture then costs about as much as a face
LOOK_S, LOOK_BAD_S = 0.5, 0.25
SETTLE_S = 4.0  # after a change, before anything is counted
QUIET_S = 8.0  # good links before the trouble and after it: what the others' delay is compared with
PATIENCE_S = 120  # for a machine that is busy with other things; its figures do not count, but its run does
HEADINGS = ("link", "bad: sound concealed %", "broken s", "sound back s", "picture frames/s", "picture delay ms", "sound buffer ms",
            "others, of each other: concealed %", "freezes", "delay ms, before and after",
            "others, of the bad one: concealed %", "frames/s", "heard again s", "CPU busy %", "emulator late p99 ms")  # fmt: skip


def somebody(browser: Browser, url: str, colour: str, tone: float, media_port: int | None = None) -> Participant:
    """A person whose pictures cost something and say how old they are, patient on a busy machine."""
    made = new_participant(browser, url, colour, tone, noise=NOISE, stamp=True, media_port=media_port)
    made.context.set_default_timeout(60_000)
    return made


@contextmanager
def gathered(server: LiaisonServer, browser: Browser, link: Link, scenario: Scenario) -> Iterator[Scene]:
    """A live session of four who see each other; whoever is behind a bad link sees somebody."""
    scene = book(server, *POINTS)
    try:
        for point, colour, tone in PEOPLE[:-1]:
            scene.enter(somebody(browser, server.url, colour, tone), point, role="chair" if point == POINTS[0] else "point")
        point, colour, tone = PEOPLE[-1]
        bad = somebody(browser, link.url, colour, tone, link.media_port)
        bad.page.goto(scene.address("point", point))  # what the page consists of comes now
        link.set(scenario.joins)
        scene.enter(bad, point)
        for person, point in zip(scene.people[:-1], POINTS, strict=False):
            wait_until(lambda p=person, me=point: sees(p, set(POINTS) - {me}, 2, 1.5), PATIENCE_S, f"{point} to see the others")  # type: ignore[misc]
        wait_until(lambda: any(sees(bad, {other}, 1, 1) for other in POINTS[:-1]), PATIENCE_S, f"{point} to see somebody")
        yield scene
    finally:
        for person in scene.people:
            person.context.close()
        scene.end()


@dataclass(frozen=True)
class Played:
    """From when to when (Unix seconds), the spans with good links, what pages noted, how busy the machine was, how late the emulator."""

    began: float
    until: float
    quiet: list[Span]
    notes: list[Notes]
    busy: float
    late_ms: float


def play(scenario: Scenario, scene: Scene, link: Link) -> Played:
    """Let the scenario happen, between two spans in which all links are good; whoever joins on a bad link has only the second."""
    probe = (Path(__file__).parent / "probe.js").read_text()
    for person, point in zip(scene.people, POINTS, strict=True):
        person.page.evaluate(probe, (LOOK_BAD_S if point == BAD else LOOK_S) * 1000)
    quiet = [_quiet()] if scenario.joins is GOOD else []
    time.sleep(0 if quiet else SETTLE_S)
    link.late_s.clear()
    psutil.cpu_percent()
    began = time.time()
    for at, way in scenario.acts:
        time.sleep(max(0.0, began + at - time.time()))
        link.set(way)
    time.sleep(max(0.0, began + scenario.seconds - time.time()))
    busy, late = psutil.cpu_percent(), sorted(link.late_s)
    link.set(GOOD)
    quiet.append(_quiet())
    found = [person.page.evaluate("() => window.__links") for person in scene.people]
    notes = [Notes(point, **noted) for point, noted in zip(POINTS, found, strict=True)]
    return Played(began, began + scenario.seconds, quiet, notes, busy, late[int(len(late) * 0.99)] * 1000)


def _quiet() -> Span:
    """A span in which nothing happens."""
    time.sleep(SETTLE_S)
    since = time.time()
    time.sleep(QUIET_S)
    return since, time.time()


def judge(scenario: Scenario, played: Played) -> Outcome:
    """The figures of a run."""
    began, until, good, bad = played.began, played.until, played.notes[:-1], played.notes[-1:]
    points = POINTS[:-1]
    back = heard_again = None
    if scenario.over_s is not None:
        over = began + scenario.over_s
        back = back_after(bad[0].of("audio", points, began, until), points, over)
        again = [back_after(page.of("audio", [BAD], began, until), [BAD], over) for page in good]
        heard_again = None if None in again else max(value for value in again if value is not None)
    return Outcome(
        seen(bad, points, began, until, LOOK_BAD_S, scenario.settled_s),
        seen(good, points, began, until, LOOK_S),
        seen(good, [BAD], began, until, LOOK_S, scenario.settled_s),
        median_delay(good, points, [(began, until)]),
        median_delay(good, points, played.quiet),
        back,
        heard_again,
    )


def row(scenario: Scenario, outcome: Outcome, played: Played) -> list[str]:
    """One line of the table."""
    bad, others, of_bad = outcome.bad, outcome.others, outcome.of_bad
    back, again = ("–" if value is None else f"{value:.1f}" for value in (outcome.back_s, outcome.heard_again_s))
    behind = [f"{bad.concealed:.2%}", f"{bad.broken_s:.1f}", back, f"{bad.frames_per_second:.1f}"]
    behind += [f"{bad.delay_ms:.0f}", f"{bad.buffer_ms:.0f}"]
    each_other = [f"{others.concealed:.2%}", f"{others.freezes}", f"{outcome.delay_ms:.1f}, {outcome.quiet_delay_ms:.1f}"]
    of_it = [f"{of_bad.concealed:.2%}", f"{of_bad.frames_per_second:.1f}", again]
    return [scenario.title, *behind, *each_other, *of_it, f"{played.busy:.0f}", f"{played.late_ms:.1f}"]


def verdicts(scenario: Scenario, outcome: Outcome, baseline: Outcome | None) -> list[list[str]]:
    """A line for each target."""
    targets: list[Target] = [*scenario.targets, *(others_targets(baseline) if scenario is not BASELINE else ())]
    return [[scenario.title, t.words, t.measured(outcome), "met" if t.met(outcome) else "MISSED"] for t in targets]


def table(headings: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [list(headings), ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def run(scenario: Scenario, server: LiaisonServer, browser: Browser) -> tuple[Outcome, list[str], dict[str, Any]]:
    """One scenario from the booking to the figures."""
    with Link(server.media_port, server.http_port) as link:
        link.set(GOOD)
        with gathered(server, browser, link, scenario) as scene:
            played = play(scenario, scene, link)
    outcome = judge(scenario, played)
    return outcome, row(scenario, outcome, played), {"name": scenario.name, **asdict(played)}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=[s.name for s in SCENARIOS])
    parser.add_argument("--notes", type=Path)
    options = parser.parse_args()
    rows, judged, kept, baseline = [], [], [], None
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as data, LiaisonServer(Path(data)) as server, chromium_browser() as browser:
        for scenario in [s for s in SCENARIOS if not options.only or s.name in options.only]:
            outcome, line, noted = run(scenario, server, browser)
            baseline = outcome if scenario is BASELINE else baseline
            rows.append(line)
            judged += verdicts(scenario, outcome, baseline)
            kept.append(noted)
            print(f"{scenario.name}: {time.monotonic() - began:.0f} s", flush=True)
    print(table(HEADINGS, rows), table(("link", "target", "measured", "verdict"), judged), sep="\n\n")
    if options.notes:
        options.notes.write_text(json.dumps(kept))


if __name__ == "__main__":
    main()
