"""What every application of a test process would compile anew, compiled once: the builders of addresses, and templates.

Hundreds of applications are made in a run, one for each test's database; all have the same addresses and the same templates.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

FOLDER = Path(__file__).resolve().parents[2] / ".pytest_cache" / "templates"
_builders: dict[tuple[Any, ...], Callable[..., Any]] = {}
_compile_builder = Rule._compile_builder


class _Templates(FileSystemBytecodeCache):
    """In memory, and in a folder for all processes of a run; Jinja itself compares the source's checksum."""

    def __init__(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        super().__init__(str(FOLDER))
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])
            return
        super().load_bytecode(bucket)
        if bucket.code is not None:
            self._kept[bucket.key] = bucket.bytecode_to_string()

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()
        super().dump_bytecode(bucket)


def _shared_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    """A builder knows its rule by its first argument alone: equal rules can share it."""
    defaults = sorted((rule.defaults or {}).items())
    key = (type(rule), rule.rule, tuple(rule._trace), repr(defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


def share_compiled() -> None:
    """For the rest of this process."""
    Rule._compile_builder = _shared_builder  # type: ignore[method-assign]
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
