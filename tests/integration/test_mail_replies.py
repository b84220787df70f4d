"""Accepting in a calendar program: the invitation leaves by SMTP, the answer comes through a real IMAP server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.replies import Reply, ReplyOutcome
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.notify.inbox import Inbox, InboxError, Position
from liaison.notify.itip import read_reply
from liaison.notify.senders import make_notifier
from liaison.services import mail_replies, outbox, sessions
from liaison.services.series import Recurrence, book_series
from liaison.services.session_views import SessionView
from liaison.store import tables as t
from scheduler.replies import mailbox_name, read_replies
from tests.support.dovecot import QUOTED, Dovecot, dovecot
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.smtp import Mail, SmtpSink

LATER = TEN + timedelta(days=2)
AIDA = "aida@example.org"


@pytest.fixture(scope="module")
def imap_server() -> Iterator[Dovecot]:
    with dovecot() as server:
        yield server


@pytest.fixture
def imap(imap_server: Dovecot) -> Dovecot:
    return imap_server.new_folder()


@pytest.fixture
def booker(house: House) -> Actor:
    actor = organiser(house)
    add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast", "alay-district", email="Aida@example.org")
    add_actor(house, "boris", AccountRole.OFFICER, "naryn-oblast", email="boris@example.org")
    return actor


@pytest.fixture
def session(house: House, booker: Actor) -> SessionView:
    return sessions.book_session(house, booker, plan("big-hall", "osh-oblast", "naryn-oblast", starts_at=LATER))


def answers(house: House, session: SessionView) -> dict[str, str]:
    return {point.slug: str(point.answer) for point in sessions.get_session(house, SYSTEM, session.id).points}


def reply(session: SessionView, **fields: object) -> Reply:
    values: dict[str, object] = {
        "message_id": "<1@example.org>", "from_address": AIDA, "uid": f"{session.id}@localhost", "attendee": AIDA,
        "partstat": "ACCEPTED", "sequence": session.sequence, "starts_at": session.starts_at}
    return Reply(**values | fields)  # type: ignore[arg-type]


def answer_of(mail: Mail, partstat: str) -> bytes:
    """What a calendar program sends back: the invitation's own event with METHOD:REPLY, to its ORGANIZER."""
    calendar = Calendar.from_ical(mail.calendar)
    calendar["method"] = "REPLY"
    event = calendar.walk("VEVENT")[0]
    event["attendee"].params["partstat"] = partstat
    organiser_address = str(event["organizer"]).removeprefix("mailto:")
    return (f"From: {mail.recipients[0]}\r\nTo: {organiser_address}\r\nMessage-ID: <{partstat}-{mail.recipients[0]}>\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n").encode() + calendar.to_ical()


def test_accepting_in_a_calendar_program_accepts(house: House, session: SessionView, imap: Dovecot, smtp_sink: SmtpSink) -> None:
    settings = house.settings.model_copy(update={
        "smtp_url": smtp_sink.url, "imap_url": imap.url, "reply_address": "answers+{token}@example.org"})
    house = replace(house, settings=settings)
    outbox.deliver_due(house, make_notifier(house), "test:1:a")
    imap.deliver(b"From: somebody@example.org\r\nSubject: Hello\r\n\r\nNo answer at all.")
    imap.deliver(answer_of(smtp_sink.to("Aida@example.org")[0], "ACCEPTED"))
    imap.deliver(answer_of(smtp_sink.to("boris@example.org")[0], "DECLINED"))
    unseen = imap.unseen()
    assert read_replies(house) == unseen
    assert answers(house, session) == {"big-hall": "pending", "osh-oblast": "accepted", "naryn-oblast": "declined"}
    assert (read_replies(house), imap.unseen()) == (0, unseen), "each mail once, and left as it was for whoever reads the mailbox"
    outcomes = {line.from_address: line.outcome for line in mail_replies.list_replies(house, SYSTEM)}
    assert outcomes == {"somebody@example.org": "other", "aida@example.org": "accepted", "boris@example.org": "declined"}


def test_a_mail_read_again_after_a_crash_changes_nothing(house: House, session: SessionView) -> None:
    assert mail_replies.take_reply(house, reply(session)) is ReplyOutcome.ACCEPTED
    assert mail_replies.take_reply(house, reply(session, partstat="DECLINED")) is ReplyOutcome.ACCEPTED
    assert answers(house, session)["osh-oblast"] == "accepted"


def test_the_comment_is_the_reason_and_the_booker_is_told(house: House, session: SessionView, booker: Actor) -> None:
    with house.db.write() as db:
        db.scalars(select(t.User).where(t.User.id == booker.user_id)).one().email = "planner@example.org"
    mail_replies.take_reply(house, reply(session, partstat="DECLINED", comment="The pass is closed"))
    shown = next(point for point in sessions.get_session(house, SYSTEM, session.id).points if point.slug == "osh-oblast")
    assert (shown.answer, shown.answer_reason) == ("declined", "The pass is closed")
    with house.db.read() as db:
        assert db.scalars(select(t.Outbox.address).where(t.Outbox.kind == "answer_notice")).all() == ["planner@example.org"]
        audit = db.scalars(select(t.AuditEvent).where(t.AuditEvent.action == "invitation.answered")).one()
        assert audit.actor_name == "aida (mail)"


