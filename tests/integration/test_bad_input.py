"""Bad input to every API route and every page: a clear error, nothing lost, nothing dies.

A route without a row in the table fails. The packets below HTTP's requests are in ``test_bad_packets``.
"""

from __future__ import annotations

import socket
from dataclasses import replace
from functools import cache

import pytest
from werkzeug.routing import Rule

from tests.support.bad_office_requests import OFFICE
from tests.support.bad_requests import BOOKING, RULES, body, fields, unread
from tests.support.live_room import OFFER
from tests.support.office import Bad, Office
from tests.support.web import Browser

API = ("/api/", "/whip/", "/whep/")
S, SDP, FRAGMENT = "/api/v1/sessions", "application/sdp", "application/trickle-ice-sdpfrag"
NOBODY = "01a1fff9-145e-7190-8a6e-e7719d80b973"
QUESTION = {"point": "osh-oblast", "text": "When is the road mended?"}
ANSWER = {"point": "osh-oblast", "answer": "accepted"}
SEARCH = {"points": ["osh-oblast"], "duration_minutes": 60}

READ_ONE = (
    Bad("no such session", 404, "not_found", path={"session_id": NOBODY}), Bad("no id", 404, "not_found", path={"session_id": "x"}),
    Bad("a NUL", 404, "not_found", path={"session_id": "a\0"}), Bad("no token", 401, "unauthenticated", who=None),
    Bad("another point's officer", 403, "forbidden", who="naryn"), Bad("a dead token", 401, "token_refused", who="lsn_x"),
)
LONG = "x" * 5000
RESTREAM = {"address": "rtmps://live.example.org/app", "key": "stream-1"}
GROUP = {"name": {"en": "South"}, "points": ["osh-oblast"]}
TEMPLATE = {"session": NOBODY, "name": {"en": "Mine"}}
REPEATS = tuple(("recurrence", value) for value in (
    5, {}, {"rule": 5}, {"rule": ""}, {"rule": "FREQ=HOURLY"}, {"rule": "FREQ=WEEKLY;COUNT=401"}, {"rule": "FREQ=WEEKLY\0"},
    {"rule": LONG}, {"rule": "FREQ=WEEKLY;UNTIL=99991231"}, {"rule": "FREQ=WEEKLY;COUNT=1", "leave_out": ["2099-03-01"]},
    {"rule": "FREQ=WEEKLY;COUNT=2", "leave_out": ["soon"]}, {"rule": "FREQ=WEEKLY", "leave_out": [5]}, {"rule": "FREQ=WEEKLY", "x": 1}))
SCOPES = (5, {"scope": "future"}, {"overwrite": 1}, {"stay": ["x"]}, {"rule": 5}, {"rule": "FREQ=DAILY"}, {"x": 1})
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
            Bad("only HTML wanted", 406, "not_acceptable", who="join:point", send=offer | {"headers": {"Accept": "text/html"}}),
            Bad("a form", 415, "unsupported_media_type", who="join:point", send={"data": {"sdp": OFFER}}),
            Bad("too large", 413, "too_large", who="join:point", send={"data": OFFER + "x" * 200_001, "content_type": SDP}),
            Bad("ended", 409, "illegal_state", who="late", session="ended", send=offer),
        ),
        ("GET", f"/{kind}/<session_id>"): (),  # takes no input at all
        ("GET", f"/{kind}/<session_id>/<resource>"): tuple(replace(bad, send={}) for bad in forged),
        ("PATCH", f"/{kind}/<session_id>/<resource>"): forged,
        ("DELETE", f"/{kind}/<session_id>/<resource>"): forged,
    }


