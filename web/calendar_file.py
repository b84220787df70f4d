"""One session as a file that every calendar program opens (RFC 5545)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, url_for

from liaison.domain.words import SessionStatus
from liaison.services.sessions import SessionView

from .context import house, text


def calendar_answer(view: SessionView) -> Response:
    """The download. The event's UID is the one of the mails, so a later invitation updates it."""
    from liaison.notify import ical  # here: the library costs start-up time and few requests need it

    base = house().settings.base_url
    entry = ical.CalendarEntry(
        session_id=view.id, sequence=view.sequence, summary=text(view.title), starts_at=view.starts_at, ends_at=view.ends_at,
        timezone=view.timezone, created_at=view.created_at, stamp=view.updated_at, description=text(view.description),
        location=", ".join(text(point.name) for point in view.points[:MOST_PLACES]),
        url=base + url_for("sessions.show", session_id=view.id), cancelled=view.status == SessionStatus.CANCELLED)
    body = ical.calendar([ical.session_event(entry, urlsplit(base).hostname or "localhost")])
    return Response(body, mimetype="text/calendar", headers={
        "Content-Disposition": f'attachment; filename="session-{view.number}.ics"'})


MOST_PLACES = 5
"""So many points are named as the place; a calendar shows no more."""
