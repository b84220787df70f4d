"""Questions of citizens in the reader's words: what they are about, what became of them, where they were asked."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

CATEGORIES = {
    "other": _l("Something else"), "health": _l("Health"), "education": _l("Schools and kindergartens"), "water": _l("Water"),
    "roads": _l("Roads and transport"), "energy": _l("Electricity and heating"), "land": _l("Land and harvest"),
    "social": _l("Pensions and allowances"), "work": _l("Work and prices"), "order": _l("Order and safety"),
}
STATES = {
    "waiting": _l("Waits to be looked at"), "approved": _l("Taken up"), "merged": _l("Put together with another"),
    "answered_live": _l("Answered in the session"), "answered_written": _l("Answered in writing"), "declined": _l("Not taken up"),
}
LOOKS = {"waiting": "plain", "approved": "info", "answered_live": "good", "answered_written": "good", "declined": "bad"}
ORIGINS = {"home": _l("From home"), "kiosk": _l("At a kiosk"), "hall": _l("In a hall")}


def categories() -> list[tuple[str, str]]:
    """For a select."""
    rest = sorted(((key, str(word)) for key, word in CATEGORIES.items() if key != "other"), key=lambda pair: pair[1])
    return [("other", str(CATEGORIES["other"])), *rest]


def category_word(category: str) -> str:
    return str(CATEGORIES.get(category, category))


def question_word(state: str) -> str:
    return str(STATES.get(state, state))


def question_look(state: str) -> str:
    """The colour of a state's tag."""
    return LOOKS.get(state, "plain")


def origin_word(origin: str) -> str:
    return str(ORIGINS.get(origin, origin))


FILTERS = {"category_word": category_word, "question_word": question_word, "question_look": question_look, "origin_word": origin_word}
