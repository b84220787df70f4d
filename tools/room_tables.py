"""Write docs/room.md (``python -m tools.room_tables``): the room's commands in one table, and its states as diagrams.

Both are taken from the code: which events a command may cause is read from its rule, the arrows come from ``tools.room_course``.
A test compares the file with what this makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import signaling.room
from signaling.room.commands import COMMANDS
from signaling.room.deciding import Row
from signaling.room.events import EVENTS

from .room_course import ACTS, MACHINES, Course

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "room.md"
INSIDE = signaling.room.__name__
HEAD = """# The room: commands and states

Made from the code by `python -m tools.room_tables`; a test compares. Who may do what, and when, stands in
`signaling/room/commands.py`, what each event changes in `signaling/room/events.py`; fields, and what no table can say, in
`signaling/PROTOCOL.md`.

## Commands

Who: **steering** the chair, or the deputy who took over; **conducting** those and the secretary; **speaking** chair, deputy,
point; **taking_part** speaking or conducting; **deputy**; **interpreting** interpreters; **sending** speaking or
interpreting; **arranging**, **captioning** conducting or interpreting. A command that is refused changes nothing and is
answered with why.

| command | who | phase | may cause |
|---|---|---|---|
"""
STATES = """
## States

Each diagram is one concern of the room. An arrow names what leads from one state to another: commands as in the table, and
what happens to people (*joins*, *leaves*, *loses the line*, *comes back*, *is lost* after 15 s) or *by itself*. The end of a
session ends everything; it is drawn in the first diagram alone.
"""


def document() -> str:
    """The whole file."""
    rows = "".join(f"| `{name}` | {row.who} | {', '.join(row.phases)} | {', '.join(f'`{event}`' for event in causes(row))} |\n"
                   for name, row in COMMANDS.items())
    arrows = Course().run()
    diagrams = "".join(_diagram(name, start, arrows[name]) for name, (start, _) in MACHINES.items())
    return HEAD + rows + STATES + diagrams


def causes(row: Row) -> list[str]:
    """The events that a row's rule may write, in the order of the table of events."""
    named = set(_words(row.rule, set()))
    return [event for event in EVENTS if event in named | {ACTS[act] for act in ACTS if act in named}]


def _words(rule: Any, seen: set[Any]) -> Iterator[str]:
    """Every text in the code of a function and of those of the room's modules that it calls."""
    if not isinstance(rule, FunctionType) or rule in seen or not rule.__module__.startswith(INSIDE):
        return
    seen.add(rule)
    for code in _codes(rule.__code__):
        yield from (text for text in code.co_consts if isinstance(text, str))
        for name in code.co_names:
            yield from _words(rule.__globals__.get(name), seen)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _diagram(name: str, start: str, arrows: dict[tuple[str, str], set[str]]) -> str:
    states = list(dict.fromkeys([start, *(state for pair in sorted(arrows) for state in pair)]))
    keys = {state: state.replace(" ", "_").replace("-", "_") for state in states}
    lines = [f"    {key}: {state}" for state, key in keys.items() if key != state]
    lines += [f"    {keys[old]} --> {keys[new]}: {', '.join(sorted(found))}" for (old, new), found in sorted(arrows.items())]
    return f"\n### {name}\n\n```mermaid\nstateDiagram-v2\n    [*] --> {keys[start]}\n" + "\n".join(lines) + "\n```\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document())
