"""A changed choice of channels holds for what is still to come: reminders and other messages that wait move to the new channels."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.words import Channel, OutboxStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .ways import channels_of

OFF = "channel_off"
_COPIED = ("kind", "session_id", "series_id", "session_sequence", "invitation_id", "user_id", "language", "payload", "due_at", "expires_at")


def follow_choices(db: DbSession, house: House, user: t.User) -> None:
    """In the transaction that changes the choice. What has left on any channel is told; nothing is told twice for a new channel."""
    db.flush()
    channels = channels_of(db, house, [user])[user.id]
    if not channels:
        return  # better an address that may be stale than nobody told
    for stem, rows in _waiting(db, user.id).items():
        known = {row.dedupe_key: row for row in db.scalars(select(t.Outbox).where(t.Outbox.dedupe_key.in_(_keys(stem).values())))}
        for channel, key in _keys(stem).items():
            _follow(db, house, user, channel, key, channel in channels, known, rows[0])


def _follow(db: DbSession, house: House, user: t.User, channel: Channel, key: str, wanted: bool, known: dict[str, t.Outbox],
            like: t.Outbox) -> None:
    row = known.get(key)
    if row is None and wanted:
        copied = {name: getattr(like, name) for name in _COPIED}
        db.add(t.Outbox(id=new_id(), channel=channel, dedupe_key=key, address=user.email if channel is Channel.EMAIL else "",
                        created_at=house.clock.now(), **copied))
    elif row is not None and wanted and (row.status, row.last_error) == (OutboxStatus.SKIPPED, OFF):
        row.status, row.last_error = OutboxStatus.PENDING, ""
    elif row is not None and not wanted and row.status == OutboxStatus.PENDING:
        row.status, row.last_error = OutboxStatus.SKIPPED, OFF


def _waiting(db: DbSession, user_id: str) -> dict[str, list[t.Outbox]]:
    """By event: the messages about sessions that wait, where none of the event has been tried yet."""
    rows = db.scalars(select(t.Outbox).where(
        t.Outbox.user_id == user_id, t.Outbox.session_id.is_not(None) | t.Outbox.series_id.is_not(None),
        t.Outbox.status == OutboxStatus.PENDING, t.Outbox.attempts == 0,
    ).with_for_update())
    found: dict[str, list[t.Outbox]] = defaultdict(list)
    for row in rows:
        found[row.dedupe_key.removesuffix(f":{row.channel}")].append(row)
    return found


def _keys(stem: str) -> dict[Channel, str]:
    return {channel: stem if channel is Channel.EMAIL else f"{stem}:{channel}" for channel in Channel}
