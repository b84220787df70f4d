"""Nobody is left untold because one channel failed: what could not be delivered for good goes by mail, if it did not already."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.words import Channel, OutboxStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from ..store.locks import lock_key
from .rechannel import OFF


def fall_back(db: DbSession, house: House, row: t.Outbox) -> None:
    """Write the e-mail of a message that another channel has given up, in the transaction that gives it up."""
    user = db.get(t.User, row.user_id) if row.user_id else None
    if row.channel == Channel.EMAIL or user is None or not user.active or not user.email:
        return
    lock_key(db, f"fall back {row.user_id} {row.session_id}")  # two channels may fail in the same moment
    stem = row.dedupe_key.removesuffix(f":{row.channel}")
    same = {one.dedupe_key: one for one in db.scalars(select(t.Outbox).where(
        t.Outbox.dedupe_key.in_([stem, *(f"{stem}:{channel}" for channel in Channel)]), t.Outbox.id != row.id))}
    if any(one.status in (OutboxStatus.PENDING, OutboxStatus.CLAIMED, OutboxStatus.SENT) for one in same.values()):
        return  # another channel has told them, or is about to
    mail = same.get(stem)
    if mail is None:
        db.add(_mail(house, row, user, stem))
    elif (mail.status, mail.last_error) == (OutboxStatus.SKIPPED, OFF):
        mail.status, mail.last_error, mail.due_at = OutboxStatus.PENDING, "", house.clock.now()


def _mail(house: House, row: t.Outbox, user: t.User, key: str) -> t.Outbox:
    return t.Outbox(
        id=new_id(), kind=row.kind, channel=Channel.EMAIL, dedupe_key=key, session_id=row.session_id, series_id=row.series_id,
        session_sequence=row.session_sequence, invitation_id=row.invitation_id, user_id=user.id, address=user.email, language=row.language,
        payload=row.payload, due_at=house.clock.now(), expires_at=row.expires_at, created_at=house.clock.now())
