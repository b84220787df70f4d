"""Shapes of accounts and of the office's settings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from liaison.domain.words import AccountRole

from .schemas import Slugs, _In
from .shape import Shape

Short = Annotated[StrictStr, Field(max_length=254)]
Numbers = Annotated[list[StrictInt], Field(max_length=10)]


class PersonQuery(_In):
    """``active``: ``yes`` or ``no``."""

    q: Short = ""
    role: AccountRole | None = None
    point: Short = ""
    active: Literal["yes", "no"] | None = None


class PersonIn(_In):
    """An account waits for its one-time link; ``points`` are those that an officer acts for."""

    name: Short
    role: AccountRole
    points: Slugs = Field(default_factory=list)
    full_name: Short = ""
    email: Short = ""
    phone: Short = ""
    language: Short = ""


class PersonPatch(_In):
    """Any of the fields; what is not sent stays."""

    role: AccountRole | None = None
    points: Slugs | None = None
    full_name: Short | None = None
    email: Short | None = None
    phone: Short | None = None
    language: Short | None = None


class PersonOut(Shape):
    id: str
    name: str
    full_name: str
    email: str
    phone: str
    role: str
    language: str
    active: bool
    points: list[str]
    has_password: bool
    created_at: datetime
    last_sign_in_at: datetime | None


class PersonList(Shape):
    items: list[PersonOut]
    next: str | None


class StateIn(_In):
    active: StrictBool


class LinkOut(Shape):
    url: str = Field(description="works once; shown only now")


class SettingsPatch(_In):
    """Any of the fields; what is not sent stays."""

    reminder_minutes: Numbers | None = None
    help_desk_phone: Short | None = None
    settle_seconds: StrictInt | None = None
    quiet_hours: Annotated[list[StrictStr], Field(max_length=2)] | None = None
    chase_after_days: Numbers | None = None
    chase_hours_before: Numbers | None = None
    default_language: Short | None = None
    offer_minutes: StrictInt | None = None
    video_ports: StrictInt | None = None
    watcher_ports: StrictInt | None = None
    recording_ports: StrictInt | None = None


class SettingsOut(Shape):
    reminder_minutes: list[int]
    help_desk_phone: str
    settle_seconds: int = Field(description="changes are told after a rest of so many seconds")
    quiet_hours: list[str] = Field(description="from and until; both empty for none")
    chase_after_days: list[int] = Field(description="point, province, organiser; 0 leaves one out")
    chase_hours_before: list[int]
    default_language: str
    offer_minutes: int
    video_ports: int
    watcher_ports: int
    recording_ports: int
