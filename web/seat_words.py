"""What became of a registration, in the reader's words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STATES = {"held": _l("A seat is kept"), "waiting": _l("On the waiting list"), "came": _l("Came"), "freed": _l("Not come in time"),
          "cancelled": _l("Given back")}
LOOKS = {"held": "good", "waiting": "warn", "came": "info", "freed": "plain", "cancelled": "bad"}


def seat_word(state: str) -> str:
    return str(STATES.get(state, state))


def seat_look(state: str) -> str:
    """The colour of a state's tag."""
    return LOOKS.get(state, "plain")


FILTERS = {"seat_word": seat_word, "seat_look": seat_look}
