"""docs/room.md is what the code's tables say, and every command and state of the room stands in it."""

from __future__ import annotations

from signaling.room.commands import COMMANDS
from signaling.room.events import EVENTS
from tools.room_course import PEOPLE, VALUES
from tools.room_tables import DOCUMENT, causes, document

WRITTEN_BY_THE_SERVER = {  # no command causes these
    "session_changed", "session_cancelled", "collision_warned", "peer_joined", "peer_away", "peer_back", "quorum_changed",
    "presence_check_ended", "media_reset", "documents_changed"}


def test_the_document_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text() == document(), "python -m tools.room_tables writes it anew"


def test_every_command_causes_something_and_every_event_has_a_cause() -> None:
    caused = {name: causes(row) for name, row in COMMANDS.items()}
    assert [name for name, events in caused.items() if not events] == []
    assert set(EVENTS) - {event for events in caused.values() for event in events} == WRITTEN_BY_THE_SERVER


def test_every_field_of_every_command_can_be_filled_in() -> None:
    assert {field for row in COMMANDS.values() for field in row.fields} == set(VALUES)
    assert set(PEOPLE) <= set(VALUES["peer"])
