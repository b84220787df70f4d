"""Header fields in Cyrillic come out as they went in; threads form; nothing can be smuggled into a header."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32

import pytest

from liaison.domain.words import OutboxKind
from liaison.notify.message import compose
from liaison.notify.sender import Sender
from liaison.services.notifier import Letter

from .conftest import NOW, SESSION

MakeLetter = Callable[..., Letter]
LONG = "Жумгал, Ак-Талаа жана Тогуз-Торо райондорунун жазгы талаа жумуштарына даярдыгы тууралуу отчёт"
WORD = "Ы" * 120


def field(letter: Letter, sender: Sender, name: str) -> tuple[str, str]:
    """A header field as sent, and as RFC 2047 decodes it."""
    raw = message_from_bytes(bytes(compose(letter, sender, NOW)), policy=compat32)[name]
    return raw, str(make_header(decode_header(raw)))


@pytest.mark.parametrize("title", ["Отчёт", LONG, WORD, f"Report {LONG}", "Harvest: 10% more, «Ала-Тоо» №5", "a  b"])
def test_a_subject_survives(title: str, letter: MakeLetter, sender: Sender) -> None:
    session = replace(SESSION, title={"en": title})
    raw, shown = field(letter(OutboxKind.INVITATION, "en", session=session), sender, "Subject")
    assert shown == f"Invitation: {' '.join(title.split())}, 1 March 2027, 10:00"
    assert raw.isascii()
    assert all(len(word) <= 75 for word in re.findall(r"=\?\S+\?=", raw))


@pytest.mark.parametrize("name", ["Аида Өмүралиева", LONG, 'Ann "the <chair>" O\'Neil', "Петров, Иван", "a\r\nBcc: x@y"])
def test_a_name_survives_and_smuggles_nothing(name: str, letter: MakeLetter, sender: Sender) -> None:
    made = letter(OutboxKind.INVITATION, "en", to_name=name)
    _, shown = field(made, sender, "To")
    plain = " ".join(name.replace('"', "").split())
    assert re.sub(r'[" ]', "", shown) == re.sub(r" ", "", f"{plain}<aida@example.org>")
    assert message_from_bytes(bytes(compose(made, sender, NOW)))["Bcc"] is None


def test_a_title_smuggles_nothing(letter: MakeLetter, sender: Sender) -> None:
    session = replace(SESSION, title={"en": "Report\r\nBcc: all@example.org"})
    message = message_from_bytes(bytes(compose(letter(OutboxKind.INVITATION, "en", session=session), sender, NOW)))
    assert message["Bcc"] is None


def test_later_mails_answer_the_first(letter: MakeLetter, sender: Sender) -> None:
    first = compose(letter(OutboxKind.INVITATION, "ru"), sender, NOW)
    later = [compose(letter(kind, "ru"), sender, NOW)
             for kind in (OutboxKind.UPDATE, OutboxKind.CANCELLATION, OutboxKind.REMINDER)]
    assert first["In-Reply-To"] is None
    assert {message["In-Reply-To"] for message in later} == {message["References"] for message in later} == {first["Message-ID"]}
    assert len({message["Message-ID"] for message in later} | {first["Message-ID"]}) == 4


def test_the_message_id_comes_from_the_dedupe_key(letter: MakeLetter, sender: Sender) -> None:
    ids = [compose(letter(OutboxKind.REMINDER, "en", dedupe_key=key), sender, NOW)["Message-ID"] for key in ("a", "a", "b")]
    assert ids[0] == ids[1] != ids[2]
    assert re.fullmatch(r"<[0-9a-f]{32}@sessions\.example\.org>", ids[0])


def test_html_is_escaped(letter: MakeLetter, sender: Sender) -> None:
    session = replace(SESSION, title={"en": "<script>alert(1)</script>"})
    message = compose(letter(OutboxKind.INVITATION, "en", session=session), sender, NOW)
    html = next(part for part in message.walk() if part.get_content_type() == "text/html").get_content()
    assert "<script>" not in html and "&lt;script&gt;" in html
