"""PROTOCOL.md and the code say the same: every message, field, role, phase, event and error code."""

from __future__ import annotations

import re
from pathlib import Path

import signaling
from liaison.domain import errors as business
from signaling.messages import CLIENT, SERVER
from signaling.room import errors as room_errors
from signaling.room.commands import COMMANDS
from signaling.room.events import EVENTS
from signaling.room.state import RoomState
from signaling.room.view import view

TEXT = (Path(signaling.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """The first table under a heading: first cell's name → the other cells."""
    section = TEXT.split(f"# {heading}\n", 1)[1]
    lines = section[section.index("\n|") + 1:].split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]
    return {row[0].strip("`"): row[1:] for row in rows}


def names(cell: str) -> list[str]:
    return re.findall(r"`([a-z_?]+)`", cell)


def test_client_messages() -> None:
    documented = table("Client → server")
    assert list(documented) == list(CLIENT)
    for message, (fields, who, answer) in documented.items():
        row = CLIENT[message]
        assert set(names(fields)) == {name if field.required else f"{name}?" for name, field in row.fields.items()}, message
        assert names(answer) == list(row.answer), message
        expected = {"join": "anybody with a token", "command": "by the table below"}.get(message, row.who)
        assert who == expected, message


def test_commands() -> None:
    documented = table("Commands")
    assert list(documented) == list(COMMANDS)
    for name, (fields, who, phase) in documented.items():
        row = COMMANDS[name]
        assert set(names(fields)) == {key if field.required else f"{key}?" for key, field in row.fields.items()}, name
        assert (who, phase.split(", ")) == (row.who, list(row.phases)), name


def test_server_messages() -> None:
    documented = table("Server → client")
    assert {name: tuple(names(cells[0])) for name, cells in documented.items()} == SERVER


def test_event_types() -> None:
    documented = table("Event types")
    assert {name: tuple(names(cells[0])) for name, cells in documented.items()} == {
        name: kind.fields for name, kind in EVENTS.items()}


def test_error_codes() -> None:
    """Every error that signaling can raise by itself is documented, and no code is documented that nothing has."""
    raised = {value.code for value in vars(room_errors).values() if isinstance(value, type) and hasattr(value, "code")}
    raised |= {business.Forbidden.code, business.Invalid.code, business.Unauthenticated.code, business.RateLimited.code, business.Busy.code}
    outside = {"error", "internal_error"}  # the base class; web's word for a bug
    assert set(table("Error codes")) | {"error"} == (raised | outside)


def test_snapshot_keys() -> None:
    block = TEXT.split("Snapshot:", 1)[1].split("```")[1]
    for key in view(RoomState("s")):
        assert f'"{key}"' in block, key
