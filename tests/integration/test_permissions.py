"""Every address of the application, asked for by every role: who gets in, who is sent to sign in, who is refused.

A rule that is missing in the table fails the test: nobody adds a page without saying who may open it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from liaison.domain.clock import FixedClock
from liaison.house import House, open_house
from liaison.services import booking_requests, documents, drafts, series, sessions
from liaison.services.documents import Placing
from tests.support.api_permissions import API_ROWS, NOBODY
from tests.support.citizen_permissions import CITIZEN_ROWS
from tests.support.databases import SqliteFactory, make_settings
from tests.support.pages import NOW
from tests.support.papers import photo
from tests.support.people import plan
from tests.support.seed import Seeded, seed
from tests.support.tried import tried
from tests.support.web import Browser
from web.app import create_app

ROLES = {"visitor": None, "officer": "naryn", "interpreter": "interpreter", "operator": "desk", "organiser": "planner",
         "administrator": "admin"}
"""Each role and its account of the seeded house. The officer's point is invited to the session asked for."""

PERSON = {"full_name": "Somebody", "role": "officer", "points": "alay-district"}
SETTINGS = {"help_desk_phone": "+996 312 1", "reminder_minutes": "60", "default_language": "ky", "video_ports": "100",
            "watcher_ports": "1000", "recording_ports": "20", "offer_minutes": "60"}

STRETCH = {"from_date": "2027-12-01", "from_time": "00:00", "until_date": "2027-12-02", "until_time": "00:00", "reason": "Repairs"}

MEASURED = {"supported": True, "secure": True, "camera": {"state": "ok", "height": 720, "fps": 30},
            "microphone": {"state": "ok", "level": 0.6}}
STOP = {"near": "osh-city", "starts_at": "2027-09-01T08:00", "ends_at": "2027-09-02T18:00"}

