"""Bad input to every API route, every Socket.IO message and the media port: a clear error, nothing lost, nothing dies.

A route without a row in the table fails, and so does a Socket.IO message. ``test_room_sockets`` sends every message with every
wrong kind of field and by every wrong role; here come packets below the messages, and messages at the wrong moment.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import websocket
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from liaison.domain.actor import SYSTEM
from liaison.domain.words import AccountRole
from liaison.house import House, open_house
from liaison.services import sessions
from liaison.services.lifecycle import close_session, open_session
from liaison.services.tokens import create_token
from liaison.store import tables as t
from signaling.messages import CLIENT
from signaling.room.commands import COMMANDS
from tests.support.databases import make_settings
from tests.support.live_room import OFFER, LiveRoom, until
from tests.support.people import add_actor, plan
from tests.support.web import Browser

API = ("/api/", "/whip/", "/whep/")
S, SDP, FRAGMENT = "/api/v1/sessions", "application/sdp", "application/trickle-ice-sdpfrag"
NOBODY = "01a1fff9-145e-7190-8a6e-e7719d80b973"
BOOKING = {"title": {"en": "Harvest"}, "kind": "government", "duration_minutes": 60, "points": ["osh-oblast"],
           "starts_at": "2099-03-01T04:00:00Z"}


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


def body(why: str, status: int, code: str, content: Any, **more: Any) -> Bad:
    """A JSON body, or bytes that pretend to be one."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Bad(why, status, code, send={"data": data, "content_type": "application/json"}, **more)


def fields(*wrong: tuple[str, Any], base: dict[str, Any], **more: Any) -> tuple[Bad, ...]:
    return tuple(body(f"{name} = {str(value)[:30]!r}", 422, "invalid", base | {name: value}, **more) for name, value in wrong)


def unread(base: dict[str, Any]) -> tuple[Bad, ...]:
    """What every route with a JSON body refuses."""
    return (
        Bad("no token", 401, "unauthenticated", who=None, send={"json": base}),
        Bad("a token that is none", 401, "token_refused", who="lsn_" + "x" * 43, send={"json": base}),
        Bad("a join token", 401, "token_refused", who="join:point", send={"json": base}),
        Bad("no JSON", 415, "unsupported_media_type", send={"data": "a=b", "content_type": "text/plain"}),
        body("broken", 400, "bad_request", b'{"a": '),
        body("not text", 400, "bad_request", b"\xff\xfe{}"),
        body("too deep", 400, "bad_request", b"[" * 100_000),
        body("a number of 5000 digits", 400, "bad_request", b"9" * 5000),
        body("a list", 422, "invalid", [base]),
        body("nothing", 422, "invalid", None),
        body("an unknown field", 422, "invalid", base | {"is_admin": True}),
        body("a field that is no text", 422, "invalid", b'{"\\ud800": 1}'),
        body("too large", 413, "too_large", b'"' + b"x" * 3_000_000 + b'"'),
    )


READ_ONE = (
    Bad("no such session", 404, "not_found", path={"session_id": NOBODY}), Bad("no id", 404, "not_found", path={"session_id": "x"}),
    Bad("a NUL", 404, "not_found", path={"session_id": "a\0"}), Bad("no token", 401, "unauthenticated", who=None),
    Bad("another point's officer", 403, "forbidden", who="naryn"), Bad("a dead token", 401, "token_refused", who="lsn_x"),
)
LONG = "x" * 5000
TEXT = {"en": "A"}


