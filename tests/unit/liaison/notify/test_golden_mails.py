"""Every letter in three languages, word for word. After a meant change: UPDATE_GOLDEN_MAILS=1 and read the difference."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from liaison.domain.words import OutboxKind
from liaison.notify.message import compose
from liaison.notify.sender import Sender
from liaison.services.notifier import Letter

from .conftest import MAILS, NOW

MakeLetter = Callable[..., Letter]
LANGUAGES = ("ky", "ru", "en")


def readable(raw: bytes) -> str:
    """A message as a person reads it: decoded header fields, then each part under its type."""
    message = message_from_bytes(raw, policy=default)
    lines = [f"{name}: {' '.join(str(value).split())}" for name, value in message.items()]
    for part in message.walk():
        if not part.is_multipart():
            text = "(the calendar part again)" if _text(part) in lines else _text(part)
            lines += ["", f"--- {' '.join(str(part['Content-Type']).split())}", text]
    return "\n".join(lines) + "\n"


def _text(part: EmailMessage) -> str:
    content = part.get_content()
    if part.get_content_maintype() == "image":
        return f"(a picture, {part['Content-ID']}, {part.get_content_disposition()})"
    text = content.decode() if isinstance(content, bytes) else str(content)
    return text.replace("\r\n", "\n").rstrip()


@pytest.mark.usefixtures("golden_words")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(OutboxKind))
def test_letters_are_word_for_word(kind: OutboxKind, language: str, letter: MakeLetter, sender: Sender) -> None:
    raw = bytes(compose(letter(kind, language), sender, NOW))
    golden = MAILS / f"{kind}.{language}.txt"
    if os.environ.get("UPDATE_GOLDEN_MAILS"):
        golden.write_text(readable(raw), encoding="utf-8")
    assert readable(raw) == golden.read_text(encoding="utf-8")


@pytest.mark.usefixtures("golden_words")
@pytest.mark.parametrize("language", ["ky", "ru"])
@pytest.mark.parametrize("kind", list(OutboxKind))
def test_no_english_is_left_in_other_languages(kind: OutboxKind, language: str, letter: MakeLetter, sender: Sender) -> None:
    message = message_from_bytes(bytes(compose(letter(kind, language), sender, NOW)), policy=default)
    plain = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_content()
    shown = re.sub(r"https?://\S+|\baida\b", "", f"{message['Subject']}\n{plain}")
    assert re.findall(r"[A-Za-z]{2,}", shown) == []


@pytest.mark.parametrize("kind", list(OutboxKind))
def test_the_same_letter_is_the_same_bytes_and_plain_ascii(kind: OutboxKind, letter: MakeLetter, sender: Sender) -> None:
    first, second = (bytes(compose(letter(kind, "ky"), sender, NOW)) for _ in range(2))
    assert first == second
    assert first.isascii()
    assert max(len(line) for line in first.split(b"\r\n")) < 200
    assert b"\n" not in first.replace(b"\r\n", b"")
