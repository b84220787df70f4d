"""What the page for taking over a calendar was given: the file (or its text again), kind, points and period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from werkzeug.datastructures import FileStorage, MultiDict

from liaison.domain.calendar_import import LONGEST_FILE, ForeignEvent
from liaison.domain.errors import Invalid
from liaison.domain.words import SessionKind


@dataclass(frozen=True)
class Upload:
    """``data`` is the calendar as it came; empty before one was chosen."""

    data: bytes
    kind: str
    points: tuple[str, ...]
    from_at: datetime
    to_at: datetime

    def events(self, zone: ZoneInfo) -> list[ForeignEvent]:
        """The events that begin in the period. Raises Invalid."""
        from liaison.notify.ics_events import read_events  # here: the calendar libraries take a second to load

        if not self.data.strip():
            raise Invalid("Choose a file first.")
        if len(self.data) > LONGEST_FILE:
            raise Invalid("The file is too large. Export a shorter period from the other calendar.")
        return read_events(self.data, self.from_at, self.to_at, zone)


def upload_of(form: MultiDict[str, str], file: FileStorage | None, from_at: datetime, to_at: datetime) -> Upload:
    """From a request; what is missing or unknown is as on the empty form."""
    kind = form.get("kind", "")
    data = file.read(LONGEST_FILE + 1) if file else form.get("calendar", "").encode()
    return Upload(data, kind if kind in set(SessionKind) else SessionKind.GOVERNMENT.value,
                  tuple(dict.fromkeys(form.getlist("points"))), from_at, to_at)


def kept_text(data: bytes) -> str:
    """The file as text that the page can send back."""
    return data.decode("utf-8", errors="replace").lstrip("\ufeff")
