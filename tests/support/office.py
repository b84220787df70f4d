"""A whole application with everything in it that a bad request may aim at, and the requests themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from liaison.domain.actor import SYSTEM
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import sessions
from liaison.services.join import issue_token
from liaison.services.lifecycle import close_session, open_session
from liaison.services.tokens import create_token
from liaison.store import tables as t
from tests.support.live_room import LiveRoom
from tests.support.people import add_actor, plan

NOBODY = "01a1fff9-145e-7190-8a6e-e7719d80b973"


@dataclass(frozen=True)
class Bad:
    """A request that must be refused. ``who``: an account's API token, a role's join token, or what stands in the header."""

    why: str
    status: int
    code: str
    who: str | None = "planner"
    session: str = "open"
    path: dict[str, str] = field(default_factory=dict)
    query: str = ""
    send: dict[str, Any] = field(default_factory=dict)


class Office:
    """A whole application with a live room, sessions in every state, and somebody of each kind."""

    def __init__(self, house: House) -> None:
        self.live = LiveRoom(house)
        self.house, self.app = house, self.live.app
        self.client = self.app.test_client()
        for name, point in (("osh", "osh-oblast"), ("naryn", "naryn-oblast")):
            add_actor(house, name, AccountRole.OFFICER, point)
        self.admin = add_actor(house, "admin", AccountRole.ADMINISTRATOR)
        when = {"open": (2880, 60), "cancelled": (4320, 60), "ended": (-4, 5), "live": (2, 5)}  # minutes from now, length
        self.sessions = {name: self._book(*times) for name, times in when.items()}
        self.late = self.live_token("ended")
        sessions.cancel_session(house, self.live.planner, self.sessions["cancelled"])
        for name in ("ended", "live"):
            open_session(house, self.live.planner, self.sessions[name])
        close_session(house, self.live.planner, self.sessions["ended"])
        self.tokens = {name: create_token(house, SYSTEM, user=name) for name in ("planner", "osh", "naryn", "admin")}

    def _book(self, after_minutes: int, minutes: int) -> str:
        starts_at = self.house.clock.now() + timedelta(minutes=after_minutes)
        wanted = plan("big-hall", "osh-oblast", starts_at=starts_at, duration_minutes=minutes)
        return sessions.book_session(self.house, self.live.planner, wanted).id

    def live_token(self, session: str, role: str = "point") -> str:
        way = issue_token(self.house, self.live.planner, self.sessions[session], role=role, point="osh-oblast")
        return str(way["token"])

    def bearer(self, who: str) -> str:
        if who.startswith("join:"):
            return self.live_token("open", who.removeprefix("join:"))
        special = {"late": self.late, "none": "eyJhbGciOiJub25lIn0.eyJhdWQiOiJyb29tIn0."}
        if who == "resume":
            return str(self.live.enter().answer["resume"])
        return special.get(who) or self.tokens.get(who, who)

    def ask(self, method: str, rule: Rule, bad: Bad) -> TestResponse:
        send = dict(bad.send)
        if send.get("json", {}).get("starts_at") == "taken":
            send["json"] = send["json"] | {"starts_at": (self.house.clock.now() + timedelta(days=2)).isoformat()}
        headers = {"Accept-Language": "en", **send.pop("headers", {})}
        if bad.who is not None:
            headers["Authorization"] = f"Bearer {self.bearer(bad.who)}"
        unknown = dict.fromkeys(("request_id", "closure_id", "maintenance_id", "poll_id", "deputyship_id", "device_id"), NOBODY)
        values = {"session_id": self.sessions[bad.session], "slug": "osh-oblast", "resource": "x", "series_id": "x",
                  "template_id": "x", "key": "points", "user_id": "osh", "stop_id": "x", "kind": "invitation",
                  "part": "subject", "language": "en", "number": 1} | unknown | bad.path
        built = rule.build({name: value for name, value in values.items() if name in rule.arguments})
        assert built is not None
        return self.client.open(f"{built[1]}?{bad.query}", method=method, headers=headers, **send)

    def kept(self) -> dict[str, int]:
        """How much of everything there is."""
        with self.house.db.read() as db:
            kinds = (t.Session, t.Series, t.Booking, t.Invitation, t.Outbox, t.User, t.Point, t.ApiToken, t.Draft, t.IdempotencyKey,
                     t.OneTimeLink, t.PointGroup, t.SessionTemplate, t.PointStop, t.PointCard, t.ClosedPeriod, t.Maintenance,
                     t.BookingRequest, t.RoomDevice, t.Poll, t.Deputyship, t.MessageText, t.Question)
            return {kind.__tablename__: db.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds}
