"""Rules for our own templates."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[3] / "web" / "templates"
FORM = re.compile(r"<form\b(?P<tag>[^>]*(?:\{\{.*?\}\}[^>]*)*)>(?P<body>.*?)</form>", re.DOTALL)
FILLED_IN = re.compile(r"ui\.(?:field|textarea|select)\(|person_select\(|<textarea(?! name=\"table\" hidden)|<select|"
                       r"<input(?![^>]*type=\"(?:hidden|checkbox)\")")


def forms() -> list[tuple[str, str, str]]:
    """Each form of ours: its file, its opening tag, what stands in it."""
    return [(path.relative_to(TEMPLATES).as_posix(), found["tag"], found["body"])
            for path in TEMPLATES.rglob("*.html") for found in FORM.finditer(path.read_text())]


def test_the_browser_never_speaks_for_a_form() -> None:
    """It would in its own language, not in the reader's: forms that are filled in are looked at by the server alone."""
    filled_in = [(name, tag) for name, tag, body in forms() if FILLED_IN.search(body)]
    assert {"auth/sign_in.html", "sessions/form.html", "room/room.html", "admin/person.html"} <= {name for name, _ in filled_in}
    assert [(name, tag) for name, tag in filled_in if "novalidate" not in tag] == []


def test_no_field_holds_numbers_only_where_the_server_could_not_tell_a_wrong_one_from_none() -> None:
    """A browser sends what is no number as nothing, and an empty headcount is allowed."""
    parts = (TEMPLATES / "sessions" / "_parts.html").read_text() + (TEMPLATES / "room" / "room.html").read_text()
    assert 'type="number"' not in parts
