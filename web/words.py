"""Words for the fixed vocabulary (kinds, states, answers, roles) in the reader's language; filters for templates."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from liaison.domain.failures import failure_reason

from .layout import endonym

KINDS = {
    "government": _l("Government meeting"),
    "population": _l("Live with the population"),
    "training": _l("Training"),
    "press": _l("Press briefing"),
    "technical": _l("Technical test"),
    "help_desk": _l("Help desk"),
    "rehearsal": _l("Rehearsal"),
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
PICTURES = {
    "auto": _l("By itself"), "v720": _l("Large (720 lines)"), "v360": _l("Small, saves data (360 lines)"), "sound": _l("Sound only"),
}
"""What a viewer of a broadcast chooses."""
STEP_WORDS = {
    "full": _l("Full: 15 pictures a second"), "ten": _l("Lowered: 10 pictures a second"), "five": _l("Lowered: 5 pictures a second"),
    "small": _l("Lowered: the small picture alone"), "still": _l("Lowered: sound and a still picture"),
}
NOTICES = {
    "invitation": _l("Invitation"), "update": _l("Change"), "cancellation": _l("Cancellation"), "reminder": _l("Reminder"),
    "request_notice": _l("Request or waiting list"), "help_call": _l("Call to the help desk"),
    "question_notice": _l("What became of a question"), "seat_notice": _l("Seat in a hall"),
    "watch_reminder": _l("Reminder for a citizen"),
    "welcome": _l("Welcome letter"), "password_reset": _l("New password"), "answer_notice": _l("Answer of a point"),
    "poll": _l("Question which times suit"), "poll_reminder": _l("Reminder of a date poll"),
    "chase": _l("Asked for an answer"), "series_invitation": _l("Invitation to a series"), "series_update": _l("Series changed"),
    "series_cancellation": _l("Series cancelled"), "series_gaps": _l("Dates that could not be booked"),
}
CHANNELS = {"email": _l("E-mail"), "sms": _l("SMS"), "telegram": _l("Telegram"), "web_push": _l("Browser")}
CHANNEL_SIGNS = {"email": "envelope", "sms": "phone", "telegram": "chat-dots", "web_push": "bell"}
DELIVERIES = {
    "queued": _l("Waiting for its time"), "sending": _l("Being sent"), "sent": _l("Sent"), "delivered": _l("Delivered"),
    "failed": _l("Given up"), "skipped": _l("No longer needed"),
}
DELIVERY_LOOKS = {"queued": "plain", "sending": "info", "sent": "info", "delivered": "good", "failed": "bad", "skipped": "plain"}
CHASES = {"officers": _l("reminded"), "province": _l("province told"), "organiser": _l("organiser told")}
REASONS = {
    "quiet_hours": _l("waits until the quiet hours end"), "no_address": _l("the person has no address on this channel any more"),
    "push_gone": _l("the browser takes no more notices"), "channel_off": _l("this channel is not set up any more"),
    "not_delivered": _l("the operator could not deliver it"), "expired": _l("its time has passed"),
    "session_changed": _l("the session has changed since"), "session_cancelled": _l("the session was cancelled"),
    "session_started": _l("the session has begun"), "session_ended": _l("the session has ended"),
    "session_gone": _l("there is nothing to ask any more"), "recipient_gone": _l("the person does not act for the point any more"),
    "answered": _l("the point has answered"), "point_under_maintenance": _l("the point is under maintenance"),
}
"""Stable words of the outbox; anything else is what the other side said (``failure_word``)."""
FAILURES = {
    "no_mailbox": _l("there is no such mailbox"), "no_host": _l("the mail server of this address is not found"),
    "bad_address": _l("the address is not right"), "moved_away": _l("the person has another address now"),
    "sender_refused": _l("the other side does not take mail from our address"), "mailbox_off": _l("the mailbox takes no messages"),
    "mailbox_full": _l("the mailbox is full"), "mailbox_busy": _l("the mailbox is busy just now"),
    "too_large": _l("the message is too large"),
    "system_full": _l("the other side has no room just now"), "took_too_long": _l("the other side did not take it in time"),
    "too_many": _l("too many messages at once"), "not_allowed": _l("the other side's rules do not let it in"),
    "no_route": _l("there is no way to the other side's server just now"), "content": _l("the other side could not read the message"),
    "no_credit": _l("the account at the operator is empty"), "wrong_gateway": _l("the address of the gateway is wrong"),
    "blocked": _l("the person has blocked the bot"), "no_chat": _l("the chat does not exist any more"),
    "unsupported": _l("the mail server cannot do what the settings ask for"), "encryption": _l("no safe connection could be made"),
    "no_connection": _l("the other side does not answer"), "sign_in": _l("our name or password is not accepted there"),
    "refused": _l("the other side has refused it"), "passing": _l("the other side could not take it just now"),
    "our_fault": _l("an error of ours: see the log"),
}
"""By ``domain.failures.failure_reason``."""
ROLES = {
    "administrator": _l("Administrator"),
    "organiser": _l("Organiser"),
    "operator": _l("Operator"),
    "officer": _l("Officer"),
    "interpreter": _l("Interpreter"),
}


REPLIES = {
    "accepted": _l("Accepted the invitation"), "tentative": _l("Accepted tentatively"), "declined": _l("Declined the invitation"),
    "no_answer": _l("Neither accepts nor declines"), "stale": _l("Answers for a time that no longer holds"),
    "over": _l("The session has ended or been cancelled"), "unknown": _l("No session of ours"),
    "not_invited": _l("This address answers for no invited point"), "forged": _l("Not sent by whom it answers for: not taken"),
    "other": _l("No answer to an invitation"),
}


def reply_word(outcome: str) -> str:
    """What became of a mail to the calendar's mailbox (``ReplyOutcome``)."""
    return str(REPLIES.get(outcome, outcome))


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


