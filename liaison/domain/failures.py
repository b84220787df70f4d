"""What a failed delivery means in plain words: the other side's own words, sorted into a few reasons. Pure.

Mail servers say it by enhanced status codes (RFC 3463, class.subject.detail) or by the reply code alone (RFC 5321, section 4.2);
gateways and push services by HTTP status; Telegram in a sentence. Whatever is not known is told apart by lasting and passing.
"""

from __future__ import annotations

import re

from .words import Channel

ENHANCED = re.compile(r"\b([45])\.(\d{1,3})\.(\d{1,3})\b")
LEADING = re.compile(r"^(\d{3})\b")
NO_CONNECTION, SIGN_IN, LASTING, PASSING, OURS = ("no_connection", "sign_in", "refused", "passing", "our_fault")

BY_DETAIL = {
    (1, 1): "no_mailbox", (1, 2): "no_host", (1, 3): "bad_address", (1, 6): "moved_away", (1, 8): "sender_refused", (1, 10): "no_host",
    (2, 1): "mailbox_off", (2, 2): "mailbox_full", (2, 3): "too_large", (3, 1): "system_full", (3, 4): "too_large",
    (4, 4): "no_host", (4, 7): "took_too_long", (5, 3): "too_many", (7, 1): "not_allowed", (7, 8): SIGN_IN, (7, 9): SIGN_IN,
}
"""RFC 3463 sections 3.2–3.8, RFC 7504 and RFC 5248's registry: the details that mean something to people."""
BY_SUBJECT = {1: "bad_address", 2: "mailbox_off", 3: PASSING, 4: "no_route", 5: OURS, 6: "content", 7: "not_allowed"}
BY_REPLY = {421: PASSING, 450: "mailbox_busy", 452: "system_full", 550: "no_mailbox", 551: "moved_away", 552: "mailbox_full",
            553: "bad_address", 530: SIGN_IN, 534: SIGN_IN, 535: SIGN_IN, 538: SIGN_IN}
BY_HTTP = {401: SIGN_IN, 402: "no_credit", 403: SIGN_IN, 404: "wrong_gateway", 413: "too_large", 429: "too_many"}
BY_SENTENCE = (
    ("bot was blocked", "blocked"), ("chat not found", "no_chat"), ("user is deactivated", "no_chat"), ("too many requests", "too_many"),
    ("unauthorized", SIGN_IN), ("message is too long", "too_large"), ("smtpauthenticationerror", SIGN_IN),
    ("smtpsenderrefused", "sender_refused"),
    ("cannot do what is asked", "unsupported"), ("ssl", "encryption"), ("certificate", "encryption"),
    ("serverdisconnected", NO_CONNECTION), ("timeout", NO_CONNECTION), ("timed out", NO_CONNECTION), ("connection", NO_CONNECTION),
    ("gaierror", NO_CONNECTION), ("connecterror", NO_CONNECTION), ("oserror", NO_CONNECTION), ("unreachable", NO_CONNECTION),
)


def failure_reason(channel: str, words: str) -> str:
    """The name of what went wrong, for which pages have a sentence."""
    enhanced, leading, lower = ENHANCED.search(words), LEADING.match(words), words.lower()
    if channel == Channel.EMAIL and leading:
        return _of_mail(int(leading[1]), (int(enhanced[2]), int(enhanced[3])) if enhanced else None)
    if leading:
        status = int(leading[1])
        return BY_HTTP.get(status, PASSING if status >= 500 else LASTING)
    return next((reason for part, reason in BY_SENTENCE if part in lower), _unknown(lower))


def _of_mail(reply: int, detail: tuple[int, int] | None) -> str:
    """The enhanced code says more than the reply code beside it, but for x.0.0, unknown ones, and an undefined trouble with a mailbox."""
    lasting = LASTING if reply >= 500 else PASSING
    if detail is None or detail[0] not in BY_SUBJECT:
        return BY_REPLY.get(reply, lasting)
    subject, number = detail
    usual = BY_SUBJECT[subject] if number or subject > 2 else BY_REPLY.get(reply, BY_SUBJECT[subject])
    return BY_DETAIL.get(detail, usual)


def _unknown(lower: str) -> str:
    """A fault of ours carries the name of a Python error; anything else is the other side's refusal."""
    return OURS if re.match(r"[a-z]+error: ", lower) else LASTING
