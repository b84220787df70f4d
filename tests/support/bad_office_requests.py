"""Rows of bad requests for what the office keeps: date polls, deputies, room PCs, message texts."""

from __future__ import annotations

from dataclasses import replace

from tests.support.bad_requests import BOOKING, body, fields, unread
from tests.support.office import NOBODY, Bad

POLL = {"booking": BOOKING, "times": ["2099-03-02T04:00:00Z"], "answer_by": "2099-02-01T04:00:00Z"}
DEPUTY = {"chief": "planner", "deputy": "osh"}
PAIR = {"code": "1234-5678", "name": "Hall"}
TEXTS = "/api/v1/message-texts/<kind>/<part>/<language>"
SIGNED_IN = (Bad("no token", 401, "unauthenticated", who=None), Bad("a dead token", 401, "token_refused", who="lsn_x"))
PERSON = {"name": "newcomer", "role": "officer"}
PERSON_AT = "/api/v1/people/<user_id>"
NO_PERSON = (
    Bad("nobody", 404, "not_found", who="admin", path={"user_id": "nobody"}),
    Bad("a NUL", 404, "not_found", who="admin", path={"user_id": "a\0"}),
)
NO_POLL = (
    Bad("no such poll", 404, "not_found", path={"poll_id": NOBODY}), Bad("no id", 404, "not_found", path={"poll_id": "x"}),
    Bad("a NUL", 404, "not_found", path={"poll_id": "a\0"}),
)