# method, rule, statuses in the order of ROLES, what is sent. ``in`` is a redirect to the sign-in page.
TABLE: list[tuple[str, str, str, dict[str, Any]]] = [
    ("GET", "/", "302 302 302 302 302 302", {}),
    ("GET", "/static/<path:filename>", "200 200 200 200 200 200", {}),
    ("GET", "/healthz", "200 200 200 200 200 200", {}),
    ("GET", "/metrics", "200 200 200 200 200 200", {}),
    # ---- getting in
    ("GET", "/sign-in", "200 302 302 302 302 302", {}),
    ("POST", "/sign-in", "401 401 401 401 401 401", {"data": {"name": "nobody", "password": "x"}}),
    ("POST", "/sign-out", "303 303 303 303 303 303", {}),
    ("GET", "/forgot-password", "200 200 200 200 200 200", {}),
    ("POST", "/forgot-password", "200 200 200 200 200 200", {"data": {"name": "nobody"}}),
    ("GET", "/link", "200 200 200 200 200 200", {}),
    ("GET", "/link/<secret>", "410 410 410 410 410 410", {}),
    ("POST", "/link/<secret>", "410 410 410 410 410 410", {}),
    ("POST", "/language/<code>", "303 303 303 303 303 303", {}),
    ("GET", "/answer/<token>", "404 404 404 404 404 404", {}),
    ("POST", "/answer/<token>", "404 404 404 404 404 404", {}),
    # ---- one's own account
    ("GET", "/account", "in 200 200 200 200 200", {}),
    ("POST", "/account/password", "in 422 422 422 422 422", {"data": {"old": "x"}}),
    ("POST", "/account/language", "in 303 303 303 303 303", {"data": {"language": "ru"}}),
    ("POST", "/account/calendar", "in 303 303 303 303 303", {}),
    ("POST", "/account/tokens", "in 200 200 200 200 200", {"data": {"days": "30"}}),
    ("POST", "/account/tokens/<token_id>/revoke", "in 404 404 404 404 404", {}),
    ("POST", "/account/sign-out-everywhere", "in in in in in in", {}),
    ("GET", "/account/channels", "in 200 200 200 200 200", {}),
    ("POST", "/account/channels", "in 303 303 303 303 303", {"data": {"email": "1"}}),
    ("POST", "/account/channels/telegram", "in 403 403 403 403 403", {}),  # no bot is set up here
    ("POST", "/account/channels/push", "in 422 422 422 422 422", {"json": {"endpoint": "https://10.0.0.1/"}}),
    ("POST", "/account/channels/<contact_id>/remove", "in 404 404 404 404 404", {}),
    ("POST", "/delivery/sms", "403 403 403 403 403 403", {"json": {"id": "x", "status": "delivered"}}),
    # ---- running the office
    ("GET", "/admin", "in 403 403 302 403 302", {}),
    ("GET", "/admin/people", "in 403 403 200 403 200", {}),
    ("GET", "/admin/people/new", "in 403 403 200 403 200", {}),
    ("POST", "/admin/people/new", "in 403 403 303 403 303", {"data": PERSON | {"name": "newcomer"}}),
    ("GET", "/admin/people/<user_id>", "in 403 403 200 403 200", {}),
    ("POST", "/admin/people/<user_id>", "in 403 403 303 403 303", {"data": PERSON}),
    ("POST", "/admin/people/<user_id>/active", "in 403 403 303 403 303", {"data": {"active": "1"}}),
    ("POST", "/admin/people/<user_id>/letter", "in 403 403 200 403 200", {}),
    ("POST", "/admin/people/<user_id>/mail-link", "in 403 403 303 403 303", {}),
    ("POST", "/admin/people/<user_id>/deputies", "in 403 403 403 403 303", {"data": {"deputy": "desk"}}),
    ("POST", "/admin/people/<user_id>/deputies/<deputyship_id>/end", "in 403 403 404 403 404", {}),
    ("POST", "/admin/people/letters", "in 403 403 422 403 422", {}),
    ("GET", "/admin/people/import", "in 403 403 200 403 200", {}),
    ("POST", "/admin/people/import", "in 403 403 422 403 422", {}),
    ("GET", "/admin/people/import/template.csv", "in 403 403 200 403 200", {}),
    ("GET", "/admin/points", "in 403 403 200 403 200", {}),
    ("GET", "/admin/points/<slug>", "in 403 403 200 403 200", {}),
    ("POST", "/admin/points/<slug>", "in 403 403 303 403 303", {"data": {"link_profile": "normal", "active": "1"}}),
    ("GET", "/admin/groups", "in 403 403 403 200 200", {}),
    ("GET", "/admin/groups/table.csv", "in 403 403 403 200 200", {}),
    ("POST", "/admin/groups/table", "in 403 403 403 422 422", {}),
    ("GET", "/admin/groups/new", "in 403 403 403 200 200", {}),
    ("POST", "/admin/groups/new", "in 403 403 403 303 303", {"data": {"slug": "valley", "name_en": "South", "points": ["osh-oblast"]}}),
    ("GET", "/admin/groups/<slug>", "in 403 403 403 404 404", {}),  # there is no group of a point's short name
    ("POST", "/admin/groups/<slug>", "in 403 403 403 404 404", {}),
    ("POST", "/admin/groups/<slug>/delete", "in 403 403 403 404 404", {}),
    ("GET", "/admin/points/new", "in 403 403 403 403 200", {}),
    ("POST", "/admin/points/new", "in 403 403 403 403 303", {"data": {"name_en": "Van", "link_profile": "thin"}}),
    ("GET", "/admin/tables", "in 403 403 302 403 302", {}),
    ("GET", "/admin/tables/<key>", "in 403 403 200 403 200", {}),
    ("GET", "/admin/tables/<key>.csv", "in 403 403 200 403 200", {}),
    ("POST", "/admin/tables/<key>", "in 403 403 422 403 422", {}),
    ("GET", "/admin/texts", "in 403 403 403 403 200", {}),
    ("GET", "/admin/texts/<kind>", "in 403 403 403 403 200", {}),
    ("POST", "/admin/texts/<kind>", "in 403 403 403 403 303", {"data": {"act": "keep", "subject_en": "Hello"}}),
    # ---- the network at a glance; the officer's own point, which is no mobile one
    ("GET", "/network", "in 200 200 200 200 200", {}),
    ("GET", "/network/wall", "in 200 200 200 200 200", {}),
    ("GET", "/network/states.json", "in 200 200 200 200 200", {}),
    ("GET", "/network/points/<slug>", "in 200 200 200 200 200", {}),
    ("POST", "/network/points/<slug>/card", "in 303 403 303 403 303", {"data": {"note": "Second floor"}}),
    ("GET", "/network/points/<slug>/picture", "in 404 404 404 404 404", {}),
    ("POST", "/network/points/<slug>/picture", "in 422 403 422 403 422", {}),
    ("POST", "/network/points/<slug>/picture/delete", "in 404 403 404 403 404", {}),
    ("POST", "/network/points/<slug>/stops", "in 403 403 409 409 409", {"data": STOP}),
    ("POST", "/network/points/<slug>/stops/<stop_id>/delete", "in 403 403 409 409 409", {}),
    ("POST", "/network/points/<slug>/room-pcs", "in 422 403 422 403 422", {"data": {"code": "0000-0000", "device_name": "Hall"}}),
    ("POST", "/network/points/<slug>/room-pcs/settings", "in 303 403 303 403 303", {"data": {"minutes": "5"}}),
    ("POST", "/network/points/<slug>/room-pcs/<device_id>/revoke", "in 404 403 404 403 404", {}),
    # ---- a room's own PC, which is none of these accounts
    ("GET", "/room-pc", "200 200 200 200 200 200", {}),
    ("POST", "/room-pc/code", "200 200 200 200 200 200", {}),
    ("POST", "/room-pc/help-desk", "303 303 303 303 303 303", {}),
    ("POST", "/help-desk", "in 303 403 303 303 303", {}),
    ("POST", "/help-desk/answer", "in 403 403 404 404 404", {"data": {"session": NOBODY, "seq": "1", "text": "Yes", "id": "answer01"}}),
    ("GET", "/help-desk/state.json", "in 403 403 200 200 200", {}),
    ("GET", "/room-pc/state", "200 200 200 200 200 200", {}),
    ("GET", "/room-pc/session/<session_id>", "302 302 302 302 302 302", {}),
    ("POST", "/room-pc/session/<session_id>/token", "in in in in in in", {}),
    ("POST", "/room-pc/session/<session_id>/ready", "in in in in in in", {}),
    ("GET", "/room-pc/check", "in in in in in in", {}),
    ("POST", "/room-pc/check/trial", "in in in in in in", {}),
    ("POST", "/room-pc/check/trial/<trial_id>/send", "in in in in in in", {"json": {"sdp": "v=0"}}),
    ("POST", "/room-pc/check/trial/<trial_id>/receive/<way>", "in in in in in in", {"json": {"sdp": "v=0"}}),
    ("POST", "/room-pc/check/reports", "in in in in in in", {"json": {"measured": MEASURED}}),
    ("GET", "/room-pc/check/reports/<test_id>", "in in in in in in", {}),
    ("GET", "/room-pc/check/reports/<test_id>.pdf", "in in in in in in", {}),
    # ---- a computer tries itself out; there is no media engine here, and the test asked for is the officer's
    ("GET", "/self-test", "in 200 200 200 200 200", {}),
    ("POST", "/self-test/trial", "in 503 503 503 503 503", {}),
    ("POST", "/self-test/trial/<trial_id>/send", "in 404 404 404 404 404", {"json": {"sdp": "v=0"}}),
    ("POST", "/self-test/trial/<trial_id>/receive/<way>", "in 404 404 404 404 404", {"json": {"sdp": "v=0"}}),
    ("POST", "/self-test/reports", "in 200 200 200 200 200", {"json": {"measured": MEASURED}}),
    ("GET", "/self-test/reports/<test_id>", "in 200 404 200 200 200", {}),
    ("GET", "/self-test/reports/<test_id>.pdf", "in 200 404 200 200 200", {}),
    ("GET", "/sessions/<session_id>/readiness", "in 403 403 200 200 200", {}),
    ("POST", "/sessions/<session_id>/readiness/again", "in 403 403 303 303 303", {}),
    ("GET", "/connections", "in 200 403 200 200 200", {}),
    ("GET", "/connections/<slug>", "in 200 403 200 200 200", {}),  # the officer's own point
    ("GET", "/admin/settings", "in 403 403 403 403 200", {}),
    ("POST", "/admin/settings", "in 403 403 403 403 303", {"data": SETTINGS}),
    ("GET", "/admin/closures", "in 403 403 403 403 200", {}),
    ("POST", "/admin/closures", "in 403 403 403 403 303", {"data": STRETCH}),
    ("POST", "/admin/closures/<closure_id>/remove", "in 403 403 403 403 404", {}),
    ("GET", "/admin/maintenance", "in 403 403 200 403 200", {}),
    ("POST", "/admin/maintenance", "in 403 403 303 403 303", {"data": STRETCH | {"point": "talas-oblast"}}),
    ("POST", "/admin/maintenance/<maintenance_id>/end", "in 403 403 404 403 404", {}),
    ("GET", "/admin/audit", "in 403 403 403 403 200", {}),
    ("GET", "/admin/outbox", "in 403 403 200 403 200", {}),
    ("GET", "/admin/replies", "in 403 403 200 403 200", {}),
    ("POST", "/admin/outbox/<row_id>/retry", "in 403 403 404 403 404", {}),
    ("GET", "/dev/mail", "in 403 403 200 200 200", {}),
    ("GET", "/dev/mail/<name>", "in 403 403 404 404 404", {}),
    ("GET", "/dev/mail/<name>/file", "in 403 403 404 404 404", {}),
    ("GET", "/dev/mail/<name>/letter", "in 403 403 404 404 404", {}),
    # ---- planning
    ("GET", "/calendar", "in 200 200 200 200 200", {}),
    ("GET", "/week-sheet", "in 200 200 200 200 200", {}),
    ("GET", "/calendars", "in 200 200 200 200 200", {}),
    ("POST", "/calendars/<feed>/<slug>/renew", "in 303 403 303 403 303", {}),  # the officer's own point
    ("GET", "/calendars/import", "in 403 403 403 200 200", {}),
    ("POST", "/calendars/import", "in 403 403 403 422 422", {}),
    ("GET", "/desk", "in 403 403 200 200 200", {}),
    ("POST", "/desk/seen", "in 403 403 303 303 303", {"data": {"at": "2027-03-02T05:20:00+00:00"}}),
    ("GET", "/sessions/<session_id>/history", "in 403 403 200 200 200", {}),
    ("GET", "/sessions", "in 200 200 200 200 200", {}),
    ("GET", "/sessions/new", "in 403 403 403 200 200", {}),
    ("POST", "/sessions/new", "in 403 403 403 422 422", {}),
    ("POST", "/sessions/check", "in 403 403 403 200 200", {}),
    ("GET", "/sessions/<session_id>", "in 200 403 200 200 200", {}),
    ("GET", "/sessions/<session_id>/edit", "in 403 403 403 200 200", {}),
    ("POST", "/sessions/<session_id>/edit", "in 403 403 403 422 422", {}),
    ("GET", "/sessions/<session_id>/copy", "in 403 403 403 200 200", {}),
    ("POST", "/sessions/<session_id>/cancel", "in 403 403 403 303 303", {"data": {"reason": "moved"}}),
    ("POST", "/sessions/dates", "in 403 403 403 200 200",
     {"data": {"repeat": "weekly", "date": "2027-09-06", "time": "10:00", "minutes": "30"}}),
    ("GET", "/series/<series_id>", "in 200 403 200 200 200", {}),
    ("POST", "/series/<series_id>/points/<point>/answer", "in 303 403 403 303 303", {"data": {"answer": "accepted"}}),
    ("GET", "/sessions/<session_id>/notice", "in 200 403 200 200 200", {}),
    ("GET", "/sessions/<session_id>/calendar.ics", "in 200 403 200 200 200", {}),
    ("POST", "/sessions/<session_id>/points/<point>/answer", "in 303 403 403 303 303", {"data": {"answer": "accepted"}}),
    ("POST", "/sessions/<session_id>/points/<point>/headcount", "in 303 403 403 303 303", {"data": {"headcount": "3"}}),
    ("GET", "/sessions/<session_id>/attendance", "in 200 403 200 200 200", {}),
    ("GET", "/sessions/<session_id>/attendance.csv", "in 200 403 200 200 200", {}),
    ("GET", "/sessions/<session_id>/attendance.json", "in 200 403 200 200 200", {}),
    ("GET", "/sessions/<session_id>/attendance.pdf", "in 200 403 200 200 200", {}),
    ("GET", "/sessions/<session_id>/protocol.pdf", "in 200 403 200 200 200", {}),  # the point of the officer presides
    # ---- a session's documents; the one asked for is for another point than the officer's
    ("GET", "/sessions/<session_id>/documents", "in 200 403 200 200 200", {}),
    ("POST", "/sessions/<session_id>/documents", "in 303 403 403 303 303", {}),
    ("POST", "/sessions/<session_id>/documents/<document_id>", "in 403 403 403 303 303", {}),
    ("POST", "/sessions/<session_id>/documents/<document_id>/delete", "in 403 403 403 303 303", {}),
    ("GET", "/sessions/<session_id>/documents/<document_id>/file", "in 403 403 403 200 200", {}),
    ("GET", "/sessions/<session_id>/documents/<document_id>/pages/<number>", "in 403 403 403 404 404", {}),  # page 0
    ("GET", "/sessions/<session_id>/documents/<document_id>/pages/<number>/text", "in 403 403 403 404 404", {}),
    ("GET", "/sessions/<session_id>/chat", "in 200 403 200 200 200", {}),
    ("POST", "/sessions/<session_id>/chat/files", "in in in in in in", {}),  # no sign-in opens it, only a place in the room
    ("GET", "/sessions/<session_id>/chat/<number>/file", "in 404 403 404 404 404", {}),
    ("GET", "/sessions/<session_id>/chat/<number>/thumbnail", "in 404 403 404 404 404", {}),
    ("GET", "/sessions/<session_id>/notes", "in 403 403 403 200 200", {}),  # somebody else is named as the chair
    ("POST", "/sessions/<session_id>/notes/<number>", "in 403 403 403 303 303", {"data": {"text": "Noted", "base": "0"}}),
    ("GET", "/sessions/<session_id>/notes/<number>", "in 403 403 403 200 200", {}),
    ("GET", "/sessions/<session_id>/replay", "in 409 403 409 409 409", {}),  # it is not over
    ("GET", "/sessions/<session_id>/replay.json", "in 409 403 409 409 409", {}),
    ("POST", "/sessions/<session_id>/rehearsal", "in 403 403 403 303 303", {}),
    ("POST", "/rehearsals/<session_id>/remove", "404 404 404 404 404 404", {}),  # the session asked for is none
    ("GET", "/board", "in 200 200 200 200 200", {}),
    ("POST", "/board/check", "in 403 403 403 404 404", {"data": {"minutes": "15"}}),
    ("GET", "/polls", "in 200 200 200 200 200", {}),
    ("GET", "/polls/new", "in 403 403 403 200 200", {}),
    ("POST", "/polls/new", "in 403 403 403 422 422", {}),
    ("GET", "/polls/<poll_id>", "in 200 403 200 200 200", {}),
    ("POST", "/polls/<poll_id>/answer", "in 422 403 403 422 422", {"data": {"point": "naryn-oblast"}}),
    ("POST", "/polls/<poll_id>/close", "in 403 403 403 404 404", {"data": {"time": "none"}}),
    ("POST", "/polls/<poll_id>/drop", "in 403 403 403 303 303", {}),
    ("GET", "/poll/<token>", "404 404 404 404 404 404", {}),
    ("POST", "/poll/<token>", "404 404 404 404 404 404", {}),
    ("GET", "/find-time", "in 403 403 403 200 200", {}),
    ("POST", "/find-time", "in 403 403 403 303 303", {"data": {"title_en": "A", "points": "osh-oblast"}}),
    ("GET", "/templates", "in 403 403 403 200 200", {}),
    ("POST", "/sessions/<session_id>/template", "in 403 403 403 303 303", {"data": {"name": "Mine"}}),
    ("POST", "/templates/<template_id>/delete", "in 403 403 403 404 404", {}),
    ("POST", "/sessions/displace", "in 403 403 403 422 422", {}),
    ("POST", "/sessions/displace/confirm", "in 403 403 403 422 422", {}),
    ("GET", "/requests", "in 200 403 403 200 200", {}),
    ("GET", "/requests/new", "in 200 403 403 403 403", {}),
    ("POST", "/requests/new", "in 422 403 403 403 403", {}),
    ("GET", "/requests/<request_id>", "in 200 403 403 200 200", {}),  # the officer's own
    ("POST", "/requests/<request_id>/approve", "in 403 403 403 303 303", {}),
    ("POST", "/requests/<request_id>/decline", "in 403 403 403 303 303", {"data": {"reason": "No room"}}),
    ("POST", "/requests/<request_id>/withdraw", "in 303 403 403 403 403", {}),
    ("POST", "/requests/<request_id>/accept", "in 403 403 403 403 403", {}),
    ("GET", "/drafts", "in 403 403 403 200 200", {}),
    ("POST", "/drafts/save", "in 403 403 403 200 200", {}),
    ("POST", "/drafts/<draft_id>/delete", "in 403 403 403 303 303", {}),
    ("GET", "/today", "in 200 200 200 200 200", {}),
    ("GET", "/today/state", "in 200 200 200 200 200", {}),
    # ---- the room
    ("GET", "/room/<session_id>", "in 200 403 200 200 200", {}),
    ("POST", "/room/<session_id>/token", "in 200 403 403 200 200", {"data": {"role": "point", "point": "naryn-oblast"}}),
    ("GET", "/room/<session_id>/wall", "302 302 302 302 302 302", {}),
    ("GET", "/whip/<session_id>", "200 200 200 200 200 200", {}),
    ("GET", "/whip/<session_id>/<resource>", "404 404 404 404 404 404", {}),
    ("GET", "/whep/<session_id>", "200 200 200 200 200 200", {}),
    ("GET", "/whep/<session_id>/<resource>", "404 404 404 404 404 404", {}),
    ("POST", "/whip/<session_id>", "401 401 401 401 401 401", {}),
    ("PATCH", "/whip/<session_id>/<resource>", "404 404 404 404 404 404", {}),
    ("DELETE", "/whip/<session_id>/<resource>", "404 404 404 404 404 404", {}),
    ("POST", "/whep/<session_id>", "401 401 401 401 401 401", {}),
    ("PATCH", "/whep/<session_id>/<resource>", "404 404 404 404 404 404", {}),
    ("DELETE", "/whep/<session_id>/<resource>", "404 404 404 404 404 404", {}),
    *CITIZEN_ROWS,
    # ---- programs
    ("GET", "/demo", "404 404 404 404 404 404", {}),  # only `liaison demo` opens it
    *API_ROWS,
    ("GET", "/calendar/<secret>.ics", "404 404 404 404 404 404", {}),
    ("GET", "/public/calendar.ics", "200 200 200 200 200 200", {}),
]


