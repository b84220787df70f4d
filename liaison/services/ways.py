"""Over which channels each person hears, and when they are not to be disturbed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..config import Settings
from ..domain.channels import choose_channels
from ..domain.quiet import QuietHours, read_hours
from ..domain.words import Channel
from ..house import House
from ..store import tables as t
from .settings import read_setting


def configured(settings: Settings) -> frozenset[Channel]:
    """The channels that this installation can send over."""
    offered = {Channel.EMAIL, Channel.WEB_PUSH}
    if settings.sms_url:
        offered.add(Channel.SMS)
    if settings.telegram_token:
        offered.add(Channel.TELEGRAM)
    return frozenset(offered)


def channels_of(db: DbSession, house: House, users: Collection[t.User]) -> dict[str, tuple[Channel, ...]]:
    """Over which channels each of these people hears, by id; empty for whoever cannot be reached."""
    ids = [user.id for user in users]
    known, linked = configured(house.settings), {id: set[Channel]() for id in ids}
    for user_id, channel in db.execute(select(t.Contact.user_id, t.Contact.channel).where(t.Contact.user_id.in_(ids))):
        linked[user_id].add(Channel(channel))
    unwanted = set(db.scalars(select(t.NoticeChoice.user_id).where(t.NoticeChoice.user_id.in_(ids), ~t.NoticeChoice.email)))
    return {user.id: choose_channels(bool(user.email), user.id not in unwanted, linked[user.id] & known) for user in users}


def quiet_hours_of(db: DbSession, house: House, user_id: str | None, channel: Channel) -> QuietHours | None:
    """The quiet hours that hold for a message to this person over this channel."""
    choice = db.get(t.NoticeChoice, user_id) if user_id else None
    if channel is Channel.EMAIL and not (choice and choice.quiet_email):
        return None  # mail waits in its box until it is read
    if choice is None or choice.quiet == "":
        begins, ends = read_setting(db, house, "quiet_hours")
        return read_hours(begins, ends)
    return read_hours(choice.quiet_from, choice.quiet_until) if choice.quiet == "own" else None
