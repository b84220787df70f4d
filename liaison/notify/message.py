"""A letter as an e-mail (RFC 5322): plain text, HTML and, for what belongs in a calendar, iTIP by mail (RFC 6047).

Everything in the message follows from the letter and ``now``: the same row sent twice has the same Message-ID, so mail
programs show it once.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime as rfc_date
from hashlib import sha256

from ..domain.words import Answer, OutboxKind
from ..services.notifier import Letter, SessionDetails
from .headers import MAIL_POLICY
from .ical import Attendee, CalendarEntry, Method, Person, calendar, session_event
from .seat_wording import PICTURE, WITH_TICKET, ticket_png
from .sender import Sender
from .series_ical import cancelled_events, series_events
from .wording import Wording, word, word_date

METHODS: dict[OutboxKind, Method] = {
    OutboxKind.INVITATION: "REQUEST", OutboxKind.UPDATE: "REQUEST", OutboxKind.CANCELLATION: "CANCEL",
    OutboxKind.SERIES_INVITATION: "REQUEST", OutboxKind.SERIES_UPDATE: "REQUEST", OutboxKind.SERIES_CANCELLATION: "CANCEL"}


def compose(letter: Letter, sender: Sender, now: datetime) -> EmailMessage:
    """The whole message, 7-bit clean, ready for SMTP."""
    wording = word(letter, sender.network, sender.base_url)
    message = EmailMessage(policy=MAIL_POLICY)
    _set_headers(message, letter, sender, wording, now)
    message.set_content(wording.text, cte="base64")
    message.add_alternative(wording.html, subtype="html", cte="base64")
    if letter.kind is OutboxKind.SEAT_NOTICE and letter.payload["what"] in WITH_TICKET:
        _add_ticket(message, letter)
    if letter.session is not None and letter.kind in METHODS:
        _add_calendar(message, letter, letter.session, sender, wording)
    message["Content-Language"] = letter.language
    _fix_boundaries(message, letter.dedupe_key)
    return message


def message_id(dedupe_key: str, host: str) -> str:
    return f"<{_digest(dedupe_key)}@{host}>"


def calendar_part(letter: Letter, session: SessionDetails, sender: Sender, wording: Wording) -> bytes:
    """The iTIP object: REQUEST or CANCEL for the one attendee written to."""
    if letter.series is None:
        return calendar([session_event(_entry(letter, session, sender, wording), sender.host)], METHODS[letter.kind])

    def entry(date: SessionDetails) -> CalendarEntry:
        return _entry(letter, date, sender, word_date(letter, date, sender.network, sender.base_url))

    make = cancelled_events if METHODS[letter.kind] == "CANCEL" else series_events
    return calendar(make(letter.series, session, entry, sender.host), METHODS[letter.kind])


def _entry(letter: Letter, session: SessionDetails, sender: Sender, wording: Wording) -> CalendarEntry:
    """One session, or one date of a series, as the attendee's calendar shows it."""
    name, address = sender.mailbox(letter.language)
    return CalendarEntry(
        session_id=session.series_id or session.id, recurrence_id=session.recurrence_id if session.series_id else None,
        sequence=session.sequence, summary=wording.title, starts_at=session.starts_at,
        ends_at=session.ends_at, timezone=session.timezone, created_at=session.created_at, stamp=session.updated_at,
        description=wording.calendar_text, location=wording.places, url=wording.session_url, cancelled=session.cancelled,
        organiser=Person(letter.answer_to or address, name), attendees=(_attendee(letter),), alarm_minutes=letter.alarm_minutes)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _set_headers(message: EmailMessage, letter: Letter, sender: Sender, wording: Wording, now: datetime) -> None:
    message["From"] = _mailbox(*sender.mailbox(letter.language))
    message["To"] = _mailbox(letter.to_name, letter.to_address)
    message["Subject"] = wording.subject
    message["Date"] = rfc_date(now)
    message["Message-ID"] = message_id(letter.dedupe_key, sender.host)
    if letter.thread_key:
        first = message_id(letter.thread_key, sender.host)
        message["In-Reply-To"], message["References"] = first, first
    if letter.session is not None and letter.session.reply_to not in ("", letter.to_address):
        message["Reply-To"] = letter.session.reply_to
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message["X-Liaison-Kind"] = letter.kind


def _mailbox(name: str, address: str) -> str:
    quoted = " ".join(name.replace("\\", "").replace('"', "").split())
    return f'"{quoted}" <{address}>' if quoted else address


def _add_calendar(message: EmailMessage, letter: Letter, session: SessionDetails, sender: Sender, wording: Wording) -> None:
    """Once as an alternative (what mail programs act on) and once as a file (what the others can open)."""
    method, data = METHODS[letter.kind], calendar_part(letter, session, sender, wording)
    message.add_alternative(data.decode(), subtype="calendar", params={"method": method}, cte="base64")
    message.add_attachment(data, maintype="application", subtype="ics", filename="session.ics", params={"method": method})


def _add_ticket(message: EmailMessage, letter: Letter) -> None:
    """The picture beside the HTML that shows it (RFC 2387), so that it is there without a network."""
    html = list(message.iter_parts())[-1]
    assert isinstance(html, EmailMessage)
    html.add_related(ticket_png(letter.payload["url"], letter.payload["code"]), "image", "png", cid=f"<{PICTURE}>",
                     filename="ticket.png", disposition="inline")


def _attendee(letter: Letter) -> Attendee:
    answers = {point.answer for point in letter.points}
    answer = answers.pop() if len(answers) == 1 else Answer.PENDING
    return Attendee(letter.to_address, letter.to_name or letter.to_address, answer, asked=bool(letter.points))


def _fix_boundaries(message: EmailMessage, key: str) -> None:
    multiparts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(multiparts):
        part.set_boundary(f"=={_digest(f'{key} {number}')}==")
