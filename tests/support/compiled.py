"""What every application of a test process would compile anew, compiled once: addresses, templates, statements.

Hundreds of applications are made in a run, one for each test's database; all have the same addresses, templates and tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

FOLDER = Path(__file__).resolve().parents[2] / ".pytest_cache" / "templates"
_rules: dict[tuple[Any, ...], tuple[Any, ...]] = {}
_compile_rule = Rule.compile
_statements: LRUCache[Any, Any] = LRUCache(3000)
_init_engine = Engine.__init__


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


def _compile_sharing(rule: Rule) -> None:
    """What a rule is compiled to knows it by the first argument alone: equal rules can share it."""
    assert rule.map is not None
    key = (type(rule), rule.rule, rule.subdomain, rule.host, rule.merge_slashes, rule.map.host_matching,
           repr(sorted((rule.defaults or {}).items())))
    if key not in _rules:
        _compile_rule(rule)
        _rules[key] = (rule._parts, rule._trace, rule._converters, set(rule.arguments), rule._build.__func__, rule._build_unknown.__func__)
        return
    rule._parts, rule._trace, rule._converters, arguments, build, build_unknown = _rules[key]
    rule.arguments |= arguments
    rule._build, rule._build_unknown = build.__get__(rule, None), build_unknown.__get__(rule, None)


def _init_sharing(engine: Engine, *args: Any, **options: Any) -> None:
    _init_engine(engine, *args, **options)
    engine._compiled_cache = _statements


def _kind(dialect: DefaultDialect) -> tuple[Any, ...]:
    """What SQL and its parameters depend on."""
    return type(dialect), dialect.paramstyle, getattr(dialect, "_json_serializer", None)


def _share_statements() -> None:
    """SQLAlchemy keeps statements by engine and dialect: for the same kind of database they are the same."""
    Engine.__init__ = _init_sharing  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda self: hash(_kind(self))  # type: ignore[method-assign, assignment]
    DefaultDialect.__eq__ = lambda self, other: self is other or (  # type: ignore[method-assign, assignment]
        isinstance(other, DefaultDialect) and _kind(self) == _kind(other))


def share_compiled() -> None:
    """For the rest of this process."""
    _share_statements()
    Rule.compile = _compile_sharing  # type: ignore[method-assign]
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
