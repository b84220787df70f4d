"""Reading the folder that stands in for a mail server while none is configured."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path

from ..domain.errors import NotFound
from ..domain.words import LINK_LETTERS

NAME = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{16}\.eml")
SHOWN = 200


@dataclass(frozen=True)
class Envelope:
    """One mail of the list."""

    name: str
    kind: str
    to: str
    subject: str
    at: datetime | None

    @property
    def secret(self) -> bool:
        """Holds a link that signs in."""
        return self.kind in LINK_LETTERS


def list_mails(folder: Path, limit: int = SHOWN) -> list[Envelope]:
    """The newest mails, the latest first."""
    files = sorted((path for path in folder.glob("*.eml") if NAME.fullmatch(path.name)),
                   key=lambda path: path.stat().st_mtime, reverse=True)
    return [_envelope(path.name, _headers(path)) for path in files[:limit]]


def read_mail(folder: Path, name: str) -> tuple[Envelope, EmailMessage]:
    """One mail whole. Raises NotFound."""
    path = folder / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound()
    message = message_from_bytes(path.read_bytes(), policy=default)
    return _envelope(name, message), message


def part_text(message: EmailMessage, subtype: str) -> str:
    """The text of the first ``text/<subtype>`` part, or ""."""
    for part in message.walk():
        if part.get_content_type() == f"text/{subtype}":
            return str(part.get_content())
    return ""


def _headers(path: Path) -> EmailMessage:
    with path.open("rb") as file:
        return BytesHeaderParser(policy=default).parse(file)


def _envelope(name: str, message: EmailMessage) -> Envelope:
    date = message["Date"]
    return Envelope(name, str(message["X-Liaison-Kind"] or ""), " ".join(str(message["To"] or "").split()), str(message["Subject"] or ""),
                    date.datetime if date is not None else None)