@dataclass
class Office:
    """The application on a seeded house; each request is for a session that nothing has happened to."""

    app: Flask
    house: House
    seeded: Seeded
    booked: int = 0
    drafts_of: str = "planner"
    untouched: dict[str, str] = field(default_factory=dict)
    """Ids of what has only been looked at, by the name that they have in rules."""

    def address(self, rule: Rule) -> str:
        """The rule with ids of things that are there."""
        built = rule.build({name: self._value(name) for name in rule.arguments})
        assert built is not None
        return built[1]

    def _value(self, name: str) -> str:
        made = {"session_id": self._session, "draft_id": self._draft, "series_id": self._series, "request_id": self._request,
                "document_id": self._document, "test_id": lambda: tried(self.house, self.seeded.actors["naryn"], "naryn-oblast")}
        if name in made and name not in self.untouched:
            self.untouched[name] = made[name]()
        return self.untouched[name] if name in made else self._fixed(name)

    def _fixed(self, name: str) -> str:
        return {"user_id": str(self.seeded.actors["alay"].user_id), "slug": "naryn-oblast", "point": "naryn-oblast", "key": "points",
                "kind": "welcome", "part": "subject", "language": "en", "feed": "point", "poll_id": self.seeded.poll,
                "code": "ru", "number": "0", "closure_id": NOBODY, "maintenance_id": NOBODY, "way": "0",
                "filename": "css/office.css"}.get(name, "x")

    def _session(self) -> str:
        self.booked += 1
        session = sessions.book_session(self.house, self.seeded.actors["planner"], plan(
            "naryn-oblast", "osh-oblast", starts_at=NOW + timedelta(days=30, hours=self.booked), duration_minutes=30))
        return session.id

    def _document(self) -> str:
        """For one of the session's points."""
        return documents.add_document(self.house, self.seeded.actors["planner"], self._value("session_id"), photo(),
                                      Placing("For Osh", points=("osh-oblast",))).id

    def _series(self) -> str:
        self.booked += 1
        starts_at = NOW + timedelta(days=30, hours=self.booked)
        return str(series.book_series(self.house, self.seeded.actors["planner"], plan(
            "naryn-oblast", "osh-oblast", starts_at=starts_at, duration_minutes=30), series.Recurrence("FREQ=YEARLY;COUNT=2")).series_id)

    def _request(self) -> str:
        """Asked for by the officer."""
        self.booked += 1
        starts_at = NOW + timedelta(days=57, hours=self.booked)  # after the seeded series, before the holidays of May
        wanted = plan("naryn-oblast", starts_at=starts_at, duration_minutes=30)
        return booking_requests.ask_for_session(self.house, self.seeded.actors["naryn"], wanted).id

    def _draft(self) -> str:
        owner = self.seeded.actors[self.drafts_of]
        return drafts.save_draft(self.house, owner, {"title": {"en": "Half filled"}}).id


