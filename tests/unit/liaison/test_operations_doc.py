"""docs/operations.md names every setting, and no setting that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from liaison.config import PREFIX, Settings

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
ROWS = "\n".join(line.split("|")[1] for line in TEXT.splitlines() if line.startswith(f"| `{PREFIX}"))


def test_every_setting_has_a_row() -> None:
    assert set(re.findall(r"`LIAISON_(\w+)`", ROWS)) == {name.upper() for name in Settings.model_fields} | {"CONFIG"}


def test_no_other_setting_is_named_anywhere() -> None:
    known = {name.upper() for name in Settings.model_fields} | {"CONFIG", "NAME"}
    assert set(re.findall(r"LIAISON_([A-Z_]+)\b", TEXT)) <= known


def test_links_within_the_document_lead_somewhere() -> None:
    heads = [re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in TEXT.splitlines() if line.startswith("#")]
    assert set(re.findall(r"\]\(#([\w-]+)\)", TEXT)) <= set(heads)
