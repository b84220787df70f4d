"""Declared fields of messages: each type says what it takes; ``check`` refuses with every mistake named.

A message's declaration is ``{name: Field}``. Values come from untrusted JSON: every type checks before it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from liaison.domain.errors import Invalid
from liaison.domain.text import storable
from liaison.i18n import N_

Mistakes = list[dict[str, Any]]
Check = Callable[[Any, str, Mistakes], None]


@dataclass(frozen=True, slots=True)
class Field:
    """``check(value, path, mistakes)`` adds to ``mistakes``; ``required`` fields may not be missing."""

    check: Check
    required: bool = True


Fields = Mapping[str, Field]


def wrong(mistakes: Mistakes, path: str, message: str, **details: Any) -> None:
    mistakes.append({"field": path, "message": message, **details})


def text(longest: int, shortest: int = 1) -> Check:
    def check(value: Any, path: str, mistakes: Mistakes) -> None:
        if not isinstance(value, str):
            wrong(mistakes, path, N_("This must be text."))
        elif not shortest <= len(value) <= longest:
            wrong(mistakes, path, N_("The length must be between %(low)s and %(high)s characters."), low=shortest, high=longest)
        elif not storable(value):
            wrong(mistakes, path, N_("This holds a character that is not allowed."))
    return check


def flag(value: Any, path: str, mistakes: Mistakes) -> None:
    if not isinstance(value, bool):
        wrong(mistakes, path, N_("This must be true or false."))


def number(low: float, high: float, whole: bool = False, nullable: bool = False) -> Check:
    def check(value: Any, path: str, mistakes: Mistakes) -> None:
        if value is None and nullable:
            return
        if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and not whole)):
            wrong(mistakes, path, N_("This must be a whole number.") if whole else N_("This must be a number."))
        elif not low <= value <= high:  # also refuses NaN, which compares as false
            wrong(mistakes, path, N_("This must be between %(low)s and %(high)s."), low=low, high=high)
    return check


def one_of(*values: str) -> Check:
    def check(value: Any, path: str, mistakes: Mistakes) -> None:
        if not isinstance(value, str) or value not in values:
            wrong(mistakes, path, N_("This must be one of: %(values)s."), values=", ".join(values))
    return check


def nullable(item: Check) -> Check:
    def check(value: Any, path: str, mistakes: Mistakes) -> None:
        if value is not None:
            item(value, path, mistakes)
    return check


def shape(fields: Fields, nullable: bool = False) -> Check:
    def check(value: Any, path: str, mistakes: Mistakes) -> None:
        if not (value is None and nullable):
            _object(value, fields, path, mistakes)
    return check


def list_of(item: Check, longest: int) -> Check:
    def check(value: Any, path: str, mistakes: Mistakes) -> None:
        if not isinstance(value, list) or len(value) > longest:
            wrong(mistakes, path, N_("This must be a list of at most %(high)s."), high=longest)
            return
        for index, entry in enumerate(value):
            item(entry, f"{path}.{index}", mistakes)
    return check


def map_of(item: Check, longest: int, key_length: int = 64) -> Check:
    def check(value: Any, path: str, mistakes: Mistakes) -> None:
        if not isinstance(value, dict) or len(value) > longest:
            wrong(mistakes, path, N_("This must be an object of at most %(high)s entries."), high=longest)
            return
        for key, entry in value.items():
            if not isinstance(key, str) or not 0 < len(key) <= key_length:
                wrong(mistakes, path, N_("This holds a name that is not allowed."))
            else:
                item(entry, f"{path}.{key}", mistakes)
    return check


def anything_small(value: Any, path: str, mistakes: Mistakes) -> None:
    """An object whose own fields are checked later, by what it names."""
    if not isinstance(value, dict) or len(value) > 20:
        wrong(mistakes, path, N_("This must be an object of at most %(high)s entries."), high=20)


def check(data: Any, fields: Fields) -> dict[str, Any]:
    """The data if it is as declared; raises Invalid naming every mistake."""
    mistakes: Mistakes = []
    _object({} if data is None else data, fields, "", mistakes)
    if mistakes:
        raise Invalid(errors=mistakes[:20])
    return dict(data or {})


def _object(data: Any, fields: Fields, path: str, mistakes: Mistakes) -> None:
    if not isinstance(data, dict):
        wrong(mistakes, path, N_("This must be an object."))
        return
    prefix = f"{path}." if path else ""
    for name in data:
        if name not in fields:
            wrong(mistakes, f"{prefix}{str(name)[:64]}", N_("This field is unknown."))
    for name, field in fields.items():
        if name in data:
            field.check(data[name], f"{prefix}{name}", mistakes)
        elif field.required:
            wrong(mistakes, f"{prefix}{name}", N_("This field is missing."))