@pytest.fixture(scope="module")
def filled(_sqlite_factory: SqliteFactory, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Seeded]:
    """A seeded database, made once: each role gets a copy of it."""
    folder = tmp_path_factory.mktemp("filled")
    house = open_house(make_settings(folder / "data", database_url=_sqlite_factory.create(folder)), FixedClock(NOW))
    seeded = seed(house)
    house.db.close()
    return folder / "liaison.db", seeded


@pytest.fixture
def office(filled: tuple[Path, Seeded], tmp_path: Path) -> Iterator[Office]:
    copyfile(filled[0], tmp_path / "liaison.db")
    house = open_house(make_settings(tmp_path / "data", database_url=f"sqlite:///{tmp_path / 'liaison.db'}"), FixedClock(NOW))
    yield Office(create_app(house), house, filled[1])
    house.db.close()


def test_no_address_is_missing_in_the_table(office: Office) -> None:
    served = {(method, rule.rule) for rule in office.app.url_map.iter_rules()
              for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    listed = {(method, rule) for method, rule, _, _ in TABLE}
    assert (sorted(served - listed), sorted(listed - served)) == ([], [])


@pytest.mark.parametrize("role", ROLES)
def test_every_address_for(role: str, office: Office) -> None:
    account, column = ROLES[role], list(ROLES).index(role)
    office.drafts_of = "admin" if role == "administrator" else "planner"
    browser = Browser(office.app, office.house)
    rules = {(method, rule.rule): rule for rule in office.app.url_map.iter_rules() for method in rule.methods or ()}
    wrong, new = [], True
    for method, rule, statuses, sent in (row for row in TABLE if row[:2] in rules):
        if new:
            browser.become(office.seeded.actors[account].user_id if account else None)
        answer = browser.send(method, office.address(rules[method, rule]), **sent)
        wanted, got = statuses.split()[column], _in_short(answer)
        if got != wanted:
            wrong.append(f"{method} {rule}: {got}, not {wanted}")
        if changes := method != "GET" and answer.status_code < 400 and got != "in":
            office.untouched.clear()
        new = changes or got == "in" or "Set-Cookie" in answer.headers
    assert not wrong, "\n".join(wrong)


def _in_short(answer: TestResponse) -> str:
    """The status, or ``in`` for being led to the sign-in page."""
    led = answer.status_code == 303 and urlsplit(answer.headers["Location"]).path == "/sign-in"
    return "in" if led else str(answer.status_code)