def doors(kind: str) -> dict[tuple[str, str], tuple[Bad, ...]]:
    """WHIP and WHEP refuse alike."""
    offer, patch = {"data": OFFER, "content_type": SDP}, {"data": "a=candidate:1", "content_type": FRAGMENT}
    forged = (Bad("a forged address", 404, "not_found", send=patch, path={"resource": f"{NOBODY}.{'0' * 32}"}),
              Bad("no seal", 404, "not_found", send=patch, path={"resource": "x"}),
              Bad("a seal that is no ASCII", 404, "not_found", send=patch, path={"resource": "x.ы"}))
    return {
        ("POST", f"/{kind}/<session_id>"): (
            Bad("no token", 401, "unauthenticated", who=None, send=offer),
            Bad("an API token", 401, "unauthenticated", send=offer), Bad("an unsigned JWT", 401, "unauthenticated", who="none", send=offer),
            Bad("a resume token", 401, "unauthenticated", who="resume", send=offer),
            Bad("another session", 403, "forbidden", who="join:point", session="ended", send=offer),
            Bad("no SDP", 400, "bad_request", who="join:point", send={"data": "hello", "content_type": SDP}),
            Bad("no text", 400, "bad_request", who="join:point", send={"data": b"\xff\xfe", "content_type": SDP}),
            Bad("no section", 400, "bad_request", who="join:point", send={"data": "v=0\r\ns=m=", "content_type": SDP}),
            Bad("a form", 415, "unsupported_media_type", who="join:point", send={"data": {"sdp": OFFER}}),
            Bad("too large", 413, "too_large", who="join:point", send={"data": OFFER + "x" * 200_001, "content_type": SDP}),
            Bad("ended", 409, "illegal_state", who="late", session="ended", send=offer),
        ),
        ("PATCH", f"/{kind}/<session_id>/<resource>"): forged,
        ("DELETE", f"/{kind}/<session_id>/<resource>"): forged,
    }


