"""Answers as calendar programs really write them, and damaged ones."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.replies import Reply, is_stale, reply_answer
from liaison.domain.words import Answer
from liaison.notify.itip import read_reply

START = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
UID = "0190c5a0-0000-7000-8000-000000000001@liaison.example.org"


def calendar(*lines: str, method: str = "REPLY", attendee: str = "ATTENDEE;PARTSTAT=ACCEPTED;CN=Aida:mailto:Aida@Example.org") -> str:
    return "\r\n".join((
        "BEGIN:VCALENDAR", "PRODID:-//Another//EN", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT", f"UID:{UID}", "SEQUENCE:2",
        "DTSTAMP:20270228T100000Z", "DTSTART:20270301T040000Z", "DTEND:20270301T050000Z", attendee,
        "ORGANIZER:mailto:answers@example.org", *lines, "END:VEVENT", "END:VCALENDAR", ""))


def outlook(ics: str) -> bytes:
    """Outlook: multipart/alternative, the calendar in base64, an empty body."""
    body = base64.encodebytes(ics.encode()).decode()
    return ("From: Aida <aida@example.org>\r\nTo: liaison <answers+0123@example.org>\r\nSubject: Accepted: Harvest\r\n"
            "Message-ID: <AM0P1@eurprd.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n"
            "--b1\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n\r\n\r\n"
            "--b1\r\nContent-Type: text/calendar; charset=\"utf-8\"; method=REPLY\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            f"{body}\r\n--b1--\r\n").encode()


def google(ics: str) -> bytes:
    """Google: mixed, with alternative inside and the same calendar once more as a file."""
    return ("From: aida@example.org\r\nTo: answers@example.org\r\nMessage-ID: <calendar-1@google.example>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
            "--a\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nAida has accepted\r\n"
            f"--a\r\nContent-Type: text/calendar; charset=UTF-8; method=REPLY\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{ics}\r\n--a--\r\n"
            "--m\r\nContent-Type: application/ics; name=invite.ics\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            f"{base64.encodebytes(ics.encode()).decode()}\r\n--m--\r\n").encode()


@pytest.mark.parametrize("wrap", [outlook, google])
def test_reads_what_programs_write(wrap: object) -> None:
    reply = read_reply(wrap(calendar("COMMENT:I shall be\\, with two colleagues")))  # type: ignore[operator]
    assert (reply.uid, reply.attendee, reply.from_address) == (UID, "aida@example.org", "aida@example.org")
    assert (reply_answer(reply), reply.sequence, reply.starts_at) == (Answer.ACCEPTED, 2, START)
    assert reply.comment == "I shall be, with two colleagues"
    assert any(address.startswith("answers") for address in reply.sent_to)


@pytest.mark.parametrize(("partstat", "answer"), [
    ("ACCEPTED", Answer.ACCEPTED), ("tentative", Answer.TENTATIVE), ("DECLINED", Answer.DECLINED), ("DELEGATED", None),
    ("NEEDS-ACTION", None)])
def test_answers(partstat: str, answer: Answer | None) -> None:
    assert reply_answer(read_reply(outlook(calendar(attendee=f"ATTENDEE;PARTSTAT={partstat}:mailto:aida@example.org")))) is answer


def test_an_answer_for_one_date_of_a_series_names_it() -> None:
    reply = read_reply(outlook(calendar("RECURRENCE-ID;TZID=Asia/Bishkek:20270308T100000")))
    assert reply.recurrence_id == datetime(2027, 3, 8, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("ics", [calendar(method="REQUEST"), "BEGIN:VCALENDAR", "\0", calendar().replace("UID", "X-UID")])
def test_what_is_no_reply_has_no_uid(ics: str) -> None:
    assert read_reply(outlook(ics)).uid == ""


def test_a_mail_without_an_id_is_known_by_its_octets() -> None:
    first, second = read_reply(b"From: a@b.kg\r\n\r\nhello"), read_reply(b"From: a@b.kg\r\n\r\nhello!")
    assert first.message_id.startswith("sha256:") and first.message_id != second.message_id
    assert first == read_reply(b"From: a@b.kg\r\n\r\nhello")


@given(st.binary(max_size=400))
def test_never_stumbles_over_octets(raw: bytes) -> None:
    assert read_reply(raw).uid == ""


@given(st.integers(0, 2000), st.binary(max_size=6))
def test_never_stumbles_over_a_damaged_reply(at: int, junk: bytes) -> None:
    whole = google(calendar())
    read_reply(whole[:at] + junk + whole[at + len(junk):])


@pytest.mark.parametrize(("starts_at", "sequence", "stale"), [
    (START, 0, False),   # a title was changed since, the time stands
    (START.replace(hour=9), 9, True), (None, 3, False), (None, 2, True), (None, None, False)])
def test_stale_answers(starts_at: datetime | None, sequence: int | None, stale: bool) -> None:
    assert is_stale(Reply("<1>", "a@b.kg", starts_at=starts_at, sequence=sequence), START, 3) is stale
