"""What the page of a replay says, beside what the room itself says; see ``room_strings``."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

REPLAY = {
    "replay_play": _l("Play"),
    "replay_pause": _l("Stop here"),
    "replay_at": _l("%(time)s, %(passed)s of %(all)s"),
    "replay_empty": _l("Nothing was recorded of this session."),
    "replay_failed": _l("The record could not be loaded. Load the page again."),
    "course_session_opened": _l("The session opens"),
    "course_session_closed": _l("The session ends"),
    "course_agenda_moved": _l("Item %(number)s: %(title)s"),
    "course_item_closed": _l("Item %(number)s is closed"),
    "course_floor_granted": _l("%(name)s has the floor"),
    "course_vote_opened": _l("Vote: %(title)s"),
    "course_vote_closed": "%(title)s: %(outcome)s",
    "course_vote_cancelled": _l("The vote is broken off"),
    "course_roll_started": _l("Roll call begins"),
    "course_roll_ended": _l("Roll call ends"),
    "course_presence_check_started": _l("Presence check"),
    "course_doors_closed": _l("The doors close"),
    "course_doors_opened": _l("The doors open"),
    "course_screen_started": _l("%(name)s shows a screen"),
    "course_question_taken": _l("Question %(number)s: %(title)s"),
    "course_chair_taken": _l("%(name)s takes over the chair"),
}


def replay_strings() -> dict[str, str]:
    """Translated for this request."""
    return {key: str(text) for key, text in REPLAY.items()}
