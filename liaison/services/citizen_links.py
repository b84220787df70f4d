"""What citizens hold without an account is theirs by a signed address; how they are reached is found again by a keyed digest."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Literal
from uuid import UUID

from itsdangerous import BadSignature, Signer

from ..config import Settings
from ..secret import derived_key
from ..store import tables as t
from .answer_links import BadAnswerLink

Purpose = Literal["seat", "remind"]


def own_token(settings: Settings, purpose: Purpose, id: str) -> str:
    """What stands in the address of one's own page."""
    return _signer(settings, purpose).sign(urlsafe_b64encode(UUID(id).bytes).rstrip(b"=")).decode()


def own_url(settings: Settings, purpose: Purpose, id: str) -> str:
    """The absolute address."""
    return own_address(settings, purpose, own_token(settings, purpose, id))


def own_address(settings: Settings, purpose: Purpose, token: str) -> str:
    return f"{settings.base_url}/{purpose}/{token}"


def read_own_token(settings: Settings, purpose: Purpose, token: str) -> str:
    """The id. Raises BadAnswerLink."""
    try:
        packed = urlsafe_b64decode(_signer(settings, purpose).unsign(token.encode()) + b"==")
    except (BadSignature, UnicodeEncodeError) as error:
        raise BadAnswerLink() from error
    return str(UUID(bytes=packed))


def public_title(session: t.Session) -> dict[str, str]:
    """What citizens are told; of a session that is not public any more its number alone, whatever it is called by now."""
    return session.title if session.public else dict.fromkeys(session.title, session.number)


def contact_digest(settings: Settings, channel: str, address: str) -> str:
    """The same contact has the same digest; without the installation's secret nobody can try out addresses."""
    said = f"{channel} {address.casefold()}".encode()
    return hmac.new(derived_key(settings, "contact digest"), said, hashlib.sha256).hexdigest()[:40]


def _signer(settings: Settings, purpose: Purpose) -> Signer:
    return Signer(derived_key(settings, f"{purpose} link"), salt=purpose, digest_method=hashlib.sha256)
