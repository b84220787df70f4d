"""What the script of a hall's door says."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

WORDS = {
    "counted": _l("Come in"), "already": _l("Already checked in at %(time)s"), "given_back": _l("This seat has been given back"),
    "elsewhere": _l("This ticket is for another hall"), "unknown": _l("No such ticket in the list"), "undone": _l("Taken back"),
    "walked_in": _l("Counted without a ticket: %(number)s"), "freed": _l("The seat had gone to others. Free now: %(number)s"),
    "waiting": _l("Stood on the waiting list. Free now: %(number)s"), "online": _l("Everything is sent."),
    "offline": _l("No network. Waiting to be sent: %(number)s. Keep this page open."), "in_at": _l("in at %(time)s"),
    "no_camera": _l("The camera cannot be used: type the code."), "refused": _l("The server has not taken this. Load the page again."),
}


def door_strings() -> dict[str, str]:
    """By the names that ``js/door`` uses; it fills the places."""
    return {name: str(words) for name, words in WORDS.items()}