@pytest.mark.parametrize(("fields", "outcome"), [
    ({"uid": ""}, ReplyOutcome.OTHER), ({"uid": "nothing@localhost"}, ReplyOutcome.UNKNOWN),
    ({"from_address": "mallory@example.org"}, ReplyOutcome.FORGED), ({"partstat": "DELEGATED"}, ReplyOutcome.NO_ANSWER),
    ({"attendee": "planner@example.org", "from_address": "planner@example.org"}, ReplyOutcome.NOT_INVITED),
    ({"starts_at": TEN}, ReplyOutcome.STALE), ({"starts_at": None, "sequence": -1}, ReplyOutcome.STALE)])
def test_what_is_not_taken(house: House, session: SessionView, fields: dict[str, object], outcome: ReplyOutcome) -> None:
    assert mail_replies.take_reply(house, reply(session, **fields)) is outcome
    assert set(answers(house, session).values()) == {"pending"}


def test_a_cancelled_session_takes_no_answer(house: House, session: SessionView, booker: Actor) -> None:
    sessions.cancel_session(house, booker, session.id)
    assert mail_replies.take_reply(house, reply(session)) is ReplyOutcome.OVER


def test_an_answer_to_the_time_before_a_move_is_stale_and_the_new_one_counts(house: House, session: SessionView, booker: Actor) -> None:
    moved = sessions.change_session(house, booker, session.id, {"starts_at": LATER + timedelta(hours=3)})
    assert mail_replies.take_reply(house, reply(session)) is ReplyOutcome.STALE
    assert mail_replies.take_reply(house, reply(moved, message_id="<2@example.org>")) is ReplyOutcome.ACCEPTED


def test_with_an_address_a_person_a_forged_sender_is_of_no_use(house: House, session: SessionView) -> None:
    house = replace(house, settings=house.settings.model_copy(update={"reply_address": "answers+{token}@example.org"}))
    forged = reply(session, sent_to=("answers+00000000000000000000@example.org", "answers@example.org"))
    assert mail_replies.take_reply(house, forged) is ReplyOutcome.FORGED


def test_an_answer_to_one_date_of_a_series_touches_that_date_only(house: House, booker: Actor) -> None:
    first = book_series(house, booker, plan("big-hall", "osh-oblast", starts_at=LATER), Recurrence("FREQ=WEEKLY;COUNT=3"))
    second = LATER + timedelta(days=7)
    asked = reply(first, uid=f"{first.series_id}@localhost", starts_at=second, recurrence_id=second, partstat="DECLINED")
    assert mail_replies.take_reply(house, asked) is ReplyOutcome.DECLINED
    dates = sessions.list_sessions(house, booker).items
    assert [answers(house, date)["osh-oblast"] for date in dates] == ["pending", "declined", "pending"]


def test_an_answer_to_a_whole_series_answers_for_all_dates_to_come(house: House, booker: Actor) -> None:
    first = book_series(house, booker, plan("big-hall", "osh-oblast", starts_at=LATER), Recurrence("FREQ=WEEKLY;COUNT=3"))
    taken = mail_replies.take_reply(house, reply(first, uid=f"{first.series_id}@localhost"))
    assert taken is ReplyOutcome.ACCEPTED
    assert {answers(house, date)["osh-oblast"] for date in sessions.list_sessions(house, booker).items} == {"accepted"}


def test_an_office_without_officers_answers_from_its_own_address(house: House, session: SessionView) -> None:
    with house.db.write() as db:
        db.scalars(select(t.Point).where(t.Point.slug == "big-hall")).one().email = "Hall@gov.kg"
    taken = mail_replies.take_reply(house, reply(session, attendee="hall@gov.kg", from_address="hall@gov.kg", partstat="TENTATIVE"))
    assert (taken, answers(house, session)["big-hall"]) == (ReplyOutcome.TENTATIVE, "tentative")


def test_a_mailbox_that_cannot_be_read_says_why_and_no_password(imap: Dovecot) -> None:
    with pytest.raises(InboxError) as refused:
        Inbox(imap.url.replace(QUOTED, "wrong")).fetch(Position())
    assert "AUTHENTICATIONFAILED" in str(refused.value) and "wrong" not in str(refused.value)
    with pytest.raises(InboxError, match="cannot be opened"):
        Inbox(imap.url.replace(imap.folder, "Nowhere")).fetch(Position())
    assert QUOTED not in mailbox_name(imap.url)


def test_large_mails_are_passed_over_and_a_new_validity_begins_anew(imap: Dovecot) -> None:
    imap.deliver(b"Subject: large\r\n\r\n" + b"x" * 1_100_000)
    found = Inbox(imap.url).fetch(Position())
    assert found[-1].raw == b""
    assert Inbox(imap.url).fetch(found[-1].position) == []
    again = Inbox(imap.url).fetch(Position(found[-1].position.validity + 1, found[-1].position.uid))
    assert len(again) == len(found)
    assert read_reply(found[-1].raw).uid == ""