OFFICE: dict[tuple[str, str], tuple[Bad, ...]] = {
    ("GET", "/api/v1/polls"): SIGNED_IN,
    ("POST", "/api/v1/polls"): (
        *unread(POLL), *fields(("booking", {}), ("times", ["soon"]), ("times", 5), ("answer_by", "2001-01-01T00:00:00Z"),
                               ("answer_by", None), base=POLL),
        body("an officer", 403, "forbidden", POLL, who="osh"),
    ),
    ("GET", "/api/v1/polls/<poll_id>"): (*SIGNED_IN, *NO_POLL),
    ("POST", "/api/v1/polls/<poll_id>/answer"): (
        *unread({"point": "osh-oblast", "answers": {}}), *fields(("answers", {"x": "maybe"}), ("answers", []), ("point", 5),
                                                                 base={"point": "osh-oblast", "answers": {}}),
        *(replace(bad, send={"json": {"point": "osh-oblast", "answers": {}}}) for bad in NO_POLL),
    ),
    ("POST", "/api/v1/polls/<poll_id>/close"): (
        *unread({"time": NOBODY}), *fields(("time", 5), base={}), body("an officer", 403, "forbidden", {"time": NOBODY}, who="osh"),
        *(replace(bad, send={"json": {"time": NOBODY}}) for bad in NO_POLL),
    ),
    ("DELETE", "/api/v1/polls/<poll_id>"): (*SIGNED_IN, *NO_POLL),
    ("GET", "/api/v1/deputies"): (
        *SIGNED_IN, Bad("an unknown filter", 422, "invalid", who="admin", query="x=1"),
        Bad("nobody", 404, "not_found", who="admin", query="user=nobody"), Bad("an officer", 403, "forbidden", who="osh"),
        Bad("of another", 403, "forbidden", who="osh", query="user=admin"),
    ),
    ("POST", "/api/v1/deputies"): (
        *unread(DEPUTY), *fields(("deputy", "nobody"), ("deputy", "planner"), ("deputy", "a\0"), ("deputy", 5),
                                 ("ends_at", "2001-01-01T00:00:00Z"), ("starts_at", "soon"), base=DEPUTY, who="admin"),
        body("no such chief", 404, "not_found", DEPUTY | {"chief": "nobody"}, who="admin"),
        body("an organiser", 403, "forbidden", DEPUTY),
    ),
    ("DELETE", "/api/v1/deputies/<deputyship_id>"): (
        *SIGNED_IN, Bad("no id", 404, "not_found", path={"deputyship_id": "x"}),
        Bad("a NUL", 404, "not_found", path={"deputyship_id": "a\0"}),
    ),
    ("GET", "/api/v1/points/<slug>/room-pcs"): (
        *SIGNED_IN, Bad("unknown", 404, "not_found", path={"slug": "atlantis"}), Bad("a NUL", 404, "not_found", path={"slug": "a\0"}),
        Bad("another point's officer", 403, "forbidden", who="naryn"),
    ),
    ("POST", "/api/v1/points/<slug>/room-pcs"): (
        *unread(PAIR), *fields(("code", "0000-0000"), ("code", "x" * 21), ("code", "\0"), ("name", ""), ("name", "x" * 201), ("name", "\0"),
                               base=PAIR, who="osh"),
        body("another point's officer", 403, "forbidden", PAIR, who="naryn"),
        body("unknown", 404, "not_found", PAIR, who="admin", path={"slug": "atlantis"}),
    ),
    ("DELETE", "/api/v1/points/<slug>/room-pcs/<device_id>"): (
        *SIGNED_IN, Bad("no id", 404, "not_found", who="osh", path={"device_id": "x"}),
        Bad("no such PC", 404, "not_found", who="osh", path={"device_id": NOBODY}),
        Bad("another point's officer", 403, "forbidden", who="naryn", path={"device_id": NOBODY}),
    ),
    ("GET", "/api/v1/people"): (
        *SIGNED_IN, Bad("an officer", 403, "forbidden", who="osh"),
        *(Bad(query, 422, "invalid", who="admin", query=query) for query in ("role=king", "active=maybe", "x=1")),
    ),
    ("POST", "/api/v1/people"): (
        *unread(PERSON), *fields(("name", "Big Name"), ("name", "\0"), ("role", "king"), ("points", ["atlantis"]), ("email", "nobody"),
                                 ("full_name", "\0"), ("phone", "x" * 65), ("language", "xx"), ("name", 5), base=PERSON, who="admin"),
        body("a name that is taken", 409, "name_taken", PERSON | {"name": "osh"}, who="admin"),
        body("an organiser", 403, "forbidden", PERSON),
    ),
    ("GET", PERSON_AT): (*SIGNED_IN, *NO_PERSON, Bad("an officer", 403, "forbidden", who="osh")),
    ("PATCH", PERSON_AT): (
        *unread({"phone": "1"}), *fields(("role", "king"), ("points", ["atlantis"]), ("points", 5), ("email", "nobody"), ("phone", "\0"),
                                         base={}, who="admin"),
        *(replace(bad, send={"json": {"phone": "1"}}) for bad in NO_PERSON), body("an organiser", 403, "forbidden", {"phone": "1"}),
        body("the last administrator", 409, "last_administrator", {"role": "officer"}, who="admin", path={"user_id": "admin"}),
    ),
    ("PUT", PERSON_AT + "/state"): (
        *unread({"active": False}), *fields(("active", 5), base={}, who="admin"), body("an organiser", 403, "forbidden", {"active": False}),
        *(replace(bad, send={"json": {"active": False}}) for bad in NO_PERSON),
        body("the last administrator", 409, "last_administrator", {"active": False}, who="admin", path={"user_id": "admin"}),
    ),
    ("POST", PERSON_AT + "/link"): (*SIGNED_IN, *NO_PERSON, Bad("an organiser", 403, "forbidden")),
    ("GET", "/api/v1/settings"): (*SIGNED_IN, Bad("an organiser", 403, "forbidden")),
    ("PATCH", "/api/v1/settings"): (
        *unread({"offer_minutes": 60}), body("an organiser", 403, "forbidden", {"offer_minutes": 60}),
        *fields(("offer_minutes", 1), ("video_ports", -1), ("reminder_minutes", [0]), ("quiet_hours", ["soon", "late"]),
                ("default_language", "xx"), ("help_desk_phone", "\0"), ("chase_after_days", [1]), ("settle_seconds", "x"),
                base={}, who="admin"),
    ),
    ("GET", "/api/v1/message-texts"): (*SIGNED_IN, Bad("an organiser", 403, "forbidden")),
    ("PUT", TEXTS): (
        *unread({"text": "x"}), *fields(("text", ""), ("text", "x" * 2001), ("text", 5), base={}, who="admin"),
        body("an organiser", 403, "forbidden", {"text": "x"}),
        *(body(f"{name} {value!r}", 422, "invalid", {"text": "x"}, who="admin", path={name: value})
          for name, value in (("kind", "nothing"), ("part", "footer"), ("language", "xx"))),
    ),
    ("DELETE", TEXTS): (*SIGNED_IN, Bad("an organiser", 403, "forbidden"), Bad("the usual words", 404, "not_found", who="admin"),
                        Bad("a NUL", 404, "not_found", who="admin", path={"kind": "a\0"})),
}
