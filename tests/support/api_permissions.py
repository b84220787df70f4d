"""The API's addresses in the table of permissions (``tests/integration/test_permissions.py``)."""

from __future__ import annotations

from typing import Any

NOBODY = "01a1fff9-145e-7190-8a6e-e7719d80b973"
BOOKING = {"title": {"en": "Another"}, "kind": "training", "starts_at": "2027-09-01T04:00:00Z", "duration_minutes": 30,
           "points": ["osh-oblast"]}
CLOSURE = {"starts_at": "2027-12-01T00:00:00Z", "ends_at": "2027-12-02T00:00:00Z", "reason": "Repairs"}

# method, rule, statuses by role as in the table, what is sent
API_ROWS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("GET", "/api/v1/openapi.json", "200 200 200 200 200 200", {}),
    ("GET", "/api/v1/points", "200 200 200 200 200 200", {}),
    ("GET", "/api/v1/points/<slug>", "200 200 200 200 200 200", {}),
    ("POST", "/api/v1/points", "401 403 403 403 403 201", {"json": {"name": {"en": "Van"}}}),
    ("PATCH", "/api/v1/points/<slug>", "401 403 403 200 403 200", {"json": {"phone": "1"}}),
    ("GET", "/api/v1/points/<slug>/route", "401 200 200 200 200 200", {}),
    ("POST", "/api/v1/points/<slug>/route", "401 403 403 409 409 409", {"json": {
        "place": "Bazaar", "lat": 41, "lon": 74, "starts_at": "2027-09-01T02:00:00Z", "ends_at": "2027-09-02T02:00:00Z"}}),
    ("DELETE", "/api/v1/points/<slug>/route/<stop_id>", "404 404 404 404 404 404", {}),
    ("GET", "/api/v1/network", "401 200 200 200 200 200", {}),
    ("GET", "/api/v1/tables/<key>.csv", "401 403 403 200 403 200", {}),
    ("POST", "/api/v1/tables/<key>", "401 403 403 200 403 200", {"json": {"table": "slug,phone\nosh-oblast,1", "dry_run": True}}),
    ("GET", "/api/v1/points/<slug>/link-history", "401 200 403 200 200 200", {}),  # the officer's own point
    ("GET", "/api/v1/sessions", "200 200 200 200 200 200", {}),
    ("POST", "/api/v1/find-times", "401 403 403 403 200 200", {"json": {"points": ["osh-oblast"], "duration_minutes": 30}}),
    ("POST", "/api/v1/sessions", "401 403 403 403 201 201", {"json": BOOKING}),
    ("GET", "/api/v1/sessions/<session_id>", "401 200 403 200 200 200", {}),
    ("PATCH", "/api/v1/sessions/<session_id>", "401 403 403 403 200 200", {"json": {"public": False}}),
    ("POST", "/api/v1/sessions/<session_id>/cancel", "401 403 403 403 200 200", {"json": {"reason": "moved"}}),
    ("GET", "/api/v1/sessions/<session_id>/attendance", "401 200 403 200 200 200", {}),
    ("GET", "/api/v1/sessions/<session_id>/attendance.csv", "401 200 403 200 200 200", {}),
    ("GET", "/api/v1/sessions/<session_id>/protocol", "401 200 403 200 200 200", {}),  # the point of the officer presides
    ("POST", "/api/v1/sessions/<session_id>/answer", "401 200 403 403 200 200",
     {"json": {"point": "naryn-oblast", "answer": "declined", "reason": "No power"}}),
    ("POST", "/api/v1/sessions/<session_id>/join-tokens", "401 201 403 403 201 201",
     {"json": {"point": "naryn-oblast", "role": "point", "name": "Bench"}}),
    ("GET", "/api/v1/groups", "401 200 200 200 200 200", {}),
    ("PUT", "/api/v1/groups/<slug>", "401 403 403 403 200 200", {"json": {"name": {"en": "North"}, "points": ["naryn-oblast"]}}),
    ("DELETE", "/api/v1/groups/<slug>", "401 403 403 403 204 204", {}),
    ("GET", "/api/v1/templates", "401 403 403 403 200 200", {}),
    ("POST", "/api/v1/templates", "401 403 403 403 404 404",
     {"json": {"session": "01a1fff9-145e-7190-8a6e-e7719d80b973", "name": {"en": "Mine"}}}),
    ("DELETE", "/api/v1/templates/<template_id>", "401 403 403 403 404 404", {}),
    ("GET", "/api/v1/series/<series_id>", "401 200 403 200 200 200", {}),
    ("GET", "/api/v1/closed-periods", "401 200 200 200 200 200", {}),
    ("POST", "/api/v1/closed-periods", "401 403 403 403 403 201", {"json": CLOSURE}),
    ("DELETE", "/api/v1/closed-periods/<closure_id>", "401 403 403 403 403 404", {}),
    ("GET", "/api/v1/maintenance", "401 200 200 200 200 200", {}),
    ("POST", "/api/v1/maintenance", "401 403 403 201 403 201", {"json": CLOSURE | {"point": "talas-oblast"}}),
    ("DELETE", "/api/v1/maintenance/<maintenance_id>", "401 403 403 404 403 404", {}),
    ("GET", "/api/v1/holidays", "401 200 200 200 200 200", {}),
    ("POST", "/api/v1/displacements/preview", "401 403 403 403 200 200", {"json": BOOKING}),
    ("POST", "/api/v1/displacements", "401 403 403 403 201 201",
     {"json": {"booking": BOOKING | {"points": ["chuy-oblast"]}, "displaced": []}}),
    ("POST", "/api/v1/sessions/<session_id>/displacements/preview", "401 403 403 403 200 200", {"json": {}}),
    ("POST", "/api/v1/sessions/<session_id>/displacements", "401 403 403 403 200 200", {"json": {"changes": {}, "displaced": []}}),
    ("GET", "/api/v1/polls", "401 200 200 200 200 200", {}),
    ("POST", "/api/v1/polls", "401 403 403 403 201 201",
     {"json": {"booking": BOOKING, "times": ["2027-09-02T04:00:00Z"], "answer_by": "2027-08-01T04:00:00Z"}}),
    ("GET", "/api/v1/polls/<poll_id>", "401 200 403 200 200 200", {}),
    ("POST", "/api/v1/polls/<poll_id>/answer", "401 422 403 403 409 409", {"json": {"point": "naryn-oblast", "answers": {}}}),
    ("POST", "/api/v1/polls/<poll_id>/close", "401 403 403 403 409 409", {"json": {"time": NOBODY}}),
    ("DELETE", "/api/v1/polls/<poll_id>", "401 403 403 403 409 409", {}),  # closed by a row above
    ("GET", "/api/v1/deputies", "401 403 403 200 403 200", {}),
    ("POST", "/api/v1/deputies", "401 403 403 403 403 201", {"json": {"chief": "planner", "deputy": "desk"}}),
    ("DELETE", "/api/v1/deputies/<deputyship_id>", "401 404 404 404 404 404", {}),
    ("GET", "/api/v1/points/<slug>/room-pcs", "401 200 403 200 403 200", {}),
    ("POST", "/api/v1/points/<slug>/room-pcs", "401 422 403 422 403 422", {"json": {"code": "0000-0000", "name": "Hall"}}),
    ("DELETE", "/api/v1/points/<slug>/room-pcs/<device_id>", "401 404 404 404 404 404", {}),
    ("GET", "/api/v1/message-texts", "401 403 403 403 403 200", {}),
    ("PUT", "/api/v1/message-texts/<kind>/<part>/<language>", "401 403 403 403 403 200", {"json": {"text": "Welcome"}}),
    ("DELETE", "/api/v1/message-texts/<kind>/<part>/<language>", "401 403 403 403 403 204", {}),
    ("GET", "/api/v1/booking-requests", "401 200 200 200 200 200", {}),
    ("POST", "/api/v1/booking-requests", "401 201 403 403 403 403",
     {"json": BOOKING | {"asks": "request", "points": ["naryn-oblast"]}}),
    ("GET", "/api/v1/booking-requests/<request_id>", "401 200 403 403 200 200", {}),
    ("POST", "/api/v1/booking-requests/<request_id>/approve", "401 403 403 403 201 201", {"json": {}}),
    ("POST", "/api/v1/booking-requests/<request_id>/decline", "401 403 403 403 200 200", {"json": {"reason": "No room"}}),
    ("POST", "/api/v1/booking-requests/<request_id>/withdraw", "401 200 403 403 403 403", {}),
    ("POST", "/api/v1/booking-requests/<request_id>/accept", "401 403 403 403 403 403", {}),
]
