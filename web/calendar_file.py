"""Sessions as files that every calendar program opens (RFC 5545): one to download, many to subscribe to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response, url_for

from liaison.domain.words import SessionStatus
from liaison.services.calendar_feeds import Feed
from liaison.services.sessions import SessionView

from .context import house, language

if TYPE_CHECKING:
    from liaison.notify.ical import CalendarEntry


def calendar_answer(view: SessionView) -> Response:
    """The download. The event's UID is the one of the mails, so a later invitation updates it: for one date of a series that
    of the series, with its RECURRENCE-ID."""
    from liaison.notify import ical  # here: the library costs start-up time and few requests need it

    entry = _entry(view, language())
    if view.series_id is not None:
        entry = replace(entry, session_id=view.series_id, recurrence_id=view.recurrence_id)
    body = ical.calendar([ical.session_event(entry, _host())])
    return Response(body, mimetype="text/calendar", headers={
        "Content-Disposition": f'attachment; filename="session-{view.number}.ics"'})


def feed_bytes(feed: Feed) -> bytes:
    """A whole feed, cancelled sessions marked as such."""
    from liaison.notify import ical

    events = [ical.session_event(_entry(view, feed.language), _host()) for view in feed.sessions]
    return ical.calendar(events, name=house().network.text(feed.name, feed.language))


def _entry(view: SessionView, reader: str) -> CalendarEntry:
    from liaison.notify import ical

    text = house().network.text
    page = url_for("sessions.show", session_id=view.id) if view.inside else url_for("public.show", session_id=view.id)
    return ical.CalendarEntry(
        session_id=view.id, sequence=view.sequence, summary=text(view.title, reader), starts_at=view.starts_at,
        ends_at=view.ends_at, timezone=view.timezone, created_at=view.created_at, stamp=view.updated_at,
        description=text(view.description, reader),
        location=", ".join(text(point.name, reader) for point in view.points[:MOST_PLACES]),
        url=house().settings.base_url + page, cancelled=view.status == SessionStatus.CANCELLED)


def _host() -> str:
    return urlsplit(house().settings.base_url).hostname or "localhost"


MOST_PLACES = 5
"""So many points are named as the place; a calendar shows no more."""
