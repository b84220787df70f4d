"""Every icon that a page names is in the vendored sprite: a missing one would be an empty place."""

from __future__ import annotations

import re
from pathlib import Path

from tools.vendor_icons import ICONS

WEB = Path(__file__).resolve().parents[3] / "web"
NAMED = re.compile(r"""\bicon\(\s*["']([a-z0-9-]+)["']|icons\.svg#([a-z0-9-]+)""")


def named_icons() -> dict[str, str]:
    """Icon name → the file that names it (one of them)."""
    files = [p for p in WEB.rglob("*") if p.suffix in (".html", ".js", ".py") and "vendor" not in p.parts]
    return {first or second: path.name for path in files for first, second in NAMED.findall(path.read_text())}


def test_every_named_icon_is_vendored() -> None:
    named = named_icons()
    assert named, "no page names an icon any more: has the macro changed its name?"
    assert {name: where for name, where in named.items() if name not in ICONS} == {}
