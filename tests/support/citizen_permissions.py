"""What citizens may open, and their questions, asked for by every role: the session is not public, and nothing has been asked."""

from __future__ import annotations

from typing import Any

CITIZEN_ROWS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("GET", "/public/", "200 200 200 200 200 200", {}),
    ("GET", "/public/sessions/<session_id>", "404 404 404 404 404 404", {}),
    ("GET", "/public/sessions/<session_id>/calendar.ics", "404 404 404 404 404 404", {}),
    ("GET", "/public/sessions/<session_id>/card-<language>.png", "404 404 404 404 404 404", {}),
    ("POST", "/public/sessions/<session_id>/watch", "404 404 404 404 404 404", {}),
    ("GET", "/live/<session_id>/state.json", "404 404 404 404 404 404", {}),
    ("GET", "/live/<session_id>/<path:name>", "404 404 404 404 404 404", {}),
    ("POST", "/live/<session_id>/here", "404 404 404 404 404 404", {"json": {"id": "0" * 32, "quality": "auto", "sound": "sound"}}),
    ("GET", "/public/sessions/<session_id>/viewers.csv", "404 404 404 404 404 404", {}),
    ("GET", "/public/sessions/<session_id>/halls.csv", "404 404 404 404 404 404", {}),
    ("GET", "/public/sessions/<session_id>/viewers.json", "404 404 404 404 404 404", {}),
    ("GET", "/sessions/<session_id>/viewers", "in 403 403 404 404 404", {}),
    ("POST", "/sessions/<session_id>/restream", "in 403 403 403 404 404", {"data": {"address": "rtmp://x/app", "key": "k"}}),
    ("POST", "/sessions/<session_id>/restream/remove", "in 403 403 403 303 303", {}),
    ("GET", "/embed/<session_id>", "404 404 404 404 404 404", {}),
    ("GET", "/watch/<session_id>", "in 404 403 404 404 404", {}),
    ("POST", "/watch/<session_id>/token", "404 404 404 404 404 404", {}),
    ("GET", "/sessions/<session_id>/questions", "in 403 403 403 200 200", {}),
    ("GET", "/sessions/<session_id>/questions/news.json", "in 403 403 403 200 200", {}),
    ("POST", "/sessions/<session_id>/questions/<number>/<act>", "404 404 404 404 404 404", {}),  # no number, no act
    ("GET", "/sessions/<session_id>/questions/hall", "in 404 403 403 403 403", {}),
    ("POST", "/sessions/<session_id>/questions/hall", "in 404 403 403 403 403",
     {"data": {"point": "naryn-oblast", "text": "Where is the road?", "sheet": "x"}}),
    ("POST", "/public/sessions/<session_id>/remind", "404 404 404 404 404 404", {"data": {"remind": "aida@example.org"}}),
    ("POST", "/public/sessions/<session_id>/remind/push", "422 422 422 422 422 422", {"json": {"endpoint": "https://10.0.0.1/"}}),
    ("GET", "/public/sessions/<session_id>/remind/telegram", "404 404 404 404 404 404", {}),
    ("GET", "/remind/<token>", "404 404 404 404 404 404", {}),
    ("POST", "/remind/<token>", "404 404 404 404 404 404", {}),
    ("POST", "/remind/<token>/stop", "404 404 404 404 404 404", {}),
    ("POST", "/public/sessions/<session_id>/seats", "404 404 404 404 404 404",
     {"data": {"hall": "naryn-oblast", "guest": "Aida", "people": "1", "reach": "aida@example.org", "sheet": "x"}}),
    ("GET", "/seat/<token>", "404 404 404 404 404 404", {}),
    ("POST", "/seat/<token>/give-back", "404 404 404 404 404 404", {}),
    ("GET", "/sessions/<session_id>/halls", "in 409 403 403 409 409", {}),
    ("POST", "/sessions/<session_id>/halls", "in 409 403 403 409 409", {"data": {"seats": "20"}}),
    ("POST", "/sessions/<session_id>/halls/<slug>", "in 409 403 403 409 409", {"data": {"seats": "20"}}),
    ("GET", "/sessions/<session_id>/halls/<slug>/door", "in 404 403 403 404 404", {}),  # the hall is not open
    ("GET", "/sessions/<session_id>/halls/<slug>/door.json", "in 404 403 403 404 404", {}),
    ("POST", "/sessions/<session_id>/halls/<slug>/door.json", "in 404 403 403 404 404", {"json": {"acts": []}}),
    ("GET", "/question/<token>", "404 404 404 404 404 404", {}),
    ("POST", "/public/sessions/<session_id>/questions", "404 404 404 404 404 404", {"data": {"text": "Where is the road?", "sheet": "x"}}),
    ("GET", "/public/sessions/<session_id>/questions", "404 404 404 404 404 404", {}),
    ("POST", "/public/sessions/<session_id>/questions/<number>/like", "404 404 404 404 404 404", {}),
]