TABLE: dict[tuple[str, str], tuple[Bad, ...]] = {
    ("GET", "/api/v1/openapi.json"): (),  # takes no input at all
    ("GET", "/api/v1/points"): (
        Bad("an unknown filter", 422, "invalid", query="x=1"), Bad("too long", 422, "invalid", query=f"q={LONG[:201]}"),
        Bad("a NUL", 400, "bad_request", query="kind=%00"), Bad("a dead token", 401, "token_refused", who="lsn_x"),
    ),
    ("GET", "/api/v1/points/<slug>"): (
        Bad("unknown", 404, "not_found", path={"slug": "atlantis"}), Bad("a NUL", 404, "not_found", path={"slug": "a\0"}),
        Bad("long", 404, "not_found", path={"slug": LONG}), Bad("a dead token", 401, "token_refused", who="lsn_x"),
    ),
    ("GET", S): (
        *(Bad(query, 422, "invalid", query=query) for query in (
            "limit=0", "limit=201", "limit=ten", "from=yesterday", "from=0001-01-01T00:00:00%2B23:59", "status=royal", "kind=party",
            "order=up", "cursor=nonsense", "cursor=AAAA", f"q={LONG[:201]}", "public=maybe", "x=1")),
        Bad("a NUL", 400, "bad_request", query="q=%00"), Bad("a dead token", 401, "token_refused", who="lsn_x"),
    ),
    ("POST", S): (
        *unread(BOOKING),
        *fields(("title", {}), ("title", {"en": ""}), ("title", {"en": "x" * 301}), ("title", {"xx": "A"}), ("title", {"en": "\0"}),
                ("title", "A"), ("kind", "party"), ("starts_at", "2099-03-01T04:00:00"), ("starts_at", "9999-12-31T23:59:00-12:00"),
                ("starts_at", "9999-12-31T23:00:00Z"), ("starts_at", "0001-01-01T00:00:00Z"), ("starts_at", 4070908800),
                ("duration_minutes", True), ("duration_minutes", 4), ("duration_minutes", 721), ("duration_minutes", 2**70),
                ("points", []), ("points", ["atlantis"]), ("points", ["osh-oblast"] * 1001), ("points", "osh-oblast"),
                ("points", ["a\0"]), ("agenda", [{"title": "A", "minutes": 5}] * 101), ("agenda", [{"title": "A"}]),
                ("chair", {"user": "nobody"}), ("chair", {"point": "alay-district"}), ("timezone", "Asia/Atlantis"),
                ("timezone", "../../etc/passwd"), ("description", {"en": "x" * 100_000}), base=BOOKING),
        body("an officer", 403, "forbidden", BOOKING, who="osh"),
        Bad("a taken point", 409, "booking_conflict", send={"json": BOOKING | {"starts_at": "taken"}}),
        *(Bad(why, 422, "invalid", send={"json": BOOKING, "headers": {"Idempotency-Key": key}})
          for why, key in (("an empty key", ""), ("a long key", "x" * 201))),
    ),
    ("GET", S + "/<session_id>"): READ_ONE,
    ("PATCH", S + "/<session_id>"): (
        *unread({"public": True}), *fields(("title", {"en": ""}), ("points", []), ("starts_at", "soon"), ("agenda", 5), base={}),
        body("no such session", 404, "not_found", {}, path={"session_id": NOBODY}),
        body("an officer", 403, "forbidden", {"public": True}, who="osh"),
        body("cancelled before", 409, "illegal_state", {"public": True}, session="cancelled"),
        body("ended before", 409, "illegal_state", {"public": True}, session="ended"),
        Bad("an old version", 412, "precondition_failed", send={"json": {"public": True}, "headers": {"If-Match": '"0-x"'}}),
        Bad("no version", 412, "precondition_failed", send={"json": {"public": True}, "headers": {"If-Match": "%%%"}}),
    ),
    ("POST", S + "/<session_id>/cancel"): (
        *unread({"reason": "x"}), *fields(("reason", "x" * 2001), ("reason", "\0"), ("reason", 5), base={}),
        body("no such session", 404, "not_found", {}, path={"session_id": NOBODY}), body("an officer", 403, "forbidden", {}, who="osh"),
        body("cancelled before", 409, "illegal_state", {}, session="cancelled"),
        body("ended before", 409, "illegal_state", {}, session="ended"), body("live", 409, "illegal_state", {}, session="live"),
    ),
    ("POST", S + "/<session_id>/join-tokens"): (
        *unread({"role": "point", "point": "osh-oblast"}),
        *fields(("role", "king"), ("point", "atlantis"), ("point", None), ("name", "x" * 201), ("name", "\0"),
                base={"role": "point", "point": "osh-oblast"}),
        body("another's point", 403, "forbidden", {"role": "point", "point": "big-hall"}, who="osh"),
        body("the chair's place", 403, "forbidden", {"role": "chair"}, who="osh"),
        body("another's name", 403, "forbidden", {"role": "watcher", "point": "big-hall"}, who="osh"),
        body("cancelled", 409, "illegal_state", {"role": "point", "point": "osh-oblast"}, session="cancelled"),
        body("ended", 409, "illegal_state", {"role": "point", "point": "osh-oblast"}, session="ended"),
    ),
    ("GET", S + "/<session_id>/attendance"): READ_ONE,
    ("GET", S + "/<session_id>/attendance.csv"): READ_ONE,
    **doors("whip"),
    **doors("whep"),
}


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
        self.tokens = {name: create_token(house, SYSTEM, user=name) for name in ("planner", "osh", "naryn")}

    def _book(self, after_minutes: int, minutes: int) -> str:
        starts_at = self.house.clock.now() + timedelta(minutes=after_minutes)
        wanted = plan("big-hall", "osh-oblast", starts_at=starts_at, duration_minutes=minutes)
        return sessions.book_session(self.house, self.live.planner, wanted).id

    def live_token(self, session: str, role: str = "point") -> str:
        from liaison.services.join import issue_token

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
        values = {"session_id": self.sessions[bad.session], "slug": "osh-oblast", "resource": "x"} | bad.path
        built = rule.build({name: value for name, value in values.items() if name in rule.arguments})
        assert built is not None
        return self.client.open(f"{built[1]}?{bad.query}", method=method, headers=headers, **send)

    def kept(self) -> dict[str, int]:
        """How much of everything there is."""
        with self.house.db.read() as db:
            kinds = (t.Session, t.Booking, t.Invitation, t.Outbox, t.User, t.Point, t.ApiToken, t.Draft, t.IdempotencyKey, t.OneTimeLink)
            return {kind.__tablename__: db.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds}


