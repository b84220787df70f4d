"""Bad bodies that every route refuses, and the rows of what bounds booking: closed periods, maintenance, requests, displacement."""

from __future__ import annotations

import json
from typing import Any

from tests.support.office import NOBODY, Bad

BOOKING = {"title": {"en": "Harvest"}, "kind": "government", "duration_minutes": 60, "points": ["osh-oblast"],
           "starts_at": "2099-03-01T04:00:00Z"}


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


R = "/api/v1/booking-requests"
ASK = BOOKING | {"asks": "request"}
UNKNOWN_REQUEST = (
    Bad("no such request", 404, "not_found", path={"request_id": NOBODY}), Bad("no id", 404, "not_found", path={"request_id": "x"}),
    Bad("a NUL", 404, "not_found", path={"request_id": "a\0"}),
    Bad("no token", 401, "unauthenticated", who=None, path={"request_id": NOBODY}),
    Bad("a dead token", 401, "token_refused", who="lsn_x", path={"request_id": NOBODY}),
)
CLOSURE = {"starts_at": "2099-03-01T04:00:00Z", "ends_at": "2099-03-02T04:00:00Z", "reason": "Repairs"}
WORK = CLOSURE | {"point": "osh-oblast"}
STRETCHES = (
    *(Bad(query, 422, "invalid", query=query) for query in ("from=yesterday", "to=2099", "x=1")),
    Bad("no token", 401, "unauthenticated", who=None), Bad("a dead token", 401, "token_refused", who="lsn_x"),
)


def stretched(base: dict[str, Any]) -> tuple[Bad, ...]:
    """What is refused of any from–until with a reason."""
    return fields(
        ("starts_at", "soon"), ("starts_at", "9999-12-31T23:00:00Z"), ("ends_at", base["starts_at"]),
        ("ends_at", "2001-01-01T00:00:00Z"), ("ends_at", "2199-01-01T00:00:00Z"), ("reason", ""), ("reason", " "), ("reason", "\0"),
        ("reason", "x" * 2001), ("reason", None), base=base, who="admin")


GONE = (Bad("nothing of that id", 404, "not_found", who="admin", path={"closure_id": NOBODY, "maintenance_id": NOBODY}),
        Bad("no id", 404, "not_found", who="admin", path={"closure_id": "x", "maintenance_id": "a\0"}),
        Bad("no token", 401, "unauthenticated", who=None, path={"closure_id": NOBODY, "maintenance_id": NOBODY}),
        Bad("an officer", 403, "forbidden", who="osh", path={"closure_id": NOBODY, "maintenance_id": NOBODY}))


