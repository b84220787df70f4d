"""Settings of the files that people send."""

from __future__ import annotations

from pathlib import Path

import pytest

from liaison.config import ConfigError, load


@pytest.mark.parametrize(("settings", "said"), [
    ({"FILE_SCAN": "clamdscan 'no end"}, "LIAISON_FILE_SCAN: must be a command"),
    ({"FILE_MEGABYTES": "0"}, "LIAISON_FILE_MEGABYTES"), ({"FILE_MEGABYTES": "501"}, "LIAISON_FILE_MEGABYTES"),
    ({"FILE_MEGABYTES": "50", "SESSION_MEGABYTES": "20"}, "must not be smaller than LIAISON_FILE_MEGABYTES"),
])
def test_what_cannot_be_is_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load({f"LIAISON_{name}": value for name, value in settings.items()})


def test_files_lie_beside_the_data_or_where_they_shall(tmp_path: Path) -> None:
    assert load({"LIAISON_DATA": str(tmp_path)}).files_folder == tmp_path / "files"
    assert load({"LIAISON_DATA": str(tmp_path), "LIAISON_FILES": "/srv/shared"}).files_folder == Path("/srv/shared")
