"""What is no longer of use is removed, hourly."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as DbSession

from ..domain.words import CITIZEN_LETTERS, LINK_LETTERS, OutboxStatus
from ..house import House
from ..store import tables as t
from .chat_files import forget_unsaid
from .hall_rows import forget_guests
from .idempotency import forget_old
from .link_history import prune_samples
from .question_desk import forget_askers
from .rehearsals import forget_rehearsals
from .self_tests import KEPT as TESTS_KEPT
from .self_tests import prune_tests
from .sign_in import forget_old_attempts
from .stored_files import sweep
from .watch_reminders import forget_watchers

LINKS_KEPT = timedelta(days=30)    # after their end, for whoever asks why a link did not work
LETTERS_KEPT = timedelta(days=30)  # letters with links, and to citizens; a session's mails stay with the session, they say who was told
MAIL_FILES_KEPT = timedelta(days=90)
_DONE = (OutboxStatus.SENT, OutboxStatus.SKIPPED, OutboxStatus.FAILED)


def clean_up(house: House) -> dict[str, int]:
    """Remove old idempotency keys, sign-in attempts, links, password letters, minutes of connections, checks of computers, rehearsals,
    who asked questions, had a seat in a hall or wanted to be reminded, files that no message of a chat brought, mail files, files to
    which nothing refers any more; how many of each.
    """
    removed = {"idempotency_keys": forget_old(house), "login_attempts": forget_old_attempts(house), "rehearsals": forget_rehearsals(house)}
    now = house.clock.now()
    with house.db.write() as db:
        removed["links"] = _links(db, now - LINKS_KEPT)
        removed["letters"] = _letters(db, now - LETTERS_KEPT)
        removed["link_samples"] = prune_samples(db, now - timedelta(days=house.settings.link_history_days))
        removed["chat_files"] = forget_unsaid(db, now)
        removed["askers"] = forget_askers(db, house)
        removed["guests"] = forget_guests(db, house)
        removed["reminders"] = forget_watchers(db, house)
        removed["self_tests"] = prune_tests(db, now - TESTS_KEPT)
    return removed | {"mail_files": _mail_files(house, now - MAIL_FILES_KEPT), "stored_files": sweep(house, now)}


def _links(db: DbSession, before: datetime) -> int:
    gone = db.execute(delete(t.OneTimeLink).where(t.OneTimeLink.expires_at < before).returning(t.OneTimeLink.id))
    return len(gone.all())


def _letters(db: DbSession, before: datetime) -> int:
    gone = db.execute(delete(t.Outbox).where(
        t.Outbox.kind.in_(LINK_LETTERS | CITIZEN_LETTERS), t.Outbox.status.in_(_DONE), t.Outbox.created_at < before,
    ).returning(t.Outbox.id))
    return len(gone.all())


def _mail_files(house: House, before: datetime) -> int:
    """Files of the folder that stands in for a mail server."""
    old = [path for path in house.settings.mail_folder.glob("*.eml") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
