"""Words for the fixed vocabulary (kinds, states, answers, roles) in the reader's language; filters for templates."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

KINDS = {
    "government": _l("Government meeting"),
    "population": _l("Live with the population"),
    "training": _l("Training"),
    "press": _l("Press briefing"),
    "technical": _l("Technical test"),
}
STATES = {
    "draft": _l("Draft"),
    "confirmed": _l("Planned"),
    "live": _l("Live now"),
    "ended": _l("Ended"),
    "cancelled": _l("Cancelled"),
}
ANSWERS = {
    "pending": _l("No answer yet"),
    "accepted": _l("Accepted"),
    "tentative": _l("Perhaps"),
    "declined": _l("Declined"),
    "chairs": _l("Leads the session"),
    "unanswered": _l("Did not answer"),
}
"""Answers, and what pages say in their place (``SessionView.shown_answer``)."""
ROLES = {
    "administrator": _l("Administrator"),
    "organiser": _l("Organiser"),
    "operator": _l("Operator"),
    "officer": _l("Officer"),
    "interpreter": _l("Interpreter"),
}


def kind_word(kind: str) -> str:
    return str(KINDS.get(kind, kind))


def state_word(status: str) -> str:
    return str(STATES.get(status, status))


def answer_word(answer: str) -> str:
    return str(ANSWERS.get(answer, answer))


def role_word(role: str) -> str:
    return str(ROLES.get(role, role))


def length_words(minutes: float) -> str:
    """``1 h 30 min`` in the reader's language; minutes are rounded to whole ones."""
    hours, rest = divmod(round(minutes), 60)
    if hours and rest:
        return gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
    return gettext("%(hours)s h", hours=hours) if hours else gettext("%(minutes)s min", minutes=rest)


ANSWER_SIGNS = {
    "accepted": "check-lg", "declined": "x-lg", "tentative": "question-lg", "pending": "hourglass-split",
    "chairs": "person-badge", "unanswered": "dash-lg",
}


def answer_sign(answer: str) -> str:
    """The icon beside an answer."""
    return ANSWER_SIGNS.get(answer, "circle")


FILTERS = {
    "kind_word": kind_word, "state_word": state_word, "answer_word": answer_word, "role_word": role_word,
    "answer_sign": answer_sign, "length_words": length_words,
}
"""Names in templates, e.g. ``{{ session.kind|kind_word }}``."""
