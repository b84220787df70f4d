"""Links of poll letters: signed, bound to one point of one poll and to the person written to; no sign-in needed."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadSignature, Signer

from ..config import Settings
from ..secret import derived_key
from .answer_links import NOBODY, BadAnswerLink


@dataclass(frozen=True)
class PollLink:
    """What a token says. ``user_id`` is None when the mail went to the office's own address."""

    poll_id: str
    point_id: str
    user_id: str | None


def poll_url(settings: Settings, link: PollLink) -> str:
    """The absolute address of the page."""
    packed = b"".join(UUID(id).bytes for id in (link.poll_id, link.point_id, link.user_id or str(NOBODY)))
    return f"{settings.base_url}/poll/{_signer(settings).sign(urlsafe_b64encode(packed).rstrip(b'=')).decode()}"


def read_poll_link(settings: Settings, token: str) -> PollLink:
    """The link behind a token. Raises BadAnswerLink."""
    try:
        packed = urlsafe_b64decode(_signer(settings).unsign(token.encode()))
    except (BadSignature, UnicodeEncodeError) as error:
        raise BadAnswerLink() from error
    poll_id, point_id, user_id = (UUID(bytes=packed[at:at + 16]) for at in (0, 16, 32))
    return PollLink(str(poll_id), str(point_id), None if user_id == NOBODY else str(user_id))


def _signer(settings: Settings) -> Signer:
    return Signer(derived_key(settings, "poll"), salt="poll", digest_method=hashlib.sha256)
