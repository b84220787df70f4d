"""Fixtures of the integration tests."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from liaison.services import passwords


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost nothing, for tests that sign in often; the real cost is checked in tests/unit."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
