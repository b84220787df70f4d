"""The quick answer to «is the database ready» must agree with a close look, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from liaison.commands.serve import prepare
from liaison.store.migrate import head_revision
from liaison.store.revision import HEAD, is_ready
from tests.support.databases import make_settings


def test_head_is_alembics_head() -> None:
    assert head_revision() == HEAD


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_ready_only_when_migrated_and_seeded(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = request.getfixturevalue("empty_postgresql_url") if kind == "postgresql" else ""
    settings = make_settings(tmp_path / "data", database_url=url)
    assert not is_ready(settings)
    prepare(settings).db.close()
    assert is_ready(settings)
