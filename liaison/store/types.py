"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, String, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC: ``timestamptz`` on PostgreSQL, fixed-width ISO text on SQLite (so it sorts and compares)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime may not be stored; make it aware")
        value = value.astimezone(UTC)
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else moment_of(value)


def raw(column: Any) -> Any:
    """A column of moments as the driver gives them, for thousands of rows of which few are looked at (by ``moment_of``)."""
    return type_coerce(column, NullType())


def moment_of(value: Any) -> datetime:
    """What ``raw`` has read."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


Json = JSON
"""Texts by language, lists of names, event data."""