MOBILE = {"name": {"en": "Van"}}
STOP = {"place": "Bazaar", "lat": 41.5, "lon": 74, "starts_at": "2099-03-01T04:00:00Z", "ends_at": "2099-03-02T04:00:00Z"}
CSV = {"table": "slug,phone\nosh-oblast,1"}
KNOWN_POINT = (
    Bad("unknown", 404, "not_found", path={"slug": "atlantis"}), Bad("a NUL", 404, "not_found", path={"slug": "a\0"}),
    Bad("no token", 401, "unauthenticated", who=None), Bad("a dead token", 401, "token_refused", who="lsn_x"),
)

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
    ("GET", "/api/v1/points/<slug>/link-history"): (
        *(Bad(query, 422, "invalid", query=query) for query in (
            "from=yesterday", "to=2099", "from=0001-01-01T00:00:00%2B23:59", "limit=0", "limit=5001", "limit=ten", "x=1")),
        Bad("unknown", 404, "not_found", path={"slug": "atlantis"}), Bad("a NUL", 404, "not_found", path={"slug": "a\0"}),
        Bad("no token", 401, "unauthenticated", who=None), Bad("another point's officer", 403, "forbidden", who="naryn"),
        Bad("a dead token", 401, "token_refused", who="lsn_x"),
    ),
    ("POST", "/api/v1/points"): (
        *unread(MOBILE),
        *fields(("name", {}), ("name", "Van"), ("name", {"en": " "}), ("name", {"xx": "Van"}), ("name", {"en": "x" * 201}),
                ("name", {"en": "\0"}),
                ("slug", "Van 1"), ("slug", "x" * 65), ("slug", 5), ("lat", 91), ("lat", "42"), ("lat", 42.0), ("lon", 200),
                ("link_profile", "fast"), ("phone", "x" * 65), ("phone", "\0"), ("email", "nobody"), ("seat", {"en": "\0"}),
                base=MOBILE, who="admin"),
        body("an organiser", 403, "forbidden", MOBILE), body("a taken name", 409, "conflict", MOBILE | {"slug": "osh-oblast"}, who="admin"),
    ),
    ("PATCH", "/api/v1/points/<slug>"): (
        *unread({"phone": "1"}), body("an organiser", 403, "forbidden", {"phone": "1"}),
        *fields(("phone", "x" * 65), ("phone", 5), ("phone", "\0"), ("email", "nobody"), ("link_profile", "fast"), ("active", "yes"),
                base={}, who="admin"),
        body("unknown", 404, "not_found", {"phone": "1"}, who="admin", path={"slug": "atlantis"}),
        body("a NUL", 404, "not_found", {"phone": "1"}, who="admin", path={"slug": "a\0"}),
    ),
    ("GET", "/api/v1/points/<slug>/route"): KNOWN_POINT,
    ("POST", "/api/v1/points/<slug>/route"): (
        *unread(STOP),
        *fields(("place", ""), ("place", {}), ("place", {"xx": "A"}), ("place", "x" * 201), ("place", "\0"), ("lat", 91), ("lat", None),
                ("lon", "74"), ("starts_at", "soon"), ("ends_at", STOP["starts_at"]), ("ends_at", "2099-03-01T04:00:00"),
                ("ends_at", "2199-03-01T04:00:00Z"), ("note", "x" * 501), ("note", "\0"), base=STOP),
        body("an officer", 403, "forbidden", STOP, who="osh"), body("no mobile point", 409, "illegal_state", STOP),
        body("unknown", 404, "not_found", STOP, path={"slug": "atlantis"}), body("a NUL", 404, "not_found", STOP, path={"slug": "a\0"}),
    ),
    ("DELETE", "/api/v1/points/<slug>/route/<stop_id>"): (
        Bad("no id", 404, "not_found", path={"stop_id": "x"}), Bad("a NUL", 404, "not_found", path={"stop_id": "a\0"}),
        Bad("no token", 401, "unauthenticated", who=None, path={"stop_id": NOBODY}),
        Bad("an officer", 403, "forbidden", who="osh", path={"stop_id": NOBODY}),
        Bad("no mobile point", 409, "illegal_state", path={"stop_id": NOBODY}),
    ),
    ("GET", "/api/v1/network"): (Bad("no token", 401, "unauthenticated", who=None), Bad("a dead token", 401, "token_refused", who="lsn_x")),
    ("GET", "/api/v1/tables/<key>.csv"): (
        Bad("no token", 401, "unauthenticated", who=None), Bad("an organiser", 403, "forbidden"),
        Bad("unknown", 404, "not_found", who="admin", path={"key": "secrets"}),
        Bad("a NUL", 404, "not_found", who="admin", path={"key": "a\0"}),
    ),
    ("POST", "/api/v1/tables/<key>"): (
        *unread(CSV), body("an organiser", 403, "forbidden", CSV),
        body("unknown", 404, "not_found", CSV, who="admin", path={"key": "secrets"}),
        *fields(("table", ""), ("table", 5), ("table", "x" * 1_500_001), ("table", "slug\n"), ("table", "slug,slug\na,b"),
                ("table", "slug,rights\nosh-oblast,all"), ("table", "phone\n1"), ("table", 'slug,phone\nosh-oblast,"1'),
                ("table", "slug,phone\nosh-oblast,1,2"), ("table", "slug,phone\nosh-oblast,\0"), ("table", "slug\natlantis"),
                ("table", "slug,active\nosh-oblast,maybe"), ("dry_run", "yes"), base=CSV, who="admin"),
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
                ("timezone", "../../etc/passwd"), ("description", {"en": "x" * 100_000}), *REPEATS,
                ("on_behalf_of", 5), ("groups", ["atlantis"]), ("groups", "all"), ("groups", ["a\0"]), base=BOOKING),
        body("an officer", 403, "forbidden", BOOKING, who="osh"),
        *(body("nobody's deputy", 403, "forbidden", BOOKING | {"on_behalf_of": name}) for name in ("admin", "nobody", "a\0")),
        Bad("a taken point", 409, "booking_conflict", send={"json": BOOKING | {"starts_at": "taken"}}),
        *(Bad(why, 422, "invalid", send={"json": BOOKING, "headers": {"Idempotency-Key": key}})
          for why, key in (("an empty key", ""), ("a long key", "x" * 201))),
    ),
    ("POST", "/api/v1/find-times"): (
        *unread(SEARCH),
        *fields(("points", []), ("points", ["atlantis"]), ("points", ["a\0"]), ("points", "osh-oblast"), ("points", ["osh-oblast"] * 1001),
                ("optional_points", ["atlantis"]), ("duration_minutes", 4), ("duration_minutes", 721), ("duration_minutes", "60"),
                ("duration_minutes", 2**70), ("from", "tomorrow"), ("from", 5), ("from", "2001-01-01"), ("from", "9999-12-31"),
                ("from", "2099-02-30"), ("days", 0), ("days", 93), ("days", True), ("hours_from", "9"), ("hours_from", "25:00"),
                ("hours_from", "18:00"), ("hours_to", 18), ("hours_to", "08:00"), ("weekdays", []), ("weekdays", [0]), ("weekdays", [8]),
                ("weekdays", [1] * 8), ("lunch", {"starts": "13:00"}), ("lunch", {"starts": "x", "ends": "14:00"}), ("lunch", 5),
                ("chair", {"user": "nobody"}), ("chair", {"user": "\0"}), ("chair", {"point": "atlantis"}), ("step_minutes", 0),
                ("step_minutes", 7), ("setup_minutes", -1), ("clear_minutes", 241), ("near", "soon"), ("limit", 0), ("limit", 51),
                ("except_session", 5), ("except_session", "a\0"), base=SEARCH),
        body("an officer", 403, "forbidden", SEARCH, who="osh"),
    ),
    ("GET", S + "/<session_id>"): READ_ONE,
    ("PATCH", S + "/<session_id>"): (
        *unread({"public": True}), *fields(("title", {"en": ""}), ("points", []), ("starts_at", "soon"), ("agenda", 5),
                                           *(("series", value) for value in SCOPES), base={}),
        body("no series", 409, "illegal_state", {"series": {"scope": "all"}, "public": True}),
        body("no such session", 404, "not_found", {}, path={"session_id": NOBODY}),
        body("an officer", 403, "forbidden", {"public": True}, who="osh"),
        body("cancelled before", 409, "illegal_state", {"public": True}, session="cancelled"),
        body("ended before", 409, "illegal_state", {"public": True}, session="ended"),
        Bad("an old version", 412, "precondition_failed", send={"json": {"public": True}, "headers": {"If-Match": '"0-x"'}}),
        Bad("no version", 412, "precondition_failed", send={"json": {"public": True}, "headers": {"If-Match": "%%%"}}),
    ),
    ("POST", S + "/<session_id>/cancel"): (
        *unread({"reason": "x"}), *fields(("reason", "x" * 2001), ("reason", "\0"), ("reason", 5), ("scope", "future"), base={}),
        body("no series", 409, "illegal_state", {"scope": "following"}),
        body("no such session", 404, "not_found", {}, path={"session_id": NOBODY}), body("an officer", 403, "forbidden", {}, who="osh"),
        body("cancelled before", 409, "illegal_state", {}, session="cancelled"),
        body("ended before", 409, "illegal_state", {}, session="ended"), body("live", 409, "illegal_state", {}, session="live"),
    ),
    ("POST", S + "/<session_id>/answer"): (
        *unread(ANSWER),
        *fields(("answer", "pending"), ("answer", "maybe"), ("answer", None), ("point", None), ("point", 5), ("reason", "x" * 2001),
                ("reason", "\0"), ("reason", 5), ("scope", "following"),
                ("expected", -1), ("expected", "3"), ("expected", 100_001), ("representatives", "A"),
                ("representatives", ["\0"]), ("representatives", ["x" * 201]), ("representatives", ["x"] * 101), base=ANSWER),
        body("no series", 409, "illegal_state", ANSWER | {"scope": "all"}),
        body("no answer", 422, "invalid", {"point": "osh-oblast"}), body("no point", 422, "invalid", {"answer": "accepted"}),
        body("no such session", 404, "not_found", ANSWER, path={"session_id": NOBODY}),
        body("no such point", 404, "not_found", ANSWER | {"point": "atlantis"}),
        body("a point that is not invited", 404, "not_found", ANSWER | {"point": "alay-district"}),
        body("a NUL", 404, "not_found", ANSWER | {"point": "a\0"}),
        body("another point's officer", 403, "forbidden", ANSWER, who="naryn"),
        body("another's point", 403, "forbidden", ANSWER | {"point": "big-hall"}, who="osh"),
        body("cancelled", 409, "illegal_state", ANSWER, session="cancelled"), body("ended", 409, "illegal_state", ANSWER, session="ended"),
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
    ("GET", "/api/v1/groups"): (
        Bad("no token", 401, "unauthenticated", who=None), Bad("a dead token", 401, "token_refused", who="lsn_x")),
    ("PUT", "/api/v1/groups/<slug>"): (
        *unread(GROUP), body("an officer", 403, "forbidden", GROUP, who="osh"),
        *fields(("name", {}), ("name", {"en": " "}), ("name", {"xx": "A"}), ("name", {"en": "x" * 201}), ("name", {"en": "\0"}),
                ("points", []), ("points", ["atlantis"]), ("points", ["a\0"]), ("points", [5]), ("points", ["osh-oblast"] * 1001),
                base=GROUP),
        body("the network's own", 409, "illegal_state", GROUP, path={"slug": "all"}),
        *(body(f"the short name {slug[:9]!r}", 422, "invalid", GROUP, path={"slug": slug}) for slug in ("A", "a b", "x" * 65)),
        body("a NUL in it", 404, "not_found", GROUP, path={"slug": "a\0"}),
    ),
    ("DELETE", "/api/v1/groups/<slug>"): (
        Bad("unknown", 404, "not_found"), Bad("a NUL", 404, "not_found", path={"slug": "a\0"}),
        Bad("an officer", 403, "forbidden", who="osh"), Bad("the network's own", 409, "illegal_state", path={"slug": "all"}),
        Bad("no token", 401, "unauthenticated", who=None),
    ),
    ("GET", "/api/v1/templates"): (Bad("no token", 401, "unauthenticated", who=None), Bad("an officer", 403, "forbidden", who="osh")),
    ("POST", "/api/v1/templates"): (
        *unread(TEMPLATE), body("no such session", 404, "not_found", TEMPLATE),
        body("no id", 404, "not_found", TEMPLATE | {"session": "x"}),
        *fields(("session", 5), ("name", {}), ("name", 5), ("groups", "all"), ("groups", ["all"] * 51), base=TEMPLATE),
        body("an officer", 403, "forbidden", TEMPLATE, who="osh"),
    ),
    ("DELETE", "/api/v1/templates/<template_id>"): (
        Bad("unknown", 404, "not_found"), Bad("a NUL", 404, "not_found", path={"template_id": "a\0"}),
        Bad("the network's own", 409, "illegal_state", path={"template_id": "government-weekly"}),
        Bad("an officer", 403, "forbidden", who="osh"), Bad("no token", 401, "unauthenticated", who=None),
    ),
    ("GET", "/api/v1/series/<series_id>"): (
        Bad("no such series", 404, "not_found", path={"series_id": NOBODY}), Bad("no id", 404, "not_found", path={"series_id": "x"}),
        Bad("a NUL", 404, "not_found", path={"series_id": "a\0"}), Bad("a dead token", 401, "token_refused", who="lsn_x"),
    ),
    ("GET", S + "/<session_id>/attendance"): READ_ONE,
    ("GET", S + "/<session_id>/attendance.csv"): READ_ONE,
    ("GET", S + "/<session_id>/protocol"): READ_ONE,
    ("GET", S + "/<session_id>/notes"): READ_ONE,
    ("GET", S + "/<session_id>/questions"): (
        *READ_ONE[:3], READ_ONE[-1], Bad("not public", 404, "not_found"), Bad("a state", 422, "invalid", query="state=gone"),
        Bad("an unknown filter", 422, "invalid", query="x=1"), Bad("the queue", 401, "unauthenticated", who=None, query="state=waiting"),
        Bad("an officer", 403, "forbidden", who="osh", query="state=waiting")),
    ("POST", S + "/<session_id>/questions"): (
        *unread(QUESTION),
        *fields(("point", 5), ("text", "Why"), ("text", "x" * 1001), ("text", "\0" * 9), ("text", None), ("name", "x" * 81),
                ("contact", "nobody"), ("category", "gossip"), ("language", "xx"), base=QUESTION, who="osh"),
        body("the office", 403, "forbidden", QUESTION),
        body("another's point", 403, "forbidden", QUESTION | {"point": "big-hall"}, who="osh"),
        body("a session that is not public", 404, "not_found", QUESTION, who="osh"),
        body("no such session", 404, "not_found", QUESTION, who="osh", path={"session_id": NOBODY})),
    ("POST", S + "/<session_id>/questions/<number>/decision"): (
        *unread({"act": "approve"}), *fields(("act", "burn"), ("act", None), ("reason", "x" * 4001), ("into", 0), ("into", "1"),
                                             ("category", "gossip"), base={"act": "approve"}),
        body("no such question", 404, "not_found", {"act": "approve"}),
        body("no number", 404, "not_found", {"act": "approve"}, path={"number": "x"}),
        body("merged into nothing", 422, "invalid", {"act": "merge"}),
        body("an officer", 403, "forbidden", {"act": "approve"}, who="osh")),
    ("GET", S + "/<session_id>/restream"): READ_ONE,
    ("PUT", S + "/<session_id>/restream"): (
        *unread(RESTREAM), *fields(("address", "http://example.org"), ("address", None), ("address", "rtmp://" + "x" * 301), ("key", ""),
                                   ("key", "a b"), ("key", 5), ("default", "yes"), base=RESTREAM),
        body("no broadcast", 422, "invalid", RESTREAM), body("no broadcast where all go", 422, "invalid", {"default": True}),
        body("an officer", 403, "forbidden", RESTREAM, who="osh"),
        body("no such session", 404, "not_found", RESTREAM, path={"session_id": NOBODY})),
    ("DELETE", S + "/<session_id>/restream"): READ_ONE,
    ("GET", S + "/<session_id>/chat"): (
        *READ_ONE, *(Bad(query, 422, "invalid", query=query) for query in ("cursor=-1", "cursor=x", "cursor=2147483648", "limit=0",
                                                                           "limit=501", "x=1"))),
    **RULES,
    **OFFICE,
    **doors("whip"),
    **doors("whep"),
}


