"""Unit tests touch nothing outside: not the network, not the settings of whoever runs them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.guard import only_loopback


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    with only_loopback():
        yield


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LIAISON_")]:
        monkeypatch.delenv(name)
