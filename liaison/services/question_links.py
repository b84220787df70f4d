"""A citizen's question is his by the address that he was given; how he is reached is sealed with the installation's secret."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadSignature, Signer

from ..config import Settings
from ..secret import derived_key
from .answer_links import BadAnswerLink


def question_token(settings: Settings, question_id: str) -> str:
    """What stands in the address of a question's own page."""
    return _signer(settings).sign(urlsafe_b64encode(UUID(question_id).bytes).rstrip(b"=")).decode()


def question_url(settings: Settings, question_id: str) -> str:
    """The absolute address."""
    return f"{settings.base_url}/question/{question_token(settings, question_id)}"


def read_question_token(settings: Settings, token: str) -> str:
    """The question's id. Raises BadAnswerLink."""
    try:
        packed = urlsafe_b64decode(_signer(settings).unsign(token.encode()) + b"==")
    except (BadSignature, UnicodeEncodeError) as error:
        raise BadAnswerLink() from error
    return str(UUID(bytes=packed))


def visitor_digest(visitor: str) -> str:
    """What is kept of a visitor's cookie: enough to know him again, not to be him."""
    return hashlib.sha256(visitor.encode()).hexdigest()[:40] if visitor else ""


def sealed(settings: Settings, contact: str) -> str:
    """A contact as it is kept; empty stays empty."""
    return _box(settings).encrypt(contact.encode()).decode() if contact else ""


def opened(settings: Settings, kept: str) -> str:
    """The contact itself; empty once it is forgotten, or when the secret is another (a database without its key)."""
    try:
        return _box(settings).decrypt(kept.encode()).decode() if kept else ""
    except InvalidToken:
        return ""


def _signer(settings: Settings) -> Signer:
    return Signer(derived_key(settings, "question"), salt="question", digest_method=hashlib.sha256)


def _box(settings: Settings) -> Fernet:
    return Fernet(urlsafe_b64encode(derived_key(settings, "question contact")))
