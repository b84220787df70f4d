"""The disk guard: when it warns, when it refuses, and its reserve. The disk's figures are scripted."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from liaison.services import disk
from liaison.services.disk import GIB, MIB, DiskFull, DiskGuard, DiskState, Level


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Set ``free.bytes``; the disk has 100 GiB."""
    now = SimpleNamespace(bytes=50 * GIB)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _path: SimpleNamespace(free=now.bytes, total=100 * GIB))
    monkeypatch.setattr(disk, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(disk, "RESERVE_BYTES", MIB)
    return now


def house(tmp_path: Path) -> SimpleNamespace:
    return SimpleNamespace(settings=SimpleNamespace(data=tmp_path, recordings_folder=tmp_path / "recordings"))


@pytest.mark.parametrize(
    ("free_bytes", "total_bytes", "level"),
    [
        (50 * GIB, 100 * GIB, Level.FINE),
        (2 * GIB, 100 * GIB, Level.FINE),
        (2 * GIB - 1, 100 * GIB, Level.LOW),
        (512 * MIB, 100 * GIB, Level.LOW),
        (512 * MIB - 1, 100 * GIB, Level.FULL),
        (0, 100 * GIB, Level.FULL),
        (600 * MIB, 4 * GIB, Level.FINE),  # a small disk has smaller limits
        (300 * MIB, 4 * GIB, Level.LOW),
        (150 * MIB, 4 * GIB, Level.FULL),
    ],
)
def test_levels(free_bytes: int, total_bytes: int, level: Level) -> None:
    assert DiskState(free_bytes, total_bytes).level is level


def test_uploads_are_refused_only_when_it_is_nearly_full(free: SimpleNamespace, tmp_path: Path) -> None:
    free.bytes = GIB
    disk.require_space(house(tmp_path))
    free.bytes = 100 * MIB
    with pytest.raises(DiskFull):
        disk.require_space(house(tmp_path))


def test_administrators_are_warned_and_the_warning_goes(free: SimpleNamespace, tmp_path: Path) -> None:
    office = house(tmp_path)
    assert disk.disk_warning(office) is None
    free.bytes = GIB
    low = disk.disk_warning(office)
    free.bytes = MIB
    full = disk.disk_warning(office)
    assert low and full and low != full
    free.bytes = 50 * GIB
    assert disk.disk_warning(office) is None


def test_the_reserve_is_set_aside_given_up_and_set_aside_again(free: SimpleNamespace, tmp_path: Path) -> None:
    guard, reserve = DiskGuard(house(tmp_path)), tmp_path / disk.RESERVE
    guard.look()
    assert reserve.stat().st_size == MIB
    free.bytes = 100 * MIB
    guard.look()
    assert reserve.exists(), "full for uploads, not yet for sessions"
    free.bytes = 10 * MIB
    guard.look()
    assert not reserve.exists()
    free.bytes = 100 * MIB
    guard.look()
    assert not reserve.exists(), "not taken back before there is room again"
    free.bytes = 50 * GIB
    guard.look()
    assert reserve.exists()


def test_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    assert disk.disk_state(tmp_path / "not" / "yet").total_bytes > 0
