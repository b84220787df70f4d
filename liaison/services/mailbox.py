"""How far a mailbox has been read."""

from __future__ import annotations

from ..house import House
from ..store import tables as t


def position(house: House, mailbox: str) -> tuple[int, int]:
    """UIDVALIDITY and the last UID read; zeros for a mailbox never read."""
    with house.db.read() as db:
        row = db.get(t.MailboxPosition, mailbox)
        return (row.validity, row.uid) if row is not None else (0, 0)


def keep_position(house: House, mailbox: str, validity: int, uid: int) -> None:
    """Remember it, after the mail's work is done: a crash in between reads the mail again, which changes nothing."""
    with house.db.write() as db:
        row = db.get(t.MailboxPosition, mailbox)
        if row is None:
            db.add(t.MailboxPosition(mailbox=mailbox, validity=validity, uid=uid))
        else:
            row.validity, row.uid = validity, uid