@cache
def routes(office: Office) -> dict[tuple[str, str], Rule]:
    return {(method, rule.rule): rule for rule in office.app.url_map.iter_rules() if rule.rule.startswith(API)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


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
    method = "PATCH" if ("PUT", rule) in TABLE else "PUT"
    answer = office.ask(method, next(found for (_, name), found in routes(office).items() if name == rule), Bad("", 405, ""))
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (405, "method_not_allowed")


def test_invented_methods_make_no_new_figures(office: Office) -> None:
    for number in range(20):
        office.client.open("/api/v1/points", method=f"X{number}")
    figures = office.client.get("/metrics").text
    assert 'method="other"' in figures and 'method="X1"' not in figures


def test_no_page_breaks_over_nonsense(office: Office) -> None:
    """Every page, as an administrator: odd addresses, odd queries, odd forms."""
    browser, wrong = Browser(office.app, office.house).become(str(office.admin.user_id)), []
    texts = ("\0", "x" * 5000, "//[", "0001-01-01", "9999-12-31")
    names = ("next", "date", "time", "from", "to", "q", "before", "cursor", "points", "point", "draft", "draft_id", "language",
             "agenda_title", "agenda_minutes", "agenda_texts", "title_en", "minutes", "name", "full_name", "days", "user", "table",
             "reason", "sort", "only", "all", "repeat", "repeat_days", "repeat_interval", "repeat_end", "repeat_count", "repeat_until",
             "leave_out", "scope", "state", "kind", "view", "v", "near", "lat", "starts_at", "ends_at", "place_en", "name_0", "count_0",
             "note", "name_en", "slug", "act", "on_behalf_of", "deputy", "starts_on", "ends_on",
             "request", "request_id", "wait", "place", "kept", "displaced", "code", "device_name", "camera", "left", "reasons",
             "text", "base", "after", "session", "seq", "sheet", "contact", "category", "category_shown", "into", "answer",
             "website", "kiosk")
    for rule in office.app.url_map.iter_rules():
        if rule.rule.startswith((*API, "/static/")):
            continue
        for text in texts:
            built = rule.build(dict.fromkeys(rule.arguments, "x" if text == "//[" else text))
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                odd = dict.fromkeys(names, text)
                answer = browser.get(built[1], query_string=odd) if method == "GET" else browser.post(built[1], odd)
                if answer.status_code >= 500:
                    wrong.append(f"{method} {rule.rule} {text[:12]!r}: {answer.status_code}")
                if "Set-Cookie" in answer.headers or answer.status_code == 303:  # signed out, or told something
                    browser.become(str(office.admin.user_id))
    assert not wrong, "\n".join(wrong)
    assert browser.get("/admin/settings").status_code == 200, "no administrator any more"


def test_half_a_request_harms_nobody(office: Office) -> None:
    host, port = office.live.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as link:
        link.sendall(b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{")
    assert office.client.get("/healthz").status_code == 200