@pytest.fixture(scope="module")
def office(_sqlite_factory: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("bad-input")
    house = open_house(make_settings(folder / "data", database_url=_sqlite_factory.create(folder)))
    made = Office(house)
    yield made
    made.live.stop()
    house.db.close()


def routes(office: Office) -> dict[tuple[str, str], Rule]:
    return {(method, rule.rule): rule for rule in office.app.url_map.iter_rules() if rule.rule.startswith(API)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


# ---------------------------------------------------------------- HTTP


def test_every_api_route_has_its_rows(office: Office) -> None:
    assert set(routes(office)) == set(TABLE)


@pytest.mark.parametrize(("method", "rule"), TABLE)
def test_every_bad_request_is_refused_clearly_and_changes_nothing(office: Office, method: str, rule: str) -> None:
    before, wrong = office.kept(), []
    for bad in TABLE[method, rule]:
        answer = office.ask(method, routes(office)[method, rule], bad)
        said = answer.get_json(force=True, silent=True) or {}
        clear = answer.mimetype == "application/problem+json" and all(said.get(key) for key in ("title", "detail", "remedy"))
        if (answer.status_code, said.get("code"), clear) != (bad.status, bad.code, True):
            wrong.append(f"{bad.why}: {answer.status_code} {answer.text[:200]}, not {bad.status} {bad.code}")
    assert not wrong, "\n".join(wrong)
    assert office.kept() == before


@pytest.mark.parametrize("rule", sorted({rule for _, rule in TABLE}))
def test_a_method_that_a_route_does_not_have(office: Office, rule: str) -> None:
    answer = office.ask("PUT", next(found for (_, name), found in routes(office).items() if name == rule), Bad("", 405, ""))
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (405, "method_not_allowed")


def test_invented_methods_make_no_new_figures(office: Office) -> None:
    for number in range(20):
        office.client.open("/api/v1/points", method=f"X{number}")
    figures = office.client.get("/metrics").text
    assert 'method="other"' in figures and 'method="X1"' not in figures


def test_no_page_breaks_over_nonsense(office: Office) -> None:
    """Every page, as an administrator: odd addresses, odd queries, odd forms."""
    browser, wrong = Browser(office.app, office.house), []
    texts = ("\0", "x" * 5000, "//[", "0001-01-01", "9999-12-31")
    names = ("next", "date", "time", "from", "to", "q", "before", "cursor", "points", "point", "draft", "draft_id", "language",
             "agenda_title", "agenda_minutes", "agenda_texts", "title_en", "minutes", "name", "full_name", "days", "user", "table",
             "reason")
    for rule in office.app.url_map.iter_rules():
        if rule.rule.startswith((*API, "/static/")):
            continue
        for text in texts:
            built = rule.build(dict.fromkeys(rule.arguments, "x" if text == "//[" else text))
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                browser.become(str(office.admin.user_id))
                odd = dict.fromkeys(names, text)
                answer = browser.get(built[1], query_string=odd) if method == "GET" else browser.post(built[1], odd)
                if answer.status_code >= 500:
                    wrong.append(f"{method} {rule.rule} {text[:12]!r}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


# ---------------------------------------------------------------- Socket.IO


def raw(office: Office, *packets: str | bytes) -> Any:
    """A WebSocket below Socket.IO that has sent these Engine.IO packets."""
    link = websocket.create_connection(office.live.base.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket", timeout=8)
    for packet in packets:
        link.send(packet, websocket.ABNF.OPCODE_BINARY if isinstance(packet, bytes) else websocket.ABNF.OPCODE_TEXT)
    return link


def ended(link: Any) -> bool:
    """Read until the server ends the connection."""
    try:
        while link.recv():
            pass
    except websocket.WebSocketTimeoutException:
        return False
    except (websocket.WebSocketException, OSError):
        return True
    return True


STRANGE: dict[str, str | bytes] = {
    "bytes": b"\x00\x01", "no packet": "4", "no kind": "4x", "no JSON": '42["', "too deep": "42" + "[" * 100_000, "no event": "42{}",
    "an announced attachment": '451-["join",{"_placeholder":true,"num":0}]', "an error of ours": '44{"message":"x"}',
    "too long a number": "42" + "9" * 200 + '["x"]', "too long a message": '42["join","' + "x" * 600_000 + '"]',
}


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("what", STRANGE)
def test_a_packet_that_no_page_sends_ends_its_own_connection_alone(office: Office, what: str, joined: bool) -> None:
    other = office.live.enter()
    start = ["40" + json.dumps({"token": office.live.token()})] if joined else []
    link = raw(office, *start)
    if joined:
        until(lambda: link.recv().startswith("40"), "the namespace")
    link.send(STRANGE[what], websocket.ABNF.OPCODE_BINARY if isinstance(STRANGE[what], bytes) else websocket.ABNF.OPCODE_TEXT)
    if what == "no event" and not joined:
        link.close()  # of nobody in particular: it is passed over
    else:
        assert ended(link)
    assert other.call("snapshot")["ok"]


def test_one_connection_takes_one_place(office: Office) -> None:
    connect = "40" + json.dumps({"token": office.live.token()})
    assert ended(raw(office, connect, connect))


def test_connections_that_ask_for_nothing_are_ended(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = office.app.extensions["liaison_socket_count"].__self__.guard
    joined, silent = office.live.enter(), raw(office)
    monkeypatch.setattr("web.socket_guard.ASK_WITHIN_S", -1.0)
    guard.end_silent()
    assert ended(silent)
    assert joined.call("snapshot")["ok"]


def test_connections_below_socket_io_are_limited(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = office.app.extensions["liaison_socket_count"].__self__.guard
    monkeypatch.setattr(guard, "_most", 0)
    with pytest.raises(websocket.WebSocketException):
        raw(office)
    monkeypatch.undo()
    assert office.live.enter().call("snapshot")["ok"]


GOOD: dict[str, dict[str, Any]] = {
    "join": {"token": "x"}, "snapshot": {}, "publish": {"epoch": 1, "sdp": OFFER}, "unpublish": {},
    "subscribe": {"epoch": 1, "connection": "subscribe"}, "answer": {"epoch": 1, "connection": "subscribe", "sdp": OFFER},
    "restart": {"epoch": 1, "connection": "subscribe"}, "view": {"connection": "subscribe", "slots": {"v0": None}},
    "command": {"id": "12345678", "name": "raise_hand"}, "report": {"quality": "good"}, "leave": {},
}


def test_every_message_after_leaving_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(GOOD) == set(CLIENT)
    sockets = office.app.extensions["liaison_socket_count"].__self__
    monkeypatch.setattr(sockets, "close", lambda link: None)
    client = office.live.enter()
    assert client.call("leave")["ok"]
    for message, data in GOOD.items():
        answer = client.call(message, data)
        assert answer["error"]["code"] == ("unauthenticated" if message == "join" else "not_joined"), (message, answer)


def test_media_messages_before_their_time_are_refused(office: Office) -> None:
    client = office.live.enter()
    for message in ("answer", "restart", "view"):
        assert client.call(message, GOOD[message])["error"]["code"] == "media_refused"
    for message in ("publish", "subscribe", "answer", "restart"):
        assert client.call(message, GOOD[message] | {"epoch": 99})["error"]["code"] == "stale_epoch"


def test_every_command_with_odd_fields_or_from_a_watcher_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.sockets.Bucket.take", lambda self: True)
    chair, watcher = office.live.enter("chair", None), office.live.enter("watcher", None)
    before = chair.call("snapshot")["snapshot"]
    needed = {"peer": "x", "minutes": 5, "headcount": 1, "choice": "stay"}
    for name, row in COMMANDS.items():
        fine = {key: needed[key] for key, one in row.fields.items() if one.required}
        assert watcher.command(name, **fine)["error"]["code"] == "forbidden", name
        for odd in ({"x": 1}, *({key: {"a": []}} for key in row.fields)):
            assert chair.command(name, **(fine | odd))["error"]["code"] == "invalid", (name, odd)
    assert chair.command("no_such_command")["error"]["code"] == "invalid"
    assert chair.call("snapshot")["snapshot"] == before


def test_watchers_are_told_of_no_other_session(office: Office) -> None:
    from liaison.services import room_log

    osh, watcher = office.live.enter(), office.live.enter("watcher", None)
    warning = {"point": "osh-oblast", "session": office.sessions["open"], "minutes": 5, "title": {"en": "Secret"}, "starts_at": "x"}
    with office.house.db.write() as db:
        room_log.append(db, office.live.session, [("collision_warned", warning)], office.house.clock.now(), "scheduler")
    assert osh.wait_event("collision_warned")["data"]["session"] == office.sessions["open"]
    watcher.wait_event("collision_warned")
    assert "Secret" not in str(watcher.heard) and office.sessions["open"] not in str(watcher.heard)
    assert "Secret" in str(osh.call("snapshot")) and "Secret" not in str(watcher.call("snapshot"))


def test_half_a_request_harms_nobody(office: Office) -> None:
    host, port = office.live.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as link:
        link.sendall(b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{")
    assert office.client.get("/healthz").status_code == 200
