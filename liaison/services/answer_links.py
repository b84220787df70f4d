"""Answer links of mails: signed, bound to one point of one session and to the person written to; no sign-in needed.

The token says which SEQUENCE its reader saw, so that the page can say that the session has moved since. A link proves
only that its holder got the mail: it answers for that point and does nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import jwt

from ..config import Settings
from ..domain.errors import NotFound
from ..secret import derived_key

AUDIENCE = "answer"


@dataclass(frozen=True)
class AnswerLink:
    """What a token says. ``user_id`` is None when the mail went to the office's own address."""

    session_id: str
    point_id: str
    user_id: str | None
    sequence: int


class BadAnswerLink(NotFound):
    """The token was cut, changed or made by another installation."""

    code = "bad_answer_link"
    message = "This link is incomplete or was not made by this system."
    remedy = "Open the link again from the mail, or answer after signing in."


def answer_url(settings: Settings, link: AnswerLink) -> str:
    """The absolute address of the answer page."""
    claims = {"aud": AUDIENCE, "s": link.session_id, "p": link.point_id, "u": link.user_id or "", "n": link.sequence}
    token = jwt.encode(claims, derived_key(settings, AUDIENCE), algorithm="HS256")
    return f"{settings.base_url}/answer/{token}"


def read_answer_link(settings: Settings, token: str) -> AnswerLink:
    """The link behind a token. Raises BadAnswerLink."""
    try:
        claims = jwt.decode(token, derived_key(settings, AUDIENCE), algorithms=["HS256"], audience=AUDIENCE)
        return AnswerLink(claims["s"], claims["p"], claims["u"] or None, claims["n"])
    except (jwt.InvalidTokenError, KeyError) as error:
        raise BadAnswerLink() from error
