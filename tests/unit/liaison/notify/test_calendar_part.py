"""The calendar part, read back as a mail program reads it (RFC 5546)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from liaison.domain.words import Answer, OutboxKind
from liaison.notify.ical import CalendarEntry, calendar, session_event
from liaison.notify.message import compose
from liaison.notify.sender import Sender
from liaison.services.notifier import InvitedPoint, Letter

from .conftest import ALAY, NOW, OSH, SESSION, START

MakeLetter = Callable[..., Letter]


def read_back(letter: Letter, sender: Sender) -> tuple[str, bytes, Calendar, Event]:
    """Method parameter, raw calendar, calendar and its one event."""
    message = message_from_bytes(bytes(compose(letter, sender, NOW)), policy=default)
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    raw = part.get_payload(decode=True)
    made = Calendar.from_ical(raw)
    return str(part.get_param("method")), raw, made, made.events[0]


@pytest.mark.parametrize(("kind", "method", "sequence", "status"), [
    (OutboxKind.INVITATION, "REQUEST", 0, "CONFIRMED"), (OutboxKind.UPDATE, "REQUEST", 1, "CONFIRMED"),
    (OutboxKind.CANCELLATION, "CANCEL", 2, "CANCELLED")])
def test_method_sequence_and_state(kind: OutboxKind, method: str, sequence: int, status: str, letter: MakeLetter,
                                   sender: Sender) -> None:
    parameter, _, made, event = read_back(letter(kind, "en"), sender)
    assert (parameter, made["METHOD"], event["SEQUENCE"], event["STATUS"]) == (method, method, sequence, status)


def test_the_uid_never_changes_over_a_session_s_life(letter: MakeLetter, sender: Sender) -> None:
    kinds = (OutboxKind.INVITATION, OutboxKind.UPDATE, OutboxKind.CANCELLATION)
    assert {str(read_back(letter(kind, language), sender)[3]["UID"]) for kind in kinds for language in ("ky", "en")} == {
        f"{SESSION.id}@sessions.example.org"}


def test_times_are_in_the_session_s_zone_and_the_zone_is_described(letter: MakeLetter, sender: Sender) -> None:
    _, raw, made, event = read_back(letter(OutboxKind.INVITATION, "ru"), sender)
    assert b"DTSTART;TZID=Asia/Bishkek:20270301T100000\r\n" in raw
    assert event.start.astimezone(UTC) == START
    assert event.end - event.start == timedelta(minutes=90)
    assert [zone["TZID"] for zone in made.timezones] == ["Asia/Bishkek"]


def test_a_zone_with_summer_time_is_right_on_both_sides_of_the_change() -> None:
    for at in (datetime(2027, 3, 27, 9, tzinfo=UTC), datetime(2027, 3, 28, 9, tzinfo=UTC)):
        entry = CalendarEntry("x", 0, "Test", at, at + timedelta(hours=1), "Europe/Berlin", NOW, NOW)
        made = Calendar.from_ical(calendar([session_event(entry, "host")]))
        assert made.events[0].start.astimezone(UTC) == at
        assert made.events[0].start.utcoffset() == at.astimezone(ZoneInfo("Europe/Berlin")).utcoffset()


@pytest.mark.parametrize(("points", "partstat", "rsvp"), [
    ((OSH,), "NEEDS-ACTION", "TRUE"), ((ALAY,), "ACCEPTED", "TRUE"), ((OSH, ALAY), "NEEDS-ACTION", "TRUE"),
    ((InvitedPoint(OSH.name, Answer.DECLINED, "u"),), "DECLINED", "TRUE"),
    ((InvitedPoint(OSH.name, Answer.TENTATIVE, "u"),), "TENTATIVE", "TRUE"), ((), "NEEDS-ACTION", None)])
def test_the_attendee_is_the_one_written_to(points: tuple[InvitedPoint, ...], partstat: str, rsvp: str | None,
                                            letter: MakeLetter, sender: Sender) -> None:
    event = read_back(letter(OutboxKind.INVITATION, "en", points=points), sender)[3]
    attendee = event["ATTENDEE"]
    assert str(attendee) == "mailto:aida@example.org"
    assert (attendee.params["PARTSTAT"], attendee.params.get("RSVP")) == (partstat, rsvp)
    assert str(event["ORGANIZER"]) == "mailto:liaison@sessions.example.org"


def test_the_configured_sender_is_the_organiser(letter: MakeLetter, sender: Sender) -> None:
    named = Sender(sender.network, sender.base_url, "Протокол <protocol@gov.example>")
    event = read_back(letter(OutboxKind.INVITATION, "en"), named)[3]
    assert (str(event["ORGANIZER"]), event["ORGANIZER"].params["CN"]) == ("mailto:protocol@gov.example", "Протокол")


def test_every_line_is_folded_at_75_octets_and_ends_with_crlf(letter: MakeLetter, sender: Sender) -> None:
    _, raw, _, event = read_back(letter(OutboxKind.UPDATE, "ky"), sender)
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert str(event["SUMMARY"]) == SESSION.title["ky"]


def test_the_file_beside_it_is_the_same_calendar(letter: MakeLetter, sender: Sender) -> None:
    message = message_from_bytes(bytes(compose(letter(OutboxKind.INVITATION, "en"), sender, NOW)), policy=default)
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()}
    assert parts["application/ics"] == parts["text/calendar"]
    assert [part.get_filename() for part in message.iter_attachments()] == ["session.ics"]


@pytest.mark.parametrize("kind", [OutboxKind.REMINDER, OutboxKind.ANSWER_NOTICE, OutboxKind.PASSWORD_RESET])
def test_what_changes_no_calendar_has_no_calendar(kind: OutboxKind, letter: MakeLetter, sender: Sender) -> None:
    message = compose(letter(kind, "en"), sender, NOW)
    assert "text/calendar" not in [part.get_content_type() for part in message.walk()]


@pytest.mark.parametrize(("kind", "minutes", "triggers"), [
    (OutboxKind.INVITATION, 15, [-timedelta(minutes=15)]), (OutboxKind.UPDATE, 0, [timedelta(0)]), (OutboxKind.INVITATION, None, []),
    (OutboxKind.CANCELLATION, 15, [])])
def test_the_reader_s_calendar_rings_when_they_choose(
    kind: OutboxKind, minutes: int | None, triggers: list[timedelta], letter: MakeLetter, sender: Sender,
) -> None:
    event = read_back(letter(kind, "ru", alarm_minutes=minutes), sender)[3]
    assert [(alarm["ACTION"], alarm["TRIGGER"].dt) for alarm in event.walk("VALARM")] == [("DISPLAY", one) for one in triggers]
