"""The port through which letters leave, and how it fails. ``liaison.notify`` implements it, ``outbox`` uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ..domain.recurrence import Rule
from ..domain.words import Answer, Channel, OutboxKind

NO_ADDRESS, PUSH_GONE, CHANNEL_OFF = ("no_address", "push_gone", "channel_off")
"""Reasons of ours, beside what the other side says; pages have words for them."""


class DeliveryError(Exception):
    """The message could not be handed over now; worth another try, after ``retry_after`` seconds where the other side said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeliveryRefused(DeliveryError):
    """The receiving side will never take it (SMTP 5xx, RFC 5321 section 4.2.1). ``gone``: addresses that exist no more."""

    def __init__(self, message: str, gone: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.gone = gone


@dataclass(frozen=True)
class Receipt:
    """The message was taken. ``delivered``: and has arrived; ``provider_id``: the gateway's name for it."""

    provider_id: str = ""
    delivered: bool = False
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """Where a message goes: a number, a chat, a browser's endpoint with its keys."""

    address: str
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InvitedPoint:
    """A point the recipient acts for, with its answer so far and the address of its answer page ("" once removed)."""

    name: Mapping[str, str]
    answer: Answer = Answer.PENDING
    answer_url: str = ""


@dataclass(frozen=True)
class SessionDetails:
    """A session as a message shows it. Texts are by language; ``agenda`` holds (title, minutes)."""

    id: str
    number: str
    sequence: int
    title: Mapping[str, str]
    description: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    timezone: str
    created_at: datetime
    updated_at: datetime
    agenda: tuple[tuple[Mapping[str, str], int], ...] = ()
    chair: Mapping[str, str] = field(default_factory=dict)
    cancelled: bool = False
    cancel_reason: str = ""
    reply_to: str = ""
    series_id: str | None = None
    recurrence_id: datetime | None = None


@dataclass(frozen=True)
class SeriesDetails:
    """A series as its reader sees it. ``dates`` are those to which the reader is invited, past ones too; ``calm`` those of
    the sessions' ids that are as the rule has them."""

    id: str
    sequence: int
    rule: Rule
    starts_local: datetime
    timezone: str
    minutes: int
    dates: tuple[SessionDetails, ...]
    cancelled: tuple[SessionDetails, ...] = ()
    calm: frozenset[str] = frozenset()
    until: datetime | None = None
    updated_at: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True)
class Letter:
    """One message ready to be worded: an outbox row with the facts it needs, read at the moment of sending.

    ``thread_key`` is the dedupe key of the first mail the recipient got about this session ("" for that mail itself).
    ``targets`` are the addresses of channels other than e-mail; ``row_id`` is what a delivery report names; ``alarm_minutes``
    before the start the reader's calendar rings (None: it does not).
    """

    kind: OutboxKind
    dedupe_key: str
    thread_key: str
    to_address: str
    to_name: str
    language: str
    help_desk_phone: str
    written_at: datetime
    payload: Mapping[str, Any]
    session: SessionDetails | None = None
    series: SeriesDetails | None = None
    own_words: Mapping[str, str] = field(default_factory=dict)  # the office's, by part (domain/message_texts.py)
    points: tuple[InvitedPoint, ...] = ()
    channel: Channel = Channel.EMAIL
    targets: tuple[Target, ...] = ()
    row_id: str = ""
    expires_at: datetime | None = None
    alarm_minutes: int | None = None
    answer_to: str = ""  # where a calendar program answers; "" is the sender


class Notifier(Protocol):
    """Hands a letter to the outer world, synchronously."""

    def deliver(self, letter: Letter) -> Receipt | None:
        """Returns once the letter is taken. Raises DeliveryError (try again) or DeliveryRefused (give up)."""
        ...
