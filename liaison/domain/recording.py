"""What is recorded of a session, decided when it is booked. Pure."""

from __future__ import annotations

NONE, COMPOSITE, TRACKS = "none", "composite", "tracks"
"""Nothing; the picture of a session's broadcast; beside it each source and channel as it was sent."""
CHOICES = (NONE, COMPOSITE, TRACKS)


def choice(value: str | bool | None) -> str | None:
    """What was chosen; None: as usual. ``True`` and ``False`` stand for tracks and for no choice."""
    if isinstance(value, bool):
        return TRACKS if value else None
    return value or None


def what_is_kept(chosen: str | None, broadcast: bool) -> str:
    """As usual the broadcast is kept where there is one, and else nothing."""
    if chosen in (None, COMPOSITE):
        return COMPOSITE if broadcast else NONE
    return chosen


def recording_errors(chosen: str | None, broadcast: bool) -> list[dict[str, str]]:
    if chosen is not None and chosen not in CHOICES:
        return [{"field": "record", "message": "Choose one of the recordings offered."}]
    if chosen == COMPOSITE and not broadcast:
        return [{"field": "record",
                 "message": "Only a session that is broadcast has one picture of all; of others the tracks can be recorded."}]
    return []