RULES: dict[tuple[str, str], tuple[Bad, ...]] = {
    ("GET", "/api/v1/closed-periods"): STRETCHES,
    ("POST", "/api/v1/closed-periods"): (
        *unread(CLOSURE), *stretched(CLOSURE),
        *fields(("province", "atlantis"), ("province", "alay-district"), ("province", "a\0"), ("point", "atlantis"), ("point", 5),
                base=CLOSURE, who="admin"),
        body("both", 422, "invalid", CLOSURE | {"province": "osh-oblast", "point": "osh-oblast"}, who="admin"),
        body("an organiser", 403, "forbidden", CLOSURE),
    ),
    ("DELETE", "/api/v1/closed-periods/<closure_id>"): GONE,
    ("GET", "/api/v1/maintenance"): STRETCHES,
    ("POST", "/api/v1/maintenance"): (
        *unread(WORK), *stretched(WORK), *fields(("point", "atlantis"), ("point", "a\0"), ("point", None), base=WORK, who="admin"),
        body("no point", 422, "invalid", CLOSURE, who="admin"), body("an officer", 403, "forbidden", WORK, who="osh"),
    ),
    ("DELETE", "/api/v1/maintenance/<maintenance_id>"): GONE,
    ("GET", "/api/v1/holidays"): (
        *(Bad(query, 422, "invalid", query=query) for query in (
            "from=yesterday", "to=2099-13-01", "from=0001-01-01&to=9999-12-31", "x=1")),
        Bad("no token", 401, "unauthenticated", who=None), Bad("a dead token", 401, "token_refused", who="lsn_x"),
    ),
    ("POST", "/api/v1/displacements/preview"): (
        *unread(BOOKING), *fields(("priority", 4), ("priority", "high"), ("clear_minutes", 241), ("points", ["atlantis"]), base=BOOKING),
        body("an officer", 403, "forbidden", BOOKING, who="osh"),
    ),
    ("POST", "/api/v1/displacements"): (
        *unread({"booking": BOOKING, "displaced": []}),
        *fields(("booking", {}), ("displaced", [{}]), ("displaced", [{"session": "x", "fate": "burn"}]), ("reason", "\0"),
                base={"booking": BOOKING, "displaced": []}),
        body("a session that is not in the way", 409, "displaced_changed", {"booking": BOOKING, "displaced": [{"session": NOBODY}]}),
        body("no such request", 404, "not_found", {"booking": BOOKING, "displaced": [], "request": NOBODY}),
        body("an officer", 403, "forbidden", {"booking": BOOKING, "displaced": []}, who="osh"),
    ),
    ("POST", "/api/v1/sessions/<session_id>/displacements/preview"): (
        *unread({}), *fields(("priority", 4), ("points", ["atlantis"]), ("title", {}), ("series", {"scope": "many"}), base={}),
        body("an officer", 403, "forbidden", {}, who="osh"), body("no id", 404, "not_found", {}, path={"session_id": "x"}),
        body("no such session", 404, "not_found", {}, path={"session_id": NOBODY}),
    ),
    ("POST", "/api/v1/sessions/<session_id>/displacements"): (
        *unread({"changes": {}, "displaced": []}),
        *fields(("changes", {"points": []}), ("changes", 5), ("displaced", [{"session": "x", "fate": "burn"}]), ("reason", "\0"),
                base={"changes": {}, "displaced": []}),
        body("a session that is not in the way", 409, "displaced_changed", {"changes": {}, "displaced": [{"session": NOBODY}]}),
        body("an officer", 403, "forbidden", {"changes": {}, "displaced": []}, who="osh"),
        body("no such session", 404, "not_found", {"changes": {}, "displaced": []}, path={"session_id": NOBODY}),
    ),
    ("GET", R): (*(Bad(query, 422, "invalid", query=query) for query in ("kind=party", "all=maybe", "x=1")),
               Bad("no token", 401, "unauthenticated", who=None), Bad("a dead token", 401, "token_refused", who="lsn_x")),
    ("POST", R): (
        *unread(ASK),
        *fields(("asks", "please"), ("asks", None), ("note", "x" * 2001), ("note", "\0"), ("title", {"en": ""}), ("points", ["big-hall"]),
                ("points", ["atlantis"]), ("starts_at", "2001-01-01T00:00:00Z"), ("setup_minutes", -1), ("priority", 9),
                ("confirm", ["everything"]), base=ASK, who="osh"),
        body("an organiser", 403, "forbidden", ASK), body("an officer who waits", 403, "forbidden", ASK | {"asks": "waiting"}, who="osh"),
    ),
    ("GET", R + "/<request_id>"): UNKNOWN_REQUEST,
    ("POST", R + "/<request_id>/approve"): (
        *unread({"note": "x"}), *fields(("note", "x" * 2001), ("starts_at", "soon"), base={}),
        body("no such request", 404, "not_found", {}, path={"request_id": NOBODY}), body("an officer", 403, "forbidden", {}, who="osh"),
    ),
    ("POST", R + "/<request_id>/decline"): (
        *unread({"reason": "x"}), *fields(("reason", "x" * 2001), ("reason", ""), ("reason", "\0"), base={}),
        body("no such request", 404, "not_found", {"reason": "x"}, path={"request_id": NOBODY}),
        body("an officer", 403, "forbidden", {"reason": "x"}, who="osh"),
    ),
    ("POST", R + "/<request_id>/withdraw"): UNKNOWN_REQUEST,
    ("POST", R + "/<request_id>/accept"): UNKNOWN_REQUEST,
}
