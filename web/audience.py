"""The viewers of broadcasts whose pages speak to this process: counted in memory, without cookies and addresses."""

from __future__ import annotations

import secrets
import threading
from typing import Annotated, Any, Literal, cast

from flask import Flask, current_app
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from liaison.domain.audience import Audience
from liaison.domain.errors import Invalid, RoomFull
from liaison.house import House
from liaison.process import get_logger
from liaison.services import broadcasts, viewers

log = get_logger("liaison.web")


class HereIn(BaseModel):
    """What a page says. ``quality`` null: it is left."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    quality: Literal["auto", "v720", "v360", "sound"] | None
    sound: Annotated[str, Field(pattern=r"^sound(-[a-z]{2})?$")]


class Viewers:
    """One application's viewers. Every minute that is over is written down by whoever speaks next."""

    def __init__(self, house: House) -> None:
        self._house, self._lock = house, threading.Lock()
        self._audience = Audience(house.settings.viewers)
        self.process = secrets.token_hex(8)

    def here(self, session_id: str, said: HereIn) -> None:
        """Raises RoomFull."""
        now = self._house.clock.now()
        sound = said.sound if said.sound.removeprefix("sound-") in self._house.network.languages else "sound"
        with self._lock:
            over = self._audience.minute_over(now)
            if said.quality is None:
                self._audience.gone(session_id, said.id)
            placed = said.quality is None or self._audience.here(session_id, said.id, (said.quality, sound), now)
        if over is not None:
            try:
                viewers.record_minute(self._house, self.process, *over)
            except SQLAlchemyError as exc:  # a minute less in the statistics; the viewer goes on
                log.warning("viewers were not written down", error=str(exc))
        if not placed:
            raise RoomFull("All places of the broadcast are taken.")

    def watching(self, session_id: str) -> int:
        with self._lock:
            return self._audience.watching(session_id, self._house.clock.now())

    def totals(self) -> dict[str, int]:
        """By quality."""
        with self._lock:
            return self._audience.totals(self._house.clock.now())

    @property
    def full(self) -> bool:
        """Whether a newcomer gets no picture."""
        with self._lock:
            self._audience.totals(self._house.clock.now())  # those who are gone have left their places
            return self._audience.full()


def init_audience(app: Flask, house: House) -> None:
    app.extensions["liaison_viewers"] = Viewers(house)


def audience() -> Viewers:
    return cast(Viewers, current_app.extensions["liaison_viewers"])


def read_here(data: object) -> HereIn:
    """Raises Invalid naming the fields."""
    try:
        return HereIn.model_validate(data)
    except ValidationError as error:
        raise Invalid(errors=[{"field": ".".join(map(str, one["loc"])), "message": "This is not a valid value."} for one in error.errors()]
                      ) from None


def broadcast_of(house: House, session_id: str) -> dict[str, Any] | None:
    """What a page shows of a public session's broadcast; None while there is none. NotFound."""
    return watched(house, session_id) if broadcasts.broadcast_of(house, session_id) is not None else None


def watched(house: House, session_id: str) -> dict[str, Any] | None:
    """The same of a session that is known to whoever may see it, with how many watch and whether all places are taken."""
    found = broadcasts.state_of(house, session_id)
    if found is None:
        return None
    elsewhere = 0 if found["ended"] else viewers.watching_elsewhere(house, session_id, audience().process)
    return found | {"watching": audience().watching(session_id) + elsewhere, "full": audience().full}
