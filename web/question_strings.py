"""What the room page's scripts say of citizens' questions; see ``room_strings``."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

QUESTIONS = {
    "a_citizen": _l("A citizen"),
    "question_number": _l("Question %(number)s"),
    "question_of": _l("Question %(number)s · %(who)s"),
    "citizen_asks": _l("Citizen: %(name)s — %(text)s"),
    "citizen_asks_unnamed": _l("Citizen — %(text)s"),
    "citizen_waits": _l("%(name)s: a citizen wants to ask."),
    "question_take": _l("Take now"),
    "question_take_name": _l("Take question %(number)s now"),
    "question_later": _l("Put off: question %(number)s"),
    "question_writing": _l("To be answered in writing: question %(number)s"),
    "question_undo": _l("Not answered after all"),
    "question_likes": _l("%(count)s want to know"),
    "question_put_off": _l("put off"),
    "question_waiting": _l("Not looked at yet: %(count)s"),
    "question_none": _l("Nothing is waiting for an answer."),
    "citizen_new": _l("Another question"),
    "citizen_needs": _l("Write the question in a few words."),
}