def notice_word(kind: str) -> str:
    return str(NOTICES.get(kind, kind))


def channel_word(channel: str) -> str:
    return str(CHANNELS.get(channel, channel))


def channel_sign(channel: str) -> str:
    return CHANNEL_SIGNS.get(channel, "envelope")


def delivery_word(state: str) -> str:
    return str(DELIVERIES.get(state, state))


def delivery_look(state: str) -> str:
    return DELIVERY_LOOKS.get(state, "plain")


def reason_word(reason: str) -> str:
    return str(REASONS.get(reason, reason))


def said_by_others(reason: str) -> bool:
    """Whether it is what the other side said, in its own words."""
    return bool(reason) and reason not in REASONS


def failure_word(reason: str, channel: str) -> str:
    """Why a message failed or waits, in the reader's language."""
    return str(FAILURES[failure_reason(channel, reason)]) if said_by_others(reason) else reason_word(reason)


def step_word(step: str) -> str:
    """How good a broadcast is now."""
    return str(STEP_WORDS.get(step, step))


RESTREAM_WORDS = {"sending": _l("is being sent"), "waiting": _l("waits"), "over": _l("has ended with the broadcast")}
RESTREAM_PROBLEMS = {
    "unreachable": _l("The other site cannot be reached."), "refused": _l("The other site takes nothing with this address and key."),
    "broken": _l("The connection to the other site broke off."),
}


def restream_word(restream: Any) -> str:
    return str(RESTREAM_WORDS.get(restream.state, restream.state))


def restream_problem(problem: str) -> str:
    return str(RESTREAM_PROBLEMS.get(problem, problem))


def picture_word(quality: str) -> str:
    return str(PICTURES.get(quality, quality))


def sound_word(sound: str) -> str:
    """A broadcast's sound: the original, or a language by its own name."""
    _, _, language = sound.partition("-")
    return endonym(language) if language else gettext("Original")


def chase_word(step: str) -> str:
    return str(CHASES.get(step, step))


FILTERS = {
    "notice_word": notice_word, "channel_word": channel_word, "channel_sign": channel_sign, "delivery_word": delivery_word,
    "delivery_look": delivery_look, "failure_word": failure_word, "said_by_others": said_by_others, "chase_word": chase_word,
    "kind_word": kind_word, "state_word": state_word, "answer_word": answer_word, "role_word": role_word,
    "answer_sign": answer_sign, "length_words": length_words, "picture_word": picture_word, "sound_word": sound_word,
    "step_word": step_word, "restream_word": restream_word, "restream_problem": restream_problem,
}
"""Names in templates, e.g. ``{{ session.kind|kind_word }}``."""
